// SPDX-License-Identifier: MIT

#if NIO
import NIOCore

/// The handler between an `H2Handler` and an `EmbeddedChannel`, which records calls, and can close
/// only the output, as a socket can.
final class FrontHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// The result of closing only the output.
    enum OutputClosing {
        case succeeds, fails
    }

    private(set) var writes: [ByteBuffer] = []
    private(set) var flushes = 0
    /// The mode of each call of `close`.
    private(set) var closes: [CloseMode] = []
    var outputClosing = OutputClosing.fails
    /// Whether writes wait until `releaseWrites`.
    var holdsWrites = false
    private var held: [(NIOAny, EventLoopPromise<Void>?)] = []
    /// Called in each flush.
    var onFlush: ((ChannelHandlerContext) -> Void)?
    private(set) var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writes.append(unwrapOutboundIn(data))
        guard !holdsWrites else { return held.append((data, promise)) }
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        flushes += 1
        if !holdsWrites { context.flush() }
        onFlush?(context)
    }

    func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        closes.append(mode)
        guard mode == .output else {
            for write in held { write.1?.fail(ChannelError.ioOnClosedChannel) }
            held = []
            return context.close(mode: mode, promise: promise)
        }
        switch outputClosing {
        case .succeeds: promise?.succeed()
        case .fails: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    /// Passes on the writes that were held.
    func releaseWrites() {
        holdsWrites = false
        let waiting = held
        held = []
        for write in waiting { context?.write(write.0, promise: write.1) }
        context?.flush()
    }

    func forget() {
        writes = []
        flushes = 0
    }
}
#endif
