// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A correct program that uses all features, and a peer that sends any frames.
@Suite struct CombinedAttackTests {
    @Test(
        "no frames and no times break the program, and each stream has one outcome")
    func random() throws {
        var tally: [String: Int] = [:]
        for seed in UInt64(0)..<300 { try run(seed, &tally) }
        // The attacks contain all relevant cases.
        for name in [
            "open at the end", "cutOff", "drained", "idle", "streamInactivity", "queue drained",
            "priority", "windows opened",
        ] {
            #expect(tally[name, default: 0] > 0, "\(name): \(tally)")
        }
    }

    private func run(_ seed: UInt64, _ tally: inout [String: Int]) throws {
        var attack = try CombinedAttack(seed: seed)
        for _ in 0..<150 where attack.side.connection.connectionState != .closed { attack.step() }
        if attack.side.connection.connectionState == .open {
            tally["open at the end", default: 0] += 1
        }
        attack.settle()
        tally.merge(attack.side.tally) { $0 + $1 }
        #expect(attack.side.problems == [], "seed \(seed)")
        #expect(attack.side.drained <= 1)
        #expect(attack.side.opened.isSubset(of: attack.side.outcomes.keys))
    }
}

private struct CombinedAttack {
    let side: CombinedSide
    private let isServer: Bool
    private let isOrderly: Bool
    private var random: SplitMix
    private var nextID: UInt32 = 1
    private var now: UInt64
    private var input: [UInt8] = []

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        isServer = random.chance(60)
        // Otherwise most attacks end early.
        isOrderly = random.chance(70)
        now = random.pick([0, 1_000_000_000_000, .max - 20_000_000_000])
        let configuration = Self.configuration(isServer ? .server : .client, &random)
        side = CombinedSide(configuration)
        side.hasHostilePeer = true
        side.hasShortDeadlines = true
        try side.connection.initiateConnection()
        input = isServer ? FrameBuilder.preface() : []
        input += FrameBuilder.settings(random.chance(50) ? [] : [(0x4, 100)])
        if random.chance(80) { input += FrameBuilder.settingsAck() }
    }

    private static func configuration(
        _ role: H2Configuration.Role, _ random: inout SplitMix
    ) -> H2Configuration {
        var configuration = H2Configuration(role)
        if random.chance(50) { configuration.limits = .unlimited }
        configuration.reportsStreamOutcomes = true
        configuration.lateCalls = random.chance(50) ? .ignored : .throws
        configuration.goAway = random.chance(80) ? .finishStreams : .closeAtOnce
        configuration.hashSeed = random.next()
        configuration.sendsClientGoAway = random.chance(50)
        configuration.priorities = random.chance(70) ? .extensible : .none
        configuration.sendQueueHighWaterMark = random.pick([-1, 0, 1_000, 65_536])
        configuration.sendQueueLowWaterMark = random.pick([-1, 0, 500, .max])
        configuration.initialSettings[.maxConcurrentStreams] = random.pick([3, 100, 5_000])
        if random.chance(60) {
            var sizes = H2FlowControl.Automatic()
            sizes.streamWindow = random.pick([0, 1, 100, 65_535])
            sizes.maxUnacknowledged = random.pick([0, 100, .max])
            sizes.creditsStreamsOnArrival = random.chance(30)
            configuration.flowControl = .automatic(sizes)
        }
        func time() -> Duration? {
            guard random.chance(40) else { return nil }
            return random.chance(10)
                ? .seconds(Int64.max) : .nanoseconds(1 + random.below(3_000_000_000))
        }
        configuration.deadlines.firstSettings = time()
        configuration.deadlines.settingsAcknowledgement = time()
        configuration.deadlines.fieldBlock = time()
        configuration.deadlines.idle = time()
        configuration.deadlines.keepalive = time().map {
            .init(interval: $0, answer: .seconds(1), pingsWithoutStreams: random.chance(50))
        }
        configuration.deadlines.streamInactivity = time()
        configuration.deadlines.drainRate = time().map {
            .init(bytes: random.pick([.min, 0, 1_000, .max]), per: $0)
        }
        configuration.deadlines.output = time()
        configuration.deadlines.shutdownAnnouncement = time()
        configuration.deadlines.shutdown = time()
        configuration.deadlines.maximumAge = time()
        return configuration
    }

    mutating func step() {
        switch random.below(8) {
        case 0..<3: side.act(&random)
        case 3..<6:
            for _ in 0...random.below(3) {
                input += frame()
                deliver(random.chance(70) ? input.count : random.below(input.count + 1))
            }
        case 6: _ = side.take(random.pick([0, 1, 100, 3_000, .max]), borrows: random.chance(30))
        default:
            let jump = random.chance(3) ? random.next() : UInt64(random.below(1 << 29))
            let (later, overflow) = now.addingReportingOverflow(jump)
            now = overflow ? .max : later
            // Now and then, a clock goes backward.
            side.handleDeadlines(
                at: H2Instant(nanoseconds: random.chance(5) ? now / 2 : now))
        }
    }

    private mutating func deliver(_ count: Int) {
        side.receive(
            Array(input.prefix(count)),
            at: random.chance(70) ? H2Instant(nanoseconds: now) : nil)
        input.removeFirst(count)
    }

    mutating func settle() {
        deliver(input.count)
        side.acknowledge(.max)
        while !side.take(.max, borrows: false).isEmpty {}
        side.see(side.connection.takeEvents())
        side.see(side.connection.connectionLost())
        if side.connection.nextDeadline != nil { side.problems.append("a deadline after the end") }
        if side.connection.queuedByteCount != 0 { side.problems.append("data after the end") }
    }

    /// Returns a frame that is valid in some state, or not, if the attack is not orderly.
    private mutating func frame() -> [UInt8] {
        let known = side.live.filter { !isServer || $0.isClientInitiated }
        guard !isOrderly || !known.isEmpty else {
            return isServer ? section(on: 1) : FrameBuilder.ping(2)
        }
        let isKnown = !known.isEmpty && random.chance(isOrderly ? 99 : 80)
        let id = isKnown ? random.pick(known).rawValue : UInt32(random.below(12))
        switch random.below(isOrderly ? 19 : 24) {
        case 0..<4: return section(on: id)
        case 4: return crowd()
        case 5..<8:
            let window = (try? side.connection.remoteFlowControlWindow(on: H2StreamID(id))) ?? 0
            return FrameBuilder.zeros(
                id, min(random.below(60), isOrderly ? max(0, window) : 60),
                endStream: random.chance(20))
        case 8..<10: return FrameBuilder.windowUpdate(id, increment: UInt32(1 + random.below(900)))
        case 10:
            return FrameBuilder.windowUpdate(
                0, increment: UInt32(1 + random.below(random.pick([10, 100_000]))))
        case 11: return FrameBuilder.settings([(0x4, random.pick([0, 1, 100, 65_535, 1 << 20]))])
        case 12: return FrameBuilder.settingsAck()
        case 13: return FrameBuilder.rstStream(id, code: UInt32(random.pick([0, 7, 8])))
        case 14: return acknowledgement()
        case 15:
            guard isServer else { return id & 1 == 1 ? promise(on: id) : [] }
            let prioritized = random.chance(50) ? id : nextID + 2 * UInt32(random.below(20))
            return FrameBuilder.priorityUpdate(prioritized, "u=\(random.below(9)), i")
        case 16: return random.chance(10) ? FrameBuilder.goAway(last: id) : FrameBuilder.ping(1)
        case 17: return split(on: id)
        case 18: return FrameBuilder.raw(type: 0x77, stream: id, payload: random.bytes(3))
        case 19: return FrameBuilder.goAway(last: UInt32(random.below(9)), code: 2)
        case 20: return FrameBuilder.priorityUpdate(id, random.bytes(random.below(9)))
        case 21: return FrameBuilder.windowUpdate(id, increment: 0x7fff_ffff)
        case 22: return promise(on: id)
        default:
            return FrameBuilder.raw(
                type: UInt8(random.below(17)), flags: UInt8(random.below(64)), stream: id,
                payload: random.bytes(random.below(12)))
        }
    }

    /// HEADERS: a request on the next stream, or a response or trailers.
    private mutating func section(on id: UInt32) -> [UInt8] {
        let endStream = random.chance(40)
        guard isServer, random.chance(80) else {
            let headers: [H2Headers] = [
                .sampleResponse, .sampleResponse, .sampleTrailers, [":status": "103"],
            ]
            return FrameBuilder.headers(
                id, block: random.pick(headers).block, endStream: endStream)
        }
        return FrameBuilder.headers(newID(), block: request.block, endStream: endStream)
    }

    private var request: H2Headers {
        mutating get {
            var request: H2Headers = random.chance(50) ? .sampleRequest : .samplePost
            if random.chance(30) { request.append(.priority, "u=\(random.below(8))") }
            return request
        }
    }

    private mutating func newID() -> UInt32 {
        defer { nextID += random.chance(95) ? 2 : 6 }
        return nextID
    }

    /// Many requests at once.
    private mutating func crowd() -> [UInt8] {
        guard isServer, random.chance(10) else { return [] }
        let block = request.block
        return (0..<random.pick([10, 1_200])).flatMap { _ in
            FrameBuilder.headers(newID(), block: block)
        }
    }

    private mutating func promise(on id: UInt32) -> [UInt8] {
        defer { nextID += 2 }
        return FrameBuilder.pushPromise(id, promised: nextID + 1, block: request.block)
    }

    /// A section in several frames, of which the last may be missing.
    private mutating func split(on id: UInt32) -> [UInt8] {
        guard isServer else {
            return FrameBuilder.split(id, block: H2Headers.sampleResponse.block, every: 20)
        }
        return FrameBuilder.split(newID(), block: request.block, every: 20)
    }

    /// The acknowledgement of a PING in the output, if there is one.
    private mutating func acknowledgement() -> [UInt8] {
        let bytes = side.take(.max, borrows: false)
        guard bytes.count >= 17 else { return FrameBuilder.ping(random.next(), ack: true) }
        var acks: [UInt8] = []
        // Wherever the frames begin: a PING is followed by its 8 bytes.
        for index in 0...bytes.count - 17
        where bytes[index..<index + 9].elementsEqual([0, 0, 8, 6, 0, 0, 0, 0, 0]) {
            acks += FrameBuilder.raw(
                type: 6, flags: 1, payload: Array(bytes[index + 9..<index + 17]))
        }
        return acks
    }
}
