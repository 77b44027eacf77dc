// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Windows and settings that change while data is queued, and events that discard the queue.
@Suite struct QueuedDataWindowTests {
    private func settings(_ size: UInt32) -> [UInt8] {
        FrameBuilder.settings([(QueueingServer.initialWindowSize, size)])
    }

    private func data(_ peer: Peer) -> [String] {
        peer.outline().filter { !$0.contains("settings") }
    }

    @Test("§6.9.2: a smaller INITIAL_WINDOW_SIZE stops the queue, until its window is positive")
    func negativeWindow() throws {
        let peer = try QueueingServer.peer([1, 3], streamWindow: 1_000)
        let server = peer.connection
        for id: H2StreamID in [1, 3] { try server.enqueueData(QueueingServer.body(5_000), on: id) }
        #expect(data(peer) == ["1: 1000", "3: 1000"])
        try peer.receive(settings(1_500))
        #expect(server.outboundByteCount == 9 + 1_000)
        try peer.receive(settings(200))
        peer.sent()
        #expect(!server.hasDataToSend && server.outboundByteCount == 0)
        #expect(try server.localFlowControlWindow(on: 1) == -800)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 800))
        #expect(!server.hasDataToSend)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1))
        #expect(data(peer) == ["1: 1"])
        try peer.receive(settings(1_300))
        #expect(Set(data(peer)) == ["1: 1100", "3: 300"])
        try peer.receive(settings(0))
        try peer.receive(settings(0x7fff_ffff))
        #expect(Set(data(peer)) == ["1: 2899", "3: 3700"])
        #expect(server.queuedByteCount == 0)
    }

    @Test("a smaller size also applies to data that could have been written but was not")
    func loweredBeforeOutput() throws {
        let peer = try QueueingServer.peer()
        try peer.connection.enqueueData(QueueingServer.body(5_000), on: 1)
        #expect(peer.connection.outboundByteCount == 5_000)
        try peer.receive(settings(10))
        #expect(peer.connection.outboundByteCount == 9 + 10)
        #expect(data(peer) == ["1: 10"])
        try peer.receive(settings(0))
        #expect(peer.connection.queuedByteCount == 4_990)
    }

