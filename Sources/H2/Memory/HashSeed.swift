// SPDX-License-Identifier: MIT

private import CNghttp2

/// Creates seeds for the stream tables of connections. A peer cannot guess the seeds.
enum HashSeed {
    private static let secret = cnghttp2_random()

    /// Returns a seed that no other connection of the process has.
    static func next() -> UInt64 { secret &+ cnghttp2_next_number() &* 0x9e37_79b9_7f4a_7c15 }
}
