// SPDX-License-Identifier: MIT

/// A random number generator with the same numbers for the same seed: SplitMix64.
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Creates a generator from any seed.
    public init(seed: UInt64) { self.state = seed }

    /// Returns the next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Returns `count` random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// Returns a number from 0 to less than `limit`.
    public mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() >> 1) % limit }

    /// Returns `true` with a probability of `percent` %.
    public mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// Returns one of the values.
    public mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }
}
