// SPDX-License-Identifier: MIT

import BenchSupport
import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP2

/// Uses `NIOHTTP2Handler` with its multiplexer, which has a channel for each stream and sends
/// WINDOW_UPDATE itself.
final class StreamLink: Link {
    let client = Wire()
    let server = Wire()
    private let shared: Shared
    private let loop: EmbeddedEventLoop
    private let channels: [EmbeddedChannel]
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer

    init(_ shared: Shared, _ loop: EmbeddedEventLoop) throws {
        self.shared = shared
        self.loop = loop
        let clientHandler = Self.handler(shared, loop, isServer: false)
        let serverHandler = Self.handler(shared, loop, isServer: true)
        channels = [
            EmbeddedChannel(handlers: [client, clientHandler], loop: loop),
            EmbeddedChannel(handlers: [server, serverHandler], loop: loop),
        ]
        multiplexer = try clientHandler.syncMultiplexer()
        for channel in channels {
            channel.connect(to: try SocketAddress(unixDomainSocketPath: "/memory"), promise: nil)
            // The multiplexer itself would enlarge the window only after it has received data.
            if shared.job.hasWindows { openConnectionWindow(of: channel) }
        }
    }

    private static func handler(
        _ shared: Shared, _ loop: EmbeddedEventLoop, isServer: Bool
    ) -> NIOHTTP2Handler {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        var stream = NIOHTTP2Handler.StreamConfiguration()
        connection.initialSettings = shared.settings(isServer: isServer)
        if shared.job.hasWindows {
            connection.targetWindowSize = Job.window
            stream.targetWindowSize = Job.window
        }
        return NIOHTTP2Handler(
            mode: isServer ? .server : .client, eventLoop: loop,
            connectionConfiguration: connection, streamConfiguration: stream
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(StreamEnd(shared, isServer: true))
            }
        }
    }

    private func openConnectionWindow(of channel: EmbeddedChannel) {
        let frame = HTTP2Frame(
            streamID: .rootStream,
            payload: .windowUpdate(windowSizeIncrement: Job.window - 65_535))
        channel.writeAndFlush(frame, promise: nil)
    }

    func request() {
        let shared = shared
        multiplexer.createStreamChannel(promise: nil) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(StreamEnd(shared, isServer: false))
            }
        }
    }

    func sendBodies() { shared.sender?.sendBody() }

    func run() { loop.run() }

    func close() {
        let frame = HTTP2Frame(
            streamID: .rootStream,
            payload: .goAway(lastStreamID: .rootStream, errorCode: .noError, opaqueData: nil))
        channels[0].writeAndFlush(frame, promise: nil)
        settle()
        for channel in channels { channel.close(promise: nil) }
        loop.run()
    }
}

/// One end of a stream.
final class StreamEnd: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let shared: Shared
    private let isServer: Bool
    @exclusivity(unchecked) private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var body = Sender()
    @exclusivity(unchecked) private var receivedBefore = 0

    init(_ shared: Shared, isServer: Bool) {
        self.shared = shared
        self.isServer = isServer
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if !isServer { send(shared.nextRequest(), shared.requestLength) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            shared.take(headers.headers, isServer: isServer)
            if headers.endStream { end() }
        case .data(let part):
            shared.take(part.data, isServer: isServer)
            if part.endStream { end() }
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail("\(error)") }

    func sendBody() {
        let received =
            (isServer ? shared.responsesReceived.bytes : shared.requestsReceived.bytes)
            - receivedBefore
        var isWritten = false
        while let (piece, isLast) = body.next(of: shared.block, received: received) {
            write(.data(.init(data: .byteBuffer(piece), endStream: isLast)))
            isWritten = true
            if isLast { shared.sender = nil }
        }
        if isWritten { context?.flush() }
    }

    private func end() {
        shared.end(isServer: isServer)
        if isServer, shared.job.isAnswered { send(shared.nextResponse(), shared.responseLength) }
    }

    private func send(_ headers: HPACKHeaders, _ length: Int) {
        write(.headers(.init(headers: headers, endStream: length == 0)))
        if length > shared.smallBody.readableBytes {
            body.begin(length: length)
            receivedBefore =
                isServer ? shared.responsesReceived.bytes : shared.requestsReceived.bytes
            shared.sender = self
        } else if length > 0 {
            write(.data(.init(data: .byteBuffer(shared.smallBody), endStream: true)))
        }
        context?.flush()
    }

    private func write(_ payload: HTTP2Frame.FramePayload) {
        context?.write(wrapOutboundOut(payload), promise: nil)
    }
}
