// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import NIOEmbedded
import Testing

/// The end of the channel: by the peer, by an error, or by a removed handler.
@Suite struct ChannelEndTests {
    private struct SampleError: Error {}

    private func withOutcomes(_ role: H2Configuration.Role) -> H2Configuration {
        var configuration = H2Configuration(role)
        configuration.reportsStreamOutcomes = true
        return configuration
    }

    private func closed(_ id: H2StreamID, _ outcome: H2StreamOutcome) -> RecordingDelegate.Call {
        .event(.streamClosed(.init(streamID: id, outcome: outcome)))
    }

    @Test(
        "channelInactive: each open stream gets its outcome, and then the connection ends, once"
    )
    func inactive() throws {
        let peer = try HandlerChannel(withOutcomes(.client))
        try peer.handler.sendHeaders(.sampleRequest, on: 1, endStream: true)
        try peer.handler.sendHeaders(.samplePost, on: 3)
        peer.runLoop()
        peer.sent()
        peer.close()
        peer.runLoop()
        #expect(peer.delegate.calls == [closed(1, .cutOff), closed(3, .cutOff), .ended])
        #expect(peer.delegate.errors[0] == nil)
        #expect(peer.sent() == [])
    }

    @Test("a response that arrived before the end is delivered before it")
    func lastBytes() throws {
        let peer = try HandlerChannel(withOutcomes(.client))
        try peer.handler.sendHeaders(.sampleRequest, on: 1, endStream: true)
        peer.runLoop()
        // The channel ends without channelReadComplete.
        peer.pipeline.fireChannelRead(
            ByteBuffer(bytes: FrameBuilder.response(1, endStream: true)))
        peer.close()
        #expect(
            peer.delegate.calls == [
                .event(
                    .responseReceived(
                        .init(streamID: 1, headers: [":status": "200"], endsStream: true))),
                .event(.streamEnded(.init(streamID: 1))), closed(1, .completed), .ended,
            ])
    }

    @Test("a frame that is incomplete at the end causes no event", arguments: [5, 3_000])
    func incompleteFrame(_ count: Int) throws {
        let peer = try HandlerChannel(.server)
        try peer.receive(FrameBuilder.post(1))
        try peer.receive(FrameBuilder.data(1, pattern(count)).dropLast())
        peer.close()
        #expect(peer.delegate.payloads.isEmpty)
        #expect(peer.delegate.calls.last == .ended)
        #expect(peer.delegate.errors.count == 1)
    }

    @Test("errorCaught closes the channel and passes the error to the delegate")
    func errorCaught() throws {
        let peer = try HandlerChannel(withOutcomes(.server))
        try peer.receive(FrameBuilder.post(1))
        peer.delegate.forget()
        peer.pipeline.fireErrorCaught(SampleError())
        #expect(!peer.isOpen)
        #expect(peer.delegate.calls == [closed(1, .cutOff), .ended])
        #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] is SampleError)
    }

    @Test("the delegate gets the first of several errors")
    func firstError() throws {
        let peer = try HandlerChannel(.server)
        peer.front.holdsWrites = true
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 0))
        peer.pipeline.fireErrorCaught(SampleError())
        #expect(peer.delegate.error?.kind == .protocolViolation)
    }

    @Test("the handler cannot be removed before the channel ends")
    func removed() throws {
        let peer = try HandlerChannel(withOutcomes(.server))
        try peer.receive(FrameBuilder.post(1))
        let context = try peer.pipeline.syncOperations.context(handler: peer.handler)
        let removed = peer.channel.eventLoop.makePromise(of: Void.self)
        peer.pipeline.syncOperations.removeHandler(context: context, promise: removed)
        #expect(throws: ChannelError.self) { try removed.futureResult.wait() }
        peer.delegate.forget()
        peer.channel.close(promise: nil)
        #expect(peer.delegate.calls == [closed(1, .cutOff), .ended])
        peer.runLoop()
        #expect(throws: (any Error).self) {
            try peer.pipeline.syncOperations.context(handler: peer.handler)
        }
        #expect(peer.delegate.calls.count == 2)
    }

    @Test("calls after the end throw or do nothing")
    func callsAfterEnd() throws {
        let peer = try HandlerChannel(.client)
        peer.close()
        #expect(throws: H2Error.self) { try peer.handler.sendHeaders(.sampleRequest, on: 1) }
        #expect(throws: H2Error.self) { try peer.handler.resetStream(1) }
        peer.handler.closeConnection()
        peer.handler.startGracefulShutdown()
        peer.runLoop()
        #expect(peer.sent() == [])
        #expect(peer.delegate.calls == [.ended])
    }

    @Test("after any kind of end, the handler and its delegate are released")
    func released() throws {
        for index in 0..<5 {
            weak var delegate: RecordingDelegate?
            weak var handler: H2Handler?
            try {
                let peer = try HandlerChannel(.server)
                delegate = peer.delegate
                handler = peer.handler
                // The delegate holds the handler.
                peer.delegate.onEnd = { [handler = peer.handler] _ in _ = handler }
                peer.delegate.onEvent = { [handler = peer.handler] _, _ in _ = handler }
                switch index {
                case 0: break
                case 1: try peer.receive(FrameBuilder.windowUpdate(0, increment: 0))
                case 2:
                    peer.front.outputClosing = .succeeds
                    peer.handler.closeConnection()
                    peer.runLoop()
                case 3: peer.setWritable(false)
                default: peer.pipeline.fireErrorCaught(SampleError())
                }
                peer.close()
                peer.runLoop()
            }()
            #expect(delegate == nil, "\(index)")
            #expect(handler == nil, "\(index)")
        }
    }

    // MARK: Half-closed input

    private func closeInput(_ peer: HandlerChannel) {
        peer.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        peer.runLoop()
    }

    @Test("a server without streams, and a client, close the channel when the input ends")
    func inputClosed() throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try HandlerChannel(withOutcomes(role))
            if role == .client {
                try peer.handler.sendHeaders(.sampleRequest, on: 1, endStream: true)
                peer.runLoop()
            }
            closeInput(peer)
            #expect(!peer.isOpen)
            #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] == nil)
        }
    }

    @Test("after the input has ended, a server still sends its responses and then closes")
    func responsesAfterInput() throws {
        let peer = try HandlerChannel(.server)
        try peer.receive(FrameBuilder.get(1) + FrameBuilder.get(3))
        closeInput(peer)
        #expect(peer.isOpen)
        peer.sent()
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        try peer.handler.enqueueData(ByteBuffer(bytes: pattern(20_000)), on: 1, endStream: true)
        peer.runLoop()
        #expect(peer.isOpen)
        try peer.handler.sendHeaders(.sampleResponse, on: 3, endStream: true)
        peer.runLoop()
        #expect(!peer.isOpen)
        let frames = peer.sent()
        #expect(frames.compactMap(\.data).flatMap { $0 } == pattern(20_000))
        #expect(frames.last?.bytes == FrameBuilder.goAway(last: 3))
        #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] == nil)
    }

    @Test(
        "after the input has ended, unfinished responses keep the channel for a bounded time"
    )
    func stuckAfterInput() throws {
        let peer = try HandlerChannel(withOutcomes(.server))
        // The request never ends.
        try peer.receive(FrameBuilder.post(1))
        closeInput(peer)
        #expect(peer.isOpen)
        peer.advance(.seconds(30))
        #expect(!peer.isOpen)
        #expect(peer.delegate.calls.suffix(2) == [closed(1, .cutOff), .ended])
    }

    @Test("input that ends before the channel is active closes it")
    func inputClosedEarly() throws {
        let peer = try HandlerChannel(.client, connected: false)
        closeInput(peer)
        #expect(peer.delegate.calls == [.ended])
    }
}
#endif
