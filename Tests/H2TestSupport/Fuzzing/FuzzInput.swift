// SPDX-License-Identifier: MIT

/// Where choices come from: the bytes of a fuzz input, one after the other, or random ones.
package struct FuzzInput {
    private var bytes: ArraySlice<UInt8>
    private var random: SplitMix?

    /// Takes the choices from bytes; where they end, each further one is 0.
    package init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// Makes up choices without end, the same for the same seed.
    package init(seed: UInt8) {
        bytes = []
        random = SplitMix(seed: UInt64(seed))
    }

    /// Whether there are no more bytes.
    package var isAtEnd: Bool { random == nil && bytes.isEmpty }

    /// The next byte.
    package mutating func byte() -> UInt8 {
        if let random = random?.next() { return UInt8(truncatingIfNeeded: random) }
        return bytes.popFirst() ?? 0
    }

    /// Two bytes as a number.
    package mutating func word() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// A number from 0 to less than `limit`, which is at most 256.
    package mutating func below(_ limit: Int) -> Int { Int(byte()) % limit }

    /// One of some values, at most 256.
    package mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    /// So many bytes, or fewer where they end.
    package mutating func take(_ count: Int) -> [UInt8] {
        guard random == nil else { return (0..<count).map { _ in byte() } }
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    /// All bytes that are left.
    package mutating func rest() -> [UInt8] { take(bytes.count) }
}

extension [UInt8] {
    /// The same bytes in storage that ends where they end, so that the address sanitizer sees a read
    /// beyond them.
    var tight: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}
