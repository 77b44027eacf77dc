// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The largest possible frame, 16 MiB less a byte, received in single bytes.
@Suite struct LargeFrameTests {
    /// The largest payload to test, in bytes: without optimization each call is slow.
    #if DEBUG
    private static let largest = 1 << 19
    #else
    private static let largest = 0xff_ffff
    #endif

    /// A server with the maximum frame size and windows, and stream 1 open.
    private func server() throws -> H2Connection {
        var configuration = H2Configuration.server
        configuration.initialSettings = [
            .maxFrameSize: 0xff_ffff, .initialWindowSize: 0x7fff_ffff,
        ]
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        _ = try connection.receiveData(
            FrameBuilder.preface() + FrameBuilder.settings() + FrameBuilder.settingsAck()
                + FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        try connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_535)
        _ = connection.dataToSend()
        return connection
    }

    /// Receives bytes one at a time, and returns the events and the maximum of held bytes.
    private func feed(
        _ bytes: [UInt8], to connection: H2Connection
    ) throws(H2Error) -> (events: [H2Event], held: Int) {
        var events: [H2Event] = []
        var held = 0
        for index in bytes.indices {
            try connection.receiveData(bytes[index..<index + 1], into: &events)
            held = max(held, connection.heldByteCount)
        }
        return (events, held)
    }

    @Test("a frame of 16 MiB in single bytes is held once, and released")
    func memoryIsReleased() throws {
        let connection = try server()
        let payload = [UInt8](repeating: 0x5a, count: Self.largest)
        let frame = FrameBuilder.data(1, payload)
        let (events, held) = try feed(frame, to: connection)
        #expect(held == frame.count - 1)
        #expect(connection.heldByteCount == 0)
        guard case .dataReceived(let data) = events.first, events.count == 1 else {
            Issue.record("\(events.count) events")
            return
        }
        #expect(data.flowControlledLength == payload.count)
        #expect(Array(data.data) == payload)
        #expect(connection.audit() == [])
        // The reader starts with an empty buffer again.
        let (more, _) = try feed(
            FrameBuilder.ping(1) + FrameBuilder.data(1, [1, 2, 3], endStream: true), to: connection)
        #expect(
            more == [
                .pingReceived(.init(data: H2PingData(1))),
                .dataReceived(
                    .init(
                        streamID: 1, data: [1, 2, 3], flowControlledLength: 3, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
        #expect(connection.heldByteCount == 0)
    }

    @Test(
        "the buffer of a frame in single bytes is reallocated a logarithmic number of times",
        .enabled(if: Allocations.canBeJudged))
    func fewReallocations() throws {
        let connection = try server()
        let frame = FrameBuilder.raw(
            type: 0xee, payload: [UInt8](repeating: 1, count: Self.largest))
        // Without its last byte, only the buffer is allocated.
        let bytes = Array(frame.dropLast())
        var events: [H2Event] = []
        let count = try Allocations.count { () throws(H2Error) in
            for index in bytes.indices {
                try connection.receiveData(bytes[index..<index + 1], into: &events)
            }
        }
        // It doubles from a few bytes to 16 MiB; an allocation for each byte would be millions.
        #expect(count <= 64, "\(count) allocations for \(bytes.count) bytes")
        #expect(connection.heldByteCount == bytes.count)
    }

    @Test("the time to receive a frame in single bytes is linear in its length")
    func linearTime() throws {
        let connection = try server()
        var durations: [Duration] = []
        for size in [Self.largest / 4, Self.largest] {
            let bytes = FrameBuilder.raw(
                type: 0xee, payload: [UInt8](repeating: 1, count: size))
            let clock = ContinuousClock()
            var best: Duration?
            for _ in 0..<3 {
                let time = try clock.measure { _ = try feed(bytes, to: connection) }
                best = min(best ?? time, time)
            }
            durations.append(try #require(best))
        }
        // 4 times the bytes; quadratic time would be 16 times. The margin is for other processes.
        #expect(durations[1] < durations[0] * 12, "\(durations)")
    }

    @Test(
        "a large frame that is announced and never arrives costs nothing",
        .enabled(if: Allocations.canBeJudged))
    func announcedOnly() throws {
        let connection = try server()
        let header = FrameBuilder.raw(type: 0x0, stream: 1, length: 0xff_ffff)
        _ = try connection.receiveData(header)
        #expect(connection.heldByteCount == 9)
        let payload = [UInt8](repeating: 0, count: 100)
        var events: [H2Event] = []
        let count = try Allocations.count { () throws(H2Error) in
            try connection.receiveData(payload, into: &events)
        }
        #expect(count <= 2)
        #expect(connection.heldByteCount == 109)
    }

    @Test(
        "the buffer of a large frame that no event shares is released",
        .enabled(if: Allocations.canBeJudged))
    func bufferIsReleased() throws {
        let connection = try server()
        try connection.resetStream(1)
        var events: [H2Event] = []
        // DATA on a reset stream causes no event, so its buffer could serve the next frame.
        for (size, isKept) in [(1_000, true), (1 << 20, false)] {
            let frame = FrameBuilder.data(1, [UInt8](repeating: 1, count: size))
            for piece in [frame.prefix(5), frame.dropFirst(5)] {
                try connection.receiveData(piece, into: &events)
            }
            let count = try Allocations.count { () throws(H2Error) in
                try connection.receiveData(frame[..<100], into: &events)
            }
            #expect((count == 0) == isKept, "\(count) allocations after \(size) bytes")
            try connection.receiveData(frame[100...], into: &events)
        }
        #expect(events == [])
    }
}
