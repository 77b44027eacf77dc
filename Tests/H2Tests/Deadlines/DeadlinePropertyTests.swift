// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Random conversations with random deadlines: each deadline is met, or fires.
@Suite struct DeadlinePropertyTests {
    /// A time in milliseconds for each deadline that is on.
    private static func deadlines(_ generator: inout SplitMix) -> H2Deadlines {
        var deadlines = H2Deadlines()
        func time() -> Duration? {
            generator.chance(60) ? .milliseconds(50 + generator.below(3_000)) : nil
        }
        deadlines.firstSettings = time()
        deadlines.settingsAcknowledgement = time()
        deadlines.fieldBlock = time()
        deadlines.idle = time()
        deadlines.keepalive = time().map {
            .init(interval: $0, answer: .milliseconds(500), pingsWithoutStreams: true)
        }
        deadlines.streamInactivity = time()
        deadlines.drainRate = time().map { .init(bytes: 10_000, per: $0) }
        deadlines.output = time()
        deadlines.shutdownAnnouncement = time()
        deadlines.shutdown = time()
        deadlines.maximumAge = time().map { $0 * 5 }
        return deadlines
    }

    @Test(
        "a caller that follows nextDeadline is never late, and reaches a state without deadlines",
        arguments: UInt64(0)..<40)
    func silentPeer(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let deadlines = Self.deadlines(&generator)
        let timed = try TimedPeer(.server, handshake: generator.chance(80)) {
            $0.deadlines = deadlines
            $0.flowControl = generator.chance(50) ? .manual : .automatic
        }
        // The peer does something, and then nothing more.
        if !timed.peer.handshakeFrames.isEmpty {
            for id in Attacker.streams(generator.below(5)) {
                try timed.receive(
                    generator.chance(50) ? FrameBuilder.get(id) : FrameBuilder.post(id),
                    after: generator.below(40))
                guard generator.chance(50) else { continue }
                try timed.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
                try timed.connection.enqueueData(
                    [UInt8](repeating: 0, count: generator.below(200_000)), on: H2StreamID(id))
            }
            if generator.chance(30) {
                try timed.receive(FrameBuilder.headers(99, block: [], endHeaders: false))
            }
        }
        // Untaken output whose windows are open has no other deadline.
        let takesOutput = generator.chance(70) || deadlines.output == nil
        if takesOutput { timed.sent() }
        timed.connection.advance(to: timed.now)
        var steps = 0
        while steps < 500, let next = timed.connection.nextDeadline {
            steps += 1
            do throws(H2Error) {
                _ = try timed.connection.handleDeadlines(at: next)
                if takesOutput { timed.peer.sent() }
                timed.connection.advance(to: next)
                // All deadlines that were due have been handled.
                #expect(timed.connection.nextDeadline.map { $0 > next } != false)
            } catch {
                #expect(error.kind == .deadlineExpired && error.deadline != nil)
                #expect(timed.connection.nextDeadline == nil)
                break
            }
        }
        // Without streams, only keepalive would continue, and a silent peer does not answer it.
        #expect(steps < 500)
        if timed.connection.connectionState != .closed {
            expectNoReasonLeft(timed, deadlines, takesOutput)
        }
    }

    /// Expects that no configured deadline still waits for anything.
    private func expectNoReasonLeft(
        _ timed: TimedPeer, _ deadlines: H2Deadlines, _ takesOutput: Bool
    ) {
        let connection = timed.connection
        #expect(deadlines.keepalive == nil)
        if deadlines.streamInactivity != nil {
            for record in connection.state.streams.live.records {
                #expect(record.state.current == .halfClosedRemote)
            }
        }
        if deadlines.drainRate != nil { #expect(connection.queuedByteCount == 0) }
        if !takesOutput, deadlines.output != nil { #expect(!connection.hasDataToSend) }
    }

    @Test(
        "no deadline ends what two correct sides do", arguments: UInt64(0)..<20)
    func correctSides(seed: UInt64) throws {
        var generator = SplitMix(seed: 1_000 + seed)
        var deadlines = H2Deadlines()
        // Each is longer than a round trip and the time that a side takes to react.
        deadlines.firstSettings = .milliseconds(100)
        deadlines.settingsAcknowledgement = .milliseconds(150)
        deadlines.fieldBlock = .milliseconds(100)
        deadlines.keepalive = .init(
            interval: .milliseconds(60), answer: .milliseconds(150), pingsWithoutStreams: true)
        deadlines.streamInactivity = .milliseconds(300)
        deadlines.drainRate = .init(bytes: 10_000, per: .milliseconds(400))
        deadlines.output = .milliseconds(200)
        deadlines.shutdown = .seconds(60)
        let link = SimulatedPath.Link(
            bytesPerSecond: generator.pick([1_000_000, 20_000_000]), delay: .milliseconds(30),
            bufferSize: 16_384)
        let configurations = [H2Configuration.client, .server].map { configuration in
            configuration.with {
                $0.deadlines = deadlines
                $0.hashSeed = generator.next()
                if generator.chance(70) { $0.flowControl = .automatic }
                let window = generator.pick([10_000, 65_535, 200_000] as [UInt32])
                $0.initialSettings = [.initialWindowSize: window]
            }
        }
        let path = SimulatedPath(
            client: configurations[0], server: configurations[1], toServer: link, toClient: link)
        let size = generator.pick([1_000, 300_000])
        let reaction = generator.pick([0, 100])
        var received = 0
        var expired: [H2Event] = []
        // Using the argument instead of the variable avoids a reference cycle.
        func handle(
            _ path: SimulatedPath, _ events: [H2Event], _ side: SimulatedPath.Side
        ) throws {
            let connection = side == .client ? path.client : path.server
            for event in events {
                switch event {
                case .requestReceived(let request):
                    try connection.sendHeaders(.sampleResponse, on: request.streamID)
                    try connection.enqueueData(
                        [UInt8](repeating: 1, count: size), on: request.streamID, endStream: true)
                case .dataReceived(let data):
                    received += data.data.count
                    path.schedule(after: .milliseconds(reaction)) { _ in
                        try connection.acknowledgeReceivedData(
                            data.flowControlledLength, on: data.streamID)
                    }
                case .deadlineExpired, .streamReset: expired.append(event)
                default: break
                }
            }
        }
        path.onClientEvents = { try handle($0, $1, .client) }
        path.onServerEvents = { try handle($0, $1, .server) }
        try path.start()
        for turn in 0..<4 {
            path.schedule(after: .milliseconds(turn * 45)) { path in
                let id = try path.client.nextAvailableStreamID()
                try path.client.sendHeaders(.samplePost, on: id)
                try path.client.enqueueData(
                    [UInt8](repeating: 1, count: size), on: id, endStream: true)
            }
        }
        try path.run(for: .seconds(20))
        #expect(expired == [])
        #expect(received == 8 * size)
        #expect(path.client.openOutboundStreams == 0 && path.server.openInboundStreams == 0)
        try path.server.startGracefulShutdown()
        try path.run(for: .seconds(1))
        #expect(path.server.connectionState == .open)
    }
}
