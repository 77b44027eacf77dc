// SPDX-License-Identifier: MIT

private import CNghttp2

/// Creates numbers that a peer cannot guess: seeds for the stream tables of connections, and
/// payloads of PINGs.
enum HashSeed {
    private static let secret = cnghttp2_random()

    /// Returns a seed that no other connection of the process has.
    static func next() -> UInt64 { secret &+ cnghttp2_next_number() &* 0x9e37_79b9_7f4a_7c15 }

    /// Returns a number that a peer cannot guess even if it knows the previous ones.
    static func random() -> UInt64 { cnghttp2_random() }
}
