// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 7 to 14.
    static let of2019: [Attack] = [
        .budget(
            // 512 bytes that are sent pay for one.
            "7", "CVE-2019-9511 data dribble", .windowUpdates, bound: 10 + 1_002, requests: 10,
            settings: [(0x4, 0)]
        ) { attacker in
            for id in Attacker.streams(10) {
                try attacker.step(FrameBuilder.headers(id, block: Attacker.get, endStream: true))
                try attacker.call { connection throws(H2Error) in
                    try connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
                }
            }
            for index in UInt32(0)..<1_200 {
                let id = 1 + 2 * (index % 10)
                try attacker.step(
                    FrameBuilder.windowUpdate(id, increment: 1)
                        + (index % 10 == 0 ? FrameBuilder.priority(id, dependsOn: id + 2) : []))
                try attacker.call { connection throws(H2Error) in
                    try connection.sendData([0], on: H2StreamID(id))
                }
            }
        },
        .budget("8a", "CVE-2019-9512 PING flood, not read", .controlFrames, bound: 1_001) {
            attacker in
            for value in UInt64(0)..<1_200 { try attacker.step(FrameBuilder.ping(value)) }
        },
        .budget(
            "8b", "CVE-2019-9512 PING flood, slow and not read", .peerOutput,
            bound: 262_144 / 17 + 1
        ) { attacker in
            for value in UInt64(0)..<15_500 {
                // 100 a second.
                try attacker.step(
                    FrameBuilder.ping(value), at: H2Instant(nanoseconds: value * 10_000_000))
            }
        },
        .budget(
            "9", "CVE-2019-9513 resource loop", .controlFrames, bound: 16 + 1_001, requests: 16
        ) { attacker in
            for id in Attacker.streams(16) {
                try attacker.step(FrameBuilder.headers(id, block: Attacker.post))
            }
            for index in UInt32(0)..<10_000 {
                let (a, b) = (1 + 2 * (index % 16), 1 + 2 * ((index + 5) % 16))
                try attacker.step(FrameBuilder.priority(a, dependsOn: b, exclusive: true))
            }
        },
        .budget(
            "10", "CVE-2019-9514 reset flood", .provokedResets, bound: 201
        ) { attacker in
            let malformed: [[UInt8]] = [
                [0x82, 0x87, 0x01, 0x01, 0x61], Attacker.get(["A": "b"]),
                Attacker.get(["te": "x"]), Attacker.get(["a": "\n"]), [],
            ]
            for id in Attacker.streams(250) {
                let block = malformed[Int(id) % malformed.count]
                try attacker.step(FrameBuilder.headers(id, block: block, endStream: true))
            }
        },
        .budget("11", "CVE-2019-9515 SETTINGS flood, not read", .controlFrames, bound: 1_001) {
            attacker in
            for _ in 0..<1_200 { try attacker.step(FrameBuilder.settings()) }
        },
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
            "12b", "CVE-2019-9516 fields without anything, not looked at", .headerFields,
            or: [.headerListSize], bound: 1, .uncheckedServer
        ) { attacker in
            let empty = (0..<5_000).flatMap { _ in [0x00, 0x00, 0x00] as [UInt8] }
            try attacker.step(FrameBuilder.headers(1, block: Attacker.get + empty))
        },
        .rule(
            "13", "CVE-2019-9517 responses that nobody reads", "outboundByteCount tells the caller",
            bound: 101, requests: 100,
            [
                AttackCase(
                    "", .taken, off: .fault { try respond(to: $0, listening: false) },
                    settings: [(0x4, 0x7fff_ffff)]
                ) { try respond(to: $0, listening: true) }
            ]),
        .budget(
            "14", "CVE-2019-9518 empty DATA", .emptyData, bound: 1 + 65, requests: 1
        ) { attacker in
            try attacker.step(FrameBuilder.headers(1, block: Attacker.post))
            for _ in 0..<100 { try attacker.step(FrameBuilder.data(1)) }
        },
    ]

    /// Answers 100 requests with 64 KiB each, to a peer that takes all of it and reads nothing.
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
            try attacker.require(queued < mostMemory, "\(queued) bytes are queued")
        }
    }
}
