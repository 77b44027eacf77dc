// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 46 and 47, attacks without an advisory number.
    static let unnumbered: [Attack] = [
        .flood("46a", "PING flood by a peer that reads", .controlFrames) {
            FrameBuilder.ping(UInt64($0))
        },
        .flood("46b", "SETTINGS flood by a peer that reads", .controlFrames, weight: 2) {
            FrameBuilder.settings([(0x4, UInt32($0))])
        },
        .flood("46c", "WINDOW_UPDATE of 1 by a peer that reads", .windowUpdates) { _ in
            FrameBuilder.windowUpdate(0, increment: 1)
        },
        .flood("46d", "frames of an unknown type", .controlFrames) { _ in
            FrameBuilder.raw(type: 0xbe, payload: [])
        },
        .flood("46e", "GOAWAY frames that each lower the last stream", .controlFrames, .client) {
            FrameBuilder.goAway(last: 0x7fff_ffff - UInt32($0) * 2, code: 0)
        },
        .rule(
            "47", "conservation of credit", "what is sent is credited, held or uncredited",
            bound: 10_020,
            [
                AttackCase("", .taken, off: .fault { try converse($0, miscounting: true) }) {
                    try converse($0, miscounting: false)
                }
            ]),
    ]

    /// Runs 167 random conversations of 60 steps: DATA, padding, resets, settings, GOAWAY, and a
    /// caller that acknowledges in any order.
    ///
    /// - Parameter miscounting: Whether to add a byte that was never credited.
    private static func converse(_ attacker: Attacker, miscounting: Bool) throws {
        guard attacker.delivery == .stepwise else { return }
        for seed in UInt64(7_000)..<7_167 {
            let conversation = try CreditConversation(
                seed % 2 == 0 ? .server : .client, seed: seed, enlargesWindows: seed % 3 == 0,
                cut: .whole)
            for step in 0..<60 {
                attacker.count(steps: 1)
                var found = try conversation.step()
                if miscounting, seed == 7_010, step == 30 {
                    conversation.connection.credited += 1
                    found = try conversation.settle()
                } else if step == 40, conversation.isServer {
                    // This GOAWAY concerns streams of the server, which has none.
                    try conversation.peer.receive(FrameBuilder.goAway())
                    found += try conversation.settle()
                }
                try attacker.require(
                    found.isEmpty, "seed \(seed), step \(step): \(found.joined(separator: "; "))")
            }
        }
    }
}
