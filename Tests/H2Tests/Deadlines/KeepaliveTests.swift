// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Keepalive, and the deadlines that start a graceful shutdown.
@Suite struct KeepaliveTests {
    private static let keepalive = H2Deadlines.Keepalive(
        interval: .seconds(10), answer: .seconds(3), pingsWithoutStreams: true)

    private func timed(
        _ role: H2Configuration.Role = .client,
        _ keepalive: H2Deadlines.Keepalive = Self.keepalive
    ) throws -> TimedPeer {
        try TimedPeer(role) { $0.deadlines.keepalive = keepalive }
    }

    private func ack(_ frame: WireFrame?) -> [UInt8] {
        FrameBuilder.ping(frame?.pingValue ?? 0, ack: true)
    }

    @Test(
        "a silent peer gets a PING, and is lost without GOAWAY if it stays silent",
        arguments: [H2Configuration.Role.client, .server])
    func lost(role: H2Configuration.Role) throws {
        let timed = try timed(role)
        let ping = timed.expire(after: 10_000)
        #expect(ping.events == [] && ping.error == nil)
        #expect(ping.frames.map(\.type) == [.ping])
        #expect(ping.frames.first?.isAck == false)
        let loss = timed.expire(after: 3_000)
        #expect(loss.error?.facts == .remote(.deadlineExpired, .noError))
        #expect(loss.error?.deadline == .keepalive)
        #expect(loss.frames == [])
        #expect(timed.connection.connectionState == .closed)
    }

    @Test("an answer causes no event, and the next PING follows after another interval")
    func answered() throws {
        let timed = try timed()
        var values: Set<UInt64> = []
        for _ in 0..<5 {
            let ping = timed.expire(after: 10_000)
            #expect(ping.frames.count == 1)
            values.insert(ping.frames.first?.pingValue ?? 0)
            #expect(try timed.receive(ack(ping.frames.first), after: 2_999) == [])
        }
        #expect(values.count == 5)
    }

    @Test("any byte delays the PING, and the end of the connection after it")
    func anyByte() throws {
        let timed = try timed()
        let bytes = FrameBuilder.windowUpdate(0, increment: 1)
        for byte in bytes.dropLast() { try timed.receive([byte], after: 9_999) }
        let ping = timed.expire(after: 10_000)
        #expect(ping.frames.map(\.type) == [.ping])
        try timed.receive([bytes[12]], after: 2_999)
        #expect(timed.expire(after: 3_000).error?.deadline == .keepalive)
    }

    @Test("a wrong answer does not count as an answer, but as received bytes")
    func wrongAnswer() throws {
        let timed = try timed()
        let ping = timed.expire(after: 10_000)
        let wrong = FrameBuilder.ping((ping.frames.first?.pingValue ?? 0) ^ 1, ack: true)
        #expect(try timed.receive(wrong, after: 1_000).count == 1)
        #expect(timed.expire(after: 3_000).error?.deadline == .keepalive)
    }

    @Test("without open streams, no PING is sent unless it is configured")
    func withoutStreams() throws {
        let timed = try timed(
            .client, H2Deadlines.Keepalive(interval: .seconds(10), answer: .seconds(3)))
        timed.expectNothing(for: 100_000)
        try timed.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        timed.sent()
        let ping = timed.expire(after: 10_000)
        #expect(ping.frames.map(\.type) == [.ping])
        try timed.receive(
            ack(ping.frames.first)
                + FrameBuilder.headers(
                    1, block: H2Headers.sampleResponse.block, endStream: true))
        timed.expectNothing(for: 100_000)
    }

    @Test("a PING of the caller is not taken for the answer")
    func callersPing() throws {
        let timed = try timed()
        try timed.connection.ping(H2PingData(7))
        timed.sent()
        let ping = timed.expire(after: 10_000)
        let events = try timed.receive(FrameBuilder.ping(7, ack: true) + ack(ping.frames.first))
        #expect(events == [.pingAckReceived(.init(data: H2PingData(7)))])
        #expect(timed.expire(after: 10_000).frames.map(\.type) == [.ping])
    }

    // MARK: Shutdown by time

