// SPDX-License-Identifier: MIT

#if NIO
import H2
public import NIOCore

/// The methods that the channel calls.
extension H2Handler {
    /// Starts the connection if the channel is already active.
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer = DeadlineTimer(self, on: context.eventLoop)
        if context.channel.isActive { start() }
    }

    /// Ends the connection if the channel has not ended it.
    public func handlerRemoved(context: ChannelHandlerContext) {
        transportEnded()
        self.context = nil
    }

    /// Starts the connection: sends the client preface, if any, and SETTINGS.
    public func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    /// Ends the connection, which cuts off open streams.
    public func channelInactive(context: ChannelHandlerContext) {
        transportEnded()
        context.fireChannelInactive()
    }

    /// Passes bytes to the connection, and its events to the delegate.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        beginBurst()
        receive(unwrapInboundIn(data))
    }

    /// Ends the read burst, and writes the output.
    // Not passed on, because `channelRead` is not passed on, either.
    public func channelReadComplete(context: ChannelHandlerContext) { endBurst() }

    /// Continues to write the output if the channel is writable again.
    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    /// Starts a graceful shutdown for `ChannelShouldQuiesceEvent`, and handles the end of the
    /// input.
    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: startGracefulShutdown()
        case ChannelEvent.inputClosed: inputEnded()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Closes the channel. The delegate gets the first error of the connection.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // While it lingers, the connection has already written its last output: ignore the error.
        if cause == nil, phase != .lingering { cause = error }
        context.close(promise: nil)
    }

    // MARK: Bursts

    private func start() {
        guard phase == .waiting else { return }
        phase = .active
        do {
            try connection.initiateConnection()
            delegate?.connectionStarted(self)
            if isShutdownNeeded { startGracefulShutdown() }
        } catch {
            finish(error)
        }
        flush()
    }

    private func beginBurst() {
        guard burstTime == nil else { return }
        burstTime = now
        isExecutorInBurst = executor != nil
        executor?.beginBurst()
    }

    /// Runs the tasks that the received events have made ready, and then writes the output.
    func endBurst() {
        guard burstTime != nil else { return }
        guard !isDelivering else { return waitingInput.append(.readComplete) }
        delegate?.readBurstEnded(self)
        endExecutorBurst()
        flush()
        burstTime = nil
    }

    /// Reports the end of the read burst to the executor, at most once: a call of the delegate, a
    /// task or the channel can end the connection, and with it the burst.
    func endExecutorBurst() {
        guard isExecutorInBurst else { return }
        isExecutorInBurst = false
        executor?.endBurst()
    }

    /// The time of the event loop or, in a read burst, the time at which the burst began.
    var now: H2Instant { burstTime ?? H2Instant(context?.eventLoop.now ?? .now()) }

    func handleDeadlines() {
        guard phase == .active else { return }
        let result = Result { () throws(H2Error) in
            try connection.handleDeadlines(at: now)
        }
        switch result {
        case .success(let events): deliver(events)
        case .failure(let error):
            deliver(error.precedingEvents)
            finish(error)
        }
        flush()
    }
}
#endif
