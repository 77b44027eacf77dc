// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A `Peer` with a clock, and a caller that calls `handleDeadlines` at `nextDeadline`.
final class TimedPeer {
    let peer: Peer
    /// The time in nanoseconds.
    private(set) var time: UInt64 = 1_000_000_000_000

    /// The effects of a deadline that passed.
    struct Expiry {
        var events: [H2Event] = []
        var error: H2Error?
        var frames: [WireFrame] = []
    }

    /// Creates a connection to which the time has been passed. Without `handshake`, it has received
    /// nothing, and its first output was taken.
    init(
        _ role: H2Configuration.Role, handshake: Bool = true, settings: [(UInt16, UInt32)] = [],
        _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws {
        peer = try Peer(
            H2Configuration(role).with(change), cut: .whole, handshake: handshake,
            settings: settings, policies: .asConfigured)
        if !handshake {
            try peer.connection.initiateConnection()
            peer.sent()
        }
        connection.advance(to: now)
    }

    var connection: H2Connection { peer.connection }
    var now: H2Instant { H2Instant(nanoseconds: time) }

    /// Advances the clock without passing the time to the connection.
    func pass(_ milliseconds: Int) { time += UInt64(milliseconds) * 1_000_000 }

    @discardableResult
    func receive(_ bytes: [UInt8]) throws(H2Error) -> [H2Event] {
        defer { peer.check() }
        return try connection.receiveData(bytes, at: now)
    }

    /// Receives bytes when this time has passed.
    @discardableResult
    func receive(_ bytes: [UInt8], after milliseconds: Int) throws(H2Error) -> [H2Event] {
        pass(milliseconds)
        return try receive(bytes)
    }

    /// Removes the output at this instant.
    @discardableResult
    func sent() -> [WireFrame] {
        let frames = peer.sent()
        connection.advance(to: now)
        return frames
    }

    @discardableResult
    func handle() throws(H2Error) -> [H2Event] {
        defer { peer.check() }
        return try connection.handleDeadlines(at: now)
    }

    /// Lets time pass, and expects that no deadline does anything.
    func expectNothing(for milliseconds: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let end = time + UInt64(milliseconds) * 1_000_000
        expectNothing(until: end, sourceLocation)
        time = end
        expectNothingNow(sourceLocation)
    }

    /// Expects that a deadline does something when exactly this time has passed, and nothing
    /// before.
    func expire(
        after milliseconds: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) -> Expiry {
        let end = time + UInt64(milliseconds) * 1_000_000
        expectNothing(until: end, sourceLocation)
        time = end - 1
        expectNothingNow(sourceLocation)
        #expect(
            connection.nextDeadline == H2Instant(nanoseconds: end), sourceLocation: sourceLocation)
        time = end
        var expiry = Expiry()
        do throws(H2Error) {
            expiry.events = try handle()
        } catch {
            expiry.error = error
        }
        expiry.frames = peer.sent()
        connection.advance(to: now)
        return expiry
    }

    /// Calls `handleDeadlines` at each `nextDeadline` before `end`.
    private func expectNothing(until end: UInt64, _ sourceLocation: SourceLocation) {
        connection.advance(to: now)
        while let next = connection.nextDeadline, next.rawValue < end {
            time = max(time, next.rawValue)
            expectNothingNow(sourceLocation)
            guard connection.nextDeadline.map({ $0 > next }) != false else {
                Issue.record("nextDeadline stays the same", sourceLocation: sourceLocation)
                return
            }
        }
    }

    private func expectNothingNow(_ sourceLocation: SourceLocation) {
        do throws(H2Error) {
            let events = try handle()
            #expect(events == [], sourceLocation: sourceLocation)
        } catch {
            Issue.record("\(error)", sourceLocation: sourceLocation)
        }
        #expect(peer.sent() == [], sourceLocation: sourceLocation)
    }
}

extension H2Event {
    /// The event of a deadline.
    static func expired(_ deadline: H2Deadline, on id: H2StreamID? = nil) -> H2Event {
        .deadlineExpired(.init(deadline: deadline, streamID: id))
    }

    /// A reset by this side with CANCEL.
    static func cancelled(_ id: H2StreamID) -> H2Event {
        .streamReset(.init(streamID: id, errorCode: .cancel, isRemote: false))
    }
}

extension FrameBuilder {
    /// A request in one HEADERS frame.
    static func get(_ stream: UInt32) -> [UInt8] {
        headers(stream, block: Attacker.get, endStream: true)
    }

    /// A request whose body follows.
    static func post(_ stream: UInt32) -> [UInt8] { headers(stream, block: Attacker.post) }

    /// DATA of zeros.
    static func zeros(_ stream: UInt32, _ count: Int, endStream: Bool = false) -> [UInt8] {
        data(stream, [UInt8](repeating: 0, count: count), endStream: endStream)
    }
}
