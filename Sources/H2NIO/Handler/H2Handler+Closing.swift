// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// The end of the connection and of the channel.
///
/// A server that closes a socket with unread input can lose the end of its last response.
/// Therefore the handler closes the output first, and discards input until the peer closes the
/// channel.
extension H2Handler {
    /// How long the peer may take to close the channel.
    private static let lingerTime = TimeAmount.seconds(3)
    /// How long the peer may take to read what is in the channel at the end.
    private static let lastWriteTime = TimeAmount.seconds(30)

    /// Ends the connection: after its output has been written, the channel is closed.
    ///
    /// - Parameter error: `nil` after a graceful shutdown.
    func finish(_ error: (any Error)?) {
        guard phase == .active else { return }
        if cause == nil { cause = error }
        phase = .finishing
        isFlushNeeded = true
        timer?.cancel()
    }

    /// Closes the output when the channel has written it.
    func closeOutput() {
        guard let context else { return }
        phase = .lingering
        let eventLoop = context.eventLoop.assumeIsolated()
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
        let limit = eventLoop.scheduleTask(in: Self.lastWriteTime) { self.closeChannel() }
        written.futureResult.assumeIsolated().whenComplete { _ in
            limit.cancel()
            self.linger()
        }
    }

    private func linger() {
        guard phase == .lingering, let context else { return }
        guard connection.configuration.role == .server else { return closeChannel() }
        let eventLoop = context.eventLoop.assumeIsolated()
        let closed = context.eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolated().whenFailure { _ in
            // The channel cannot close its output alone.
            self.closeChannel()
        }
        context.close(mode: .output, promise: closed)
        _ = eventLoop.scheduleTask(in: Self.lingerTime) { self.closeChannel() }
    }

    private func closeChannel() {
        guard phase != .closed else { return }
        context?.close(promise: nil)
    }

    /// The peer will send no more bytes, but may still read.
    func inputEnded() {
        switch phase {
        case .active where connection.configuration.role == .server && connection.openInboundStreams > 0:
            // Responses can still be sent.
            startGracefulShutdown()
        case .waiting, .active, .finishing, .lingering: closeChannel()
        case .closed: break
        }
    }

    /// Tells the delegate that the channel has ended.
    func end() {
        guard phase != .closed else { return }
        timer?.cancel()
        deliver(connection.connectionLost())
        phase = .closed
        if burstTime != nil {
            burstTime = nil
            executor?.endBurst()
        }
        delegate?.connectionEnded(self, error: cause)
        delegate = nil
    }
}
#endif
