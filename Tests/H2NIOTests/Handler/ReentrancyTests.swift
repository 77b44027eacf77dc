// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import NIOEmbedded
import Testing

/// A delegate may call the handler and close the channel in any of its methods.
@Suite struct ReentrancyTests {
    private func server(outcomes: Bool = false) throws -> HandlerChannel {
        var configuration = H2Configuration(.server)
        configuration.reportsStreamOutcomes = outcomes
        return try HandlerChannel(configuration)
    }

    @Test("a delegate that closes the channel gets the rest of the read, and then connectionEnded")
    func closesChannel() throws {
        let peer = try server()
        peer.delegate.onEvent = { [channel = peer.channel] event, _ in
            if case .pingReceived = event { channel.close(promise: nil) }
        }
        try peer.receive(FrameBuilder.ping(1) + FrameBuilder.get(1))
        #expect(peer.delegate.events.count == 3)
        #expect(peer.delegate.calls.filter { $0 == .ended }.count == 1)
        #expect(peer.delegate.calls.last == .ended)
    }

    @Test(
        "a delegate that closes the channel in any call gets connectionEnded once",
        arguments: ["start", "event", "data", "burst", "end"])
    func closesAnywhere(_ place: String) throws {
        var configuration = H2Configuration(.server)
        configuration.reportsStreamOutcomes = true
        let peer = try HandlerChannel(configuration, connected: false)
        let close: (H2Handler) -> Void = { [channel = peer.channel] _ in
            channel.close(promise: nil)
            // The channel removes its handlers in the next turn: run it during this call.
            channel.embeddedEventLoop.run()
        }
        switch place {
        case "start": peer.delegate.onStart = close
        case "event": peer.delegate.onEvent = { close($1) }
        case "data": peer.delegate.onData = { close($1) }
        case "burst": peer.delegate.onBurstEnd = close
        default: peer.delegate.onEnd = close
        }
        try peer.connect()
        try? peer.receive(
            FrameBuilder.preface() + FrameBuilder.settings() + FrameBuilder.post(1)
                + FrameBuilder.data(1, pattern(3_000)))
        peer.close()
        peer.runLoop()
        #expect(peer.delegate.errors.count == 1)
        #expect(peer.delegate.calls.last == .ended)
    }

