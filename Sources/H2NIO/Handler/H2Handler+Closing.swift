// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// The end of the connection and of the channel.
///
/// If a server closes a socket that has unread input, the client can lose the end of the last
/// response. The handler of a server therefore closes only the output at first. It then discards
/// input until the client closes the channel, or for at most `lingerTime`.
extension H2Handler {
    /// The time within which a client must close the channel after the server has closed its
    /// output.
    private static let lingerTime = TimeAmount.seconds(3)
    /// The time within which the peer must accept the last output.
    private static let lastWriteTime = TimeAmount.seconds(30)
    /// The same if the connection is cut off.
    private static let cutOffTime = TimeAmount.seconds(1)
    /// The time within which a server must send its responses after the peer has ended its output.
    private static let lastResponseTime = TimeAmount.seconds(30)

    /// Ends the connection: after the output has been written, the channel is closed.
    ///
    /// - Parameter error: The error of the connection; `nil` if it ends without one.
    func finish(_ error: (any Error)?) {
        guard phase == .active else { return }
        if cause == nil { cause = error }
        phase = .finishing
        isFlushNeeded = true
        timer?.cancel()
        limitTime(Self.lastWriteTime) { self.closeChannel() }
    }

    /// Ends the connection as `closeConnection` does, but waits less time for a peer that does not
    /// read.
    func cutOff() {
        closeConnection()
        if phase == .finishing { limitTime(Self.cutOffTime) { self.closeChannel() } }
    }

    /// Waits until the channel has written the output. Then closes the channel or, as a server, at
    /// first only its output.
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

    /// Handles the end of the input: the peer sends no more bytes, but may still read.
    func inputEnded() {
        switch phase {
        case .active
        where connection.configuration.role == .server && connection.openInboundStreams > 0:
            // Responses can still be sent. `finishIfAnswered` ends the shutdown, because the
            // acknowledgement of its PING cannot arrive.
            isInputClosed = true
            startGracefulShutdown()
            limitTime(Self.lastResponseTime) { self.closeConnection() }
        case .waiting, .active, .finishing, .lingering: closeChannel()
        case .closed: break
        }
    }

    /// Ends the connection if the peer has ended its output and all streams have ended.
    func finishIfAnswered() {
        guard isInputClosed, phase == .active, connection.openInboundStreams == 0 else {
            return
        }
        try? connection.closeConnection()
        finish(nil)
    }

    /// Ends the connection because the channel has ended, and reports this to the delegate.
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
