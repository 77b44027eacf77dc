// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Which payloads share the array they were received in.
@Suite struct PayloadSharingTests {
    private func server() throws -> H2Connection {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        peer.sent()
        return peer.connection
    }

    /// Returns the address of the bytes.
    private func address(_ bytes: [UInt8]) -> UInt {
        unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }

    private func address(_ bytes: H2Bytes) -> UInt {
        unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }

    private func payloads(_ events: [H2Event]) -> [H2Bytes] {
        events.compactMap {
            switch $0 {
            case .dataReceived(let event): event.data
            case .unknownFrameReceived(let event): event.payload
            case .connectionTerminated(let event): event.additionalData
            default: nil
            }
        }
    }

    /// Whether a payload is at this offset of the array.
    private func isShared(_ payload: H2Bytes, _ bytes: [UInt8], at offset: Int) -> Bool {
        address(payload) == address(bytes) + UInt(offset)
    }

    @Test(
        "a payload above 1 KiB shares the caller's array", arguments: [1_024, 1_025, 5_000, 16_384])
    func largePayload(_ count: Int) throws {
        let connection = try server()
        let bytes = FrameBuilder.data(1, [UInt8](repeating: 7, count: count))
        let payload = try #require(payloads(connection.receiveData(bytes)).first)
        #expect(payload.count == count)
        #expect(isShared(payload, bytes, at: 9) == (count > 1_024))
        // A slice shares its array as well.
        let prefix = FrameBuilder.ping(0)
        let wider = prefix + bytes
        let fromSlice = try #require(
            payloads(connection.receiveData(wider[prefix.count...])).first)
        #expect(isShared(fromSlice, wider, at: prefix.count + 9) == (count > 1_024))
    }

    @Test("padding is not part of a shared payload")
    func padded() throws {
        let connection = try server()
        let bytes = FrameBuilder.data(1, [UInt8](repeating: 7, count: 2_000), padLength: 255)
        let payload = try #require(payloads(connection.receiveData(bytes)).first)
        #expect(payload.count == 2_000)
        #expect(isShared(payload, bytes, at: 10))
        let small = FrameBuilder.data(1, [UInt8](repeating: 7, count: 1_024), padLength: 255)
        let copied = try #require(payloads(connection.receiveData(small)).first)
        #expect(!isShared(copied, small, at: 10))
    }

    @Test("a payload of less than 1/8 of the array is copied, so that it keeps little alive")
    func smallPart() throws {
        for (count, frames) in [(2_000, 7), (2_000, 8), (16_000, 7), (16_000, 8)] {
            let connection = try server()
            let frame = FrameBuilder.raw(type: 0xee, payload: [UInt8](repeating: 7, count: count))
            let bytes = exact((0..<frames).flatMap { _ in frame })
            let found = try payloads(connection.receiveData(bytes))
            #expect(found.count == frames)
            for (index, payload) in found.enumerated() {
                let isLargePart = count * 8 >= bytes.count
                #expect(isLargePart == (frames == 7))
                #expect(isShared(payload, bytes, at: index * (count + 9) + 9) == isLargePart)
            }
        }
    }

    /// Returns a copy without spare capacity.
    private func exact(_ bytes: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { target, count in
            count = bytes.count
            _ = unsafe target.initialize(from: bytes)
        }
    }

    @Test(
        "the payload of a short read into a large buffer is copied",
        arguments: [1_025, 2_000, 8_183, 8_193, 16_384])
    func sliceOfBuffer(_ count: Int) throws {
        let frame = FrameBuilder.data(1, [UInt8](repeating: 7, count: count))
        for offset in [0, 1_000, 65_536 - frame.count] {
            let connection = try server()
            var buffer = exact([UInt8](repeating: 0, count: 65_536))
            buffer.replaceSubrange(offset..<offset + frame.count, with: frame)
            let payload = try #require(
                payloads(connection.receiveData(buffer[offset..<offset + frame.count])).first)
            #expect(Array(payload) == [UInt8](repeating: 7, count: count))
            #expect(isShared(payload, buffer, at: offset + 9) == (count * 8 > 65_536))
        }
    }

    @Test("payloads of GOAWAY, ALTSVC and unknown frames in short reads are copied as well")
    func otherFramesOfBuffer() throws {
        let peer = try Peer(.client)
        let connection = peer.connection
        let payload = [UInt8](repeating: 0x61, count: 2_000)
        let frames = [
            FrameBuilder.raw(type: 0xee, payload: payload),
            FrameBuilder.raw(type: 0xa, payload: [0, 1, 0x61] + payload),
            FrameBuilder.goAway(data: payload),
        ]
        for frame in frames {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            buffer.replaceSubrange(0..<frame.count, with: frame)
            let range = address(buffer)..<address(buffer) + 65_536
            let events = try connection.receiveData(buffer[..<frame.count])
            var held = payloads(events)
            for case .alternativeServiceAvailable(let event) in events {
                held.append(event.fieldValue)
            }
            let found = try #require(held.first)
            #expect(Array(found) == payload)
            #expect(!range.contains(address(found)))
        }
    }

    @Test(
        "held payloads of short reads keep little more memory alive than their size",
        .enabled(if: Allocations.canBeCounted))
    func heldMemory() throws {
        let connection = try server()
        let frame = FrameBuilder.raw(type: 0xee, payload: [UInt8](repeating: 7, count: 1_025))
        let meter = MemoryMeter()
        var held: [H2Bytes] = []
        try meter.measure {
            for _ in 0..<100 {
                var buffer = [UInt8](repeating: 0, count: 1 << 20)
                buffer.replaceSubrange(0..<frame.count, with: frame)
                held += try payloads(connection.receiveData(buffer[..<frame.count]))
            }
        }
        #expect(held.count == 100)
        #expect(meter.held < 100 * 1_025 * 3, "\(meter.held)")
    }

    @Test("a read buffer that is reused is copied only while a payload shares it")
    func bufferIsReused() throws {
        let connection = try server()
        let small = FrameBuilder.data(1, [UInt8](repeating: 7, count: 4_000))
        let large = FrameBuilder.data(1, [UInt8](repeating: 7, count: 16_384))
        var buffer = exact([UInt8](repeating: 0, count: 65_536))
        let start = address(buffer)
        var held: [H2Event] = []
        func read(_ frame: [UInt8]) {
            unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: frame) }
        }
        // A copied payload, and one that was released, cause no copy of the buffer.
        for _ in 0..<10 {
            read(small)
            held += try connection.receiveData(buffer[..<small.count])
            read(large)
            _ = try connection.receiveData(buffer[..<large.count])
            try connection.acknowledgeReceivedData(20_384, on: 1)
        }
        read(small)
        #expect(address(buffer) == start)
        // A held payload causes one copy.
        read(large)
        held += try connection.receiveData(buffer[..<large.count])
        read(small)
        #expect(address(buffer) != start)
        #expect(payloads(held).allSatisfy { $0.allSatisfy { $0 == 7 } })
    }

    @Test("payloads of unknown frames and GOAWAY are shared as well")
    func otherFrames() throws {
        let connection = try server()
        let payload = [UInt8](repeating: 7, count: 3_000)
        let bytes =
            FrameBuilder.raw(type: 0xee, payload: payload) + FrameBuilder.goAway(data: payload)
        let found = try payloads(connection.receiveData(bytes))
        #expect(found.map { Array($0) } == [payload, payload])
        #expect(isShared(found[0], bytes, at: 9))
        #expect(isShared(found[1], bytes, at: 3_009 + 17))
    }

    @Test("borrowed bytes are copied")
    func borrowed() throws {
        let connection = try server()
        let bytes = FrameBuilder.data(1, [UInt8](repeating: 7, count: 5_000))
        let fromSpan = try payloads(connection.receiveData(copying: bytes.span))
        let fromPointer = try payloads(
            unsafe bytes.withUnsafeBytes { try unsafe connection.receiveData(copying: $0) })
        for payload in fromSpan + fromPointer {
            #expect(Array(payload) == [UInt8](repeating: 7, count: 5_000))
            #expect(!isShared(payload, bytes, at: 9))
        }
    }

    @Test("the payload of a frame in two pieces is copied", arguments: [1, 9, 10, 4_000])
    func cutFrame(_ position: Int) throws {
        let connection = try server()
        let bytes = FrameBuilder.data(1, [UInt8](repeating: 7, count: 5_000))
        let first = try connection.receiveData(bytes[..<position])
        #expect(first == [])
        let payload = try #require(payloads(connection.receiveData(bytes[position...])).first)
        #expect(Array(payload) == [UInt8](repeating: 7, count: 5_000))
        #expect(!isShared(payload, bytes, at: 9))
    }

    @Test("an event does not change as its connection continues", arguments: Cut.all)
    func eventsStay(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        var payloads: [H2Bytes] = []
        for index in UInt8(0)..<8 {
            let size = 500 * (1 + Int(index))
            let events = try peer.receive(
                FrameBuilder.data(1, [UInt8](repeating: index, count: size)))
            payloads += self.payloads(events)
        }
        for (index, payload) in payloads.enumerated() {
            #expect(payload.count == 500 * (1 + index))
            #expect(payload.allSatisfy { $0 == UInt8(index) })
        }
    }

    @Test("the caller's array may change after the call")
    func callerChangesArray() throws {
        let connection = try server()
        var bytes = FrameBuilder.data(1, [UInt8](repeating: 7, count: 5_000))
        let payload = try #require(payloads(connection.receiveData(bytes)).first)
        for index in bytes.indices { bytes[index] = 0 }
        #expect(Array(payload) == [UInt8](repeating: 7, count: 5_000))
    }
}
