// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 1 to 6.
    static let until2018: [Attack] = [
        .budget(
            "1", "CVE-2016-6581 HPACK bomb", .headerListSize, or: [.headerFields], bound: 2,
            requests: 1
        ) { attacker in
            var seed = HPACKEncoder()
            seed.raw(Attacker.get)
            seed.literal("x", String(repeating: "v", count: 4_000), .incremental)
            try attacker.step(FrameBuilder.headers(1, block: seed.bytes, endStream: true))
            let bomb = Attacker.get + [UInt8](repeating: 0xbe, count: 4_000)
            try attacker.step(FrameBuilder.headers(3, block: bomb, endStream: true))
        },
        .flood("2", "CVE-2016-6580 PRIORITY of idle streams", .controlFrames) {
            FrameBuilder.priority(UInt32($0) * 2 + 1)
        },
        .budget(
            "3", "CVE-2016-1544 fields without end", .headerFields,
            or: [.headerListSize, .headerBlockSize], bound: 9
        ) { attacker in
            var seed = HPACKEncoder()
            seed.raw(Attacker.get)
            seed.literal("a", "", .incremental)
            try attacker.step(FrameBuilder.headers(1, block: seed.bytes, endHeaders: false))
            let fields = [UInt8](repeating: 0xbe, count: 16_384)
            for _ in 0..<8 {
                try attacker.step(FrameBuilder.continuation(1, block: fields, endHeaders: false))
            }
        },
        .lifetime(
            "4", "CVE-2015-8659 idle streams, circular dependencies", "stream tree",
            bound: 10, requests: 4,
            [
                AttackCase("", .goAway(.protocolViolation, .protocolError)) { attacker in
                    for frame in circles { try attacker.step(frame) }
                }
            ]),
        .lifetime(
            "5", "CVE-2018-1000168 ALTSVC of maximum size", "frame buffer", bound: 1,
            alternativeServices),
        .flood(
            "6a", "CVE-2018-16843 stream of tiny SETTINGS, read", .controlFrames, weight: 2 + 3
        ) { FrameBuilder.settings([(0x3, UInt32($0))]) },
        .flood(
            "6c", "CVE-2018-16843 SETTINGS that change the compression table", .controlFrames,
            weight: 2 + 3
        ) { FrameBuilder.settings([(0x1, UInt32(4_096 - $0 % 2))]) },
        .flood(
            "6b", "CVE-2018-17189 bodies byte by byte", .smallData,
            opening: Attacker.streams(10).map { FrameBuilder.headers($0, block: Attacker.post) }
        ) { FrameBuilder.data(1 + 2 * UInt32($0 % 10), [0]) },
    ]

    /// Priorities of streams that do not exist, of one another, and of closed streams, and finally
    /// a stream that depends on itself.
    private static let circles: [[UInt8]] = [
        FrameBuilder.priority(1, dependsOn: 3),
        FrameBuilder.priority(3, dependsOn: 1),
        FrameBuilder.headers(5, block: Attacker.get, priority: (3, false, 255)),
        FrameBuilder.priority(3, dependsOn: 5, exclusive: true),
        FrameBuilder.headers(7, block: Attacker.get, priority: (5, true, 0)),
        FrameBuilder.rstStream(5),
        FrameBuilder.headers(9, block: Attacker.get, priority: (5, true, 0)),
        FrameBuilder.headers(11, block: Attacker.get, priority: (9, false, 0))
            + FrameBuilder.priority(9, dependsOn: 11),
        FrameBuilder.rstStream(9) + FrameBuilder.rstStream(7),
        FrameBuilder.headers(13, block: Attacker.get, priority: (13, false, 0)),
    ]

    private static let alternativeServices: [AttackCase] = {
        let origin = "https://a"
        // Two bytes are the length of the origin.
        let largest = FrameBuilder.altSvc(
            0, origin: origin, field: String(repeating: "f", count: 16_382 - origin.utf8.count))
        return [
            AttackCase("server", .taken) { attacker in
                try attacker.step(largest) { events in
                    try attacker.require(events.isEmpty, "a server must ignore it")
                }
            },
            AttackCase("client", .taken, .client) { attacker in
                try attacker.step(largest) { events in
                    guard case .alternativeServiceAvailable(let event)? = events.first else {
                        throw AttackFailure("\(events)")
                    }
                    try attacker.require(event.fieldValue.count == 16_373, "the value is truncated")
                }
            },
            AttackCase("too large", .goAway(.frameTooLarge, .frameSizeError), .client) { attacker in
                try attacker.step(
                    FrameBuilder.raw(type: 0xa, payload: [UInt8](repeating: 0, count: 16_385)))
            },
            AttackCase("too long an origin", .goAway(.frameDataMissing, .frameSizeError), .client) {
                attacker in
                try attacker.step(FrameBuilder.raw(type: 0xa, payload: [0xff, 0xff, 0x61]))
            },
        ]
    }()
}
