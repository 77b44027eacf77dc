// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// How a connection handles the time that the caller passes.
@Suite struct TimeTests {
    /// All deadlines, of 10 s each.
    private static var all: H2Deadlines { deadlines(.seconds(10)) }

    private static func deadlines(_ duration: Duration) -> H2Deadlines {
        var deadlines = H2Deadlines()
        deadlines.firstSettings = duration
        deadlines.settingsAcknowledgement = duration
        deadlines.fieldBlock = duration
        deadlines.idle = duration
        deadlines.keepalive = .init(
            interval: duration, answer: duration, pingsWithoutStreams: true)
        deadlines.streamInactivity = duration
        deadlines.drainRate = .init(bytes: 1, per: duration)
        deadlines.output = duration
        deadlines.shutdownAnnouncement = duration
        deadlines.shutdown = duration
        deadlines.maximumAge = duration
        return deadlines
    }

    private static func server(_ deadlines: H2Deadlines) throws -> Peer {
        try Peer(H2Configuration.server.with { $0.deadlines = deadlines }, cut: .whole)
    }

    private static let end = H2Instant(nanoseconds: .max)

    // MARK: Instants

    @Test("an earlier instant counts as the latest one, and fires nothing")
    func backwards() throws {
        let server = try Self.server(Self.all).connection
        server.advance(to: H2Instant(.seconds(100)))
        #expect(server.nextDeadline == H2Instant(.seconds(110)))
        for seconds in [99, 0, 100] {
            server.advance(to: H2Instant(.seconds(seconds)))
            #expect(try server.handleDeadlines(at: H2Instant(.seconds(seconds))) == [])
            _ = try server.receiveData([], at: H2Instant(.seconds(seconds)))
            #expect(server.nextDeadline == H2Instant(.seconds(110)))
        }
        // A wait that begins at an earlier instant starts at the latest one.
        server.advance(to: H2Instant(.seconds(105)))
        _ = try server.receiveData(FrameBuilder.post(1), at: H2Instant(.seconds(50)))
        #expect(server.nextDeadline == H2Instant(.seconds(110)))
        #expect(try server.handleDeadlines(at: H2Instant(.seconds(109))) == [])
        let events = try server.handleDeadlines(at: H2Instant(.seconds(110)))
        #expect(events == [.expired(.maximumAge)])
    }

    @Test("the first instant can be 0 or the largest one")
    func extremes() throws {
        let early = try Self.server(Self.all).connection
        early.advance(to: H2Instant(nanoseconds: 0))
        #expect(early.nextDeadline == H2Instant(.seconds(10)))
        let late = try Self.server(Self.all).connection
        late.advance(to: Self.end)
        // No instant is late enough for the deadline.
        #expect(late.nextDeadline == nil)
        #expect(try late.handleDeadlines(at: Self.end) == [])
    }

    @Test("deadlines that are still running fire once when the clock jumps to its end")
    func jump() throws {
        let peer = try Self.server(Self.all)
        let server = peer.connection
        server.advance(to: H2Instant(nanoseconds: 0))
        _ = try server.receiveData(FrameBuilder.post(1), at: H2Instant(nanoseconds: 5))
        peer.sent()
        let events = try server.handleDeadlines(at: Self.end)
        #expect(
            events == [
                .expired(.maximumAge), .expired(.streamInactivity, on: 1), .cancelled(1),
            ])
        #expect(Set(peer.sent().map(\.type)) == [.ping, .goAway, .rstStream])
        for _ in 0..<3 { #expect(try server.handleDeadlines(at: Self.end) == []) }
        #expect(server.nextDeadline == nil)
        // The connection still works.
        #expect(try server.receiveData(FrameBuilder.get(3), at: Self.end).count == 2)
    }

