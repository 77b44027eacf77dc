// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// In random conversations, each stream has exactly one outcome on each side that knows it, and a
/// client retries no request that the server received.
@Suite struct OutcomeConversationTests {
    /// In addition, `OutcomeWitness` checks each outcome. After the outcome of a stream, no event
    /// mentions it: the peers send neither PRIORITY nor unknown frames, which closed streams allow.
    @Test("each stream has one outcome, and no retried request was processed")
    func random() throws {
        var tally: [String: Int] = [:]
        for seed in 0..<700 as Range<UInt64> {
            var conversation = try OutcomeConversation(seed: seed)
            conversation.run()
            let (client, server) = (conversation.client, conversation.server)
            for side in [client, server] {
                #expect(side.problems == [], "seed \(seed)")
                #expect(side.live == [], "seed \(seed)")
                #expect(side.outcomes.count == side.opened.count, "seed \(seed)")
                for (reason, count) in side.reasons { tally[reason, default: 0] += count }
                for outcome in side.outcomes.values { tally[Self.name(outcome), default: 0] += 1 }
            }
            for (id, outcome) in client.outcomes where outcome == .notProcessed {
                #expect(
                    !server.hasRequest(id) || id > server.sentGoAwayLimit
                        || server.ownResets[id]?.contains(.refusedStream) == true,
                    "seed \(seed), stream \(id)")
            }
        }
        // The conversations contain all relevant cases.
        for name in [
            "completed", "reset by the peer", "reset by this side", "cut off", "GOAWAY",
            "RST_STREAM", "discarded", "not taken",
        ] {
            #expect(tally[name, default: 0] > 20, "\(name): \(tally)")
        }
    }

    private static func name(_ outcome: H2StreamOutcome) -> String {
        switch outcome {
        case .completed: "completed"
        case .reset(_, let isRemote): isRemote ? "reset by the peer" : "reset by this side"
        case .notProcessed: "not processed"
        case .cutOff: "cut off"
        }
    }
}

/// A random conversation of two connections, whose transport ends at any byte.
struct OutcomeConversation {
    let client: OutcomeWitness
    let server: OutcomeWitness
    private var random: SplitMix
    /// The bytes in the network.
    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    /// Whether a side no longer receives, or sends, anything.
    private var isServerDeaf = false
    private var isClientDeaf = false
    private var isClientMute = false

