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
        transportEnded(nil)
        self.context = nil
    }

    public func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        transportEnded(nil)
        context.fireChannelInactive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        beginBurst()
        receive(unwrapInboundIn(data))
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        endBurst()
        context.fireChannelReadComplete()
    }

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
        if cause == nil { cause = error }
        context.close(promise: nil)
    }

    // MARK: Bursts

    private func start() {
        guard phase == .waiting else { return }
        phase = .active
        do {
            try connection.initiateConnection()
        } catch {
            return finish(error)
        }
        delegate?.connectionStarted(self)
        flush()
    }

    private func beginBurst() {
        guard burstTime == nil else { return }
        burstTime = now
        executor?.beginBurst()
    }

    /// Runs tasks that the received events have made ready, and then writes the output.
    private func endBurst() {
        guard burstTime != nil else { return }
        delegate?.readBurstEnded(self)
        executor?.endBurst()
        flush()
        burstTime = nil
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
