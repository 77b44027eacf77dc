// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Deadlines that pass together, at the end of time, or while output waits.
@Suite struct DeadlineCornerTests {
    @Test("with over 1,024 streams, deadlines just before the end of time fire without a trap")
    func crowdAtTheEndOfTime() throws {
        var configuration = H2Configuration.server
        configuration.initialSettings[.maxConcurrentStreams] = 5_000
        configuration.deadlines.streamInactivity = .seconds(64)
        let server = try Peer(configuration, cut: .whole).connection
        let end = UInt64.max
        server.advance(to: H2Instant(nanoseconds: 0))
        _ = try server.receiveData(
            FrameBuilder.post(1), at: H2Instant(nanoseconds: end - 65_000_000_000))
        for id in Attacker.streams(1_100).dropFirst() {
            _ = try server.receiveData(
                FrameBuilder.post(id), at: H2Instant(nanoseconds: end - 64_000_000_100))
        }
        let late = H2Instant(nanoseconds: end - 500_000_000)
        #expect(try server.handleDeadlines(at: late).count == 2)
        #expect(server.nextDeadline.map { $0 > late } == true)
    }

    @Test("two deadlines that start a shutdown and pass together report only the first")
    func idleAndOld() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.idle = .seconds(10)
            $0.deadlines.maximumAge = .seconds(11)
        }
        timed.pass(60_000)
        #expect(try timed.handle() == [.expired(.idle)])
    }

    @Test("a shutdown without open streams ends well, however late its deadlines are handled")
    func lateShutdown() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.shutdownAnnouncement = .seconds(2)
            $0.deadlines.shutdown = .seconds(30)
        }
        try timed.connection.startGracefulShutdown()
        timed.sent()
        timed.pass(60_000)
        #expect(try timed.handle() == [.connectionDrained])
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("the wait for an answer to a PING does not end while the PING is on its way out")
    func pingBehindOutput() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.keepalive = .init(interval: .seconds(10), answer: .seconds(3))
        }
        try timed.receive(FrameBuilder.get(1))
        try timed.connection.sendHeaders(.sampleResponse, on: 1)
        try timed.connection.sendData([UInt8](repeating: 0, count: 10_000), on: 1)
        var ping: WireFrame?
        for _ in 0..<60 where ping == nil {
            #expect(try timed.handle() == [])
            ping = timed.peer.sent(upTo: 250).first { $0.type == .ping }
            timed.connection.advance(to: timed.now)
            timed.pass(1_000)
        }
        #expect(ping != nil)
        #expect(timed.expire(after: 2_000).error?.deadline == .keepalive)
    }

    @Test("the wait for an acknowledgement does not end while SETTINGS is on its way out")
    func settingsBehindOutput() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.settingsAcknowledgement = .seconds(3) }
        try timed.receive(FrameBuilder.get(1))
        try timed.connection.sendHeaders(.sampleResponse, on: 1)
        try timed.connection.sendData([UInt8](repeating: 0, count: 10_000), on: 1)
        try timed.connection.updateSettings([.initialWindowSize: 100_000])
        var settings: WireFrame?
        for _ in 0..<60 where settings == nil {
            #expect(try timed.handle() == [])
            settings = timed.peer.sent(upTo: 250).first { $0.type == .settings }
            timed.connection.advance(to: timed.now)
            timed.pass(1_000)
        }
        #expect(settings != nil)
        #expect(timed.expire(after: 2_000).error?.deadline == .settingsAcknowledgement)
    }

    @Test("a PING that the caller stops taking ends the connection, as if it were unanswered")
    func pingThatIsNotTaken() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.keepalive = .init(interval: .seconds(10), answer: .seconds(3))
        }
        try timed.receive(FrameBuilder.get(1))
        try timed.connection.sendHeaders(.sampleResponse, on: 1)
        try timed.connection.sendData([UInt8](repeating: 0, count: 10_000), on: 1)
        timed.pass(10_000)
        #expect(try timed.handle() == [])
        timed.peer.sent(upTo: 250)
        timed.pass(1_000)
        timed.connection.advance(to: timed.now)
        timed.pass(2_999)
        #expect(try timed.handle() == [])
        timed.pass(1)
        #expect(throws: H2Error.self) { try timed.handle() }
    }
}
