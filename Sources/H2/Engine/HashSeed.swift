// SPDX-License-Identifier: MIT

private import CNghttp2

/// Seeds for the stream tables of connections: no peer can know them.
enum HashSeed {
    private static let secret = cnghttp2_random()

    /// A seed that no other connection of the process has.
    static func next() -> UInt64 { secret &+ cnghttp2_next_number() &* 0x9e37_79b9_7f4a_7c15 }
}
