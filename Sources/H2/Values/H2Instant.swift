// SPDX-License-Identifier: MIT

/// A point in time on a monotonic clock of the caller, in nanoseconds.
///
/// All calls of a connection must use the same clock, because H2 reads none itself. An instant that
/// is earlier than a previous one does not advance the time.
public struct H2Instant: RawRepresentable, Hashable, Comparable, Sendable {
    /// Nanoseconds since the origin of the clock.
    public var rawValue: UInt64

    /// Creates an instant from the nanoseconds since the origin of the clock.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Creates an instant from the nanoseconds since the origin of the clock.
    public init(nanoseconds: UInt64) { self.rawValue = nanoseconds }

    /// Creates an instant from the time since a fixed point, such as `start.duration(to: .now)`. A
    /// negative duration counts as 0, and a duration above 584 years as 584 years.
    public init(_ duration: Duration) {
        rawValue = duration < .zero ? 0 : Self.nanoseconds(duration)
    }

    /// Returns the length of a duration, without its sign; `.max` if it is larger.
    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        let whole = seconds.magnitude.multipliedReportingOverflow(by: 1_000_000_000)
        let sum = whole.partialValue.addingReportingOverflow(attoseconds.magnitude / 1_000_000_000)
        return whole.overflow || sum.overflow ? .max : sum.partialValue
    }

    /// Returns the instant that is later by `duration`, or earlier if it is negative. The result is
    /// at least 0 and at most `UInt64.max` nanoseconds.
    public func advanced(by duration: Duration) -> H2Instant {
        let length = Self.nanoseconds(duration)
        let (sum, overflow) =
            duration < .zero
            ? rawValue.subtractingReportingOverflow(length)
            : rawValue.addingReportingOverflow(length)
        guard overflow else { return H2Instant(nanoseconds: sum) }
        return H2Instant(nanoseconds: duration < .zero ? 0 : .max)
    }

    /// Returns the time from this instant to `other`, which is negative if `other` is earlier.
    public func duration(to other: H2Instant) -> Duration {
        other < self
            ? .zero - .nanoseconds(rawValue - other.rawValue)
            : .nanoseconds(other.rawValue - rawValue)
    }

    /// Returns whether `a` is earlier than `b`.
    public static func < (a: H2Instant, b: H2Instant) -> Bool { a.rawValue < b.rawValue }
}
