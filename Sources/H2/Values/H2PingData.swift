// SPDX-License-Identifier: MIT

/// The 8 bytes of a PING frame, RFC 9113 §6.7.
public struct H2PingData: Hashable, Sendable {
    /// The 8 bytes as one big-endian number.
    public var value: UInt64

    /// Creates ping data from a number, which is sent in big-endian order.
    public init(_ value: UInt64) { self.value = value }

    /// Creates ping data from its 8 bytes.
    public init(
        _ b0: UInt8, _ b1: UInt8, _ b2: UInt8, _ b3: UInt8,
        _ b4: UInt8, _ b5: UInt8, _ b6: UInt8, _ b7: UInt8
    ) {
        let high = UInt64(b0) << 56 | UInt64(b1) << 48 | UInt64(b2) << 40 | UInt64(b3) << 32
        let low = UInt64(b4) << 24 | UInt64(b5) << 16 | UInt64(b6) << 8 | UInt64(b7)
        self.value = high | low
    }

    /// Creates ping data from a collection; `nil` unless it has exactly 8 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 8 else { return nil }
        self.value = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The 8 bytes in wire order.
    public var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
    }
}

extension H2PingData: CustomStringConvertible {
    /// The 8 bytes in hexadecimal.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
