// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// How queued data becomes output: limits, sharing, and calls inside the closures.
@Suite struct QueuedDataOutputTests {
    @Test(
        "output in any amounts consists of the same frames' bytes, and no more than was asked for",
        arguments: [1, 5, 9, 10, 100, 1_000, 1_033, 1_034, 16_392, 16_393, 16_394, 20_000, 65_536])
    func limits(_ limit: Int) throws {
        let peer = try QueueingServer.peer(
            [1, 3], streamWindow: 1 << 20, connectionWindow: 1 << 20)
        let server = peer.connection
        let body = QueueingServer.body(50_000)
        for id: H2StreamID in [1, 3] { try server.enqueueData(body, on: id, endStream: true) }
        var frames: [WireFrame] = []
        var reader = WireReader()
        var calls = 0
        while server.hasDataToSend {
            let before = server.queuedByteCount
            let isEmpty = server.outboundByteCount == before
            let bytes = server.dataToSend(upTo: limit)
            #expect(1...limit ~= bytes.count)
            // A small limit starts a frame of at most 1,024 bytes.
            if isEmpty { #expect(before - server.queuedByteCount <= max(limit, 1_024)) }
            frames += reader.feed(bytes)
            calls += 1
            try #require(calls <= 200_000)
        }
        for id: UInt32 in [1, 3] {
            let own = frames.filter { $0.streamID == id }
            #expect(own.flatMap(\.payload) == body)
            #expect(own.last?.endsStream == true && !own.dropLast().contains { $0.endsStream })
        }
        #expect(frames.count <= 2 * (50_000 / min(1_024, max(1_015, limit - 9)) + 2))
        #expect(server.openInboundStreams == 0 && server.audit() == [])
    }

    @Test("a limit below 1 removes nothing and writes nothing", arguments: [0, -1, -9, .min])
    func noLimit(_ limit: Int) throws {
        let server = try QueueingServer.peer().connection
        try server.enqueueData([1, 2, 3], on: 1)
        #expect(server.dataToSend(upTo: limit) == [])
        #expect(server.queuedByteCount == 3 && server.outboundByteCount == 3)
        try server.ping(H2PingData(1))
        #expect(server.dataToSend(upTo: limit) == [])
        #expect(server.queuedByteCount == 3)
        #expect(server.dataToSend().count == 17 + 9 + 3)
    }

    @Test("withDataToSend offers 64 KiB at a time, and withSegmentsToSend 1 MiB")
    func borrowed() throws {
        for bySegments in [false, true] {
            let server = try QueueingServer.peer(
                streamWindow: 1 << 30, connectionWindow: 1 << 30
            ).connection
            try server.enqueueData(QueueingServer.body(3_000_000), on: 1, endStream: true)
            var offered: [Int] = []
            while server.hasDataToSend {
                if bySegments {
                    _ = unsafe server.withSegmentsToSend { segments in
                        var count = 0
                        for index in unsafe segments.indices {
                            count += unsafe segments[index].count
                        }
                        offered.append(count)
                        return count
                    }
                } else {
                    _ = server.withDataToSend { span in
                        offered.append(span.count)
                        return span.count
                    }
                }
            }
            let limit = bySegments ? 1 << 20 : 65_536
            #expect(offered.allSatisfy { $0 <= limit })
            #expect(offered.dropLast().allSatisfy { $0 >= limit - 1_024 - 9 })
        }
    }

    @Test("bytes that are not taken are not written again")
    func notTaken() throws {
        let server = try QueueingServer.peer().connection
        try server.enqueueData(QueueingServer.body(60_000), on: 1, endStream: true)
        var counts: [Int] = []
        for taken in [0, 10, 60_000 + 4 * 9] {
            _ = server.withDataToSend { span in
                counts.append(span.count)
                return taken
            }
        }
        #expect(counts == [60_036, 60_036, 60_026] && !server.hasDataToSend)
        struct Failure: Error {}
        let other = try QueueingServer.peer().connection
        try other.enqueueData([1, 2], on: 1)
        #expect(throws: Failure.self) {
            _ = try other.withDataToSend { (_) throws(Failure) -> Int in throw Failure() }
        }
        #expect(other.outboundByteCount == 11 && other.queuedByteCount == 0)
    }

    // MARK: Sharing

    private func addresses(_ server: H2Connection) -> [UInt] {
        var addresses: [UInt] = []
        _ = unsafe server.withSegmentsToSend { segments in
            for index in unsafe segments.indices {
                unsafe addresses.append(UInt(bitPattern: segments[index].baseAddress))
            }
            return .max
        }
        return addresses
    }

