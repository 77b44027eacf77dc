// SPDX-License-Identifier: MIT

import BenchSupport
import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP2

/// Uses `NIOHTTP2Handler` alone: the application reads and writes frames, WINDOW_UPDATE included.
final class FrameLink: Link {
    let client = Wire()
    let server = Wire()
    private let clientEnd: FrameEnd
    private let serverEnd: FrameEnd
    private let channels: [EmbeddedChannel]
    private let loop: EmbeddedEventLoop

    init(_ shared: Shared, _ loop: EmbeddedEventLoop) throws {
        self.loop = loop
        clientEnd = FrameEnd(shared, isServer: false)
        serverEnd = FrameEnd(shared, isServer: true)
        channels = [
            EmbeddedChannel(handlers: clientEnd.handlers(behind: client), loop: loop),
            EmbeddedChannel(handlers: serverEnd.handlers(behind: server), loop: loop),
        ]
        for channel in channels {
            channel.connect(to: try SocketAddress(unixDomainSocketPath: "/memory"), promise: nil)
        }
        clientEnd.openConnectionWindow()
        serverEnd.openConnectionWindow()
    }

    func request() { clientEnd.request() }

    func sendBodies() {
        clientEnd.sendBody()
        serverEnd.sendBody()
    }

    func run() {}

    func close() {
        clientEnd.sendGoAway()
        settle()
        for channel in channels { channel.close(promise: nil) }
        loop.run()
    }
}

/// One end of the connection: the last handler of the channel.
final class FrameEnd: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let shared: Shared
    private let isServer: Bool
    private let window: Int
    @exclusivity(unchecked) private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var nextStream = 1
    /// Received bytes for which no WINDOW_UPDATE has been sent.
    @exclusivity(unchecked) private var connectionDebt = 0
    @exclusivity(unchecked) private var streamDebt = 0
    @exclusivity(unchecked) private var body = Sender()
    @exclusivity(unchecked) private var bodyStream = HTTP2StreamID(0)
    /// The bytes the other end had received before this body.
    @exclusivity(unchecked) private var receivedBefore = 0

    init(_ shared: Shared, isServer: Bool) {
        self.shared = shared
        self.isServer = isServer
        self.window = shared.job.hasWindows ? Job.window : 65_535
    }

    func handlers(behind wire: Wire) -> [any ChannelHandler] {
        [
            wire,
            NIOHTTP2Handler(
                mode: isServer ? .server : .client,
                initialSettings: shared.settings(isServer: isServer)),
            self,
        ]
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func openConnectionWindow() {
        if window > 65_535 { sendWindowUpdate(window - 65_535, on: .rootStream) }
        context?.flush()
    }

    func request() {
        let stream = HTTP2StreamID(nextStream)
        nextStream += 2
        send(shared.nextRequest(), shared.requestLength, on: stream)
    }

    func sendGoAway() {
        write(.goAway(lastStreamID: .rootStream, errorCode: .noError, opaqueData: nil), .rootStream)
        context?.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let headers):
            shared.take(headers.headers, isServer: isServer)
            if headers.endStream { end(frame.streamID) }
        case .data(let part):
            shared.take(part.data, isServer: isServer)
            acknowledge(part.data.readableBytes, on: frame.streamID, isLast: part.endStream)
            if part.endStream { end(frame.streamID) }
        default:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail("\(error)") }

    func sendBody() {
        let received =
            (isServer ? shared.responsesReceived.bytes : shared.requestsReceived.bytes)
            - receivedBefore
        var isWritten = false
        while let (piece, isLast) = body.next(of: shared.block, received: received) {
            write(.data(.init(data: .byteBuffer(piece), endStream: isLast)), bodyStream)
            isWritten = true
        }
        if isWritten { context?.flush() }
    }

    private func end(_ stream: HTTP2StreamID) {
        shared.end(isServer: isServer)
        if isServer, shared.job.isAnswered {
            send(shared.nextResponse(), shared.responseLength, on: stream)
        }
    }

    private func send(_ headers: HPACKHeaders, _ length: Int, on stream: HTTP2StreamID) {
        write(.headers(.init(headers: headers, endStream: length == 0)), stream)
        if length > shared.smallBody.readableBytes {
            body.begin(length: length)
            bodyStream = stream
            receivedBefore =
                isServer ? shared.responsesReceived.bytes : shared.requestsReceived.bytes
        } else if length > 0 {
            write(.data(.init(data: .byteBuffer(shared.smallBody), endStream: true)), stream)
        }
        if !isServer { context?.flush() }
    }

    /// Sends WINDOW_UPDATE for half a window at a time, as nghttp2 does.
    private func acknowledge(_ count: Int, on stream: HTTP2StreamID, isLast: Bool) {
        connectionDebt += count
        if connectionDebt >= window / 2 {
            sendWindowUpdate(connectionDebt, on: .rootStream)
            connectionDebt = 0
        }
        streamDebt = isLast ? 0 : streamDebt + count
        if streamDebt >= window / 2 {
            sendWindowUpdate(streamDebt, on: stream)
            streamDebt = 0
        }
    }

    private func sendWindowUpdate(_ count: Int, on stream: HTTP2StreamID) {
        write(.windowUpdate(windowSizeIncrement: count), stream)
    }

    private func write(_ payload: HTTP2Frame.FramePayload, _ stream: HTTP2StreamID) {
        let frame = HTTP2Frame(streamID: stream, payload: payload)
        context?.write(wrapOutboundOut(frame), promise: nil)
    }
}
