// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The order in which streams send queued data, on the wire.
@Suite struct SendOrderTests {
    private static let extensible = H2Configuration.server.with { $0.priorities = .extensible }

    private func peer(_ priorities: [UInt32: String]) throws -> Peer {
        try QueueingServer.peer(
            priorities.keys.sorted(), Self.extensible, streamWindow: 1 << 30,
            connectionWindow: 1 << 30, priorities: priorities)
    }

    /// Queues the same number of bytes on each stream, in descending order of the streams.
    private func fill(_ peer: Peer, _ ids: some Collection<UInt32>, _ count: Int) throws {
        let body = QueueingServer.body(count)
        for id in ids.sorted(by: >) {
            try peer.connection.enqueueData(body, on: H2StreamID(id), endStream: true)
        }
    }

    @Test("by urgency; then in order, then in turn")
    func order() throws {
        let priorities: [UInt32: String] = [
            1: "u=5, i", 3: "u=1, i", 5: "u=5", 7: "", 9: "u=1", 11: "u=1", 13: "u=1, i", 15: "u=0",
            17: "u=7",
        ]
        let peer = try peer(priorities)
        try fill(peer, priorities.keys, 20_000)
        let order = peer.sent().map { Int($0.streamID) }
        #expect(
            order == [15, 15, 9, 9, 11, 11, 13, 3, 13, 3, 7, 7, 5, 5, 1, 1, 17, 17])
    }

    @Test("without extensible priorities, all streams take turns, one frame each")
    func inTurn() throws {
        let peer = try QueueingServer.peer(
            [1, 3, 5], streamWindow: 1 << 20, connectionWindow: 1 << 20,
            priorities: [5: "u=0"])
        try fill(peer, [1, 3, 5], 40_000)
        #expect(peer.sent().map { Int($0.streamID) } == [5, 3, 1, 5, 3, 1, 5, 3, 1])
    }

    @Test("setSendPriority works without extensible priorities, too")
    func setWithoutScheme() throws {
        let peer = try QueueingServer.peer(
            [1, 3, 5], streamWindow: 1 << 20, connectionWindow: 1 << 20)
        try peer.connection.setSendPriority(.init(urgency: 2), on: 3)
        try fill(peer, [1, 3, 5], 20_000)
        #expect(peer.sent().map { Int($0.streamID) } == [3, 3, 5, 1, 5, 1])
    }

    @Test("a changed priority applies to data that is queued, from the next frame on")
    func changed() throws {
        let peer = try peer([1: "", 3: "", 5: ""])
        try fill(peer, [1, 3, 5], 40_000)
        #expect(peer.outline(upTo: 16_393) == ["1: 16384"])
        try peer.connection.setSendPriority(.init(urgency: 2), on: 5)
        #expect(peer.outline(upTo: 16_393) == ["5: 16384"])
        try peer.receive(FrameBuilder.priorityUpdate(3, "u=1"))
        #expect(peer.outline(upTo: 16_393) == ["3: 16384"])
        try peer.connection.setSendPriority(.init(urgency: 7), on: 3)
        try peer.connection.setSendPriority(.init(urgency: 7, isIncremental: true), on: 5)
        #expect(peer.sent().map { Int($0.streamID) } == [1, 1, 3, 3, 5, 5])
    }

    @Test("a stream whose priority is set to the same value keeps its turn")
    func unchanged() throws {
        let peer = try peer([1: "i", 3: "i"])
        try fill(peer, [1, 3], 60_000)
        var order: [UInt32] = []
        for _ in 0..<4 {
            try peer.receive(FrameBuilder.priorityUpdate(3, "i"))
            order += peer.sent(upTo: 16_393).map(\.streamID)
        }
        #expect(order == [3, 1, 3, 1])
    }

    @Test("an urgent stream interrupts others after a frame")
    func interrupts() throws {
        let peer = try peer([1: "u=3", 3: "u=0"])
        try fill(peer, [1], 1_000_000)
        // The frame that was begun for the limit comes first.
        #expect(peer.outline(upTo: 500) == [])
        try fill(peer, [3], 20_000)
        #expect(peer.outline(upTo: 40_000).prefix(3) == ["1: 1024", "3: 16384", "3: 3616 end"])
    }

    @Test("a stream whose window opens again continues after others in turn, or by its identifier")
    func reopened() throws {
        let peer = try QueueingServer.peer(
            [1, 3, 5, 7], Self.extensible, streamWindow: 100, connectionWindow: 1 << 20,
            priorities: [1: "i", 3: "i", 5: "", 7: ""])
        try fill(peer, [1, 3, 5, 7], 300)
        #expect(peer.outline() == ["5: 100", "7: 100", "3: 100", "1: 100"])
        for id: UInt32 in [7, 1, 3, 5] {
            try peer.receive(FrameBuilder.windowUpdate(id, increment: 100))
        }
        #expect(peer.outline() == ["5: 100", "7: 100", "1: 100", "3: 100"])
    }

    @Test("a stream that is reset while it comes first leaves its place", arguments: [false, true])
    func resetFirst(_ isIncremental: Bool) throws {
        let value = isIncremental ? "i" : ""
        let peer = try peer([1: value, 3: value, 5: value])
        for id: H2StreamID in [1, 3, 5] { try peer.connection.enqueueData([1, 2], on: id) }
        try peer.connection.resetStream(1)
        try peer.receive(FrameBuilder.rstStream(3, code: 8))
        #expect(peer.outline() == ["1: reset", "5: 2"])
        // The identifiers of closed streams do not matter to later ones.
        try QueueingServer.respond(on: 7, of: peer, priority: value)
        try peer.connection.enqueueData([1], on: 7)
        #expect(peer.outline() == ["7: headers", "7: 1"])
    }

    // MARK: Acceptance

    @Test("100 responses of 1 MiB: urgency 1 finishes before urgency 3 sends its second frame")
    func urgentFirst() throws {
        let ids = (0..<100).map { UInt32($0) * 2 + 1 }
        var random = SplitMix(seed: 5)
        let urgent = Set(ids.filter { _ in random.chance(50) })
        var priorities: [UInt32: String] = [:]
        for id in ids {
            priorities[id] =
                (urgent.contains(id) ? "u=1" : "u=3") + (random.chance(50) ? ", i" : "")
        }
        let peer = try peer(priorities)
        let server = peer.connection
        let body = [UInt8](repeating: 1, count: 1 << 20)
        // The less urgent ones are queued first, and the output is taken from then on.
        var sent: [UInt32: Int] = [:]
        var left = urgent.count
        var early = 0
        func take() {
            for frame in peer.sent(upTo: 16_393) where frame.type == .data {
                sent[frame.streamID, default: 0] += frame.payload.count
                if frame.endsStream, urgent.contains(frame.streamID) { left -= 1 }
                if left > 0, !urgent.contains(frame.streamID) { early += 1 }
            }
        }
        for id in ids where !urgent.contains(id) {
            try server.enqueueData(body, on: H2StreamID(id), endStream: true)
        }
        take()
        for id in ids where urgent.contains(id) {
            try server.enqueueData(body, on: H2StreamID(id), endStream: true)
        }
        while left > 0, server.hasDataToSend { take() }
        #expect(left == 0 && early == 1)
        #expect(urgent.allSatisfy { sent[$0] == 1 << 20 })
        #expect(server.queuedByteCount == (100 - urgent.count) << 20 - 16_384)
    }

    @Test(
        "ten incremental streams finish within 5 % of each other, whatever the output limit",
        arguments: [.max, 65_536, 40_000, 32_531, 20_000, 17_500, 16_384, 5_000])
    func fair(_ limit: Int) throws {
        let ids = (0..<10).map { UInt32($0) * 2 + 1 }
        let peer = try peer(Dictionary(uniqueKeysWithValues: ids.map { ($0, "i") }))
        try fill(peer, ids, 1 << 20)
        var total = 0
        var ends: [Int] = []
        while peer.connection.hasDataToSend {
            for frame in peer.sent(upTo: limit) {
                total += frame.payload.count
                if frame.endsStream { ends.append(total) }
                // The rest of a turn does not become a tiny frame.
                #expect(frame.payload.count >= 256 || frame.endsStream)
            }
        }
        #expect(ends.count == 10)
        #expect(Double(total - (ends.first ?? 0)) < 0.05 * Double(total), "\(ends)")
    }

    @Test("ten incremental streams finish within 5 % of each other on a slow path")
    func fairOnPath() throws {
        let path = SimulatedPath(
            client: .client, server: Self.extensible,
            toClient: .init(
                bytesPerSecond: 10_000_000, delay: .milliseconds(10), bufferSize: 20_000))
        try path.start()
        var ends: [H2Instant] = []
        path.onServerEvents = { path, events in
            for case .requestReceived(let request) in events {
                try path.server.sendHeaders(.sampleResponse, on: request.streamID)
                try path.server.enqueueData(
                    [UInt8](repeating: 1, count: 600_000), on: request.streamID, endStream: true)
            }
        }
        path.onClientEvents = { path, events in
            for event in events {
                switch event {
                case .dataReceived(let data):
                    try path.client.acknowledgeReceivedData(
                        data.flowControlledLength, on: data.streamID)
                case .streamEnded: ends.append(path.now)
                default: break
                }
            }
        }
        try path.run(for: .milliseconds(20))
        let start = path.now
        for index in 0..<10 {
            try path.client.sendHeaders(
                H2Headers.sampleRequest + ["priority": "u=4, i"],
                on: H2StreamID(UInt32(index) * 2 + 1), endStream: true)
        }
        try path.run(for: .seconds(5))
        try #require(ends.count == 10)
        let last = ends[9].rawValue - start.rawValue
        #expect(Double(ends[9].rawValue - ends[0].rawValue) < 0.05 * Double(last))
    }
}
