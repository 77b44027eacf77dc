// SPDX-License-Identifier: MIT

/// A stream identifier, RFC 9113 §5.1.1.
///
/// The initializer never fails: a value above 2^31-1 is refused by each call that takes it, with
/// `.invalidArgument`.
public struct H2StreamID: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable
    public init(_ value: UInt32) { self.rawValue = value }

    /// 0, the connection itself.
    public static let connection = H2StreamID(0)

    /// The highest identifier that exists, 2^31-1. In h2: `HIGHEST_ALLOWED_STREAM_ID`.
    public static let max = H2StreamID(0x7fff_ffff)

    /// Whether a client opens streams with this identifier: odd ones.
    @inlinable
    public var isClientInitiated: Bool { rawValue & 1 == 1 }

    /// Whether a server opens (pushes) streams with this identifier: even ones, but not 0.
    @inlinable
    public var isServerInitiated: Bool { rawValue & 1 == 0 && rawValue != 0 }

    @inlinable
    public static func < (a: H2StreamID, b: H2StreamID) -> Bool { a.rawValue < b.rawValue }
}

extension H2StreamID: ExpressibleByIntegerLiteral, CustomStringConvertible {
    @inlinable
    public init(integerLiteral value: UInt32) { self.rawValue = value }

    public var description: String { String(rawValue) }
}
