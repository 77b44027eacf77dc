// SPDX-License-Identifier: MIT

/// A point in time on a monotonic clock of the caller, in nanoseconds.
///
/// All calls of a connection must use the same clock, because H2 reads none itself. An instant that
/// is earlier than a previous one does not advance the time.
public struct H2Instant: RawRepresentable, Hashable, Comparable, Sendable {
    /// Nanoseconds since the origin of the clock. To compute how long to wait, subtract the values
    /// of two instants.
    public var rawValue: UInt64

    /// Creates an instant from the nanoseconds since the origin of the clock.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Creates an instant from the nanoseconds since the origin of the clock.
    public init(nanoseconds: UInt64) { self.rawValue = nanoseconds }

    /// Creates an instant from the time since a fixed point, such as `start.duration(to: .now)`. A
    /// negative duration counts as 0, and a duration above 584 years as 584 years.
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let whole = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let sum = whole.partialValue.addingReportingOverflow(
            UInt64(clamping: attoseconds / 1_000_000_000))
        self.rawValue = whole.overflow || sum.overflow ? .max : sum.partialValue
    }

    /// Returns whether `a` is earlier than `b`.
    public static func < (a: H2Instant, b: H2Instant) -> Bool { a.rawValue < b.rawValue }
}
