// SPDX-License-Identifier: MIT

/// A timer of the connection as a whole. If several have expired, they fire in this order.
enum ConnectionTimer: Int, CaseIterable {
    case firstSettings, settingsAcknowledgement, fieldBlock, output, keepaliveAnswer
    // In this order, because the second GOAWAY may end a shutdown without open streams.
    case shutdownAnnouncement, shutdown
    case keepaliveInterval, idle, maximumAge

    /// Returns the time of this timer in nanoseconds; `nil` if it is off.
    func nanoseconds(in deadlines: H2Deadlines) -> UInt64? {
        let duration: Duration? =
            switch self {
            case .firstSettings: deadlines.firstSettings
            case .settingsAcknowledgement: deadlines.settingsAcknowledgement
            case .fieldBlock: deadlines.fieldBlock
            case .output: deadlines.output
            case .keepaliveAnswer: deadlines.keepalive?.answer
            case .shutdown: deadlines.shutdown
            case .shutdownAnnouncement: deadlines.shutdownAnnouncement
            case .keepaliveInterval: deadlines.keepalive?.interval
            case .idle: deadlines.idle
            case .maximumAge: deadlines.maximumAge
            }
        return duration.map { H2Instant($0).rawValue }
    }
}

/// A set of timers of the connection: bit n stands for the timer with the raw value n.
struct ConnectionTimerSet: OptionSet {
    let rawValue: UInt16

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(_ timer: ConnectionTimer) { rawValue = 1 << timer.rawValue }

    /// Adds a timer if a condition holds.
    mutating func insert(_ timer: ConnectionTimer, if condition: Bool = true) {
        if condition { insert(ConnectionTimerSet(timer)) }
    }

    /// Removes and returns the first timer.
    mutating func popFirst() -> ConnectionTimer? {
        guard let timer = ConnectionTimer(rawValue: rawValue.trailingZeroBitCount) else {
            return nil
        }
        self = ConnectionTimerSet(rawValue: rawValue & (rawValue &- 1))
        return timer
    }
}

/// The timers of the connection.
///
/// The core computes at each instant that the caller passes, from its state, which of them run. No
/// event has to start or stop a timer.
struct ConnectionTimers {
    /// The timers that are configured.
    private let configured: ConnectionTimerSet
    private var running: ConnectionTimerSet = []
    /// How far the connection was at the last instant.
    private var progress = TimerProgress()
    /// The lengths in nanoseconds, by raw value; 0 for those that are not configured.
    private let lengths: [UInt64]
    /// The times when they fire, by raw value, if they run; `.max` for never.
    private var ends: [UInt64]

    init(_ deadlines: H2Deadlines) {
        var configured: ConnectionTimerSet = []
        lengths = ConnectionTimer.allCases.map { timer in
            let nanoseconds = timer.nanoseconds(in: deadlines)
            configured.insert(timer, if: nanoseconds != nil)
            return nanoseconds ?? 0
        }
        ends = lengths.map { _ in .max }
        self.configured = configured
    }

    var isEmpty: Bool { configured.isEmpty }

    /// Starts and stops timers.
    ///
    /// - Parameters:
    ///   - wanted: The timers that run from now on.
    ///   - progress: How far the connection is. Timers that wait for progress start again.
    @inline(__always)
    mutating func update(
        _ wanted: ConnectionTimerSet, _ progress: TimerProgress, at now: UInt64
    ) {
        let wanted = wanted.intersection(configured)
        let restarted = progress.restarted(since: self.progress)
        var started = wanted.subtracting(running.subtracting(restarted))
        running = wanted
        self.progress = progress
        while let timer = started.popFirst() {
            let (end, overflow) = now.addingReportingOverflow(lengths[timer.rawValue])
            ends[timer.rawValue] = overflow ? .max : end
        }
    }

    /// Stops and returns the first timer whose time has come.
    ///
    /// - Parameter wanted: The timers that may still fire: one that fired may have ended the wait of
    ///   others.
    mutating func takeExpired(
        among wanted: ConnectionTimerSet, at now: UInt64
    ) -> ConnectionTimer? {
        var rest = running.intersection(wanted)
        while let timer = rest.popFirst() {
            // A timer whose end would exceed the largest time never fires.
            guard ends[timer.rawValue] <= now, ends[timer.rawValue] != .max else { continue }
            running.remove(ConnectionTimerSet(timer))
            return timer
        }
        return nil
    }

    /// The time of the next timer; `.max` if none runs.
    var next: UInt64 {
        var next = UInt64.max
        var rest = running
        while let timer = rest.popFirst() { next = min(next, ends[timer.rawValue]) }
        return next
    }
}
