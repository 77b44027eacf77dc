// SPDX-License-Identifier: MIT

/// A timer of the connection as a whole.
enum ConnectionTimer: Int, CaseIterable {
    case firstSettings, settingsAcknowledgement, fieldBlock, output, keepaliveAnswer, shutdown
    case shutdownAnnouncement, keepaliveInterval, idle, maximumAge

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

/// The timers of the connection. Whether one runs is a question of the connection's state, which the
/// core asks at each instant that it learns; no event has to start or stop a timer.
struct ConnectionTimers {
    /// Why a timer runs: a number that changes with each progress, which starts the timer again.
    typealias Reason = Int

    private struct Timer {
        let kind: ConnectionTimer
        let nanoseconds: UInt64
        var reason: Reason?
        /// The time when it fires; `.max` if it does not run.
        var end = UInt64.max
    }

    /// The timers that are configured.
    private var timers: [Timer]

    init(_ deadlines: H2Deadlines) {
        timers = ConnectionTimer.allCases.compactMap { kind in
            kind.nanoseconds(in: deadlines).map { Timer(kind: kind, nanoseconds: $0) }
        }
    }

    var isEmpty: Bool { timers.isEmpty }

    /// The number of timers, which have the indexes from 0.
    var count: Int { timers.count }

    func kind(of index: Int) -> ConnectionTimer { timers[index].kind }

    /// Starts or stops a timer.
    ///
    /// - Parameter reason: Why the timer runs; `nil` if it does not.
    mutating func update(_ index: Int, at now: UInt64, _ reason: Reason?) {
        if reason == nil {
            timers[index].end = .max
        } else if reason != timers[index].reason || timers[index].end == .max {
            let (end, overflow) = now.addingReportingOverflow(timers[index].nanoseconds)
            timers[index].end = overflow ? .max : end
        }
        timers[index].reason = reason
    }

    /// Stops and returns the first timer whose time has come.
    mutating func takeExpired(at now: UInt64) -> ConnectionTimer? {
        guard let index = timers.firstIndex(where: { $0.end <= now && $0.end != .max }) else {
            return nil
        }
        timers[index].end = .max
        return timers[index].kind
    }

    /// The time of the next timer; `.max` if none runs.
    var next: UInt64 { timers.reduce(.max) { min($0, $1.end) } }
}
