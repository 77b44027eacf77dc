// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A random conversation in which a server queues data, and a count of every byte.
///
/// Each direction is a buffer, from which random amounts are delivered.
final class QueueConversation {
    let client: H2Connection
    let server: H2Connection
    private var random: SplitMix
    private let source: [UInt8]
    private var toClient: [UInt8] = []
    private var toServer: [UInt8] = []

    /// The streams on which the server can queue.
    private var open: [H2StreamID] = []
    private var queued: [H2StreamID: [UInt8]] = [:]
    private var received: [H2StreamID: [UInt8]] = [:]
    private var ended: Set<H2StreamID> = []
    private var reset: Set<H2StreamID> = []
    private var unacknowledged: [(H2StreamID, Int)] = []
    private let buffers = TransportBuffer.Count()
    private var queuedTotal = 0
    private var droppedTotal = 0
    /// The bytes that the client allowed on the connection.
    private var granted = 65_535

    init(seed: UInt64) throws {
        random = SplitMix(seed: seed)
        source = random.bytes(8_192) + QueueingServer.body(60_000)
        let server = H2Configuration.server.with {
            $0.limits = .unlimited
            $0.reportsStreamOutcomes = true
            $0.lateCalls = .ignored
            $0.priorities = seed % 2 == 0 ? .extensible : .none
            $0.hashSeed = seed
        }
        self.server = H2Connection(server)
        client = H2Connection(
            .client.with {
                $0.limits = .unlimited
                $0.hashSeed = seed
            })
        try client.initiateConnection()
        try self.server.initiateConnection()
        try deliverAll()
    }

    // MARK: Steps

    func step() throws {
        switch random.below(100) {
        case 0..<12 where open.count < 12: try request()
        case 12..<45: try queue()
        case 45..<60: take()
        case 60..<70: try deliverToClient(random.below(1 + toClient.count))
        case 70..<80: try acknowledge()
        case 80..<88: try moveToServer()
        case 88..<92:
            try client.updateSettings([
                .initialWindowSize: UInt32(random.pick([0, 1, 500, 65_535, 300_000]))
            ])
        case 92..<94:
            let increment = 1 + random.below(50_000)
            try client.incrementFlowControlWindow(by: increment)
        case 94..<96: try resetStream()
        case 96..<98:
            guard let id = open.randomElement(using: &random) else { return }
            try server.setSendPriority(
                .init(urgency: random.below(8), isIncremental: random.chance(50)), on: id)
        default: takeAll()
        }
        check()
    }

    private func request() throws {
        let id = try client.nextAvailableStreamID()
        try client.sendHeaders(.sampleRequest, on: id, endStream: true)
        try moveToServer()
    }

    private func queue() throws {
        guard let id = open.randomElement(using: &random) else { return }
        let count = random.pick([
            0, 1, random.below(100), random.below(5_000), 4_096, random.below(50_000),
        ])
        let start = random.below(source.count - count + 1)
        let piece = source[start..<start + count]
        let ends = random.chance(8)
        switch random.below(4) {
        case 0: try server.enqueueData(Array(piece), on: id, endStream: ends)
        case 3:
            let buffer = TransportBuffer(piece, buffers)
            try unsafe server.enqueueData(buffer.bytes, keptBy: buffer, on: id, endStream: ends)
        case 1: try server.enqueueData(piece, on: id, endStream: ends)
        default: try server.enqueueData(copying: piece.span, on: id, endStream: ends)
        }
        let isTrailed = !ends && random.chance(4)
        if isTrailed { try server.enqueueTrailers(.sampleTrailers, on: id) }
        queued[id, default: []] += piece
        queuedTotal += count
        if ends || isTrailed { open.removeAll { $0 == id } }
        noteOutcomes(server.takeEvents())
    }

    private func take() {
        let limit = random.pick([1, 5, 9, 10, 1_000, 16_393, 1 + random.below(70_000)])
        let hasData = server.hasDataToSend
        var bytes: [UInt8] = []
        switch random.below(4) {
        case 3:
            unsafe server.takeSegments(upTo: limit) { segment, _ in unsafe bytes += segment }
        case 0:
            bytes = server.dataToSend(upTo: limit)
        case 1:
            _ = server.withDataToSend { span in
                for index in 0..<min(span.count, limit) { bytes.append(span[index]) }
                return bytes.count
            }
        default:
            _ = unsafe server.withSegmentsToSend { segments in
                for index in unsafe segments.indices where bytes.count < limit {
                    unsafe bytes += segments[index].prefix(limit - bytes.count)
                }
                return bytes.count
            }
        }
        #expect(hasData == !bytes.isEmpty)
        #expect(bytes.count <= limit)
        toClient += bytes
        noteOutcomes(server.takeEvents())
    }

