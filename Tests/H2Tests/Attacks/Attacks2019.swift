// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 7 to 14.
    static let of2019: [Attack] = [
        .budget(
            // Each 32 bytes sent restore a unit.
            "7", "CVE-2019-9511 data dribble", .windowUpdates,
            bound: 10 + H2Limit.windowUpdates.lifetime * 32 / 31 + 1,
            burst: 10 + H2Limit.windowUpdates.burst * 32 / 31 + 1, requests: 10,
            settings: [(0x4, 0)]
        ) { attacker in
            for id in Attacker.streams(10) {
                try attacker.step(FrameBuilder.headers(id, block: Attacker.get, endStream: true))
                try attacker.call { connection throws(H2Error) in
                    try connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
                }
            }
            for _ in 0..<H2Limit.windowUpdates.lifetime / 10 * 32 / 31 + 20 {
                for id in Attacker.streams(10) {
                    try attacker.step(
                        FrameBuilder.windowUpdate(id, increment: 1)
                            + (id == 1 ? FrameBuilder.priority(id, dependsOn: id + 2) : []))
                }
                // As the Security article recommends, the program limits what it queues.
                try attacker.call { connection throws(H2Error) in
                    guard connection.outboundByteCount < 1 << 18 else { return }
                    for id in Attacker.streams(10) {
                        try connection.sendData([0], on: H2StreamID(id))
                    }
                }
            }
        },
        .budget(
            "8a", "CVE-2019-9512 PING flood, not read", .peerOutput, or: [.controlFrames],
            bound: (H2Limits.attacked.peerOutput ?? .max) / 17 + 1
        ) { attacker in
            for value in UInt64(0)..<16_000 { try attacker.step(FrameBuilder.ping(value)) }
        },
        .budget(
            "8b", "CVE-2019-9512 PING flood, slow and not read", .peerOutput,
            bound: (H2Limits.attacked.peerOutput ?? .max) / 17 + 1
        ) { attacker in
            // As many as time restores.
            let rate = UInt64(H2Limits.attacked.controlFrames.perSecond)
            for value in UInt64(0)..<15_500 {
                try attacker.step(
                    FrameBuilder.ping(value),
                    at: H2Instant(nanoseconds: value * (1_000_000_000 / rate)))
            }
        },
        .flood(
            "9", "CVE-2019-9513 resource loop", .controlFrames,
            opening: Attacker.streams(16).map { FrameBuilder.headers($0, block: Attacker.post) }
        ) { index in
            let (a, b) = (1 + 2 * UInt32(index % 16), 1 + 2 * UInt32((index + 5) % 16))
            return FrameBuilder.priority(a, dependsOn: b, exclusive: true)
        },
        .flood("10a", "CVE-2019-9514 reset flood", .provokedResets) { index in
            let malformed: [[UInt8]] = [
                [0x82, 0x87, 0x01, 0x01, 0x61], Attacker.get(["A": "b"]),
                Attacker.get(["te": "x"]), Attacker.get(["a": "\n"]), [],
            ]
            return FrameBuilder.headers(
                UInt32(index) * 2 + 1, block: malformed[index % malformed.count], endStream: true)
        },
        .flood(
            "10b", "CVE-2019-9514 reset flood, 1,200 fields each", .provokedResets,
            weight: 1 + 1_200 / 16 + 1_200 * 60 / 4_096
        ) { index in
            // Without `:path`.
            FrameBuilder.headers(
                UInt32(index) * 2 + 1,
                block: [0x82, 0x87] + [UInt8](repeating: 0x90, count: 1_198), endStream: true)
        },
        .budget(
            "11a", "CVE-2019-9515 SETTINGS flood, slow and not read", .peerOutput,
            or: [.controlFrames], bound: (H2Limits.attacked.peerOutput ?? .max) / 9 + 1
        ) { attacker in
            // As many as time restores.
            let rate = UInt64(H2Limits.attacked.controlFrames.perSecond) / 2
            for value in UInt64(0)..<30_000 {
                try attacker.step(
                    FrameBuilder.settings(),
                    at: H2Instant(nanoseconds: value * (1_000_000_000 / rate)))
            }
        },
        .flood(
            "11b", "CVE-2019-9515 SETTINGS that change 100 windows", .controlFrames,
            weight: 2 + 256 / 128,
            opening: Attacker.streams(100).map { FrameBuilder.headers($0, block: Attacker.post) }
        ) { FrameBuilder.settings([(0x4, 65_535 + UInt32($0 % 2))]) },
        .flood(
            "11c", "CVE-2019-9515 SETTINGS with 32 entries", .controlFrames, weight: 2 + 32 / 4
        ) { _ in FrameBuilder.settings((0..<32).map { (UInt16(0x1000 + $0), 1) }) },
        .rule(
            "12a", "CVE-2019-9516 fields without a name", "§8.2.1: a name is not empty",
            [
                AttackCase(
                    "", .goAway(.protocolViolation, .protocolError),
                    off: .check { $0.validateInboundHeaders = false }, .strictServer
                ) { attacker in
                    for id in Attacker.streams(100) {
                        try attacker.step(
                            FrameBuilder.headers(id, block: Attacker.get(["": ""])))
                    }
                }
            ]),
        .budget(
            "12b", "CVE-2019-9516 empty fields, not validated", .headerFields,
            or: [.headerListSize], bound: 1, .uncheckedServer
        ) { attacker in
            let empty = (0..<5_000).flatMap { _ in [0x00, 0x00, 0x00] as [UInt8] }
            try attacker.step(FrameBuilder.headers(1, block: Attacker.get + empty))
        },
        .rule(
            "13", "CVE-2019-9517 responses that the peer does not read",
            "the caller checks outboundByteCount",
            bound: 101, requests: 100,
            [
                AttackCase(
                    "", .taken, off: .fault { try respond(to: $0, listening: false) },
                    settings: [(0x4, 0x7fff_ffff)]
                ) { try respond(to: $0, listening: true) }
            ]),
        .flood(
            "14", "CVE-2019-9518 empty DATA", .emptyData,
            opening: [FrameBuilder.headers(1, block: Attacker.post)], restored: 1
        ) { _ in FrameBuilder.data(1) },
    ]

    /// Answers 100 requests with 64 KiB each, for a peer that opens its windows and reads nothing.
    ///
    /// - Parameter listening: Whether the caller stops when 256 KiB are queued.
    private static func respond(to attacker: Attacker, listening: Bool) throws {
        try attacker.step(FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_535))
        let piece = [UInt8](repeating: 0, count: 2_048)
        for id in Attacker.streams(100) {
            try attacker.step(FrameBuilder.headers(id, block: Attacker.get, endStream: true))
            let queued = try attacker.call { connection throws(H2Error) in
                try connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
                for _ in 0..<32 where !listening || connection.outboundByteCount < 1 << 18 {
                    try connection.sendData(piece, on: H2StreamID(id))
                }
                return connection.outboundByteCount
            }
            try attacker.require(queued < maxMemory, "\(queued) bytes are queued")
        }
    }
}
