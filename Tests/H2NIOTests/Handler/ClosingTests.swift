// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import Testing

/// Remote errors, and closing the channel after the output.
@Suite struct ClosingTests {
    private static let roles: [H2Configuration.Role] = [.client, .server]

    @Test(
        "after a remote error, events are delivered, GOAWAY is sent, and the channel closes"
    )
    func connectionError() throws {
        for role in Self.roles {
            let peer = try HandlerChannel(H2Configuration(role))
            try peer.receive(
                FrameBuilder.ping(1) + FrameBuilder.windowUpdate(0, increment: 0)
                    + FrameBuilder.ping(2))
            #expect(
                peer.delegate.calls == [
                    .event(.pingReceived(.init(data: H2PingData(1)))), .burstEnded, .ended,
                ])
            #expect(peer.delegate.error?.kind == .protocolViolation)
            #expect(
                peer.sent().map(\.bytes) == [
                    FrameBuilder.ping(1, ack: true), FrameBuilder.goAway(code: 1),
                ])
            #expect(!peer.isOpen)
        }
    }

    @Test("bytes that follow an error are ignored, in the same burst and in later ones")
    func ignored() throws {
        let peer = try HandlerChannel(.server)
        peer.front.outputClosing = .succeeds
        peer.receive(pieces: [
            FrameBuilder.windowUpdate(0, increment: 0), FrameBuilder.get(1),
            FrameBuilder.ping(1),
        ])
        #expect(peer.sent().map(\.type) == [.goAway])
        #expect(peer.isOpen)
        for _ in 0..<100 {
            try peer.receive(FrameBuilder.get(3) + pattern(5_000))
        }
        #expect(peer.delegate.received == [])
        #expect(peer.sent() == [])
        #expect(peer.isOpen)
        #expect(peer.delegate.errors.isEmpty)
    }

    @Test("a stream error changes nothing for the connection")
    func streamError() throws {
        let peer = try HandlerChannel(.server)
        try peer.receive(
            FrameBuilder.headers(1, block: [0x82], endStream: true) + FrameBuilder.get(3))
        #expect(peer.sent().map(\.type) == [.rstStream])
        #expect(peer.isOpen)
        #expect(peer.delegate.events.last == .streamEnded(.init(streamID: 3)))
    }

    // MARK: Lingering

    @Test("a server closes its output first, and closes the channel after 3 s")
    func lingering() throws {
        let peer = try HandlerChannel(.server)
        peer.front.outputClosing = .succeeds
        peer.handler.closeConnection()
        peer.runLoop()
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway()])
        #expect(peer.front.closes.map { "\($0)" } == ["output"])
        peer.advance(.milliseconds(2_999))
        #expect(peer.isOpen && peer.delegate.errors.isEmpty)
        peer.advance(.milliseconds(1))
        #expect(!peer.isOpen)
        #expect(peer.front.closes.map { "\($0)" } == ["output", "all"])
        #expect(peer.delegate.errors.count == 1)
    }

    @Test("a server that lingers closes the channel as soon as the peer closes its side")
    func lingeringEnds() throws {
        let peer = try HandlerChannel(.server)
        peer.front.outputClosing = .succeeds
        peer.handler.closeConnection()
        peer.runLoop()
        peer.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!peer.isOpen)
        #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] == nil)
    }

    @Test("a server whose channel cannot close only its output closes the channel at once")
    func noHalfClose() throws {
        let peer = try HandlerChannel(.server)
        peer.handler.closeConnection()
        peer.runLoop()
        #expect(!peer.isOpen)
        #expect(peer.front.closes.map { "\($0)" } == ["output", "all"])
    }

    @Test("a client closes the channel as soon as its output is written")
    func clientCloses() throws {
        let peer = try HandlerChannel(.client)
        peer.front.holdsWrites = true
        peer.handler.closeConnection()
        peer.runLoop()
        #expect(peer.isOpen && peer.front.closes.isEmpty)
        peer.front.releaseWrites()
        #expect(!peer.isOpen)
        #expect(peer.front.closes.map { "\($0)" } == ["all"])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway()])
    }

    @Test("a reset of the channel while a server lingers is not an error of the connection")
    func resetWhileLingering() throws {
        let peer = try HandlerChannel(.server)
        peer.front.outputClosing = .succeeds
        peer.handler.closeConnection()
        peer.runLoop()
        peer.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        #expect(!peer.isOpen)
        #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] == nil)
    }

    @Test("the error code of closeConnection is sent, and output precedes it", arguments: roles)
    func closeConnection(_ role: H2Configuration.Role) throws {
        let peer = try HandlerChannel(H2Configuration(role))
        try peer.handler.withConnection { try $0.ping(H2PingData(5)) }
        peer.handler.closeConnection(errorCode: .internalError)
        peer.handler.closeConnection()
        peer.runLoop()
        #expect(
            peer.sent().map(\.bytes) == [FrameBuilder.ping(5), FrameBuilder.goAway(code: 2)])
        #expect(!peer.isOpen)
        #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] == nil)
    }

    // MARK: Graceful shutdown

    @Test(
        "ChannelShouldQuiesceEvent: a server lets its streams end, and then closes the channel")
    func quiesce() throws {
        let peer = try HandlerChannel(.server)
        try peer.receive(FrameBuilder.get(1))
        peer.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        peer.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        peer.runLoop()
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.goAway, .ping])
        // A request that crossed the GOAWAY is served.
        try peer.receive(FrameBuilder.get(3))
        try peer.receive(FrameBuilder.ping(frames[1].pingValue ?? 0, ack: true))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 3)])
        try peer.handler.sendHeaders(.sampleResponse, on: 1, endStream: true)
        peer.runLoop()
        #expect(peer.isOpen)
        try peer.handler.sendHeaders(.sampleResponse, on: 3, endStream: true)
        peer.runLoop()
        #expect(!peer.isOpen)
        #expect(peer.sent().map(\.streamID) == [1, 3])
        #expect(peer.delegate.events.last == .connectionDrained)
        #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] == nil)
    }

    @Test("ChannelShouldQuiesceEvent: a client without streams closes the channel at once")
    func clientWithoutStreams() throws {
        let peer = try HandlerChannel(.client)
        peer.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        peer.runLoop()
        #expect(!peer.isOpen)
        #expect(peer.delegate.calls == [.event(.connectionDrained), .ended])
    }

    @Test("a client closes the channel after its last response")
    func clientWithStreams() throws {
        let peer = try HandlerChannel(.client)
        try peer.handler.sendHeaders(.sampleRequest, on: 1, endStream: true)
        peer.handler.startGracefulShutdown()
        peer.runLoop()
        #expect(peer.isOpen)
        try peer.receive(FrameBuilder.response(1) + FrameBuilder.data(1, [1], endStream: true))
        #expect(!peer.isOpen)
        #expect(peer.delegate.calls.last == .ended)
        #expect(peer.delegate.events.last == .connectionDrained)
    }

    @Test("a drained server writes a long last response before it closes")
    func lastResponse() throws {
        let peer = try HandlerChannel(.server, settings: [(0x4, 1 << 20)])
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1 << 20) + FrameBuilder.get(1))
        peer.handler.startGracefulShutdown()
        peer.runLoop()
        let ping = peer.sent().last?.pingValue ?? 0
        try peer.receive(FrameBuilder.ping(ping, ack: true))
        peer.sent()
        peer.setWritable(false)
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        try peer.handler.enqueueData(
            ByteBuffer(bytes: pattern(500_000)), on: 1, endStream: true)
        peer.runLoop()
        #expect(peer.isOpen && peer.sent() == [])
        peer.setWritable(true)
        #expect(peer.sent().compactMap(\.data).flatMap { $0 } == pattern(500_000))
        #expect(!peer.isOpen)
    }

    @Test("GOAWAY of the peer does not close the channel")
    func goAwayOfPeer() throws {
        let peer = try HandlerChannel(.client)
        try peer.handler.sendHeaders(.sampleRequest, on: 1, endStream: true)
        peer.runLoop()
        try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(peer.isOpen)
        try peer.receive(FrameBuilder.response(1, endStream: true))
        #expect(peer.delegate.events.count == 3)
    }
}
#endif
