// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Random conversations on a path with a delay, with manual and automatic flow control, and with
/// all deadlines.
@Suite struct WindowAgreementTests {
    @Test(
        "the windows of both ends agree whenever nothing is in flight", arguments: UInt64(0)..<24)
    func agreement(seed: UInt64) throws {
        let conversation = try RandomConversation(seed: seed, acknowledges: .sometimes)
        for _ in 0..<12 {
            try conversation.act()
            try conversation.path.runUntilIdle()
            let problems = conversation.disagreements()
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
            guard problems.isEmpty else { return }
        }
        #expect(conversation.receivedCount > 0)
    }

    @Test(
        "what is queued arrives if both sides keep acknowledging", arguments: UInt64(100)..<124)
    func arrival(seed: UInt64) throws {
        let conversation = try RandomConversation(seed: seed, acknowledges: .always)
        for _ in 0..<6 {
            try conversation.act()
            try conversation.path.run(for: .milliseconds(130))
        }
        try conversation.finish()
        try conversation.path.runUntilIdle()
        #expect(conversation.queuedCount > 0)
        #expect(conversation.receivedCount == conversation.queuedCount)
        #expect(conversation.openStreams == 0)
        #expect(conversation.disagreements() == [])
    }

    @Test(
        "unacknowledged bytes are at most maxUnacknowledged and the connection's largest window",
        arguments: UInt64(200)..<216)
    func unacknowledged(seed: UInt64) throws {
        let conversation = try RandomConversation(seed: seed, acknowledges: .rarely)
        for _ in 0..<10 {
            try conversation.act()
            try conversation.path.run(for: .milliseconds(400))
        }
        #expect(conversation.excesses == [])
        #expect(conversation.mostUnacknowledged > 0)
    }
}

/// A conversation in which both sides open streams, queue data, and acknowledge in any order.
final class RandomConversation {
    /// How a side acknowledges what it receives.
    enum Acknowledging {
        /// At once, or after up to 200 ms.
        case always
        /// Also in pieces, late, or only when the next step begins.
        case sometimes
        /// Usually not at all.
        case rarely
    }

    typealias Side = SimulatedPath.Side

    let path: SimulatedPath
    private let acknowledging: Acknowledging
    private var generator: SplitMix
    /// The bodies that this side has not ended.
    private var sending: [Side: Set<H2StreamID>] = [.client: [], .server: []]
    private var unacknowledged: [Side: [H2StreamID: Int]] = [.client: [:], .server: [:]]
    private(set) var queuedCount = 0
    private(set) var receivedCount = 0
    private(set) var mostUnacknowledged = 0
    /// How often a limit was exceeded, and by what.
    private(set) var excesses: [String] = []

    init(seed: UInt64, acknowledges: Acknowledging) throws {
        generator = SplitMix(seed: seed)
        acknowledging = acknowledges
        let link = SimulatedPath.Link(
            bytesPerSecond: generator.pick([nil, 1_000_000, 10_000_000]),
            delay: .milliseconds(generator.pick([0, 3, 40])),
            bufferSize: generator.pick([1_000, 65_536]))
        path = SimulatedPath(
            client: Self.configuration(.client, &generator),
            server: Self.configuration(.server, &generator), toServer: link, toClient: link)
        path.onClientEvents = { [unowned self] path, events in
            try receive(events, at: .client)
        }
        path.onServerEvents = { [unowned self] path, events in
            try receive(events, at: .server)
        }
        try path.start()
    }

    private static func configuration(
        _ role: H2Configuration.Role, _ generator: inout SplitMix
    ) -> H2Configuration {
        var configuration = H2Configuration(role)
        configuration.hashSeed = generator.next()
        // A request and its reset can arrive together.
        configuration.lateCalls = .ignored
        // A long conversation is not an attack.
        configuration.limits = .unlimited
        if generator.chance(75) {
            let size = generator.pick([300, 2_000, 65_535, 100_000])
            let connection = generator.pick([65_535, 100_000])
            configuration.flowControl = .automatic(
                H2FlowControl.Automatic(
                    streamWindow: size, maxStreamWindow: size + generator.pick([0, 1, 300_000]),
                    connectionWindow: connection,
                    maxConnectionWindow: connection + generator.pick([0, 1, 300_000]),
                    maxUnacknowledged: generator.pick([0, 5_000, 200_000]),
                    creditsStreamsOnArrival: generator.chance(30)))
        }
        return configuration
    }

    private func connection(_ side: Side) -> H2Connection {
        side == .client ? path.client : path.server
    }

    var openStreams: Int { path.client.openOutboundStreams + path.server.openInboundStreams }

    // MARK: Steps

    /// Takes some random steps at this instant.
    func act() throws {
        for _ in 0...generator.below(6) {
            let side: Side = generator.chance(50) ? .client : .server
            switch generator.below(10) {
            case 0..<3: try open()
            case 3..<7: try queue(at: side)
            case 7: try changeWindows(at: side)
            case 8 where acknowledging != .always: try reset(at: side)
            default: try acknowledgeSome(at: side)
            }
        }
    }

    private func open() throws {
        guard path.client.openOutboundStreams < 20 else { return }
        let id = try path.client.nextAvailableStreamID()
        try path.client.sendHeaders(.samplePost, on: id)
        sending[.client]?.insert(id)
    }