    @Test("a delegate that closes the channel while streams end gets connectionEnded once")
    func closesInOutcomes() throws {
        let peer = try server(outcomes: true)
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        peer.delegate.onEvent = { [channel = peer.channel] _, handler in
            channel.close(promise: nil)
            channel.embeddedEventLoop.run()
            handler.closeConnection()
        }
        peer.close()
        #expect(peer.delegate.errors.count == 1)
        #expect(peer.delegate.calls.last == .ended)
        #expect(
            peer.delegate.events.count { if case .streamClosed = $0 { true } else { false } }
                == 2)
    }

    @Test("a delegate that resets the stream of each event gets no more of its data")
    func resets() throws {
        let peer = try server()
        peer.delegate.onEvent = { event, handler in
            guard case .requestReceived(let request) = event else { return }
            try? handler.resetStream(request.streamID, errorCode: .cancel)
        }
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        try peer.receive(FrameBuilder.data(1, pattern(3_000)) + FrameBuilder.data(3, [1]))
        let resets = peer.sent().filter { $0.type == .rstStream }
        #expect(resets.map(\.streamID) == [1, 3])
        #expect(peer.delegate.payloads.isEmpty)
        #expect(peer.isOpen)
    }

    @Test("a delegate that ends the connection gets the rest of the read, and GOAWAY is sent")
    func ends() throws {
        let peer = try server()
        peer.delegate.onEvent = { event, handler in
            if case .pingReceived = event { handler.closeConnection(errorCode: .internalError) }
        }
        try peer.receive(FrameBuilder.ping(1) + FrameBuilder.ping(2))
        try peer.receive(FrameBuilder.get(1))
        #expect(peer.sent().last?.bytes == FrameBuilder.goAway(code: 2))
        #expect(!peer.isOpen)
        #expect(peer.delegate.events.count == 2)
        #expect(peer.delegate.errors.count == 1)
    }

    @Test("an error after a delegate has ended the connection is not reported")
    func endsBeforeError() throws {
        let peer = try server()
        peer.delegate.onEvent = { _, handler in handler.closeConnection() }
        try peer.receive(FrameBuilder.ping(1) + FrameBuilder.windowUpdate(0, increment: 0))
        #expect(!peer.isOpen)
        #expect(peer.delegate.errors.count == 1)
        #expect(peer.sent().filter { $0.type == .goAway }.count == 1)
    }

    @Test("bytes that arrive in a call of the delegate are processed after it")
    func nestedRead() throws {
        let peer = try server()
        var isNested = false
        peer.delegate.onEvent = { [pipeline = peer.pipeline] event, _ in
            #expect(!isNested)
            isNested = true
            if case .pingReceived(let ping) = event, ping.data == H2PingData(1) {
                pipeline.fireChannelRead(ByteBuffer(bytes: FrameBuilder.ping(3)))
                pipeline.fireChannelReadComplete()
            }
            isNested = false
        }
        try peer.receive(FrameBuilder.ping(1) + FrameBuilder.ping(2))
        let values = peer.delegate.events.map {
            if case .pingReceived(let ping) = $0 { ping.data } else { H2PingData(0) }
        }
        #expect(values == [H2PingData(1), H2PingData(2), H2PingData(3)])
        // All answers are written, although the nested read ended during the outer one.
        #expect(peer.sent().map(\.pingValue) == [1, 2, 3])
        // The burst is over: calls are flushed in the next turn.
        try peer.handler.withConnection { try $0.ping(H2PingData(9)) }
        peer.runLoop()
        #expect(peer.sent().map(\.pingValue) == [9])
    }

    @Test("an error in bytes that arrived in a call of the delegate ends the connection")
    func nestedError() throws {
        let peer = try server()
        peer.delegate.onEvent = { [pipeline = peer.pipeline] event, _ in
            guard case .pingReceived = event else { return }
            pipeline.fireChannelRead(
                ByteBuffer(bytes: FrameBuilder.windowUpdate(0, increment: 0)))
            pipeline.fireChannelReadComplete()
        }
        try peer.receive(FrameBuilder.ping(1) + FrameBuilder.get(1))
        #expect(peer.delegate.events.count == 3)
        #expect(peer.sent().last?.type == .goAway)
        #expect(!peer.isOpen)
    }

    @Test("a delegate that sends in the events of a flush continues to send")
    func sendsInFlush() throws {
        var configuration = H2Configuration(.client)
        configuration.reportsStreamOutcomes = true
        let peer = try HandlerChannel(configuration)
        var next: UInt32 = 3
        peer.delegate.onEvent = { event, handler in
            guard case .streamClosed = event, next < 21 else { return }
            #expect(throws: Never.self) {
                try handler.sendHeaders(.sampleRequest, on: H2StreamID(next))
                try handler.resetStream(H2StreamID(next), errorCode: .cancel)
            }
            next += 2
        }
        try peer.handler.sendHeaders(.sampleRequest, on: 1)
        try peer.handler.resetStream(1, errorCode: .cancel)
        peer.runLoop()
        #expect(peer.sent().filter { $0.type == .rstStream }.count == 10)
    }

    @Test("a channel that closes in a flush ends the connection once")
    func closesInFlush() throws {
        for isInBurst in [true, false] {
            let peer = try server(outcomes: true)
            try peer.receive(FrameBuilder.post(1))
            peer.front.onFlush = { $0.close(promise: nil) }
            if isInBurst {
                try peer.receive(FrameBuilder.ping())
            } else {
                try peer.handler.sendHeaders(.sampleResponse, on: 1)
                peer.runLoop()
            }
            #expect(!peer.isOpen)
            #expect(peer.delegate.errors.count == 1)
            #expect(peer.delegate.calls.last == .ended)
        }
    }

    @Test("a delegate may release the handler in a call")
    func throwsAway() throws {
        final class Owner {
            var peer: HandlerChannel?
        }
        let owner = Owner()
        let peer = try server()
        let (channel, delegate) = (peer.channel, peer.delegate)
        owner.peer = peer
        delegate.onEvent = { _, _ in
            // Closes the channel.
            owner.peer = nil
        }
        func receive() throws {
            let buffer = ByteBuffer(bytes: FrameBuilder.ping(1) + FrameBuilder.ping(2))
            channel.pipeline.fireChannelRead(buffer)
            channel.pipeline.fireChannelReadComplete()
        }
        try receive()
        #expect(delegate.events.count == 2)
        withExtendedLifetime(peer) {}
    }
}
#endif
