// SPDX-License-Identifier: MIT

import NIOCore

/// The transport: the first handler, which keeps written bytes until they are carried to the other
/// end.
///
/// Short writes are joined, as in a socket's buffer. Longer ones, such as payloads, are passed on
/// without copying.
final class Wire: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = Never

    /// The size in bytes above which a write is not copied.
    private static let maxCopiedSize = 2_048

    @exclusivity(unchecked) private var context: ChannelHandlerContext?
    @exclusivity(unchecked) private var short = ByteBufferAllocator().buffer(capacity: 4_096)
    @exclusivity(unchecked) private var buffers: [ByteBuffer] = []

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .byteBuffer(let buffer) = unwrapOutboundIn(data) else { return }
        if buffer.readableBytes > Self.maxCopiedSize {
            finishShort()
            buffers.append(buffer)
        } else {
            short.writeImmutableBuffer(buffer)
        }
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {}

    /// Passes all kept bytes to `receiver` and returns whether there were any.
    func carry(to receiver: Wire) -> Bool {
        finishShort()
        guard !buffers.isEmpty, let target = receiver.context else { return false }
        for buffer in buffers { target.fireChannelRead(NIOAny(buffer)) }
        buffers.removeAll(keepingCapacity: true)
        target.fireChannelReadComplete()
        return true
    }

    private func finishShort() {
        guard short.readableBytes > 0 else { return }
        buffers.append(short)
        short.clear()
    }
}