    private func queue(at side: Side) throws {
        guard let id = sending[side]?.sorted().randomElement(using: &generator) else { return }
        try queue(
            generator.pick([0, 1, 100, 20_000, 100_000]), on: id, at: side,
            endStream: generator.chance(20))
    }

    private func queue(
        _ count: Int, on id: H2StreamID, at side: Side, endStream: Bool
    ) throws {
        try connection(side).enqueueData(
            [UInt8](repeating: 1, count: count), on: id, endStream: endStream)
        queuedCount += count
        if endStream { sending[side]?.remove(id) }
    }

    private func changeWindows(at side: Side) throws {
        let isManual = connection(side).configuration.flowControl == .manual
        if generator.chance(50) {
            // As in h2, a stream with manual flow control can stall after its window was lowered.
            let isRaised = isManual && acknowledging == .always
            try connection(side).updateSettings([
                .initialWindowSize: isRaised
                    ? 200_000 : generator.pick([700, 5_000, 65_535, 150_000])
            ])
        } else if acknowledging == .sometimes {
            try connection(side).incrementFlowControlWindow(by: 1 + generator.below(5_000))
        }
    }

    private func reset(at side: Side) throws {
        guard let id = sending[side]?.sorted().randomElement(using: &generator) else { return }
        try connection(side).resetStream(id, errorCode: .cancel)
        forget(id)
    }

    /// Ends all bodies.
    func finish() throws {
        try path.runUntilIdle()
        for side in [Side.client, .server] {
            for id in (sending[side] ?? []).sorted() {
                try queue(1, on: id, at: side, endStream: true)
            }
        }
    }

    private func forget(_ id: H2StreamID) {
        sending[.client]?.remove(id)
        sending[.server]?.remove(id)
    }

    // MARK: Events

    private func receive(_ events: [H2Event], at side: Side) throws {
        for event in events {
            switch event {
            case .requestReceived(let request):
                try path.server.sendHeaders(.sampleResponse, on: request.streamID)
                sending[.server]?.insert(request.streamID)
            case .streamReset(let reset): forget(reset.streamID)
            case .dataReceived(let data):
                receivedCount += data.data.count
                unacknowledged[side]?[data.streamID, default: 0] += data.flowControlledLength
                checkBound(at: side)
                try react(to: data, at: side)
            default: break
            }
        }
    }

    private func react(to data: H2Event.DataReceived, at side: Side) throws {
        let (id, count) = (data.streamID, data.flowControlledLength)
        let isLate: Bool
        switch acknowledging {
        case .always: isLate = generator.chance(20)
        case .sometimes:
            guard generator.chance(70) else { return }
            isLate = generator.chance(30)
        case .rarely:
            guard generator.chance(10) else { return }
            isLate = false
        }
        guard isLate else { return try acknowledge(count, on: id, at: side) }
        path.schedule(after: .milliseconds(generator.below(200))) { [unowned self] _ in
            try acknowledge(count, on: id, at: side)
        }
    }

    private func acknowledge(_ count: Int, on id: H2StreamID, at side: Side) throws {
        let known = unacknowledged[side]?[id] ?? 0
        unacknowledged[side]?[id] = known - min(count, known)
        try connection(side).acknowledgeReceivedData(min(count, known), on: id)
    }

    private func acknowledgeSome(at side: Side) throws {
        for (id, count) in (unacknowledged[side] ?? [:]).sorted(by: { $0.key < $1.key })
        where count > 0 && generator.chance(acknowledging == .rarely ? 20 : 70) {
            try acknowledge(
                generator.chance(50) ? count : 1 + generator.below(count), on: id, at: side)
        }
    }

    // MARK: Properties

    private func checkBound(at side: Side) {
        let connection = connection(side)
        let count = (unacknowledged[side] ?? [:]).values.reduce(0, +)
        mostUnacknowledged = max(mostUnacknowledged, count)
        let window = connection.state.flow.receive.maximum
        var bound = window
        if case .automatic(let sizes) = connection.configuration.flowControl {
            bound += sizes.maxUnacknowledged
        }
        if count > bound { excesses.append("\(side): \(count) of \(bound) bytes") }
    }

    /// Returns all windows that differ at the two ends, and those that exceed their size.
    func disagreements() -> [String] {
        var found: [String] = []
        for side in [Side.client, .server] {
            let (receiver, sender) = (connection(side), connection(side.opposite))
            func compare(_ what: String, _ receives: ReceiveWindow, _ sends: SendWindow) {
                if receives.available != sends.available || receives.available > receives.maximum {
                    found.append("\(side), \(what): \(receives), peer \(sends)")
                }
            }
            compare("connection", receiver.state.flow.receive, sender.state.flow.send)
            for record in receiver.state.streams.live.records
            where record.state.current == .open || record.state.current == .halfClosedLocal {
                guard let slot = sender.slot(of: record.id) else {
                    found.append("\(side): the peer has no stream \(record.id)")
                    continue
                }
                let sends = sender.state.streams[slot].flow.send
                compare("stream \(record.id)", record.flow.receive, sends)
            }
        }
        return found
    }
}