    @Test("a far jump fires each deadline once, not once for each interval")
    func farFuture() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.streamInactivity = .seconds(1)
            $0.deadlines.drainRate = .init(bytes: 1, per: .seconds(1))
        }
        try timed.receive(FrameBuilder.post(1))
        timed.sent()
        timed.pass(1_000_000_000)
        #expect(try timed.handle() == [.expired(.streamInactivity, on: 1), .cancelled(1)])
        #expect(timed.connection.nextDeadline == nil)
    }

    // MARK: Calls without a time

    @Test("calls without a time are allowed, and start no deadline")
    func withoutTime() throws {
        let peer = try Self.server(Self.all)
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.get(3))
        try peer.connection.sendHeaders(.sampleResponse, on: 3)
        try peer.connection.enqueueData([1, 2, 3], on: 3)
        #expect(peer.connection.nextDeadline == nil)
        peer.connection.advance(to: H2Instant(.seconds(1_000)))
        #expect(peer.connection.nextDeadline == H2Instant(.seconds(1_010)))
        try peer.receive(FrameBuilder.post(5))
        #expect(peer.connection.nextDeadline == H2Instant(.seconds(1_010)))
    }

    @Test("a deadline whose wait ends in a call without a time does not fire")
    func endsWithoutTime() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.fieldBlock = .seconds(10) }
        try timed.receive(FrameBuilder.headers(1, block: Attacker.get, endHeaders: false))
        timed.pass(9_999)
        try timed.peer.receive(
            FrameBuilder.continuation(1, block: [])
                + FrameBuilder.headers(3, block: Attacker.get, endHeaders: false))
        // The next block began at an unknown time.
        timed.pass(1)
        #expect(try timed.handle() == [])
        #expect(timed.expire(after: 10_000).error?.deadline == .fieldBlock)
    }

    @Test("receiveData passes the time, but fires nothing")
    func receivingFiresNothing() throws {
        let timed = try TimedPeer(.server) { $0.deadlines = Self.all }
        timed.pass(100_000)
        #expect(try timed.receive(FrameBuilder.ping(1)).count == 1)
        #expect(timed.sent().map(\.type) == [.ping])
        timed.connection.advance(to: timed.now)
        #expect(timed.sent() == [])
        #expect(try timed.handle().first == .expired(.idle))
    }

    @Test("before the start and after the end of the connection, no deadline runs or fires")
    func beforeAndAfter() throws {
        let new = H2Connection(H2Configuration.client.with { $0.deadlines = Self.all })
        new.advance(to: H2Instant(.seconds(1)))
        #expect(new.nextDeadline == nil)
        #expect(try new.handleDeadlines(at: H2Instant(.seconds(100))) == [])
        try new.initiateConnection()
        #expect(new.nextDeadline == nil)
        new.advance(to: H2Instant(.seconds(101)))
        #expect(new.nextDeadline == H2Instant(.seconds(111)))

        let closed = try Self.server(Self.all)
        closed.connection.advance(to: H2Instant(.seconds(1)))
        try closed.connection.closeConnection()
        closed.sent()
        #expect(closed.connection.nextDeadline == nil)
        #expect(try closed.connection.handleDeadlines(at: Self.end) == [])
        #expect(closed.sent() == [])

        let failed = try Self.server(Self.all)
        failed.connection.advance(to: H2Instant(.seconds(1)))
        #expect(throws: H2Error.self) { try failed.receive(FrameBuilder.data(1)) }
        failed.sent()
        #expect(failed.connection.nextDeadline == nil)
        #expect(try failed.connection.handleDeadlines(at: Self.end) == [])

        let lost = try Self.server(Self.all)
        _ = lost.connection.connectionLost()
        #expect(try lost.connection.handleDeadlines(at: Self.end) == [])
        #expect(lost.connection.nextDeadline == nil)
    }

    // MARK: Durations

    @Test(
        "deadlines that are too long to be reached never fire",
        arguments: [
            Duration.seconds(Int64.max), .seconds(18_446_744_073), .seconds(18_446_744_074),
        ])
    func huge(duration: Duration) throws {
        var configuration = H2Configuration.server
        configuration.deadlines = Self.deadlines(duration)
        configuration.sendQueueHighWaterMark = .max
        let peer = try Peer(configuration, cut: .whole)
        let server = peer.connection
        server.advance(to: H2Instant(.seconds(1)))
        _ = try server.receiveData(FrameBuilder.post(1), at: H2Instant(.seconds(2)))
        try server.sendHeaders(.sampleResponse, on: 1)
        try server.enqueueData([UInt8](repeating: 0, count: 70_000), on: 1)
        _ = server.dataToSend()
        server.advance(to: H2Instant(.seconds(3)))
        #expect(server.nextDeadline == nil)
        for instant in [H2Instant(.seconds(4)), Self.end, Self.end] {
            #expect(try server.handleDeadlines(at: instant) == [])
        }
        #expect(server.connectionState == .open)
    }

    @Test(
        "a duration of 0 or less fires at once, and never without end",
        arguments: [Duration.zero, .seconds(-1), .seconds(Int64.min), .nanoseconds(-1)])
    func notPositive(duration: Duration) throws {
        func fires(
            _ events: Int, _ change: (inout H2Deadlines) -> Void
        ) throws {
            let timed = try TimedPeer(.server) {
                $0.sendQueueHighWaterMark = .max
                change(&$0.deadlines)
            }
            try timed.receive(FrameBuilder.post(1))
            try timed.connection.sendHeaders(.sampleResponse, on: 1)
            try timed.connection.enqueueData([UInt8](repeating: 0, count: 70_000), on: 1)
            timed.sent()
            var found = 0
            for _ in 0..<10 {
                do throws(H2Error) {
                    found += try timed.handle().count
                } catch {
                    found += 1
                    break
                }
                timed.pass(1)
            }
            #expect(found == events)
        }
        try fires(1) { $0.maximumAge = duration }
        try fires(2) { $0.streamInactivity = duration }
        try fires(2) { $0.drainRate = .init(bytes: 1, per: duration) }
        try fires(1) { $0.keepalive = .init(interval: duration, answer: duration) }
        let sub = try TimedPeer(.server) { $0.deadlines.idle = duration }
        #expect(try sub.handle() == [.expired(.idle)])
    }

    @Test("nextDeadline never goes back, as long as nothing is sent or received")
    func monotonic() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines = Self.all
            $0.deadlines.idle = .milliseconds(31_003)
            $0.deadlines.maximumAge = nil
            $0.deadlines.shutdown = nil
            $0.deadlines.streamInactivity = .milliseconds(2_999)
            $0.deadlines.keepalive = .init(interval: .seconds(1), answer: .seconds(Int64.max))
        }
        for id in 0..<50 {
            try timed.receive(FrameBuilder.post(UInt32(2 * id + 1)), after: 17)
        }
        timed.sent()
        var last = H2Instant(nanoseconds: 0)
        var fired = 0
        for _ in 0..<1_000 {
            guard let next = timed.connection.nextDeadline else { break }
            #expect(next > last)
            last = next
            fired += try timed.connection.handleDeadlines(at: next).count
            timed.peer.sent()
        }
        // Two for each stream, .deadlineExpired for the connection, and .connectionDrained.
        #expect(fired == 102)
        #expect(timed.connection.nextDeadline == nil)
    }

    // MARK: H2Instant

    @Test("an instant of a clock keeps the distances to others, before and after")
    func clocks() {
        let continuous = ContinuousClock.now
        let suspending = SuspendingClock.now
        let base = (H2Instant(continuous).rawValue, H2Instant(suspending).rawValue)
        for nanoseconds in [1, 999, 1_000_000_000, 3_600_000_000_000] as [Int64] {
            let distance = Duration.nanoseconds(nanoseconds)
            let change = UInt64(nanoseconds)
            #expect(H2Instant(continuous + distance).rawValue == base.0 + change)
            #expect(H2Instant(continuous - distance).rawValue == base.0 - change)
            #expect(H2Instant(suspending + distance).rawValue == base.1 + change)
            #expect(H2Instant(suspending - distance).rawValue == base.1 - change)
        }
        #expect(H2Instant(continuous) < H2Instant(continuous + .nanoseconds(1)))
        #expect(H2Instant(continuous + .seconds(1 << 40)).rawValue == .max)
        #expect(H2Instant(continuous - .seconds(1 << 40)).rawValue == 0)
        #expect(H2Instant(suspending - .seconds(1 << 40)).rawValue == 0)
    }

    @Test("a connection works with instants of a clock")
    func realClock() throws {
        let server = try Self.server(Self.all).connection
        let now = ContinuousClock.now
        server.advance(to: H2Instant(now))
        #expect(server.nextDeadline == H2Instant(now + .seconds(10)))
        #expect(try server.handleDeadlines(at: H2Instant(now + .seconds(9))) == [])
        #expect(!(try server.handleDeadlines(at: H2Instant(now + .seconds(10))).isEmpty))
    }
}
