// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `H2Deadlines.streamInactivity`: a stream on which the peer may send, but does not, is reset.
@Suite struct StreamInactivityTests {
    private func timed(
        _ role: H2Configuration.Role = .server, settings: [(UInt16, UInt32)] = [],
        _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> TimedPeer {
        try TimedPeer(role, settings: settings) {
            $0.deadlines.streamInactivity = .seconds(10)
            change(&$0)
        }
    }

    private func expectReset(
        _ expiry: TimedPeer.Expiry, _ id: UInt32, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let id = H2StreamID(id)
        #expect(
            expiry.events == [.expired(.streamInactivity, on: id), .cancelled(id)],
            sourceLocation: sourceLocation)
        #expect(expiry.error == nil, sourceLocation: sourceLocation)
        #expect(
            expiry.frames.map(\.bytes) == [FrameBuilder.rstStream(id.rawValue, code: 8)],
            sourceLocation: sourceLocation)
    }

    @Test("a request whose body does not arrive is reset with CANCEL; others continue")
    func upload() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.post(1))
        try timed.receive(FrameBuilder.post(3), after: 4_000)
        expectReset(timed.expire(after: 6_000), 1)
        #expect(timed.connection.openInboundStreams == 1)
        expectReset(timed.expire(after: 4_000), 3)
        #expect(timed.connection.nextDeadline == nil)
        // Frames that were in flight are not an offence.
        try timed.receive(FrameBuilder.zeros(1, 100, endStream: true))
        #expect(timed.sent() == [])
    }

    @Test(
        "DATA, even empty or padding, trailers' begin and WINDOW_UPDATE start the time again",
        arguments: [
            FrameBuilder.zeros(1, 1), FrameBuilder.data(1), FrameBuilder.data(1, padLength: 9),
            FrameBuilder.windowUpdate(1, increment: 1),
        ])
    func progress(frame: [UInt8]) throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.post(1))
        for _ in 0..<3 { try timed.receive(frame, after: 9_999) }
        expectReset(timed.expire(after: 10_000), 1)
    }

    @Test("frames on the connection or on other streams are no progress")
    func elsewhere() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.post(1))
        try timed.receive(
            FrameBuilder.windowUpdate(0, increment: 1) + FrameBuilder.ping(1)
                + FrameBuilder.get(3), after: 5_000)
        timed.sent()
        expectReset(timed.expire(after: 5_000), 1)
    }

    @Test("a stream that the peer has ended may take any time")
    func ended() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.get(1))
        timed.expectNothing(for: 1_000_000)
        try timed.receive(FrameBuilder.post(3))
        try timed.receive(FrameBuilder.data(3, endStream: true), after: 5_000)
        timed.expectNothing(for: 1_000_000)
        #expect(timed.connection.openInboundStreams == 2)
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("a response that does not arrive, or stops, is reset")
    func response() throws {
        let timed = try timed(.client)
        for id in [1, 3] as [H2StreamID] {
            try timed.connection.sendHeaders(.sampleRequest, on: id, endStream: true)
        }
        timed.sent()
        let response = H2Headers.sampleResponse.block
        try timed.receive(FrameBuilder.headers(3, block: response), after: 3_000)
        expectReset(timed.expire(after: 7_000), 1)
        expectReset(timed.expire(after: 3_000), 3)
    }

    @Test("a promised response that does not arrive is reset; its parent made progress")
    func promise() throws {
        let timed = try timed(.client)
        try timed.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        timed.sent()
        try timed.receive(
            FrameBuilder.pushPromise(1, promised: 2, block: Attacker.get), after: 6_000)
        timed.expectNothing(for: 9_998)
        try timed.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block, endStream: true),
            after: 1)
        expectReset(timed.expire(after: 1), 2)
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("the deadline also applies to a request that upgraded from HTTP/1.1")
    func upgrade() throws {
        let client = H2Connection(
            H2Configuration.client.with { $0.deadlines.streamInactivity = .seconds(10) })
        _ = try client.initiateUpgradeConnection()
        client.advance(to: H2Instant(.seconds(1)))
        #expect(client.nextDeadline == H2Instant(.seconds(11)))
        let events = try client.handleDeadlines(at: H2Instant(.seconds(11)))
        #expect(events == [.expired(.streamInactivity, on: 1), .cancelled(1)])
    }

    @Test("with over 1,024 streams, 64 calls in a deadline's time suffice, each at most 1/64 late")
    func manyStreams() throws {
        let timed = try timed {
            $0.initialSettings[.maxConcurrentStreams] = 2_000
            $0.limits = .unlimited
        }
        let streams: [UInt32] = (0..<1_100).map { 2 * $0 + 1 }
        for stream in streams { try timed.receive(FrameBuilder.post(stream), after: 9) }
        var calls = 0
        var opened = timed.time - 1_099 * 9_000_000
        var reset: [UInt32] = []
        while timed.connection.openInboundStreams > 1_024 {
            let next = try #require(timed.connection.nextDeadline)
            timed.pass(Int((next.rawValue - timed.time + 999_999) / 1_000_000))
            calls += 1
            for case .streamReset(let event) in try timed.handle() {
                reset.append(event.streamID.rawValue)
                #expect(10_000_000_000...10_157_000_000 ~= timed.time - opened)
                opened += 9_000_000
            }
            timed.sent()
        }
        #expect(reset == Array(streams.prefix(reset.count)))
        // 76 deadlines pass in 684 ms. A call is allowed each 156 ms.
        #expect(calls <= 6)
    }

    // MARK: The peer cannot send

    /// The number of bytes that use up a window of 65,535 bytes.
    private static func fill(_ id: UInt32) -> [UInt8] {
        [16_384, 16_384, 16_384, 16_383].flatMap { FrameBuilder.zeros(id, $0) }
    }

    @Test("a peer whose window the caller does not open is not inactive")
    func closedWindow() throws {
        let timed = try timed { $0.connectionWindowSize = 1 << 20 }
        try timed.receive(FrameBuilder.post(1) + Self.fill(1))
        timed.expectNothing(for: 1_000_000)
    }

    // The peer gets a window 1 ms before the time since its last frame has passed.
    @Test("the time counts from the opening of the stream's window", arguments: 0..<3)
    func openedStream(how: Int) throws {
        let timed = try timed { $0.connectionWindowSize = 1 << 20 }
        try timed.receive(FrameBuilder.post(1))
        try timed.receive(Self.fill(1), after: 1_000)
        timed.pass(9_999)
        #expect(try timed.handle() == [])
        switch how {
        case 0: try timed.connection.acknowledgeReceivedData(65_535, on: 1)
        case 1: try timed.connection.incrementFlowControlWindow(by: 1, on: 1)
        default:
            try timed.connection.updateSettings([.initialWindowSize: 70_000])
            try timed.receive(FrameBuilder.settingsAck())
        }
        timed.sent()
        timed.expectNothing(for: 9_999)
        expectReset(timed.expire(after: 1), 1)
    }

    @Test("the time counts from the opening of the connection's window")
    func openedConnection() throws {
        let timed = try timed { $0.initialSettings = [.initialWindowSize: 100_000] }
        try timed.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        // Stream 3 uses up the window that both need.
        try timed.receive(Self.fill(3), after: 1_000)
        timed.pass(8_999)
        #expect(try timed.handle() == [])
        try timed.connection.acknowledgeReceivedData(65_535, on: 3)
        timed.sent()
        try timed.receive(FrameBuilder.zeros(3, 1), after: 9_000)
        expectReset(timed.expire(after: 1_000), 1)
    }

    @Test("a window of 0 that INITIAL_WINDOW_SIZE announces lets the peer send nothing")
    func emptyWindow() throws {
        let timed = try timed { $0.initialSettings = [.initialWindowSize: 0] }
        try timed.receive(FrameBuilder.post(1))
        timed.expectNothing(for: 95_000)
        try timed.connection.incrementFlowControlWindow(by: 10, on: 1)
        timed.sent()
        timed.expectNothing(for: 9_999)
        expectReset(timed.expire(after: 1), 1)
    }

    @Test("a stream with an open window is reset although the connection's window was closed once")
    func closedLongAgo() throws {
        let timed = try timed { $0.initialSettings = [.initialWindowSize: 100_000] }
        try timed.receive(FrameBuilder.post(1) + Self.fill(1))
        try timed.connection.acknowledgeReceivedData(65_535, on: 1)
        try timed.receive(FrameBuilder.data(1, endStream: true) + FrameBuilder.post(3))
        timed.sent()
        expectReset(timed.expire(after: 10_000), 3)
    }

    // MARK: Calls without a time

    @Test("a frame in a call without a time restarts the time at the next instant")
    func withoutTime() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.post(1))
        timed.pass(5_000)
        try timed.peer.receive(FrameBuilder.zeros(1, 1))
        timed.expectNothing(for: 9_999)
        expectReset(timed.expire(after: 1), 1)
    }

    @Test("no deadline passes on a stream that the program has reset or that has ended")
    func closedByProgram() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        try timed.connection.resetStream(1)
        try timed.receive(FrameBuilder.rstStream(3, code: 8))
        timed.sent()
        timed.expectNothing(for: 100_000)
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("with outcomes, a reset stream is reported as reset by this side")
    func outcome() throws {
        let timed = try timed { $0.reportsStreamOutcomes = true }
        try timed.receive(FrameBuilder.post(1))
        let expiry = timed.expire(after: 10_000)
        let outcome = H2StreamOutcome.reset(.cancel, isRemote: false)
        let closed = H2Event.streamClosed(
            .init(streamID: 1, outcome: outcome, unsentByteCount: 0))
        #expect(expiry.events == [.expired(.streamInactivity, on: 1), .cancelled(1), closed])
    }

    @Test("a field block is decoded even if its stream is reset while it arrives")
    func withinBlock() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        var trailers = HPACKEncoder()
        trailers.literal("a", "b", .incremental)
        try timed.receive(
            FrameBuilder.headers(
                1, block: trailers.bytes, endStream: true, endHeaders: false))
        timed.pass(10_000)
        #expect(try timed.handle().count == 4)
        try timed.receive(FrameBuilder.continuation(1, block: []))
        var request = HPACKEncoder()
        request.raw(Attacker.get)
        request.indexed(62)
        let events = try timed.receive(FrameBuilder.headers(5, block: request.bytes))
        #expect(events.count == 1)
        guard case .requestReceived(let received) = events.first else { return }
        #expect(received.headers.first { $0.name == "a" }?.value == "b")
    }
}
