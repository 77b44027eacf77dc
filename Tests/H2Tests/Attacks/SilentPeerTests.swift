// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A client that stops in any state: with deadlines, the server does not wait forever.
@Suite struct SilentPeerTests {
    /// A state of the connection in which the client sends nothing more.
    struct Silence: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The first deadline that passes.
        let deadline: H2Deadline
        var handshake = true
        var isShuttingDown = false
        /// The bytes that the client sends before.
        let bytes: [UInt8]

        init(
            _ name: String, _ deadline: H2Deadline, handshake: Bool = true,
            isShuttingDown: Bool = false, _ bytes: [UInt8]
        ) {
            testDescription = name
            self.deadline = deadline
            self.handshake = handshake
            self.isShuttingDown = isShuttingDown
            self.bytes = bytes
        }
    }

    static let states: [Silence] = [
        Silence("nothing", .firstSettings, handshake: false, []),
        Silence(
            "half a preface", .firstSettings, handshake: false,
            Array(FrameBuilder.preface().prefix(10))),
        Silence("no SETTINGS", .firstSettings, handshake: false, FrameBuilder.preface()),
        Silence(
            "half of SETTINGS", .firstSettings, handshake: false,
            FrameBuilder.preface() + FrameBuilder.settings([(3, 1)]).prefix(12)),
        Silence(
            "no acknowledgement", .settingsAcknowledgement, handshake: false,
            FrameBuilder.preface() + FrameBuilder.settings()),
        Silence("no request", .idle, []),
        Silence("half a frame header", .idle, [0, 0]),
        Silence("half a frame on the connection", .idle, Array(FrameBuilder.ping(1).prefix(12))),
        Silence("half of HEADERS", .fieldBlock, Array(FrameBuilder.get(1).prefix(10))),
        Silence(
            "no CONTINUATION", .fieldBlock,
            FrameBuilder.headers(1, block: Attacker.get, endHeaders: false)),
        Silence(
            "half of trailers", .fieldBlock,
            FrameBuilder.post(1) + FrameBuilder.headers(1, block: [], endHeaders: false)),
        Silence("no body", .streamInactivity, FrameBuilder.post(1)),
        Silence(
            "half of DATA", .streamInactivity,
            FrameBuilder.post(1) + FrameBuilder.zeros(1, 100).prefix(50)),
        Silence("no window for the response", .drainRate, FrameBuilder.get(1)),
        Silence("no end of a shutdown", .shutdown, isShuttingDown: true, FrameBuilder.get(1)),
    ]

    private func timed(
        _ state: Silence, keepsAlive: Bool
    ) throws -> TimedPeer {
        let timed = try TimedPeer(.server, handshake: state.handshake) {
            $0.deadlines.firstSettings = .seconds(10)
            $0.deadlines.settingsAcknowledgement = .seconds(11)
            $0.deadlines.fieldBlock = .seconds(12)
            $0.deadlines.idle = .seconds(30)
            $0.deadlines.streamInactivity = .seconds(14)
            $0.deadlines.drainRate = .init(bytes: 1_000, per: .seconds(15))
            $0.deadlines.shutdownAnnouncement = .seconds(1)
            $0.deadlines.shutdown = .seconds(13)
            if keepsAlive {
                $0.deadlines.keepalive = .init(
                    interval: .seconds(5), answer: .seconds(4), pingsWithoutStreams: true)
            }
        }
        let events = try timed.receive(state.bytes)
        for case .requestReceived(let request) in events where request.endsStream {
            let id = request.streamID
            try timed.connection.sendHeaders(.sampleResponse, on: id)
            if !state.isShuttingDown {
                try timed.connection.enqueueData([UInt8](repeating: 0, count: 100_000), on: id)
            }
        }
        if state.isShuttingDown { try timed.connection.startGracefulShutdown() }
        timed.sent()
        return timed
    }

    /// Follows `nextDeadline` for at most 100 s; returns the deadlines that passed.
    private func follow(_ timed: TimedPeer) -> (passed: [H2Deadline], isDrained: Bool) {
        var passed: [H2Deadline] = []
        var isDrained = false
        let end = timed.time + 100_000_000_000
        while let next = timed.connection.nextDeadline, next.rawValue < end {
            do throws(H2Error) {
                for event in try timed.connection.handleDeadlines(at: next) {
                    if case .deadlineExpired(let expired) = event {
                        passed.append(expired.deadline)
                    }
                    if event == .connectionDrained { isDrained = true }
                }
            } catch {
                passed += error.deadline.map { [$0] } ?? []
            }
            timed.peer.sent()
            timed.connection.advance(to: next)
        }
        return (passed, isDrained)
    }

    @Test("the deadline of the state passes first, and the connection ends", arguments: states)
    func ends(state: Silence) throws {
        let timed = try timed(state, keepsAlive: false)
        let (passed, isDrained) = follow(timed)
        #expect(passed.first == state.deadline)
        #expect(timed.connection.connectionState == .closed || isDrained)
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("keepalive detects the silence in each state", arguments: states)
    func keepalive(state: Silence) throws {
        let timed = try timed(state, keepsAlive: true)
        #expect(follow(timed).passed == [.keepalive])
        #expect(timed.connection.connectionState == .closed)
    }
}
