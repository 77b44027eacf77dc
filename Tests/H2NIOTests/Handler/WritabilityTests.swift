// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import NIOEmbedded
import Testing

/// While the channel is not writable, output stays in the connection.
@Suite struct WritabilityTests {
    private func server() throws -> HandlerChannel {
        var configuration = H2Configuration(.server)
        configuration.sendQueueHighWaterMark = 10_000
        configuration.sendQueueLowWaterMark = 1_000
        let peer = try HandlerChannel(configuration, settings: [(0x4, 1 << 20)])
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1 << 24) + FrameBuilder.get(1))
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        peer.runLoop()
        peer.sent()
        peer.delegate.forget()
        peer.front.forget()
        return peer
    }

    @Test("no output is taken from the connection, and reads are still processed")
    func notWritable() throws {
        let peer = try server()
        peer.setWritable(false)
        try peer.handler.enqueueData(ByteBuffer(bytes: pattern(20_000)), on: 1)
        peer.runLoop()
        try peer.receive(FrameBuilder.ping(1) + FrameBuilder.get(3))
        peer.runLoop()
        #expect(peer.front.writes.isEmpty && peer.front.flushes == 0)
        #expect(peer.waitingByteCount == 20_000 + 17)
        #expect(peer.delegate.received.count == 3)
        #expect(peer.delegate.calls.last == .burstEnded)
    }

    @Test("output continues at once when the channel is writable again, and the queue drains")
    func writableAgain() throws {
        let peer = try server()
        peer.setWritable(false)
        try peer.handler.enqueueData(ByteBuffer(bytes: pattern(20_000)), on: 1, endStream: true)
        peer.runLoop()
        #expect(peer.delegate.calls == [])
        peer.setWritable(true)
        #expect(peer.sent().compactMap(\.data).flatMap { $0 } == pattern(20_000))
        #expect(
            peer.delegate.calls == [
                .event(.sendQueueDrained(.init(streamID: 1, queuedByteCount: 0)))
            ])
    }

    @Test("output stops in the middle when a flush makes the channel not writable")
    func stopsInFlush() throws {
        let peer = try server()
        peer.front.onFlush = { [channel = peer.channel] _ in channel.isWritable = false }
        try peer.handler.enqueueData(ByteBuffer(bytes: pattern(300_000)), on: 1)
        peer.runLoop()
        #expect(peer.front.flushes == 1)
        let first = peer.sent().compactMap(\.data).reduce(0) { $0 + $1.count }
        #expect(1...65_536 ~= first)
        #expect(peer.handler.withConnection { $0.queuedByteCount } >= 300_000 - 65_536)
        peer.runLoop()
        #expect(peer.front.flushes == 1)
        var rest = 0
        for _ in 0..<10 {
            peer.setWritable(true)
            rest += peer.sent().compactMap(\.data).reduce(0) { $0 + $1.count }
        }
        #expect(first + rest == 300_000)
    }

    @Test("a flush that makes the channel writable again continues the output")
    func writableInFlush() throws {
        let peer = try server()
        peer.front.onFlush = { context in
            guard let channel = context.channel as? EmbeddedChannel else { return }
            channel.isWritable = false
            context.fireChannelWritabilityChanged()
            channel.isWritable = true
            context.fireChannelWritabilityChanged()
        }
        try peer.handler.enqueueData(
            ByteBuffer(bytes: pattern(300_000)), on: 1, endStream: true)
        peer.runLoop()
        #expect(peer.sent().compactMap(\.data).flatMap { $0 } == pattern(300_000))
    }

    @Test("sendQueueDrained lets a delegate send a long body in parts of bounded size")
    func parts() throws {
        let peer = try server()
        var left = 50
        var mostQueued = 0
        func send(_ handler: H2Handler) {
            guard left > 0 else { return }
            left -= 1
            #expect(throws: Never.self) {
                try handler.enqueueData(
                    ByteBuffer(bytes: pattern(20_000)), on: 1, endStream: left == 0)
            }
            mostQueued = max(mostQueued, handler.withConnection { $0.queuedByteCount })
        }
        peer.delegate.onEvent = { event, handler in
            if case .sendQueueDrained = event { send(handler) }
        }
        send(peer.handler)
        peer.runLoop()
        #expect(left == 0)
        #expect(mostQueued <= 21_000)
        let frames = peer.sent()
        #expect(frames.compactMap(\.data).reduce(0) { $0 + $1.count } == 1_000_000)
        #expect(frames.last?.endsStream == true)
    }

    @Test("a change of writability before the channel is active has no effect")
    func early() throws {
        let peer = try HandlerChannel(.client, connected: false)
        peer.setWritable(false)
        peer.setWritable(true)
        #expect(peer.front.flushes == 0)
        peer.setWritable(false)
        try peer.connect()
        #expect(peer.sent() == [])
        peer.setWritable(true)
        #expect(peer.sent().map(\.type) == [.settings])
        #expect(peer.hasPreface)
    }

    @Test("a peer that reads nothing cannot make the output grow without a limit")
    func readsNothing() throws {
        let peer = try server()
        peer.setWritable(false)
        for value in UInt64(0)..<50_000 where peer.delegate.errors.isEmpty && peer.isOpen {
            try peer.receive(FrameBuilder.ping(value))
            #expect(peer.waitingByteCount < 300_000)
            if peer.handler.withConnection({ $0.connectionState }) == .closed { break }
        }
        #expect(peer.handler.withConnection { $0.connectionState } == .closed)
        // The channel is not writable, so it stays open until a time limit passes.
        #expect(peer.isOpen)
        peer.advance(.seconds(30))
        #expect(!peer.isOpen)
        #expect(peer.delegate.error?.kind == .denialOfService)
    }

    @Test("a peer that does not read the last output is disconnected after a bounded time")
    func stuckWrites() throws {
        let peer = try server()
        peer.front.holdsWrites = true
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 0))
        peer.advance(.seconds(29))
        #expect(peer.isOpen)
        peer.advance(.seconds(1))
        #expect(!peer.isOpen)
        #expect(peer.delegate.errors.count == 1)
    }
}
#endif
