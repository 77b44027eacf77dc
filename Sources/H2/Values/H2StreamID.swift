// SPDX-License-Identifier: MIT

/// A stream identifier, RFC 9113 §5.1.1.
///
/// The initializers accept any value. Methods throw `.invalidArgument` for an identifier above
/// 2^31-1.
public struct H2StreamID: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

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

    @inlinable
    public static func < (a: H2StreamID, b: H2StreamID) -> Bool { a.rawValue < b.rawValue }
}

extension H2StreamID: ExpressibleByIntegerLiteral, CustomStringConvertible {
    @inlinable
    public init(integerLiteral value: UInt32) { self.rawValue = value }

    public var description: String { String(rawValue) }
}
