// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// Writing the output of the connection to the channel.
extension H2Handler: Flushable {
    /// Schedules a flush: at the end of the current read burst, after the executor's running tasks,
    /// or otherwise in the next turn of the event loop.
    func outputChanged() {
        guard burstTime == nil, !isFlushing, !isFlushScheduled, let context else { return }
        isFlushScheduled = true
        if let executor, executor.isRunning {
            executor.flushAfterTasks(self)
        } else {
            context.eventLoop.assumeIsolated().execute { self.flushScheduled() }
        }
    }

    func flushScheduled() {
        isFlushScheduled = false
        flush()
    }

    /// Writes output while the channel is writable, and delivers the events that this causes.
    func flush() {
        guard phase == .active || phase == .finishing, let context else { return }
        isFlushNeeded = true
        // A flush can make the channel writable, and a delegate can send.
        guard !isFlushing, !isDelivering else { return }
        isFlushing = true
        while isFlushNeeded {
            isFlushNeeded = false
            while context.channel.isWritable, connection.hasDataToSend,
                outbound.write(from: connection, to: context) > 0
            {
                context.flush()
            }
            if connection.hasEvents {
                deliver(connection.takeEvents())
                isFlushNeeded = true
            }
            finishIfAnswered()
        }
        isFlushing = false
        switch phase {
        case .active: updateTimer()
        case .finishing where !connection.hasDataToSend: closeOutput()
        default: break
        }
    }

    private func updateTimer() {
        guard hasDeadlines else { return }
        connection.advance(to: now)
        if let deadline = connection.nextDeadline { timer?.wait(until: deadline) }
    }
}
#endif
