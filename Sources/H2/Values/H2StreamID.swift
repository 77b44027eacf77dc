// SPDX-License-Identifier: MIT

/// A stream identifier, RFC 9113 §5.1.1.
///
/// The initializers accept any value. Methods throw `.invalidArgument` for an identifier above
/// 2^31-1.
public struct H2StreamID: RawRepresentable, Hashable, Comparable, Sendable {
    /// The number of the stream.
    public var rawValue: UInt32

    /// Creates an identifier from a number.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Creates an identifier from a number.
    @inlinable
    public init(_ value: UInt32) { self.rawValue = value }

    /// The identifier of the connection itself, 0.
    public static let connection = H2StreamID(0)

    /// The highest valid identifier, 2^31-1. In h2: `HIGHEST_ALLOWED_STREAM_ID`.
    public static let max = H2StreamID(0x7fff_ffff)

    /// Whether the identifier is for streams that a client opens: odd identifiers.
    @inlinable
    public var isClientInitiated: Bool { rawValue & 1 == 1 }

    /// Whether the identifier is for streams that a server opens (pushes): even ones except 0.
    @inlinable
    public var isServerInitiated: Bool { rawValue & 1 == 0 && rawValue != 0 }

    /// Returns whether `a` is lower than `b`.
    @inlinable
    public static func < (a: H2StreamID, b: H2StreamID) -> Bool { a.rawValue < b.rawValue }
}

extension H2StreamID: ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// Creates an identifier from a literal.
    @inlinable
    public init(integerLiteral value: UInt32) { self.rawValue = value }

    /// The number in decimal.
    public var description: String { String(rawValue) }
}
