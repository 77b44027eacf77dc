// SPDX-License-Identifier: MIT

/// A point in time on any monotonic clock of the caller: nanoseconds from an origin, which must be the
/// same for all calls of a connection.
///
/// H2 reads no clock. Going backwards counts as standing still.
public struct H2Instant: RawRepresentable, Hashable, Comparable, Sendable {
    /// Nanoseconds.
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Makes an instant from a clock's nanoseconds.
    public init(nanoseconds: UInt64) { self.rawValue = nanoseconds }

    /// Makes an instant from the time since a fixed point, such as `start.duration(to: .now)`. A
    /// duration below 0 counts as 0, one above 584 years as 584 years.
    public init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let whole = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let sum = whole.partialValue.addingReportingOverflow(
            UInt64(clamping: attoseconds / 1_000_000_000))
        self.rawValue = whole.overflow || sum.overflow ? .max : sum.partialValue
    }

    public static func < (a: H2Instant, b: H2Instant) -> Bool { a.rawValue < b.rawValue }
}