    @Test("large arrays, slices and H2Bytes are sent without a copy")
    func shared() throws {
        let server = try QueueingServer.peer(
            streamWindow: 1 << 30, connectionWindow: 1 << 30
        ).connection
        let body = QueueingServer.body(100_000)
        let start = unsafe body.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        let offsets = (0..<7).map { start + UInt($0) * 16_384 }
        try server.enqueueData(body, on: 1)
        let found = addresses(server)
        // Headers alternate with payloads. The last payload has 1,696 bytes and is copied.
        #expect(found.count == 13)
        #expect(offsets.dropLast().allSatisfy { found.contains($0) })
        #expect(!found.contains(offsets[6]))
        try server.enqueueData(body[50_000..<70_000], on: 1)
        #expect(addresses(server).contains(start + 50_000))
        try server.enqueueData(H2Bytes(body)[20_000..<40_000], on: 1)
        #expect(addresses(server).contains(start + 20_000))
        try server.enqueueData(copying: body.span, on: 1)
        #expect(addresses(server).allSatisfy { !(start..<start + 100_000).contains($0) })
    }

    @Test("a small part of an array is copied, so that it does not keep the array alive")
    func smallPart() throws {
        let server = try QueueingServer.peer().connection
        let body = QueueingServer.body(65_536)
        let start = unsafe body.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        for (count, isShared) in [(8_300, true), (8_100, false)] {
            try server.enqueueData(body[100..<100 + count], on: 1)
            #expect(addresses(server).contains(start + 100) == isShared)
        }
    }

    @Test("queueing an array allocates no copy of it", .enabled(if: Allocations.canBeCounted))
    func memory() throws {
        let server = try QueueingServer.peer(streamWindow: 1 << 30).connection
        let body = [UInt8](repeating: 1, count: 10_000_000)
        let meter = MemoryMeter()
        try meter.measure {
            for _ in 0..<10 { try server.enqueueData(body, on: 1) }
        }
        #expect(server.queuedByteCount == 100_000_000)
        #expect(meter.held < 50_000, "\(meter.held)")
    }

    // MARK: Reentrancy

    @Test("calls inside withDataToSend work, and their frames follow the borrowed ones")
    func reentry() throws {
        let peer = try QueueingServer.peer([1, 3, 5])
        let server = peer.connection
        try server.enqueueData(QueueingServer.body(20_000), on: 1, endStream: true)
        try server.enqueueData([3], on: 3)
        var reader = WireReader()
        var frames: [String] = []
        let taken = try server.withDataToSend { span throws(H2Error) in
            #expect(span.count == 20_001 + 3 * 9)
            #expect(server.queuedByteCount == 0)
            try server.enqueueData([3, 3], on: 3)
            try server.enqueueTrailers(.sampleTrailers, on: 3)
            try server.enqueueData([5], on: 5, endStream: true)
            try server.setSendPriority(.init(urgency: 0), on: 5)
            #expect(server.queuedByteCount == 3 && server.hasDataToSend)
            try server.resetStream(3, errorCode: .cancel)
            #expect(server.queuedByteCount == 1)
            // A nested call takes the bytes that follow.
            frames += reader.feed(server.dataToSend()).map(\.outline)
            return span.count
        }
        #expect(taken == 20_028 && frames == ["3: reset", "5: 1 end"])
        #expect(!server.hasDataToSend && server.audit() == [])
    }

    @Test("the windows may open, and the connection may end, inside the closure")
    func receivingInside() throws {
        let peer = try QueueingServer.peer(streamWindow: 10)
        let server = peer.connection
        try server.enqueueData(QueueingServer.body(100), on: 1, endStream: true)
        _ = try server.withDataToSend { span throws(H2Error) in
            #expect(span.count == 19)
            _ = try server.receiveData(FrameBuilder.windowUpdate(1, increment: 20))
            #expect(server.hasDataToSend && server.outboundByteCount == 20)
            return 0
        }
        #expect(server.outboundByteCount == 39)
        _ = server.withDataToSend { span in
            #expect(span.count == 19 + 29)
            _ = try? server.receiveData(FrameBuilder.data(0))
            #expect(server.queuedByteCount == 0)
            return 19
        }
        #expect(peer.outline() == ["1: 20", "0: goaway"])
    }

    @Test("clearOutboundDataBuffer discards frames, and keeps data that is not in frames")
    func clearing() throws {
        let peer = try QueueingServer.peer(streamWindow: 10)
        try peer.connection.enqueueData([1, 2, 3], on: 1)
        try peer.connection.ping(H2PingData(1))
        peer.connection.clearOutboundDataBuffer()
        #expect(peer.outline() == ["1: 3"])
    }
}
