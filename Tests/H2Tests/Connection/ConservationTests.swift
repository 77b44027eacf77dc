// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Random conversations of two connections: counters match the state, and once all streams are
/// closed, nothing is held for them.
@Suite struct ConservationTests {
    /// Returns two connections without compression tables, whose contents would vary with the
    /// traffic.
    private static func pair(_ cut: Cut) throws -> Pair {
        func configuration(_ role: H2Configuration.Role) -> H2Configuration {
            var configuration = H2Configuration.limited(role) { $0.closedStreams = 64 }
            configuration.initialSettings = [.headerTableSize: 0]
            return configuration
        }
        return try Pair.started(
            client: configuration(.client), server: configuration(.server), cut: cut)
    }

    /// A random conversation that leaves no stream open.
    private struct Conversation {
        let pair: Pair
        var random: SplitMix
        /// Bytes that each side received and did not acknowledge.
        var unacknowledged: [(H2Connection, H2StreamID, Int)] = []

        init(_ pair: Pair, seed: UInt64) {
            self.pair = pair
            random = SplitMix(seed: seed)
        }

        private mutating func flip(_ sides: Int) -> Bool {
            Int.random(in: 0..<sides, using: &random) == 0
        }

        /// Takes random steps, then closes all streams.
        mutating func run(steps: Int) throws {
            for _ in 0..<steps {
                try step()
                if flip(3) { try exchange() }
            }
            try exchange()
            try end()
        }

        private mutating func step() throws {
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1:
                guard pair.client.openOutboundStreams < 90 else { return }
                let value = String(repeating: "v", count: Int.random(in: 0...3_000, using: &random))
                try pair.client.sendHeaders(
                    .samplePost + ["a": value], on: pair.client.nextAvailableStreamID(),
                    endStream: flip(3))
            case 2: try act(pair.client)
            case 3: try act(pair.server)
            case 4:
                let parent = pair.server.state.streams.live.records.map(\.id).filter { $0 & 1 == 1 }
                    .sorted()
                guard let id = parent.randomElement(using: &random) else { return }
                do throws(H2Error) {
                    try pair.server.pushStream(
                        pair.server.nextAvailableStreamID(), on: H2StreamID(id),
                        requestHeaders: .sampleRequest)
                } catch {
                    guard error.origin == .local else { throw error }
                }
            case 5: try pair.client.ping(H2PingData(random.next()))
            case 6:
                let side = flip(2) ? pair.client : pair.server
                guard side.usage.unacknowledgedSettings < 10 else { return }
                let size = UInt32.random(in: 0...70_000, using: &random)
                try side.updateSettings([.initialWindowSize: size])
            default: try acknowledge(one: true)
            }
        }

