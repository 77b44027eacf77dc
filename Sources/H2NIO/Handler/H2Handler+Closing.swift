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
    /// How long responses may take after the peer has ended its output.
    private static let lastResponseTime = TimeAmount.seconds(30)

    /// Ends the connection: after its output has been written, the channel is closed.
    ///
    /// - Parameter error: `nil` after a graceful shutdown.
    func finish(_ error: (any Error)?) {
        guard phase == .active else { return }
        if cause == nil { cause = error }
        phase = .finishing
        isFlushNeeded = true
        timer?.cancel()
        limitTime(Self.lastWriteTime) { self.closeChannel() }
    }

    /// Closes the output when the channel has written it.
    func closeOutput() {
        guard let context else { return }
        phase = .lingering
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in self.linger() }
    }

    private func linger() {
        guard phase == .lingering, let context else { return }
        guard connection.configuration.role == .server else { return closeChannel() }
        limitTime(Self.lingerTime) { self.closeChannel() }
        let closed = context.eventLoop.makePromise(of: Void.self)
        closed.futureResult.assumeIsolated().whenFailure { _ in
            // The channel cannot close its output alone.
            self.closeChannel()
        }
        context.close(mode: .output, promise: closed)
    }

    /// Calls `body` after a time, unless the channel has closed or another limit replaces this one.
    private func limitTime(_ time: TimeAmount, _ body: @escaping () -> Void) {
        closeLimit?.cancel()
        closeLimit = context?.eventLoop.assumeIsolated().scheduleTask(in: time, body)
    }

    func closeChannel() {
        guard phase != .closed else { return }
        context?.close(promise: nil)
    }

    /// The peer will send no more bytes, but may still read.
    func inputEnded() {
        switch phase {
        case .active
        where connection.configuration.role == .server && connection.openInboundStreams > 0:
            // Responses can still be sent. The acknowledgement that the shutdown waits for cannot
            // arrive.
            isInputClosed = true
            startGracefulShutdown()
            limitTime(Self.lastResponseTime) { self.closeConnection() }
        case .waiting, .active, .finishing, .lingering: closeChannel()
        case .closed: break
        }
    }

    /// Ends the connection if the peer has ended its output, and has got all responses.
    func finishIfAnswered() {
        guard isInputClosed, phase == .active, connection.openInboundStreams == 0 else {
            return
        }
        try? connection.closeConnection()
        finish(nil)
    }

    /// Tells the delegate that the channel has ended.
    func end() {
        guard phase != .closed else { return }
        // First, because the delegate may call the handler.
        phase = .closed
        timer?.cancel()
        closeLimit?.cancel()
        deliver(connection.connectionLost())
        burstTime = nil
        endExecutorBurst()
        let delegate = delegate
        self.delegate = nil
        delegate?.connectionEnded(self, error: cause)
    }
}
#endif