    @Test("a stream with a closed window does not block others")
    func closedStreamWindow() throws {
        let peer = try QueueingServer.peer([1, 3], .server.with { $0.priorities = .extensible })
        let server = peer.connection
        try server.setSendPriority(.init(urgency: 0), on: 1)
        try server.enqueueData(QueueingServer.body(60_000), on: 1)
        peer.sent()
        try peer.receive(settings(0))
        try server.enqueueData([1], on: 1)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 10_000))
        try peer.receive(FrameBuilder.windowUpdate(3, increment: 10))
        try server.enqueueData([3, 3], on: 3, endStream: true)
        #expect(data(peer) == ["3: 2 end"])
        #expect(server.queuedByteCount == 1 && !server.hasDataToSend)
    }

    @Test("a window that is too large resets the stream and discards its queue")
    func excessiveWindow() throws {
        let peer = try QueueingServer.peer(
            [1, 3], .server.with { $0.reportsStreamOutcomes = true })
        try peer.connection.enqueueData(QueueingServer.body(100), on: 1)
        let events = try peer.receive(FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff))
        #expect(
            events.contains(
                .streamClosed(
                    .init(
                        streamID: 1, outcome: .reset(.flowControlError, isRemote: false),
                        unsentByteCount: 100))))
        #expect(peer.outline() == ["1: reset"])
        #expect(peer.connection.queuedByteCount == 0)
    }

    // MARK: Discarding

    private func outcomes(_ events: [H2Event]) -> [H2StreamID: Int] {
        var counts: [H2StreamID: Int] = [:]
        for case .streamClosed(let event) in events {
            counts[event.streamID] = event.unsentByteCount
        }
        return counts
    }

    /// A server on which 5,000 bytes are queued on stream 1, and 100 on stream 3; and a third of the
    /// bytes on stream 1 were written.
    private func server(
        _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> Peer {
        let peer = try QueueingServer.peer(
            [1, 3],
            .server.with {
                $0.reportsStreamOutcomes = true
                change(&$0)
            }, streamWindow: 2_000)
        try peer.connection.enqueueData(QueueingServer.body(5_000), on: 1, endStream: true)
        #expect(peer.outline() == ["1: 2000"])
        try peer.connection.enqueueData(QueueingServer.body(100), on: 3, endStream: true)
        return peer
    }

    @Test("resetStream discards the queue, and reports how many bytes were not sent")
    func resetStream() throws {
        let peer = try server()
        try peer.connection.resetStream(1, errorCode: .cancel)
        #expect(peer.connection.queuedByteCount == 100)
        #expect(outcomes(peer.connection.takeEvents()) == [1: 3_000])
        #expect(peer.outline() == ["1: reset", "3: 100 end"])
        #expect(outcomes(peer.connection.takeEvents()) == [3: 0])
    }

    @Test("RST_STREAM discards the queue, even of the stream that comes first")
    func receivedReset() throws {
        let peer = try server { $0.priorities = .extensible }
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 10_000))
        let events = try peer.receive(FrameBuilder.rstStream(1, code: 8))
        #expect(outcomes(events) == [1: 3_000])
        #expect(peer.connection.queuedByteCount == 100)
        #expect(peer.outline() == ["3: 100 end"])
    }

    @Test("a connection error, closeConnection and connectionLost discard all queues")
    func connectionEnd() throws {
        for way in 0..<3 {
            let peer = try server()
            let server = peer.connection
            var events: [H2Event] = []
            switch way {
            case 0: events = peer.receiveResult(FrameBuilder.data(0)).events
            case 1:
                try server.closeConnection()
                events = server.takeEvents()
            default: events = server.connectionLost()
            }
            #expect(outcomes(events) == [1: 3_000, 3: 100])
            #expect(server.queuedByteCount == 0 && server.queuedByteCount(on: 1) == 0)
            #expect(peer.outline() == (way == 2 ? [] : ["0: goaway"]))
            #expect(!server.hasDataToSend && server.outboundByteCount == 0)
        }
    }

    @Test("GOAWAY discards the queues of streams above its last one")
    func goAway() throws {
        let peer = try Peer(
            .client.with { $0.reportsStreamOutcomes = true }, settings: [(0x4, 10)],
            policies: .asConfigured)
        let client = peer.connection
        for id: H2StreamID in [1, 3, 5] {
            try client.sendHeaders(.samplePost, on: id)
            try client.enqueueData(QueueingServer.body(100), on: id, endStream: true)
        }
        peer.sent()
        #expect(client.queuedByteCount == 270)
        let events = try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(outcomes(events) == [3: 90, 5: 90])
        #expect(client.queuedByteCount == 90)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1_000))
        #expect(peer.outline() == ["1: 90 end"])
    }

    @Test("with the policy of h2, GOAWAY discards all queues")
    func goAwayEndsConnection() throws {
        let peer = try Peer(.client.with { $0.goAway = .closeAtOnce }, settings: [(0x4, 10)])
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.enqueueData(QueueingServer.body(100), on: 1)
        try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(peer.connection.queuedByteCount == 0 && !peer.connection.hasDataToSend)
    }

    @Test("discarding releases the memory", .enabled(if: Allocations.canBeCounted))
    func memory() throws {
        let peer = try QueueingServer.peer([1, 3], streamWindow: 0)
        let server = peer.connection
        let piece = [UInt8](repeating: 1, count: 3_000)
        let meter = MemoryMeter()
        try meter.measure {
            for _ in 0..<1_000 { try server.enqueueData(piece, on: 1) }
        }
        #expect(server.memory.output >= 3_000_000 && meter.held >= 3_000_000)
        #expect(meter.held < 2 * 3_000_000)
        try meter.measure { try server.resetStream(1) }
        #expect(meter.held < 20_000 && server.memory.output < 20_000)
    }

    // MARK: The hash table

    @Test("queues stay with their streams while the table of streams grows, shrinks and moves them")
    func tableMoves() throws {
        let peer = try QueueingServer.peer(
            [], .server.with { $0.initialSettings = [.maxConcurrentStreams: 2_000] },
            streamWindow: 0)
        let server = peer.connection
        var random = SplitMix(seed: 11)
        var open: [UInt32: Int] = [:]
        var next: UInt32 = 1
        for step in 0..<2_200 {
            if open.isEmpty || random.chance(step < 1_000 ? 90 : 20) {
                _ = try server.receiveData(
                    FrameBuilder.headers(
                        next, block: H2Headers.sampleRequest.block, endStream: true))
                try server.sendHeaders(.sampleResponse, on: H2StreamID(next))
                open[next] = 1 + random.below(50)
                try server.enqueueData(content(of: next, open), on: H2StreamID(next))
                next += 2
            } else if let id = open.keys.sorted().dropFirst(random.below(open.count)).first {
                try server.resetStream(H2StreamID(id))
                open[id] = nil
            }
            #expect(server.queuedByteCount == open.values.reduce(0, +))
            guard step % 200 == 0 else { continue }
            #expect(server.audit() == [])
            for id in open.keys {
                #expect(server.queuedByteCount(on: H2StreamID(id)) == open[id])
            }
        }
        try #require(!open.isEmpty)
        peer.sent()
        for id in open.keys {
            try peer.receive(FrameBuilder.windowUpdate(id, increment: 100))
            #expect(peer.sent().map(\.payload) == [content(of: id, open)])
        }
    }

    private func content(of id: UInt32, _ counts: [UInt32: Int]) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: counts[id] ?? 0)
    }
}
