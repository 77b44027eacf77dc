// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Random conversations of two correct programs that use all features at once.
@Suite struct CombinedFeaturesTests {
    @Test(
        "neither side fails, each stream has one true outcome, and nothing allowed stays queued")
    func random() throws {
        var tally: [String: Int] = [:]
        for seed in UInt64(0)..<200 { try converse(seed, &tally) }
        // The conversations contain all relevant cases.
        for name in [
            "completed", "notProcessed", "drained", "idle", "maximumAge", "streamInactivity",
            "drainRate", "queue drained", "priority", "windows opened",
        ] {
            #expect(tally[name, default: 0] > 0, "\(name): \(tally)")
        }
    }

    private func converse(_ seed: UInt64, _ tally: inout [String: Int]) throws {
        var conversation = try CombinedConversation(seed: seed)
        for _ in 0..<250 { conversation.step() }
        conversation.settle()
        let (client, server) = (conversation.client, conversation.server)
        for side in [client, server] {
            #expect(side.problems == [], "seed \(seed)")
            #expect(side.drained <= 1)
            #expect(Set(side.outcomes.keys) == side.opened)
            tally.merge(side.tally) { $0 + $1 }
        }
        for (id, outcome) in client.outcomes where outcome == .notProcessed {
            #expect(
                !server.opened.contains(id) || server.refused.contains(id), "seed \(seed), \(id)")
        }
    }
}

/// Two connections without a faulty network: bytes arrive late and in pieces, but all arrive.
private struct CombinedConversation {
    let client: CombinedSide
    let server: CombinedSide
    private var random: SplitMix
    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    /// The time in nanoseconds.
    private var now: UInt64

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        now = random.pick([0, 1_000_000_000_000, .max - 10_000_000_000])
        client = CombinedSide(Self.configuration(.client, &random))
        server = CombinedSide(Self.configuration(.server, &random))
        try client.connection.initiateConnection()
        try server.connection.initiateConnection()
    }

    private static func configuration(
        _ role: H2Configuration.Role, _ random: inout SplitMix
    ) -> H2Configuration {
        var configuration = H2Configuration(role)
        configuration.reportsStreamOutcomes = true
        configuration.lateCalls = .ignored
        configuration.hashSeed = random.next()
        configuration.sendsClientGoAway = random.chance(50)
        configuration.priorities = random.chance(70) ? .extensible : .none
        configuration.sendQueueHighWaterMark = random.pick([0, 1_000, 65_536])
        configuration.sendQueueLowWaterMark = random.pick([0, 500])
        var sizes = H2FlowControl.Automatic()
        sizes.streamWindow = random.pick([1_000, 10_000, 65_535])
        sizes.connectionWindow = random.pick([65_535, 1 << 20])
        sizes.maxUnacknowledged = random.pick([0, 10_000, 1 << 20])
        sizes.creditsStreamsOnArrival = random.chance(30)
        configuration.flowControl = .automatic(sizes)
        func time() -> Duration? {
            random.chance(40) ? .milliseconds(1 + random.below(4_000)) : nil
        }
        configuration.deadlines.idle = random.chance(20) ? time() : nil
        configuration.deadlines.streamInactivity = time()
        configuration.deadlines.drainRate = time().map { .init(bytes: 1_000, per: $0) }
        configuration.deadlines.shutdownAnnouncement = time()
        configuration.deadlines.maximumAge = random.chance(20) ? time() : nil
        // What would end the connection is longer than the conversation.
        configuration.deadlines.shutdown = random.chance(40) ? .seconds(100_000) : nil
        configuration.deadlines.keepalive = time().map {
            .init(interval: $0, answer: .seconds(100_000), pingsWithoutStreams: random.chance(50))
        }
        return configuration
    }

    mutating func step() {
        switch random.below(10) {
        case 0..<3: client.act(&random)
        case 3..<6: server.act(&random)
        case 6: transmit(client, random.chance(50) ? .max : random.below(3_000))
        case 7: transmit(server, random.chance(50) ? .max : random.below(3_000))
        case 8:
            deliver(to: server, random.below(toServer.count + 1))
            deliver(to: client, random.below(toClient.count + 1))
        default: passTime()
        }
    }

    private mutating func passTime() {
        if random.chance(80) { now = now.addingReportingOverflow(UInt64(random.below(1 << 28))).0 }
        // Now and then, a clock goes backward.
        let instant = H2Instant(nanoseconds: random.chance(5) ? now / 2 : now)
        for side in [client, server] where random.chance(70) { side.handleDeadlines(at: instant) }
    }

    private mutating func transmit(_ side: CombinedSide, _ limit: Int) {
        let bytes = side.take(limit, borrows: random.chance(30))
        if side === client { toServer += bytes } else { toClient += bytes }
    }

    private mutating func deliver(to side: CombinedSide, _ count: Int) {
        let instant = random.chance(70) ? H2Instant(nanoseconds: now) : nil
        if side === client {
            side.receive(Array(toClient.prefix(count)), at: instant)
            toClient.removeFirst(count)
        } else {
            side.receive(Array(toServer.prefix(count)), at: instant)
            toServer.removeFirst(count)
        }
    }

    /// Delivers everything, and ends the transport.
    mutating func settle() {
        var rounds = 0
        repeat {
            rounds += 1
            for side in [client, server] {
                side.acknowledge(.max)
                transmit(side, .max)
            }
            deliver(to: server, toServer.count)
            deliver(to: client, toClient.count)
        } while rounds < 2_000
            && (client.connection.hasDataToSend || server.connection.hasDataToSend
                || !client.held.isEmpty || !server.held.isEmpty)
        if rounds == 2_000 { client.problems.append("the output never ends") }
        for side in [client, server] {
            if side.connection.queuedByteCount > 0 {
                side.problems.append("\(side.connection.queuedByteCount) bytes stay queued")
            }
            side.see(side.connection.takeEvents())
            if side.connection.connectionState == .open, side.isShuttingDown, side.live.isEmpty,
                side.drained == 0
            {
                side.problems.append("not drained")
            }
            side.see(side.connection.connectionLost())
        }
        if client.connection.connectionState != server.connection.connectionState {
            client.problems.append("only one side is closed")
        }
    }
}
