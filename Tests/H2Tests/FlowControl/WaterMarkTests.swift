// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `.sendQueueDrained` reports that a stream has fallen from above the high-water mark to the low
/// one.
@Suite struct WaterMarkTests {
    private func peer(
        _ ids: [UInt32] = [1], high: Int, low: Int, window: UInt32 = 0
    ) throws -> Peer {
        try QueueingServer.peer(
            ids,
            .server.with {
                $0.sendQueueHighWaterMark = high
                $0.sendQueueLowWaterMark = low
            }, streamWindow: window)
    }

    private func drained(_ id: H2StreamID, _ count: Int) -> H2Event {
        .sendQueueDrained(.init(streamID: id, queuedByteCount: count))
    }

    private func open(_ increment: UInt32, _ peer: Peer, on id: UInt32 = 1) throws -> [H2Event] {
        let events = try peer.receive(FrameBuilder.windowUpdate(id, increment: increment))
        peer.sent()
        return events.filter { if case .windowUpdated = $0 { false } else { true } }
            + peer.connection.takeEvents()
    }

    @Test("the event is reported once each time, exactly at the marks")
    func marks() throws {
        let peer = try peer(high: 100, low: 40)
        let server = peer.connection
        // A queue at the high mark does not exceed it.
        try server.enqueueData([UInt8](repeating: 1, count: 100), on: 1)
        #expect(try open(60, peer) == [])
        #expect(try open(10, peer) == [])
        // 30 are left.
        try server.enqueueData([UInt8](repeating: 1, count: 71), on: 1)
        #expect(server.queuedByteCount == 101)
        #expect(try open(60, peer) == [])
        #expect(try open(1, peer) == [drained(1, 40)])
        #expect(try open(1, peer) == [])
        try server.enqueueData([UInt8](repeating: 1, count: 61), on: 1)
        #expect(server.queuedByteCount == 100)
        #expect(try open(90, peer) == [])
        try server.enqueueData([UInt8](repeating: 1, count: 91), on: 1)
        #expect(try open(1_000, peer) == [drained(1, 0)])
    }

    @Test("a stream that exceeds the high mark again before it drains causes one event")
    func hysteresis() throws {
        let peer = try peer(high: 100, low: 40)
        try peer.connection.enqueueData([UInt8](repeating: 1, count: 150), on: 1)
        #expect(try open(100, peer) == [])
        try peer.connection.enqueueData([UInt8](repeating: 1, count: 150), on: 1)
        #expect(try open(100, peer) == [])
        #expect(try open(100, peer) == [drained(1, 0)])
    }

    @Test("each stream has its own marks")
    func perStream() throws {
        let peer = try peer([1, 3, 5], high: 100, low: 40)
        for (id, count): (H2StreamID, Int) in [(1, 150), (3, 80), (5, 101)] {
            try peer.connection.enqueueData([UInt8](repeating: 1, count: count), on: id)
        }
        #expect(try open(1_000, peer, on: 3) == [])
        #expect(try open(61, peer, on: 5) == [drained(5, 40)])
        #expect(try open(1_000, peer, on: 1) == [drained(1, 0)])
    }

    @Test("the event is in the next receiveData, unless takeEvents returns it")
    func delivery() throws {
        let peer = try peer(high: 100, low: 40, window: 1_000)
        for takesEvents in [false, true] {
            try peer.connection.enqueueData([UInt8](repeating: 1, count: 150), on: 1)
            #expect(peer.connection.takeEvents() == [])
            peer.sent()
            if takesEvents { #expect(peer.connection.takeEvents() == [drained(1, 0)]) }
            let events = try peer.receive(FrameBuilder.ping(1, ack: true))
            #expect(events.contains(drained(1, 0)) == !takesEvents)
        }
    }

    @Test("marks of 0, and the default marks")
    func extremes() throws {
        let none = try peer(high: 0, low: 0)
        try none.connection.enqueueData([1, 2], on: 1)
        #expect(try open(1, none) == [])
        #expect(try open(1, none) == [drained(1, 0)])
        try none.connection.enqueueData([1], on: 1)
        #expect(try open(1, none) == [drained(1, 0)])
        let standard = try QueueingServer.peer(streamWindow: 0)
        try standard.connection.enqueueData([UInt8](repeating: 1, count: 65_537), on: 1)
        #expect(try open(65_537 - 16_385, standard) == [])
        #expect(try open(1, standard) == [drained(1, 16_384)])
    }

    @Test("a reset stream is not drained")
    func reset() throws {
        let peer = try peer([1, 3], high: 100, low: 40, window: 10)
        for id: H2StreamID in [1, 3] {
            try peer.connection.enqueueData([UInt8](repeating: 1, count: 150), on: id)
        }
        try peer.connection.resetStream(1)
        #expect(peer.connection.takeEvents() == [])
        let events = try peer.receive(FrameBuilder.rstStream(3, code: 8))
        #expect(
            events == [.streamReset(.init(streamID: 3, errorCode: .cancel, isRemote: true))])
        #expect(peer.connection.takeEvents() == [])
    }

    @Test("the end of the stream drains it, before its outcome")
    func end() throws {
        let peer = try QueueingServer.peer(
            [1],
            .server.with {
                $0.sendQueueHighWaterMark = 100
                $0.reportsStreamOutcomes = true
            })
        try peer.connection.enqueueData(
            [UInt8](repeating: 1, count: 101), on: 1, endStream: true)
        peer.sent()
        #expect(
            peer.connection.takeEvents() == [
                drained(1, 0), .streamClosed(.init(streamID: 1, outcome: .completed)),
            ])
    }

    @Test("a caller that queues on each event keeps its memory small, and sends everything")
    func pacing() throws {
        let path = SimulatedPath(
            toClient: .init(bytesPerSecond: 10_000_000, delay: .milliseconds(5)))
        try path.start()
        var left = 3_000_000
        var most = 0
        var received = 0
        var drainedCount = 0
        func fill(_ server: H2Connection) throws {
            while left > 0, server.queuedByteCount(on: 1) <= 65_536 {
                let count = min(left, 10_000)
                left -= count
                try server.enqueueData(
                    [UInt8](repeating: 1, count: count), on: 1, endStream: left == 0)
            }
            most = max(most, server.queuedByteCount)
        }
        path.onServerEvents = { path, events in
            for event in events + path.server.takeEvents() {
                switch event {
                case .requestReceived:
                    try path.server.sendHeaders(.sampleResponse, on: 1)
                    try fill(path.server)
                case .sendQueueDrained:
                    drainedCount += 1
                    try fill(path.server)
                default: break
                }
            }
        }
        path.onClientEvents = { path, events in
            for case .dataReceived(let data) in events {
                received += data.data.count
                try path.client.acknowledgeReceivedData(
                    data.flowControlledLength, on: data.streamID)
            }
        }
        try path.client.sendHeaders(.sampleRequest, on: 1, endStream: true)
        // The event is taken when the client's next bytes arrive, or by this timer.
        func poll(_ path: SimulatedPath) throws {
            try path.onServerEvents?(path, [])
            if left > 0 { path.schedule(after: .milliseconds(1)) { try poll($0) } }
        }
        path.schedule(after: .milliseconds(1)) { try poll($0) }
        try path.run(for: .seconds(2))
        #expect(received == 3_000_000 && path.client.openOutboundStreams == 0)
        #expect(most <= 65_536 + 10_000 && drainedCount >= 3_000_000 / 65_536)
    }
}