    @Test("idle: a server without streams starts a graceful shutdown")
    func idleServer() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.idle = .seconds(60) }
        let expiry = timed.expire(after: 60_000)
        #expect(expiry.events == [.expired(.idle)])
        #expect(expiry.frames.map(\.type) == [.goAway, .ping])
        #expect(expiry.frames.first?.lastStreamID == 0x7fff_ffff)
        #expect(expiry.frames.first?.errorCode == 0)
        // A request that crossed the GOAWAY is served.
        #expect(try timed.receive(FrameBuilder.get(1)).count == 2)
        #expect(try timed.receive(ack(expiry.frames.last)) == [])
        #expect(timed.sent().map(\.bytes) == [FrameBuilder.goAway(last: 1)])
        try timed.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        #expect(timed.connection.takeEvents() == [.connectionDrained])
    }

    @Test("idle: a client without streams is drained at once, and sends nothing")
    func idleClient() throws {
        let timed = try TimedPeer(.client) { $0.deadlines.idle = .seconds(60) }
        let expiry = timed.expire(after: 60_000)
        #expect(expiry.events == [.expired(.idle), .connectionDrained])
        #expect(expiry.frames == [])
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("idle: counts from the end of the last stream, even of one between two instants")
    func idleAgain() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.idle = .seconds(60) }
        try timed.receive(FrameBuilder.get(1), after: 59_999)
        timed.expectNothing(for: 600_000)
        try timed.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        timed.sent()
        timed.pass(30_000)
        // Opened and reset in the same call.
        try timed.receive(FrameBuilder.get(3) + FrameBuilder.rstStream(3, code: 8))
        #expect(timed.expire(after: 60_000).events == [.expired(.idle)])
    }

    @Test("maximumAge: counts from the first instant, whatever happens")
    func maximumAge() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.maximumAge = .seconds(3_600) }
        try timed.receive(FrameBuilder.post(1), after: 1_800_000)
        let expiry = timed.expire(after: 1_800_000)
        #expect(expiry.events == [.expired(.maximumAge)])
        #expect(expiry.frames.map(\.type) == [.goAway, .ping])
        timed.expectNothing(for: 10_000_000)
    }

    @Test("shutdownAnnouncement: without an answer to the PING, the second GOAWAY follows")
    func announcement() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.shutdownAnnouncement = .seconds(1) }
        try timed.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        try timed.connection.startGracefulShutdown()
        timed.sent()
        let expiry = timed.expire(after: 1_000)
        #expect(expiry.events == [] && expiry.error == nil)
        #expect(expiry.frames.map(\.bytes) == [FrameBuilder.goAway(last: 3)])
        timed.expectNothing(for: 100_000)
    }

    @Test(
        "shutdown: streams that do not end are cut off with GOAWAY(NO_ERROR)",
        arguments: [false, true])
    func shutdown(isAnswered: Bool) throws {
        let timed = try TimedPeer(.server) { $0.deadlines.shutdown = .seconds(20) }
        try timed.receive(FrameBuilder.post(1))
        try timed.connection.startGracefulShutdown()
        let ping = timed.sent().last
        if isAnswered {
            try timed.receive(ack(ping), after: 5_000)
            timed.sent()
        } else {
            timed.pass(5_000)
        }
        let expiry = timed.expire(after: 15_000)
        #expect(expiry.error?.facts == .remote(.deadlineExpired, .noError))
        #expect(expiry.error?.deadline == .shutdown)
        #expect(expiry.frames.map(\.bytes) == [FrameBuilder.goAway(last: 1)])
    }

    @Test("shutdown: has no effect once all streams have ended")
    func shutdownInTime() throws {
        let timed = try TimedPeer(.client) { $0.deadlines.shutdown = .seconds(20) }
        try timed.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        try timed.connection.startGracefulShutdown()
        timed.sent()
        let response = FrameBuilder.headers(
            1, block: H2Headers.sampleResponse.block, endStream: true)
        #expect(try timed.receive(response, after: 19_999).last == .connectionDrained)
        #expect(timed.connection.nextDeadline == nil)
        timed.expectNothing(for: 100_000)
    }

    @Test("each deadline has the name of its property")
    func names() {
        let names = Set(H2Deadline.allCases.map(\.description))
        let properties = Set(Mirror(reflecting: H2Deadlines()).children.compactMap(\.label))
        #expect(names == properties.subtracting(["shutdownAnnouncement"]))
        #expect(names.count == H2Deadline.allCases.count)
    }
}
