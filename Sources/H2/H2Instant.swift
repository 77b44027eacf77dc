// SPDX-License-Identifier: MIT

/// A point in time on any monotonic clock of the caller: nanoseconds from any origin.
///
/// H2 reads no clock. Going backwards counts as standing still.
public struct H2Instant: RawRepresentable, Hashable, Comparable, Sendable {
    /// Nanoseconds.
    public var rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Makes an instant from a clock's nanoseconds.
    public init(nanoseconds: UInt64) { self.rawValue = nanoseconds }

    public static func < (a: H2Instant, b: H2Instant) -> Bool { a.rawValue < b.rawValue }
}
