// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 46v and following: frames that make H2 schedule queued data.
    static let onQueues: [Attack] = updates + windows

    private static let server = H2Configuration.server.with { $0.priorities = .extensible }

    /// Makes a server's program respond to requests, and queue the bodies of the responses.
    private static func respond(
        to count: Int, _ size: Int, priority: [UInt8] = [], _ attacker: Attacker
    ) throws {
        let body = [UInt8](repeating: 1, count: size)
        for id in Attacker.streams(count) {
            try attacker.step(
                FrameBuilder.headers(id, block: Attacker.get + priority, endStream: true))
            try attacker.call { connection throws(H2Error) in
                try connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
                // Copied, because the body is not memory of the connection.
                try connection.enqueueData(copying: body.span, on: H2StreamID(id), endStream: true)
            }
        }
    }

    // MARK: PRIORITY_UPDATE

    private static let updates: [Attack] = [
        .flood(
            "46v", "PRIORITY_UPDATE on an open stream", .controlFrames,
            opening: [FrameBuilder.headers(1, block: Attacker.post)], server
        ) { FrameBuilder.priorityUpdate(1, "u=\($0 % 8)") },
        .flood("46w", "PRIORITY_UPDATE on idle streams", .controlFrames, server) {
            FrameBuilder.priorityUpdate(199 - UInt32($0 % 100) * 2, "u=\($0 % 8), i")
        },
        .flood(
            "46x", "PRIORITY_UPDATE on 1,000 idle streams", .controlFrames,
            server.with { $0.initialSettings = [.maxConcurrentStreams: 1_000] }
        ) { FrameBuilder.priorityUpdate(1_999 - UInt32($0 % 1_000) * 2, "") },
        .flood(
            "46y", "PRIORITY_UPDATE of 1 KiB", .controlFrames, weight: 1 + 1_028 / 64, server
        ) { _ in FrameBuilder.priorityUpdate(1, longValue) },
        .budget(
            "46z", "PRIORITY_UPDATE on 100 streams with queued data", .controlFrames,
            bound: 100 + H2Limit.controlFrames.lifetime + 1,
            burst: 100 + H2Limit.controlFrames.burst + 1, requests: 100, server,
            settings: [(0x4, 1_000)]
        ) { attacker in
            try respond(to: 100, 2_000, attacker)
            for index in 0..<H2Limit.controlFrames.lifetime + 200 {
                let id = 199 - UInt32(index % 30) * 2
                try attacker.step(FrameBuilder.priorityUpdate(id, "u=\(index / 30 % 8), i"))
            }
        },
        .rule(
            "46aa", "PRIORITY_UPDATE on more idle streams than may be opened",
            "idle and open streams count", bound: 101,
            [
                AttackCase(
                    "", .goAway(.protocolViolation, .protocolError),
                    off: .twin { try prioritize(100, $0) }, server
                ) { try prioritize(101, $0) }
            ]),
    ]

    private static func prioritize(_ count: Int, _ attacker: Attacker) throws {
        for id in Attacker.streams(count) {
            try attacker.step(FrameBuilder.priorityUpdate(id, "u=1"))
        }
    }

    /// The longest value that H2 parses.
    private static let longValue = Array(
        ("u=1;" + (0..<255).map { $0 % 2 == 0 ? "a=1;" : "b, *" }.joined()).utf8)

    // MARK: Windows

    private static let windows: [Attack] = [
        .budget(
            // Each 32 bytes sent restore a unit.
            "46ab", "WINDOW_UPDATE of 1 on streams with queued data", .windowUpdates,
            bound: 10 + H2Limit.windowUpdates.lifetime * 32 / 31 + 1,
            burst: 10 + H2Limit.windowUpdates.burst * 32 / 31 + 1, requests: 10,
            settings: [(0x4, 0)]
        ) { attacker in
            try respond(to: 10, 50_000, attacker)
            for step in 0..<H2Limit.windowUpdates.lifetime / 10 * 32 / 31 + 20 {
                for id in Attacker.streams(10) {
                    try attacker.step(FrameBuilder.windowUpdate(id, increment: 1))
                }
                if step % 10 == 9 { try attacker.read() }
            }
        },
        flapping("46ac", "INITIAL_WINDOW_SIZE flaps with 1,000 queued streams", .server),
        flapping(
            "46ad", "INITIAL_WINDOW_SIZE flaps with 1,000 queued streams in order", server),
    ]

    /// The table of 1,000 streams has 2,048 slots.
    private static let flapWeight = 2 + 2_048 / 16

    private static func flapping(
        _ row: String, _ name: String, _ configuration: H2Configuration
    ) -> Attack {
        var attack = Attack.budget(
            row, name, .controlFrames,
            bound: 1_000 + H2Limit.controlFrames.lifetime / flapWeight + 1,
            burst: 1_000 + H2Limit.controlFrames.burst / flapWeight + 1, requests: 1_000,
            configuration.with { $0.initialSettings = [.maxConcurrentStreams: 1_000] },
            settings: [(0x4, 0)]
        ) { attacker in
            try respond(to: 1_000, 100, attacker)
            for index in 0..<H2Limit.controlFrames.lifetime / flapWeight + 20 {
                try attacker.step(FrameBuilder.settings([(0x4, index % 2 == 0 ? 50 : 0)]))
            }
        }
        // 1,000 streams and the state of their queues take 1 MB.
        attack.memory = 2 << 20
        return attack
    }
}
