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
}
