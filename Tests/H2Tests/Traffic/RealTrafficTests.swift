// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// What real peers do, with the default limits.
@Suite struct RealTrafficTests {
    // The full amount if it is fast enough: without optimization it takes minutes.
    #if DEBUG
    private static let (requests, frames, uploadFrames) = (20_000, 4_096, 8)
    #else
    private static let (requests, frames, uploadFrames) = (100_000, 65_536, 64)
    #endif

    private static let get = H2Headers.sampleRequest.block
    private static let post = H2Headers.samplePost.block

    /// A server with the maximum connection window, and the given limits and windows.
    private func server(
        streams: UInt32 = 100, window: UInt32 = 0x7fff_ffff, peerWindow: UInt32 = 0x7fff_ffff
    ) throws -> Peer {
        var configuration = H2Configuration.server
        configuration.initialSettings = [
            .initialWindowSize: window, .maxConcurrentStreams: streams,
        ]
        let peer = try Peer(configuration, settings: [(0x4, peerWindow)])
        try peer.connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_535)
        if peerWindow > 65_535 {
            try peer.receive(FrameBuilder.windowUpdate(0, increment: peerWindow - 65_535))
        }
        peer.sent()
        return peer
    }

    /// Moves all output from one connection to the other, and returns its events in `events`.
    private func move(
        _ sender: H2Connection, _ receiver: H2Connection, at instant: H2Instant? = nil,
        into events: inout [H2Event]
    ) throws {
        events.removeAll(keepingCapacity: true)
        while sender.hasDataToSend {
            try receiver.receiveData(sender.dataToSend(), at: instant, into: &events)
        }
    }

    @Test("100 concurrent requests, 100,000 in all, are accepted")
    func manyRequests() throws {
        let pair = try Pair.started()
        var events: [H2Event] = []
        for _ in 0..<Self.requests / 100 {
            for _ in 0..<100 {
                try pair.client.sendHeaders(
                    .sampleRequest, on: pair.client.nextAvailableStreamID(), endStream: true)
            }
            try move(pair.client, pair.server, into: &events)
            for case .requestReceived(let request) in events {
                try pair.server.sendHeaders(.sampleResponse, on: request.streamID)
                try pair.server.sendData([1, 2, 3], on: request.streamID, endStream: true)
            }
            try move(pair.server, pair.client, into: &events)
            for case .dataReceived(let data) in events {
                try pair.client.acknowledgeReceivedData(3, on: data.streamID)
            }
            try move(pair.client, pair.server, into: &events)
        }
        #expect(pair.server.openInboundStreams == 0)
        #expect(pair.server.highestInboundStreamID.rawValue == UInt32(Self.requests * 2 - 1))
        try pair.check()
    }

    @Test("100,000 messages of a byte each way, each acknowledged, are accepted")
    func tinyMessages() throws {
        let pair = try Pair.started()
        try pair.client.sendHeaders(.samplePost, on: 1)
        var events: [H2Event] = []
        try move(pair.client, pair.server, into: &events)
        try pair.server.sendHeaders(.sampleResponse, on: 1)
        try move(pair.server, pair.client, into: &events)
        for _ in 0..<100_000 {
            try pair.client.sendData([1], on: 1)
            try move(pair.client, pair.server, into: &events)
            try pair.server.acknowledgeReceivedData(1, on: 1)
            try pair.server.sendData([2], on: 1)
            try move(pair.server, pair.client, into: &events)
            try pair.client.acknowledgeReceivedData(1, on: 1)
        }
        #expect(pair.server.usage.smallData.total == 100_000)
        #expect(pair.client.usage.smallData.total == 100_000)
        try pair.check()
    }

    @Test("messages of a byte that arrive in full buffers, one way, are accepted")
    func pipelinedMessages() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.headers(1, block: Self.post))
        // 64 KiB, as a read from a socket returns them.
        let read = (0..<6_553).flatMap { _ in FrameBuilder.data(1, [1]) }
        for _ in 0..<16 {
            for case .dataReceived(let data) in try peer.connection.receiveData(read) {
                try peer.connection.acknowledgeReceivedData(
                    data.flowControlledLength, on: data.streamID)
            }
            _ = peer.connection.dataToSend()
        }
        #expect(peer.connection.usage.smallData.total == 16 * 6_553)
    }

    @Test("a peer may send WINDOW_UPDATE and PING for each message of a byte")
    func tinyAcknowledgements() throws {
        let peer = try server(peerWindow: 65_535)
        let connection = peer.connection
        try peer.receive(FrameBuilder.headers(1, block: Self.get, endStream: true))
        try connection.sendHeaders(.sampleResponse, on: 1)
        let answer =
            FrameBuilder.windowUpdate(0, increment: 1) + FrameBuilder.windowUpdate(1, increment: 1)
            + FrameBuilder.ping()
        for _ in 0..<20_000 {
            try connection.sendData([1], on: 1)
            _ = connection.dataToSend()
            _ = try connection.receiveData(answer)
        }
        #expect(connection.usage.windowUpdates.used < 10)
        #expect(connection.usage.controlFrames.used < 10)
    }

    @Test("the receiver of an upload may send WINDOW_UPDATE for each DATA frame, or each KiB")
    func upload() throws {
        for piece: UInt32 in [16_384, 1_024] {
            let peer = try Peer(.client)
            let connection = peer.connection
            try connection.sendHeaders(.samplePost, on: 1)
            _ = connection.dataToSend()
            let pieces = Int(16_384 / piece)
            let answer = (0..<pieces).flatMap { _ in
                FrameBuilder.windowUpdate(0, increment: piece)
                    + FrameBuilder.windowUpdate(1, increment: piece)
            }
            let data = [UInt8](repeating: 0, count: 16_384)
            // 1 GiB in optimized code.
            for _ in 0..<Self.frames {
                try connection.sendData(data, on: 1)
                _ = connection.withDataToSend { $0.count }
                _ = try connection.receiveData(answer)
            }
            #expect(connection.usage.windowUpdates.total == Self.frames * 2 * pieces)
            #expect(connection.usage.windowUpdates.used < 100)
        }
    }

    @Test("a client may cancel 1,000 uploads that have begun")
    func cancelledUploads() throws {
        let peer = try server()
        let data = [UInt8](repeating: 0, count: 16_384)
        for index: UInt32 in 0..<1_000 {
            let id = index * 2 + 1
            var bytes = FrameBuilder.headers(id, block: Self.post)
            // 1 MiB in optimized code. Less DATA restores less.
            for _ in 0..<Self.uploadFrames { bytes += FrameBuilder.data(id, data) }
            let events = try peer.connection.receiveData(
                bytes + FrameBuilder.rstStream(id, code: 8))
            #expect(events.count == Self.uploadFrames + 2)
        }
        #expect(peer.connection.usage.peerResets.used <= 1)
    }

    @Test("1,000 uploads may be reset locally, with 1 MiB of each in flight")
    func refusedUploads() throws {
        let peer = try server()
        let data = [UInt8](repeating: 0, count: 16_384)
        for index: UInt32 in 0..<1_000 {
            let id = index * 2 + 1
            _ = try peer.connection.receiveData(FrameBuilder.headers(id, block: Self.post))
            try peer.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
            try peer.connection.resetStream(H2StreamID(id))
            let late = FrameBuilder.data(id, data)
            // 1 MiB of the first ones, and less of the others if it takes too long.
            for _ in 0..<(index < 20 ? 64 : Self.uploadFrames) {
                _ = try peer.connection.receiveData(late)
            }
            _ = try peer.connection.receiveData(
                FrameBuilder.windowUpdate(id, increment: 9) + FrameBuilder.rstStream(id, code: 8))
            _ = peer.connection.dataToSend()
        }
        #expect(peer.connection.usage.provokedResets.total == 0)
        #expect(peer.connection.usage.controlFrames.used < 100)
    }

    @Test("a client may cancel all of its 100 requests, twice")
    func cancelAll() throws {
        let peer = try server()
        for round: UInt32 in 0..<2 {
            for index: UInt32 in 0..<100 {
                try peer.receive(
                    FrameBuilder.headers(
                        (round * 100 + index) * 2 + 1, block: Self.get, endStream: true))
            }
            for index: UInt32 in 0..<100 {
                try peer.receive(FrameBuilder.rstStream((round * 100 + index) * 2 + 1, code: 8))
            }
        }
        #expect(peer.connection.openInboundStreams == 0)
    }

    @Test("a client may cancel 2,000 downloads that have begun")
    func cancelledDownloads() throws {
        let peer = try server()
        for index: UInt32 in 0..<2_000 {
            let id = index * 2 + 1
            try peer.receive(FrameBuilder.headers(id, block: Self.get, endStream: true))
            try peer.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
            try peer.connection.sendData([1, 2, 3], on: H2StreamID(id))
            try peer.receive(FrameBuilder.rstStream(id, code: 8))
            peer.sent()
        }
        #expect(peer.connection.usage.peerResets.total == 0)
    }

    @Test("the users of a gateway may cancel one request in two, without end")
    func gateway() throws {
        let peer = try server()
        for index: UInt32 in 0..<4_000 {
            let id = index * 2 + 1
            try peer.receive(FrameBuilder.headers(id, block: Self.get, endStream: true))
            if index % 2 == 0 {
                try peer.receive(FrameBuilder.rstStream(id, code: 8))
            } else {
                try peer.connection.sendHeaders(
                    .sampleResponse, on: H2StreamID(id), endStream: true)
            }
            peer.sent()
        }
        #expect(peer.connection.usage.peerResets.used <= 1)
    }

    @Test("a peer with a window of 2 GiB may read a large response slowly, and ping")
    func slowReader() throws {
        let peer = try server()
        let connection = peer.connection
        try peer.receive(FrameBuilder.headers(1, block: Self.get, endStream: true))
        try connection.sendHeaders(.sampleResponse, on: 1)
        let data = [UInt8](repeating: 0, count: 16_384)
        // 1 GiB is queued, in parts that share an array.
        for _ in 0..<65_536 { try connection.sendData(data, on: 1) }
        #expect(connection.outboundByteCount > 1 << 30)
        #expect(connection.usage.memory < 1 << 20)
        for _ in 0..<500 {
            _ = try connection.receiveData(FrameBuilder.ping())
            _ = connection.dataToSend(upTo: 1_000)
        }
        #expect(connection.outboundByteCount > 1 << 29)
        connection.clearOutboundDataBuffer()
    }

    @Test("an idle connection may be pinged every 10 seconds for a week")
    func keepalive() throws {
        let peer = try server()
        for index: UInt64 in 0..<60_480 {
            _ = try peer.connection.receiveData(
                FrameBuilder.ping(index), at: H2Instant(nanoseconds: index * 10_000_000_000))
            _ = peer.connection.dataToSend()
        }
        #expect(peer.connection.usage.controlFrames.used <= 1)
    }
}
