// SPDX-License-Identifier: MIT

#if NIO
import H2
public import NIOCore

/// What the channel calls.
extension H2Handler {
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer = DeadlineTimer(self, on: context.eventLoop)
        if context.channel.isActive { start() }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        transportEnded()
        self.context = nil
    }

    public func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        transportEnded()
        context.fireChannelInactive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        beginBurst()
        receive(unwrapInboundIn(data))
    }

    // Not passed on: no read is.
    public func channelReadComplete(context: ChannelHandlerContext) { endBurst() }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flush() }
        context.fireChannelWritabilityChanged()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: startGracefulShutdown()
        case ChannelEvent.inputClosed: inputEnded()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The connection has ended well if its last output has been written.
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

    /// Runs tasks that the received events have made ready, and then writes the output.
    func endBurst() {
        guard burstTime != nil else { return }
        guard !isDelivering else { return waitingInput.append(.readComplete) }
        delegate?.readBurstEnded(self)
        endExecutorBurst()
        flush()
        burstTime = nil
    }

    /// Tells the executor, once: any call of a delegate, a task or the channel can end the
    /// connection, and with it the burst.
    func endExecutorBurst() {
        guard isExecutorInBurst else { return }
        isExecutorInBurst = false
        executor?.endBurst()
    }

    /// The time of the event loop: in a read burst, the time of its beginning.
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