        /// Sends on a random stream, or resets it. A refused call changes nothing.
        private mutating func act(_ side: H2Connection) throws {
            let ids = side.state.streams.live.records.map(\.id).sorted()
            guard let id = ids.randomElement(using: &random).map({ H2StreamID($0) }) else { return }
            do throws(H2Error) {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: try side.resetStream(id, errorCode: .cancel)
                case 1: try side.endStream(id)
                case 2,
                    3 where side.configuration.role == .server:
                    try side.sendHeaders(.sampleResponse, on: id, endStream: flip(4))
                case 4: try side.sendHeaders(.sampleTrailers, on: id, endStream: true)
                default:
                    let length = Int.random(in: 0...(flip(3) ? 16_000 : 90), using: &random)
                    try side.sendData(
                        [UInt8](repeating: 7, count: length), on: id, endStream: flip(10),
                        padLength: flip(4) ? UInt8.random(in: 0...255, using: &random) : nil)
                }
            } catch {
                guard error.origin == .local, error.kind != .internalError else { throw error }
            }
        }

        private mutating func exchange() throws {
            let events = try pair.exchange()
            for (side, events) in [(pair.client, events.client), (pair.server, events.server)] {
                for case .dataReceived(let data) in events {
                    unacknowledged.append((side, data.streamID, data.flowControlledLength))
                }
            }
        }

        private mutating func acknowledge(one: Bool) throws {
            unacknowledged.shuffle(using: &random)
            for _ in 0..<(one ? min(1, unacknowledged.count) : unacknowledged.count) {
                let (side, id, length) = unacknowledged.removeLast()
                try side.acknowledgeReceivedData(length, on: id)
            }
        }

        /// Closes all streams, from either side.
        private mutating func end() throws {
            for side in flip(2) ? [pair.client, pair.server] : [pair.server, pair.client] {
                for id in side.state.streams.live.records.map(\.id).sorted()
                where side.slot(of: id) != nil {
                    try side.resetStream(H2StreamID(id), errorCode: .cancel)
                    if flip(2) { try exchange() }
                }
                try exchange()
            }
            try acknowledge(one: false)
            try exchange()
        }
    }

    @Test(
        "open counts match the streams, and nothing is held for closed streams",
        arguments: [Cut.whole, .every(11)])
    func nothingIsHeld(cut: Cut) throws {
        for seed: UInt64 in 0..<4 {
            let pair = try Self.pair(cut)
            var most = (client: 0, server: 0)
            var growths = 0
            for round: UInt64 in 0..<6 {
                var conversation = Conversation(pair, seed: seed << 8 + round)
                try conversation.run(steps: 150)
                for side in [pair.client, pair.server] {
                    #expect(side.openInboundStreams == 0 && side.openOutboundStreams == 0)
                    #expect(side.state.streams.live.count == 0 && side.usage.reservedStreams == 0)
                    #expect(side.usage.peerOutput == 0 && side.outboundByteCount == 0)
                    #expect(side.usage.unacknowledgedSettings == 0)
                    #expect(side.state.flow.receive.held == 0)
                    #expect(side.memory.input - side.heldByteCount <= side.memory.spare)
                }
                // Restore the settings, which the conversation may have changed.
                try pair.client.updateSettings([.initialWindowSize: 65_535])
                try pair.server.updateSettings([.initialWindowSize: 65_535])
                try pair.exchange()
                let now = (client: pair.client.memory.inUse, server: pair.server.memory.inUse)
                // One-time allocations, such as nghttp2's lists and stream table, can occur in any
                // round. A leak would add memory in every round.
                if now.client > most.client || now.server > most.server { growths += 1 }
                most = (max(now.client, most.client), max(now.server, most.server))
                try pair.check()
            }
            #expect(growths <= 3, "seed \(seed): \(most)")
        }
    }

    @Test("many concurrent streams leave no more memory in use than a few, apart from a hash table")
    func manyStreams() throws {
        var configuration = H2Configuration.limited(.server) { $0.closedStreams = 64 }
        configuration.initialSettings = [.maxConcurrentStreams: 5_000]
        let pair = try Pair.started(
            client: .limited(.client) { $0.closedStreams = 64 },
            server: configuration)
        func use(_ count: Int) throws {
            for _ in 0..<count {
                try pair.client.sendHeaders(
                    .sampleRequest, on: pair.client.nextAvailableStreamID(), endStream: true)
            }
            var events: [H2Event] = []
            try pair.server.receiveData(pair.client.dataToSend(), into: &events)
            for case .requestReceived(let request) in events {
                try pair.server.sendHeaders(
                    .sampleResponse, on: request.streamID, endStream: true)
            }
            _ = try pair.client.receiveData(pair.server.dataToSend())
        }
        try use(5)
        let few = pair.server.memory
        try use(5_000)
        let many = pair.server.memory
        #expect(many.streams <= few.streams + 32_768)
        // nghttp2's hash table of streams does not shrink.
        #expect(many.inUse <= few.inUse + 2 * 8_192 * 16)
        try pair.check()
    }

    @Test("after an error, the incomplete frame and field block are released")
    func afterAnError() throws {
        let peer = try Peer(.server)
        _ = try peer.connection.receiveData(
            FrameBuilder.headers(1, block: H2Headers.sampleRequest.block, endHeaders: false))
        let result = peer.receiveResult(FrameBuilder.ping() + [UInt8](repeating: 1, count: 5_000))
        #expect(result.error?.kind == .protocolViolation)
        peer.sent()
        #expect(peer.connection.heldByteCount == 0 && peer.connection.memory.input == 0)
    }
}
