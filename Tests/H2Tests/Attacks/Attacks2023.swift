// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Row 23.
    static let of2023: [Attack] = [
        .lifetime(
            "23", "CVE-2023-35945 resets and GOAWAY for open requests", "open requests",
            bound: 101,
            [
                AttackCase("all at once", .taken, .client) { attacker in
                    try ask(100, attacker)
                    for id in Attacker.streams(100) {
                        try attacker.step(FrameBuilder.rstStream(id, code: 0x7))
                    }
                    try attacker.step(FrameBuilder.goAway(last: 0, code: 0x0))
                },
                AttackCase("only GOAWAY", .taken, .client) { attacker in
                    try ask(100, attacker)
                    try attacker.step(FrameBuilder.goAway(last: 49, code: 0xb)) { events in
                        try attacker.require(events.count == 76, "\(events.count) events")
                    }
                },
                AttackCase(
                    "closeAtOnce", .taken,
                    H2Configuration.client.with { $0.goAway = .closeAtOnce }
                ) { attacker in
                    try ask(100, attacker)
                    for id in Attacker.streams(50) { try attacker.step(FrameBuilder.rstStream(id)) }
                    try attacker.step(FrameBuilder.goAway(last: 99, code: 0x2))
                },
            ])
    ]

    private static func ask(_ count: Int, _ attacker: Attacker) throws {
        for id in Attacker.streams(count) {
            try attacker.call { connection throws(H2Error) in
                try connection.sendHeaders(.samplePost, on: H2StreamID(id))
                try connection.sendData([UInt8](repeating: 0, count: 500), on: H2StreamID(id))
            }
        }
    }

    /// Rows 24 to 26, with the letters of the list: what makes H2 reset streams, and what does not.
    static let resets: [Attack] = [
        .flood(
            "24a", "CVE-2023-44487 CVE-2023-39325 rapid reset", .peerResets, asks: true
        ) { rapidReset(UInt32($0) * 2 + 1, Attacker.get) },
        .flood(
            "24b", "CVE-2023-44487 rapid reset, 1,200 fields each", .peerResets,
            weight: 1 + 1_200 / 16 + 1_200 * 60 / 4_096, asks: true
        ) {
            rapidReset(
                UInt32($0) * 2 + 1, Attacker.get + [UInt8](repeating: 0x90, count: 1_196))
        },
        .flood(
            "24c", "CVE-2023-44487 rapid reset, lists of 124 KB from 31 bytes", .peerResets,
            weight: 1 + 35 / 16 + 31 * 4_013 / 4_096,
            opening: [FrameBuilder.headers(1, block: seed, endStream: true)], asks: true,
            memory: eventsOfBombs
        ) {
            rapidReset(
                UInt32($0) * 2 + 3, Attacker.get + [UInt8](repeating: 0xbe, count: 31))
        },
        .flood(
            "24d", "CVE-2023-44487 rapid reset, trailers of 124 KB from 31 bytes", .peerResets,
            weight: 1 + 1 + 31 / 16 + 31 * 4_013 / 4_096,
            opening: [FrameBuilder.headers(1, block: seed, endStream: true)], asks: true,
            memory: eventsOfBombs
        ) {
            FrameBuilder.headers(UInt32($0) * 2 + 3, block: Attacker.post)
                + FrameBuilder.headers(
                    UInt32($0) * 2 + 3, block: [UInt8](repeating: 0xbe, count: 31),
                    endStream: true) + FrameBuilder.rstStream(UInt32($0) * 2 + 3, code: 8)
        },
        .flood(
            "24e", "CVE-2023-44487 rapid reset, 65,534 identifiers skipped each", .peerResets,
            asks: true
        ) { rapidReset(UInt32($0) * 131_070 + 1, Attacker.get) },
        .flood(
            "25", "RUSTSEC-2024-0003 requests that H2 must reset", .provokedResets, asks: true
        ) { index in
            let id = UInt32(index) * 2 + 1
            let triggers = [
                FrameBuilder.data(id, [0]), FrameBuilder.headers(id, block: Attacker.get),
                FrameBuilder.windowUpdate(id, increment: 0x7fff_ffff),
            ]
            return FrameBuilder.headers(id, block: Attacker.get, endStream: true)
                + triggers[index % 3]
        },
        madeYouReset(
            "a", "WINDOW_UPDATE of 0", "§6.9: an increment is not 0", .protocolError,
            { FrameBuilder.windowUpdate($0, increment: 0) },
            twin: { FrameBuilder.windowUpdate($0, increment: 1) }),
        madeYouReset("b", "WINDOW_UPDATE beyond 2^31-1") {
            FrameBuilder.headers($0, block: Attacker.post)
                + FrameBuilder.windowUpdate($0, increment: 0x7fff_ffff)
        },
        madeYouReset("c", "DATA after END_STREAM") {
            FrameBuilder.headers($0, block: Attacker.get, endStream: true)
                + FrameBuilder.data($0, [0])
        },
        madeYouReset("d", "HEADERS after END_STREAM", weight: 2) {
            FrameBuilder.headers($0, block: Attacker.get, endStream: true)
                + FrameBuilder.headers($0, block: Attacker.get, endStream: true)
        },
        madeYouReset(
            "e", "self-dependency", "RFC 7540 §5.3.1", .protocolError,
            { FrameBuilder.priority($0, dependsOn: $0) },
            twin: { FrameBuilder.priority($0, dependsOn: $0 + 2) }),
        madeYouReset(
            "f", "content-length", "§8.1.1: equals the body length", .protocolError,
            error: .invalidBodyLength, on: .strictServer,
            opening: Attacker.get(["content-length": "0"]),
            { FrameBuilder.data($0, [0]) }, twin: { FrameBuilder.data($0, endStream: true) }),
        madeYouReset("f", "content-length, stream error") {
            FrameBuilder.headers($0, block: Attacker.get(["content-length": "0"]))
                + FrameBuilder.data($0, [0])
        },
        .rule(
            "26g", "CVE-2025-8671 MadeYouReset: no :path", "§8.3.1: a request has a path",
            [
                AttackCase(
                    "", .goAway(.protocolViolation, .protocolError),
                    off: .check { $0.validateInboundHeaders = false }, .strictServer
                ) { attacker in
                    for id in Attacker.streams(100) {
                        try attacker.step(FrameBuilder.headers(id, block: pathless))
                    }
                }
            ]),
        madeYouReset("g", "no :path, stream error", asks: false) {
            FrameBuilder.headers($0, block: pathless)
        },
        madeYouReset(
            "i", "streams beyond MAX_CONCURRENT_STREAMS",
            H2Configuration.server.with { $0.initialSettings[.maxConcurrentStreams] = 0 },
            asks: false
        ) { FrameBuilder.headers($0, block: Attacker.get, endStream: true) },
        excess(
            "k", "4,800 fields", weight: 1 + 4_800 / 16 + 4_800 * 60 / 4_096, .server,
            block: Attacker.get + [UInt8](repeating: 0x90, count: 4_796)),
        .flood(
            "26l", "CVE-2025-8671 sections of 16 KiB on a stream that was reset", .provokedResets,
            weight: 1 + 16_384 / 40, opening: [rapidReset(1, Attacker.get)], restored: -1
        ) { _ in
            FrameBuilder.headers(1, block: [UInt8](repeating: 0x90, count: 16_384))
        },
        excess(
            "j", "lists beyond MAX_HEADER_LIST_SIZE", weight: 1,
            .announcing(.server, maxHeaderListSize: 100), block: Attacker.get),
        madeYouReset(
            "h", "PRIORITY of 4 bytes", "§6.3: PRIORITY has 5 bytes", .frameSizeError,
            error: .frameDataMissing,
            { FrameBuilder.raw(type: 0x2, stream: $0, payload: [0, 0, 0, 0]) },
            twin: { FrameBuilder.raw(type: 0x2, stream: $0, payload: [0, 0, 0, 0, 0]) }),
    ]

    private static func rapidReset(_ id: UInt32, _ block: [UInt8]) -> [UInt8] {
        FrameBuilder.headers(id, block: block, endStream: true)
            + FrameBuilder.rstStream(id, code: 0x8)
    }

    /// A read of 16 KiB contains some 280 of these requests, each with a list of up to 128 KiB.
    private static let eventsOfBombs = 280 << 17

    /// A request that adds a field of 4,013 bytes, 32 included, to the compression table.
    private static let seed: [UInt8] = {
        var encoder = HPACKEncoder()
        encoder.raw(Attacker.get)
        encoder.literal("x", String(repeating: "v", count: 3_980), .incremental)
        return encoder.bytes
    }()

    private static let pathless: [UInt8] = [0x82, 0x87, 0x01, 0x01, 0x61]

    /// Returns a variant that ends only the stream.
    private static func madeYouReset(
        _ letter: String, _ name: String, _ configuration: H2Configuration = .server,
        weight: Int = 1, asks: Bool = true, _ step: @escaping @Sendable (UInt32) -> [UInt8]
    ) -> Attack {
        .flood(
            "26\(letter)", "CVE-2025-8671 MadeYouReset: \(name)", .provokedResets,
            weight: weight, asks: asks, configuration
        ) { step(UInt32($0) * 2 + 1) }
    }

    /// Returns a variant that ends only the stream, and exceeds another limit.
    private static func excess(
        _ letter: String, _ name: String, weight: Int, _ configuration: H2Configuration,
        block: [UInt8]
    ) -> Attack {
        let bound = H2Limit.provokedResets.lifetime / weight + 1
        return .rule(
            "26\(letter)", "CVE-2025-8671 MadeYouReset: \(name)", "provokedResets counts them",
            bound: bound,
            [
                AttackCase(
                    "", .goAway(.denialOfService, .enhanceYourCalm),
                    off: .check { $0.limits.provokedResets = H2Limits.unlimited.provokedResets },
                    configuration
                ) { attacker in
                    for id in Attacker.streams(bound + 100) {
                        try attacker.step(FrameBuilder.headers(id, block: block, endStream: true))
                        if id % 1_000 == 1 { try attacker.read() }
                    }
                }
            ])
    }

    /// Returns a variant that ends the connection.
    private static func madeYouReset(
        _ letter: String, _ name: String, _ rule: String, _ code: H2ErrorCode,
        error: H2Error.Kind = .protocolViolation, on configuration: H2Configuration = .server,
        opening block: [UInt8] = Attacker.post,
        _ trigger: @escaping @Sendable (UInt32) -> [UInt8],
        twin: @escaping @Sendable (UInt32) -> [UInt8]
    ) -> Attack {
        @Sendable func run(
            _ attacker: Attacker, _ trigger: @Sendable (UInt32) -> [UInt8]
        ) throws {
            for id in Attacker.streams(100) {
                try attacker.step(FrameBuilder.headers(id, block: block) + trigger(id))
            }
        }
        return .rule(
            "26\(letter)", "CVE-2025-8671 MadeYouReset: \(name)", rule, requests: 1,
            [
                AttackCase(
                    "", .goAway(error, code), off: .twin { try run($0, twin) }, configuration
                ) { try run($0, trigger) }
            ])
    }
}
