// SPDX-License-Identifier: MIT

import BenchSupport
import NIOCore
import NIOHPACK
import NIOHTTP2

/// Header sections of swift-nio-http2, built for each message or once.
struct HPACKSections: Sendable {
    private let isBuilt: Bool
    private let fields: [[(String, String)]]
    private let prebuilt: [HPACKHeaders]

    init(_ sections: [Job.Section], _ run: Run) {
        isBuilt = run.isBuilt
        fields = sections.map { $0.map { ($0.name, $0.value) } }
        prebuilt = fields.map { HPACKHeaders($0) }
    }

    subscript(number: Int) -> HPACKHeaders {
        isBuilt
            ? HPACKHeaders(fields[number % fields.count]) : prebuilt[number % prebuilt.count]
    }
}

/// One end of a connection that uses only `NIOHTTP2Handler`.
final class FrameEnd: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let run: Run
    /// A client's promise, which succeeds when it has received all responses; `nil` for a server.
    private let done: EventLoopPromise<Void>?
    private let sections: HPACKSections
    private var sent = 0
    private var ended = 0

    init(_ run: Run, _ done: EventLoopPromise<Void>?) {
        self.run = run
        self.done = done
        sections = HPACKSections(done == nil ? run.job.responses : run.job.requests, run)
    }

    func channelActive(context: ChannelHandlerContext) {
        guard done != nil else { return }
        for _ in 0..<min(run.width, run.job.operations) { request(context) }
        context.flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.payload {
        case .headers(let headers):
            (done == nil ? run.requests : run.responses).head(fields: headers.headers.count)
            if headers.endStream { end(frame.streamID, context) }
        case .data(let part):
            guard case .byteBuffer(let buffer) = part.data else { fail("no buffer") }
            run.responses.body(buffer)
            acknowledge(buffer.readableBytes, context)
            if part.endStream { end(frame.streamID, context) }
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail("\(error)") }

    private var debt = 0

    /// Sends WINDOW_UPDATE for the connection, half a window at a time. Streams need none: they end
    /// before their windows are used up.
    private func acknowledge(_ count: Int, _ context: ChannelHandlerContext) {
        debt += count
        guard debt >= 32_768 else { return }
        write(.windowUpdate(windowSizeIncrement: debt), .rootStream, context)
        debt = 0
    }

    private func end(_ stream: HTTP2StreamID, _ context: ChannelHandlerContext) {
        guard let done else {
            run.requests.end()
            write(.headers(.init(headers: sections[sent])), stream, context)
            write(.data(.init(data: .byteBuffer(run.body), endStream: true)), stream, context)
            sent += 1
            return
        }
        run.responses.end()
        ended += 1
        if sent < run.job.operations { request(context) }
        if ended == run.job.operations { done.succeed(()) }
    }

    private func request(_ context: ChannelHandlerContext) {
        let stream = HTTP2StreamID(1 + 2 * sent)
        write(.headers(.init(headers: sections[sent], endStream: true)), stream, context)
        sent += 1
    }

    private func write(
        _ payload: HTTP2Frame.FramePayload, _ stream: HTTP2StreamID,
        _ context: ChannelHandlerContext
    ) {
        context.write(
            wrapOutboundOut(HTTP2Frame(streamID: stream, payload: payload)), promise: nil)
    }
}

func runFrames(_ run: Run) async throws {
    let done = run.group.any().makePromise(of: Void.self)
    _ = try await run.connect(
        client: { channel in
            try channel.pipeline.syncOperations.addHandlers(
                [NIOHTTP2Handler(mode: .client), FrameEnd(run, done)])
        },
        server: { channel in
            try channel.pipeline.syncOperations.addHandlers(
                [NIOHTTP2Handler(mode: .server), FrameEnd(run, nil)])
        })
    try await done.futureResult.get()
}