    /// Takes everything, and compares it with `outboundByteCount`.
    private func takeAll() {
        let promised = server.outboundByteCount
        let before = server.queuedByteCount
        let bytes = server.dataToSend()
        let written = before - server.queuedByteCount
        // Bytes that were already in the output come first, and may begin within a frame.
        let new = WireReader.frames(in: Array(bytes.dropFirst(promised - written)))
        let data = new.filter { $0.type == .data }
        #expect(data.reduce(0) { $0 + $1.payload.count } == written)
        let headers = new.filter { $0.type == .headers }.reduce(0) { $0 + $1.bytes.count }
        #expect(bytes.count == promised + 9 * data.count + headers)
        #expect(new.count == data.count + new.count { $0.type == .headers })
        #expect(!server.hasDataToSend && server.outboundByteCount == 0)
        toClient += bytes
        noteOutcomes(server.takeEvents())
    }

    private func resetStream() throws {
        if random.chance(50) {
            guard let id = open.randomElement(using: &random) else { return }
            try server.resetStream(id, errorCode: .cancel)
            reset.insert(id)
            open.removeAll { $0 == id }
            noteOutcomes(server.takeEvents())
        } else {
            let live = queued.keys.filter { !ended.contains($0) && !reset.contains($0) }.sorted()
            guard let id = live.randomElement(using: &random) else { return }
            // The client may already have received the end, which `ended` records.
            try client.resetStream(id, errorCode: .cancel)
            reset.insert(id)
        }
    }

    private func acknowledge() throws {
        while !unacknowledged.isEmpty, random.chance(80) {
            let (id, count) = unacknowledged.remove(at: random.below(unacknowledged.count))
            try client.acknowledgeReceivedData(count, on: id)
        }
    }

    // MARK: The network

    private func deliverToClient(_ count: Int) throws {
        let bytes = Array(toClient.prefix(count))
        toClient.removeFirst(bytes.count)
        for event in try client.receiveData(bytes) {
            switch event {
            case .dataReceived(let data):
                received[data.streamID, default: []] += Array(data.data)
                unacknowledged.append((data.streamID, data.flowControlledLength))
            case .streamEnded(let end): ended.insert(end.streamID)
            default: break
            }
        }
    }

    private func moveToServer() throws {
        toServer += client.dataToSend()
        let count = random.chance(30) ? random.below(1 + toServer.count) : toServer.count
        let bytes = Array(toServer.prefix(count))
        toServer.removeFirst(count)
        let events = try server.receiveData(bytes)
        for event in events {
            switch event {
            case .requestReceived(let request):
                try server.sendHeaders(.sampleResponse, on: request.streamID)
                open.append(request.streamID)
                queued[request.streamID] = []
            case .windowUpdated(let update) where update.streamID == .connection:
                granted += update.delta
            case .streamReset(let reset): open.removeAll { $0 == reset.streamID }
            default: break
            }
        }
        noteOutcomes(events)
    }

    private func deliverAll() throws {
        toClient += server.dataToSend()
        try deliverToClient(toClient.count)
        toServer += client.dataToSend()
        noteOutcomes([])
        try moveToServer()
    }

    private func noteOutcomes(_ events: [H2Event]) {
        for case .streamClosed(let event) in events { droppedTotal += event.unsentByteCount }
    }

    // MARK: Checks

    private func check() {
        let written = granted - server.outboundFlowControlWindow
        #expect(queuedTotal == written + droppedTotal + server.queuedByteCount)
        let perStream = queued.keys.reduce(0) { $0 + server.queuedByteCount(on: $1) }
        #expect(perStream == server.queuedByteCount)
        #expect(server.hasDataToSend == (server.outboundByteCount > 0))
        #expect(server.audit() == [])
    }

    /// Lets both sides acknowledge everything until nothing is left, and checks what arrived.
    func finish() throws {
        try client.updateSettings([.initialWindowSize: 65_535])
        for round in 0..<10_000 {
            // Some requests arrive only now.
            for id in open { try server.enqueueData([] as [UInt8], on: id, endStream: true) }
            open = []
            while let (id, count) = unacknowledged.popLast() {
                try client.acknowledgeReceivedData(count, on: id)
            }
            try deliverAll()
            noteOutcomes(server.takeEvents())
            if open.isEmpty, unacknowledged.isEmpty, toServer.isEmpty, toClient.isEmpty,
                !server.hasDataToSend,
                !client.hasDataToSend
            {
                break
            }
            try #require(round < 9_999)
        }
        check()
        #expect(server.queuedByteCount == 0)
        #expect(buffers.value == 0)
        #expect(server.outboundFlowControlWindow == client.inboundFlowControlWindow)
        #expect(client.openOutboundStreams == 0 && server.openInboundStreams == 0)
        for (id, body) in queued {
            let arrived = received[id] ?? []
            if reset.contains(id), !ended.contains(id) {
                #expect(body.starts(with: arrived))
            } else {
                #expect(arrived == body && ended.contains(id))
            }
        }
    }

    var receivedTotal: Int { received.values.reduce(0) { $0 + $1.count } }
}

@Suite struct QueueConversationTests {
    @Test(
        "every queued byte is sent, dropped or still queued; and the peer gets the exact bodies",
        arguments: 1...24 as ClosedRange<UInt64>)
    func conversation(_ seed: UInt64) throws {
        let conversation = try QueueConversation(seed: seed)
        for _ in 0..<300 { try conversation.step() }
        try conversation.finish()
        #expect(conversation.receivedTotal > 0)
    }
}