    private static let large: H2Headers =
        .samplePost + H2Headers([H2Header("x", String(repeating: "~", count: 17_000))])
    private static let codes: [H2ErrorCode] =
        [.noError, .cancel, .refusedStream, .internalError, H2ErrorCode(rawValue: 0xfeed)]

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        func configuration(_ role: H2Configuration.Role, _ bits: UInt64) -> H2Configuration {
            var configuration = H2Configuration.unlimited(role)
            configuration.reportsStreamOutcomes = true
            configuration.lateCalls = bits & 1 == 0 ? .throws : .ignored
            configuration.goAway = bits & 6 == 0 ? .closeAtOnce : .finishStreams
            configuration.initialSettings[.initialWindowSize] = bits & 8 == 0 ? 65_535 : 100
            if role == .server, bits & 48 == 0 {
                configuration.initialSettings[.maxConcurrentStreams] = 2
            }
            return configuration
        }
        client = try OutcomeWitness(configuration(.client, random.next()))
        server = try OutcomeWitness(configuration(.server, random.next()))
    }

    mutating func run() {
        for _ in 0..<random.below(120) { step() }
        // The transport ends, at any byte.
        if random.chance(50) { deliver(toClient: true, random.below(toClient.count + 1)) }
        if random.chance(50) { deliver(toClient: false, random.below(toServer.count + 1)) }
        if random.chance(10) { client.discard() }
        let sides = random.chance(50) ? [client, server] : [server, client]
        for side in sides {
            if random.chance(10) { side.close() }
            side.lose()
        }
    }

    private mutating func step() {
        switch random.below(100) {
        case 0..<34: act(client)
        case 34..<62: act(server)
        case 62..<76: transmit(client, random.below(3) == 0 ? random.below(200) : .max)
        case 76..<90: transmit(server, random.below(3) == 0 ? random.below(200) : .max)
        case 90..<94: deliver(toClient: true, random.below(toClient.count + 1))
        case 94..<98: deliver(toClient: false, random.below(toServer.count + 1))
        default: disturb()
        }
        if random.chance(40) { client.takeEvents() }
        if random.chance(40) { server.takeEvents() }
        if random.chance(30) { client.acknowledge() }
        if random.chance(30) { server.acknowledge() }
    }

    private mutating func act(_ side: OutcomeWitness) {
        if side.isClient, random.chance(40) {
            let headers = random.pick([.sampleRequest, .samplePost, .samplePost, Self.large])
            return side.open(headers, endStream: random.chance(40))
        }
        // Usually a live stream.
        let streams = random.chance(85) ? side.live : side.opened
        guard !streams.isEmpty else { return }
        let id = random.pick(streams)
        switch random.below(20) {
        case 0..<5 where !side.isClient:
            side.send(.sampleResponse, on: id, endStream: random.chance(40))
        case 0..<5, 5..<8: side.send(random.below(400), on: id, endStream: random.chance(30))
        case 8: side.send(1 << 16, on: id, endStream: false)
        case 9: side.send(0, on: id, endStream: true)
        case 10..<12: side.send(.sampleTrailers, on: id, endStream: true)
        case 12 where !side.isClient: side.send([":status": "103"], on: id, endStream: false)
        case 13..<16 where !side.isClient: side.push(on: id)
        case 16: side.reset(id, random.pick(Self.codes))
        case 17 where !side.isClient: side.reset(id, random.pick([.refusedStream, .noError]))
        case 17:
            let size = UInt32(random.pick([0, 50, 5_000, 70_000]))
            side.attempt { () throws(H2Error) in
                try side.connection.updateSettings([.initialWindowSize: size])
            }
        case 18:
            side.attempt { () throws(H2Error) in
                try side.connection.incrementFlowControlWindow(by: 10, on: id)
            }
        default: side.attempt { () throws(H2Error) in try side.connection.ping(H2PingData(1)) }
        }
    }

    /// Moves output to the network, and some of it to the other side.
    private mutating func transmit(_ side: OutcomeWitness, _ limit: Int) {
        let bytes: [UInt8]
        if random.chance(20) {
            let opens = side.isClient && random.chance(50)
            bytes = side.borrow(limit) {
                if opens { side.open(.samplePost, endStream: false) }
            }
        } else {
            bytes = side.take(limit)
        }
        if side.isClient {
            if !isClientMute { toServer += bytes }
        } else {
            toClient += bytes
        }
        let count = side.isClient ? toServer.count : toClient.count
        deliver(
            toClient: !side.isClient, random.chance(80) ? count : random.below(count + 1))
    }

    private mutating func deliver(toClient isToClient: Bool, _ count: Int) {
        if isToClient {
            let bytes = Array(toClient.prefix(count))
            toClient.removeFirst(count)
            if !isClientDeaf { isClientDeaf = !client.receive(bytes) }
        } else {
            let bytes = Array(toServer.prefix(count))
            toServer.removeFirst(count)
            if !isServerDeaf { isServerDeaf = !server.receive(bytes) }
        }
    }

    /// Sends GOAWAY, violates the protocol or discards output.
    private mutating func disturb() {
        // An invalid frame, and GOAWAYs of a server that continues.
        switch random.below(12) {
        case 0: toClient += server.take(.max) + FrameBuilder.data(0)
        case 1 where !isClientMute: toServer += client.take(.max) + FrameBuilder.data(0)
        case 2..<5:
            let last = 2 * random.below(12) + 1
            server.sentGoAwayLimit = min(server.sentGoAwayLimit, H2StreamID(UInt32(last)))
            toClient += server.take(.max) + FrameBuilder.goAway(last: UInt32(last))
        case 5..<7 where !isClientMute:
            let last = UInt32(2 * random.below(4))
            toServer += client.take(.max) + FrameBuilder.goAway(last: last)
        case 7: server.close(H2StreamID(UInt32(random.below(12))))
        case 8: client.close()
        case 9..<11:
            client.discard()
            isClientMute = true
        default: break
        }
    }
}
