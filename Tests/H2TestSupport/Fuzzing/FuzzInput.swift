// SPDX-License-Identifier: MIT

/// A source of choices: the bytes of a fuzz input in order, or random bytes.
package struct FuzzInput {
    private var bytes: ArraySlice<UInt8>
    private var random: SplitMix?

    /// Creates a source of these bytes, followed by zeros.
    package init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    /// Creates a source of random bytes, the same for each seed, that never ends.
    package init(seed: UInt8) {
        bytes = []
        random = SplitMix(seed: UInt64(seed))
    }

    /// Whether no bytes are left.
    package var isAtEnd: Bool { random == nil && bytes.isEmpty }

    /// The next byte.
    package mutating func byte() -> UInt8 {
        if let random = random?.next() { return UInt8(truncatingIfNeeded: random) }
        return bytes.popFirst() ?? 0
    }

    /// The next two bytes as a big-endian number.
    package mutating func word() -> Int { Int(byte()) << 8 | Int(byte()) }

    /// A number from 0 to less than `limit`, which is at most 256.
    package mutating func below(_ limit: Int) -> Int { Int(byte()) % limit }

    /// One of at most 256 values.
    package mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    /// The next `count` bytes, or fewer if the input ends.
    package mutating func take(_ count: Int) -> [UInt8] {
        guard random == nil else { return (0..<count).map { _ in byte() } }
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    /// All remaining bytes.
    package mutating func rest() -> [UInt8] { take(bytes.count) }
}

extension [UInt8] {
    /// A copy whose storage ends with its last byte, so that the address sanitizer finds a read
    /// beyond it.
    var tight: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}
