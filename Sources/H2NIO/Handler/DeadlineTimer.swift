// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

extension H2Instant {
    init(_ deadline: NIODeadline) { self.init(nanoseconds: deadline.uptimeNanoseconds) }
}

/// The only timer for the deadlines of `H2Configuration`.
///
/// Each read burst postpones most deadlines. Rescheduling the timer every time would be slow, so it
/// is rescheduled only if a deadline becomes earlier, or if it has fired before a postponed one.
final class DeadlineTimer: NIOScheduledCallbackHandler {
    private let eventLoop: NIOIsolatedEventLoop
    private var scheduled: NIOScheduledCallback?
    private var fireTime = NIODeadline.distantFuture
    private weak var handler: H2Handler?

    init(_ handler: H2Handler, on eventLoop: any EventLoop) {
        self.handler = handler
        self.eventLoop = eventLoop.assumeIsolated()
    }

    /// Makes the timer fire at `deadline` or, if it is already scheduled for an earlier time, then.
    func wait(until deadline: H2Instant) {
        let time = NIODeadline.uptimeNanoseconds(deadline.rawValue)
        guard time < fireTime else { return }
        scheduled?.cancel()
        fireTime = time
        scheduled = try? eventLoop.scheduleCallback(at: time, handler: self)
    }

    func cancel() {
        scheduled?.cancel()
        scheduled = nil
        fireTime = .distantFuture
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        scheduled = nil
        fireTime = .distantFuture
        handler?.handleDeadlines()
    }
}
#endif
