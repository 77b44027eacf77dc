// SPDX-License-Identifier: MIT

/// Timers of the same length for many streams.
///
/// The details of each stream hold the time when its timer started. Here is only the time before
/// which none of them fires. When it comes, the core looks at all streams: the events that start or
/// end timers therefore cost almost nothing.
struct StreamTimers {
    /// With more streams than this, the core looks at them at most `maxChecks` times in the length of
    /// a timer. Timers may then fire late by that fraction of their length.
    private static var crowd: Int { 1_024 }
    private static var maxChecks: UInt64 { 64 }

    /// The length in nanoseconds; 0 if the timers are off.
    let nanoseconds: UInt64
    /// No timer fires before this time; `.max` if none runs.
    private(set) var next = UInt64.max
    /// The streams whose timers start at the next instant. Some may have closed.
    private(set) var waiting: [UInt32] = []

    init(_ duration: Duration?) {
        nanoseconds = duration.map { max(1, H2Instant($0).rawValue) } ?? 0
    }

    var isOn: Bool { nanoseconds != 0 }

    /// Adds a stream whose timer starts at the next instant.
    mutating func wait(_ id: UInt32) { waiting.append(id) }

    /// Removes and returns a stream whose timer starts now.
    mutating func takeWaiting() -> UInt32? { waiting.popLast() }

    /// Removes closed streams from `waiting`.
    mutating func filterWaiting(_ isLive: (UInt32) -> Bool) {
        waiting.removeAll { !isLive($0) }
    }

    /// Records that a timer started at a time.
    @inline(__always)
    mutating func start(at time: UInt64) {
        // A timer whose end would exceed the largest time never fires.
        let (end, overflow) = time.addingReportingOverflow(nanoseconds)
        if !overflow { next = min(next, end) }
    }

    /// Returns whether a timer may have expired. If so, the core looks at all streams, and calls
    /// `start` for each timer that still runs.
    mutating func beginCheck(at now: UInt64) -> Bool {
        guard next <= now, next != .max else { return false }
        next = .max
        return true
    }

    mutating func endCheck(at now: UInt64, streamCount: Int) {
        guard streamCount > Self.crowd, next != .max else { return }
        let (time, overflow) = now.addingReportingOverflow(nanoseconds / Self.maxChecks)
        // At the end of time, there may be no time for a later check.
        if !overflow { next = max(next, time) }
    }

    /// Whether a timer has expired that started at `start`.
    func hasExpired(since start: UInt64, at now: UInt64) -> Bool { now - start >= nanoseconds }
}
