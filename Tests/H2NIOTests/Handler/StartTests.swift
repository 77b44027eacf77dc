// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import NIOEmbedded
import Testing

/// The beginning of a connection over a channel.
@Suite struct StartTests {
    private static let roles: [H2Configuration.Role] = [.client, .server]

    @Test(
        "the preface and SETTINGS are sent as soon as the channel is active", arguments: roles)
    func channelActive(_ role: H2Configuration.Role) throws {
        let peer = try HandlerChannel(H2Configuration(role), connected: false)
        #expect(peer.sent() == [] && peer.delegate.calls == [])
        try peer.connect()
        #expect(peer.sent().map(\.type) == [.settings])
        #expect(peer.hasPreface == (role == .client))
        #expect(peer.delegate.calls == [.started])
        #expect(peer.front.flushes == 1)
    }

    @Test("a handler that is added to an active channel begins at once", arguments: roles)
    func addedLate(_ role: H2Configuration.Role) throws {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
        let delegate = RecordingDelegate()
        let handler = H2Handler(H2Configuration(role), delegate: delegate)
        try channel.pipeline.syncOperations.addHandler(handler)
        #expect(delegate.calls == [.started])
        let buffer = try #require(try channel.readOutbound(as: ByteBuffer.self))
        let frames = WireReader.frames(in: Array(buffer.readableBytesView))
        #expect(frames.map(\.type) == [.settings])
        // The channel may report this late. The connection does not start again.
        channel.pipeline.fireChannelActive()
        #expect(delegate.calls == [.started])
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        _ = try channel.finish()
        #expect(delegate.calls == [.started, .ended])
    }

    @Test("requests of connectionStarted are sent together with the preface")
    func requestAtStart() throws {
        let peer = try HandlerChannel(.client, connected: false)
        peer.delegate.onStart = { handler in
            #expect(throws: Never.self) {
                try handler.sendHeaders(.sampleRequest, on: 1, endStream: true)
            }
        }
        try peer.connect()
        #expect(peer.sent().map(\.type) == [.settings, .headers])
        #expect(peer.front.writes.count == 1)
        #expect(peer.front.flushes == 1)
    }

    @Test("invalid initial settings close the channel with an error", arguments: roles)
    func invalidSettings(_ role: H2Configuration.Role) throws {
        var configuration = H2Configuration(role)
        configuration.connectionWindowSize = 1
        let peer = try HandlerChannel(configuration, connected: false)
        try peer.connect()
        #expect(!peer.isOpen)
        #expect(peer.sent() == [])
        #expect(peer.delegate.calls == [.ended])
        #expect(peer.delegate.error?.kind == .invalidSettingsValue)
    }

    @Test("a handler whose channel never becomes active ends without output", arguments: roles)
    func neverActive(_ role: H2Configuration.Role) throws {
        let peer = try HandlerChannel(H2Configuration(role), connected: false)
        peer.close()
        #expect(peer.sent() == [])
        #expect(peer.delegate.calls == [.ended])
    }

    @Test("closeConnection closes a channel that is not active yet")
    func closedBefore() throws {
        let peer = try HandlerChannel(.client, connected: false)
        peer.handler.closeConnection()
        peer.runLoop()
        #expect(peer.delegate.calls == [.ended])
        #expect(peer.sent() == [])
    }

    @Test("a graceful shutdown requested before the channel is active follows the preface")
    func quiescedBefore() throws {
        let server = try HandlerChannel(.server, connected: false)
        server.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        try server.connect()
        #expect(server.sent().map(\.type) == [.settings, .goAway, .ping])
        let client = try HandlerChannel(.client, connected: false)
        client.handler.startGracefulShutdown()
        try client.connect()
        #expect(client.delegate.calls == [.started, .event(.connectionDrained), .ended])
        #expect(!client.isOpen)
    }

    @Test("inbound events other than reads are passed to later handlers")
    func passesOn() throws {
        let channel = EmbeddedChannel()
        let last = LastHandler()
        try channel.pipeline.syncOperations.addHandlers([
            H2Handler(.server, delegate: RecordingDelegate()), last,
        ])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
        try channel.writeInbound(ByteBuffer(bytes: FrameBuilder.preface()))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.pipeline.fireChannelWritabilityChanged()
        _ = try channel.finish()
        #expect(last.calls == ["active", "event", "writability", "inactive"])
    }

    private final class LastHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var calls: [String] = []

        func channelActive(context: ChannelHandlerContext) { calls.append("active") }
        func channelInactive(context: ChannelHandlerContext) { calls.append("inactive") }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { calls.append("read") }
        func channelReadComplete(context: ChannelHandlerContext) {
            calls.append("readComplete")
        }
        func channelWritabilityChanged(context: ChannelHandlerContext) {
            calls.append("writability")
        }
        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            calls.append("event")
        }
    }
}
#endif
