// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A server's graceful shutdown, RFC 9113 §6.8, frame by frame.
@Suite struct GracefulShutdownTests {
    private func server(_ change: (inout H2Configuration) -> Void = { _ in }) throws -> Peer {
        try Peer(H2Configuration.server.with(change), cut: .whole, policies: .asConfigured)
    }

    /// Starts a shutdown; returns the answer to its PING.
    private func begin(_ peer: Peer, sourceLocation: SourceLocation = #_sourceLocation) throws
        -> [UInt8]
    {
        peer.sent()
        try peer.connection.startGracefulShutdown()
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.goAway, .ping], sourceLocation: sourceLocation)
        #expect(
            frames.first?.bytes == FrameBuilder.goAway(last: 0x7fff_ffff),
            sourceLocation: sourceLocation)
        return FrameBuilder.ping(frames.last?.pingValue ?? 0, ack: true)
    }

    /// Starts a shutdown, and answers its PING.
    private func complete(_ peer: Peer, last: UInt32) throws {
        let ack = try begin(peer)
        let isDrained = peer.connection.openInboundStreams == 0
        #expect(try peer.receive(ack) == (isDrained ? [.connectionDrained] : []))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: last)])
    }

    private func respond(_ peer: Peer, on id: H2StreamID) throws {
        try peer.connection.sendHeaders(.sampleResponse, on: id, endStream: true)
    }

    @Test("without streams, the second GOAWAY drains the connection, once")
    func withoutStreams() throws {
        let peer = try server()
        try complete(peer, last: 0)
        #expect(try peer.receive(FrameBuilder.ping(1)).count == 1)
        #expect(!peer.connection.hasEvents)
    }

    @Test("requests that cross the first GOAWAY are processed; the second names the last of them")
    func crossingFirst() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1))
        let ack = try begin(peer)
        #expect(try peer.receive(FrameBuilder.get(3)).count == 2)
        #expect(try peer.receive(FrameBuilder.get(7) + ack).count == 2)
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 7)])
        for id in [3, 7] as [H2StreamID] { try respond(peer, on: id) }
        #expect(!peer.connection.hasEvents)
        try respond(peer, on: 1)
        let events = try peer.receive(FrameBuilder.data(1, [1], endStream: true))
        #expect(events.count == 3 && events.last == .connectionDrained)
    }

    @Test("requests that cross the second GOAWAY cause no event or answer, however they continue")
    func crossingSecond() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1))
        try complete(peer, last: 1)
        let frames: [[UInt8]] = [
            FrameBuilder.post(3), FrameBuilder.data(3, [1, 2, 3]),
            FrameBuilder.data(3, padLength: 5),
            FrameBuilder.windowUpdate(3, increment: 1), FrameBuilder.priority(3),
            FrameBuilder.headers(3, ["trailer": "1"], endStream: true),
            FrameBuilder.get(5), FrameBuilder.post(7), FrameBuilder.rstStream(7, code: 8),
            FrameBuilder.headers(9, block: Attacker.get, endStream: true, endHeaders: false)
                + FrameBuilder.continuation(9, block: []),
            // Malformed, but discarded without validation.
            FrameBuilder.headers(11, ["a": "b"], endStream: true),
        ]
        for frame in frames {
            let events = try peer.receive(frame).filter {
                if case .priorityUpdated = $0 { return false }
                return true
            }
            #expect(events == [])
        }
        #expect(peer.sent() == [])
        #expect(peer.connection.openInboundStreams == 1)
        #expect(peer.connection.highestInboundStreamID == 1)
        try respond(peer, on: 1)
        #expect(try peer.receive(FrameBuilder.data(1, endStream: true)).last == .connectionDrained)
    }

    @Test("discarded requests update the compression table")
    func compression() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1))
        try complete(peer, last: 1)
        for (id, value) in [(3, "x"), (5, "y")] as [(UInt32, String)] {
            var request = HPACKEncoder()
            request.raw(Attacker.get)
            request.literal("name", value, .incremental)
            try peer.receive(FrameBuilder.headers(id, block: request.bytes, endStream: true))
        }
        var trailers = HPACKEncoder()
        trailers.indexed(63)
        trailers.indexed(62)
        let events = try peer.receive(
            FrameBuilder.headers(1, block: trailers.bytes, endStream: true))
        let expected = H2Event.trailersReceived(
            .init(streamID: 1, headers: ["name": "x", "name": "y"]))
        #expect(events == [expected, .streamEnded(.init(streamID: 1))])
    }

    @Test("discarded DATA is credited to the connection")
    func credit() throws {
        let peer = try server()
        try complete(peer, last: 0)
        try peer.receive(FrameBuilder.post(1))
        for _ in 0..<3 { try peer.receive(FrameBuilder.zeros(1, 16_384)) }
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.windowUpdate(0, increment: 32_768)])
        #expect(peer.connection.inboundFlowControlWindow == 65_535 - 16_384)
    }

    @Test("after the answer to the PING, discarded requests use up provokedResets")
    func charged() throws {
        let peer = try limited()
        try complete(peer, last: 0)
        let error = discard(peer, 4)
        #expect(error?.limit == .provokedResets)
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 0, code: 0xb)])
    }

    @Test("a client that has not answered the PING is excused, until it does")
    func excused() throws {
        let peer = try limited()
        let connection = peer.connection
        connection.advance(to: H2Instant(.seconds(1)))
        let ack = try begin(peer)
        connection.advance(to: H2Instant(.seconds(1)))
        #expect(try connection.handleDeadlines(at: H2Instant(.seconds(2))) == [.connectionDrained])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 0)])
        #expect(discard(peer, 500) == nil)
        #expect(try peer.receive(ack) == [])
        #expect(peer.sent() == [])
        #expect(discard(peer, 4, from: 1_001)?.limit == .provokedResets)
    }

    /// A server that allows 3 provoked resets.
    private func limited() throws -> Peer {
        try server {
            $0.initialSettings = [.maxConcurrentStreams: 1]
            $0.limits.provokedResets = H2Limits.Budget(3, perSecond: 0)
            $0.deadlines.shutdownAnnouncement = .seconds(1)
        }
    }

    /// Sends requests; returns the error, which must come with the last one.
    private func discard(_ peer: Peer, _ count: Int, from first: UInt32 = 1) -> H2Error? {
        for index in 0..<UInt32(count) {
            let result = peer.receiveResult(FrameBuilder.get(first + 2 * index))
            #expect(result.events == [])
            if let error = result.error {
                #expect(index == UInt32(count) - 1)
                return error
            }
        }
        return nil
    }

    // MARK: A field block at the moment of the second GOAWAY

    @Test("a request whose field block is arriving is named by the second GOAWAY, and processed")
    func pendingRequest() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.shutdownAnnouncement = .seconds(1) }
        try timed.connection.startGracefulShutdown()
        timed.sent()
        try timed.receive(
            FrameBuilder.headers(5, block: Attacker.get, endStream: true, endHeaders: false))
        let expiry = timed.expire(after: 1_000)
        #expect(expiry.events == [])
        #expect(expiry.frames.map(\.bytes) == [FrameBuilder.goAway(last: 5)])
        let events = try timed.receive(FrameBuilder.continuation(5, block: []))
        #expect(events.count == 2)
        try timed.connection.sendHeaders(.sampleResponse, on: 5, endStream: true)
        #expect(timed.connection.takeEvents() == [.connectionDrained])
    }

    @Test("a malformed request whose field block was arriving drains the connection, too")
    func pendingMalformedRequest() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.shutdownAnnouncement = .seconds(1) }
        try timed.connection.startGracefulShutdown()
        timed.sent()
        try timed.receive(FrameBuilder.headers(5, block: [0x82], endHeaders: false))
        #expect(timed.expire(after: 1_000).events == [])
        let events = try timed.receive(FrameBuilder.continuation(5, block: []))
        #expect(events.contains(.connectionDrained))
        #expect(timed.sent().map(\.type) == [.rstStream])
    }

    @Test("a surplus request whose field block is arriving is refused, because GOAWAY includes it")
    func pendingSurplus() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.shutdownAnnouncement = .seconds(1)
            $0.initialSettings = [.maxConcurrentStreams: 1]
        }
        try timed.receive(FrameBuilder.post(1))
        try timed.connection.startGracefulShutdown()
        timed.sent()
        try timed.receive(
            FrameBuilder.headers(3, block: Attacker.get, endStream: true, endHeaders: false))
        #expect(timed.expire(after: 1_000).frames.map(\.bytes) == [FrameBuilder.goAway(last: 3)])
        #expect(try timed.receive(FrameBuilder.continuation(3, block: [])) == [])
        #expect(timed.sent().map(\.bytes) == [FrameBuilder.rstStream(3, code: 7)])
    }

    // MARK: The end

    @Test("the end of the last stream drains the connection, even if nothing is received")
    func drainedBySending() throws {
        let peer = try server { $0.reportsStreamOutcomes = true }
        try peer.receive(FrameBuilder.get(1) + FrameBuilder.get(3) + FrameBuilder.get(5))
        try complete(peer, last: 5)
        try peer.connection.sendHeaders(.sampleResponse, on: 1)
        try peer.connection.enqueueData([1, 2, 3], on: 1, endStream: true)
        try peer.connection.resetStream(3)
        try respond(peer, on: 5)
        #expect(!peer.connection.takeEvents().contains(.connectionDrained))
        // The stream ends when its queued data is taken.
        peer.sent()
        let closed = H2Event.streamClosed(
            .init(streamID: 1, outcome: .completed, unsentByteCount: 0))
        #expect(peer.connection.takeEvents() == [closed, .connectionDrained])
    }

    @Test("a promised stream has to end, too, and the server may still promise")
    func pushes() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.get(1))
        try complete(peer, last: 1)
        try peer.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        try respond(peer, on: 1)
        #expect(!peer.connection.hasEvents)
        try respond(peer, on: 2)
        #expect(peer.connection.takeEvents() == [.connectionDrained])
        #expect(peer.sent().map(\.type) == [.pushPromise, .headers, .headers])
    }

    @Test("an error later sends a GOAWAY whose last stream is not higher, and drains nothing")
    func errorLater() throws {
        let announced = try server()
        try announced.receive(FrameBuilder.post(1))
        _ = try begin(announced)
        try announced.receive(FrameBuilder.post(3))
        let error = announced.receiveResult(FrameBuilder.windowUpdate(0, increment: 0))
        #expect(error.events == [] && error.error != nil)
        #expect(announced.sent().map(\.bytes) == [FrameBuilder.goAway(last: 3, code: 1)])

        let done = try server()
        try done.receive(FrameBuilder.post(1))
        try complete(done, last: 1)
        try done.receive(FrameBuilder.post(3))
        let late = done.receiveResult(FrameBuilder.windowUpdate(0, increment: 0))
        #expect(late.events == [] && late.error != nil)
        #expect(done.sent().map(\.bytes) == [FrameBuilder.goAway(last: 1, code: 1)])
        let again = failure { () throws(H2Error) in
            try done.connection.startGracefulShutdown()
        }
        #expect(again?.kind == .protocolViolation)
    }

    @Test("a second call, and a repeated answer, change nothing")
    func twice() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1))
        let ack = try begin(peer)
        try peer.connection.startGracefulShutdown()
        #expect(peer.sent() == [])
        try peer.receive(ack)
        #expect(peer.sent().count == 1)
        try peer.connection.startGracefulShutdown()
        // The second answer belongs to no PING, so the caller gets an event.
        #expect(try peer.receive(ack).count == 1)
        #expect(peer.sent() == [])
    }

    @Test("closeConnection ends a shutdown, with a last stream that is not higher")
    func closing() throws {
        let early = try server()
        try early.receive(FrameBuilder.post(1))
        let ack = try begin(early)
        try early.receive(FrameBuilder.post(3))
        try early.connection.closeConnection()
        #expect(early.sent().map(\.bytes) == [FrameBuilder.goAway(last: 3)])
        #expect(try early.receive(ack) == [])
        #expect(early.sent() == [])

        let late = try server()
        try late.receive(FrameBuilder.post(1))
        try complete(late, last: 1)
        try late.receive(FrameBuilder.post(3))
        expectMisuse(late.connection, .local(.invalidArgument)) { () throws(H2Error) in
            try late.connection.closeConnection(lastStreamID: 3)
        }
        try late.connection.closeConnection(errorCode: .enhanceYourCalm)
        #expect(late.sent().map(\.bytes) == [FrameBuilder.goAway(last: 1, code: 0xb)])
        #expect(!late.connection.hasEvents)
    }

    @Test("a forged or early answer does not end the announcement")
    func forged() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.ping(0, ack: true))
        _ = try begin(peer)
        try peer.receive(FrameBuilder.ping(0, ack: true) + FrameBuilder.ping(1, ack: true))
        #expect(peer.sent() == [])
        #expect(try peer.receive(FrameBuilder.get(1)).count == 2)
    }

    @Test("a connection that is not initiated, or closed, cannot shut down")
    func states() throws {
        let new = H2Connection(.server)
        expectMisuse(new, .local(.notInitiated)) { () throws(H2Error) in
            try new.startGracefulShutdown()
        }
        let peer = try server { $0.reportsStreamOutcomes = true }
        try peer.connection.closeConnection()
        expectMisuse(peer.connection, .local(.connectionClosed)) { () throws(H2Error) in
            try peer.connection.startGracefulShutdown()
        }
    }
}
