// SPDX-License-Identifier: MIT

#if NIO
import H2NIO
import H2TestSupport
import NIOCore
import Synchronization

/// The bytes that a channel receives.
final class ReceivedBytes: Sendable {
    private let buffer = Mutex([UInt8]())

    var bytes: [UInt8] { buffer.withLock { $0 } }

    /// Waits for the first frame for which `isWanted` returns `true`, and returns it.
    func frame(_ isWanted: (WireFrame) -> Bool) async throws -> WireFrame {
        while true {
            if let frame = WireReader.frames(in: bytes).first(where: isWanted) { return frame }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    var handler: Recorder { Recorder(self) }

    final class Recorder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let received: ReceivedBytes

        init(_ received: ReceivedBytes) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(buffer: unwrapInboundIn(data))
            received.buffer.withLock { $0 += bytes }
        }
    }
}
#endif
