// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 34 to 43.
    static let of2026: [Attack] = [
        .lifetime(
            "34", "CVE-2026-27135 bad lengths after the end", "bytes after the end", bound: 2,
            requests: 1, afterTheEnd),
        .rule(
            "35", "CVE-2026-21714 window of the connection", "§6.9.1: at most 2^31-1",
            [
                AttackCase(
                    "", .goAway(.flowControl, .flowControlError),
                    off: .twin {
                        try $0.step(FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_535))
                    }
                ) { try $0.step(FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_534)) }
            ]),
        .lifetime(
            "36", "CVE-2026-27141 frames of types 0x0a to 0x0f", "no trap", bound: 1, otherTypes),
        .rule(
            "37", "CVE-2026-33814 MAX_FRAME_SIZE out of range", "§6.5.2: 2^14 to 2^24-1", frameSizes
        ),
        .rule(
            "38", "CVE-2026-28898 line ends in pseudo-header fields", "§8.2.1: characters",
            pseudoHeaderFields),
        .budget(
            "39a", "CVE-2026-49975 CVE-2026-47774 HTTP/2 bomb", .headerFields,
            or: [.headerListSize], bound: 1, settings: [(0x4, 0)]
        ) { attacker in
            try attacker.step(FrameBuilder.headers(1, block: bomb(16_000), endStream: true))
        },
        .budget(
            "39b", "CVE-2026-49975 a hundred small bombs, kept alive", .windowUpdates,
            bound: 100 + H2Limit.windowUpdates.lifetime + 1,
            burst: 100 + H2Limit.windowUpdates.burst + 1, requests: 100,
            settings: [(0x4, 0)]
        ) { attacker in
            for id in Attacker.streams(100) {
                try attacker.step(FrameBuilder.headers(id, block: bomb(1_190), endStream: true))
            }
            for index in UInt32(0)..<UInt32(H2Limit.windowUpdates.lifetime) + 100 {
                try attacker.step(FrameBuilder.windowUpdate(1 + 2 * (index % 100), increment: 1))
            }
        },
        .budget(
            "40a", "CVE-2026-49975 cookie bomb", .headerFields, bound: 1
        ) { attacker in
            try attacker.step(
                FrameBuilder.split(1, block: crumbs(5_000), every: 16_384, endStream: true))
        },
        .rule(
            "40b", "CVE-2026-49975 joining of cookies", "cost linear in cookies", bound: 1,
            requests: 1,
            [
                AttackCase("", .taken, off: .fault { try join(for: $0, slowly: true) }) {
                    try join(for: $0, slowly: false)
                }
            ]),
        .flood(
            "41a", "RUSTSEC-2026-0258 empty DATA that is not read", .emptyData,
            opening: [FrameBuilder.headers(1, block: Attacker.post)], restored: 1
        ) { _ in FrameBuilder.data(1) },
        .flood(
            "41b", "RUSTSEC-2026-0258 tiny DATA that is not read", .smallData,
            opening: [FrameBuilder.headers(1, block: Attacker.post)]
        ) { _ in FrameBuilder.data(1, [0]) },
        .lifetime(
            "41c", "RUSTSEC-2026-0258 empty DATA that ends a stream", "not an attack", bound: 200,
            requests: 200,
            [
                AttackCase("", .taken) { attacker in
                    for id in Attacker.streams(200) {
                        try attacker.step(
                            FrameBuilder.headers(id, block: Attacker.post)
                                + FrameBuilder.data(id, endStream: true))
                        try attacker.call { connection throws(H2Error) in
                            try connection.sendHeaders(
                                .sampleResponse, on: H2StreamID(id), endStream: true)
                        }
                    }
                }
            ]),
        .budget(
            "42a", "DATA that is only padding of 255 bytes, acknowledged", .emptyData,
            bound: 1 + H2Limit.emptyData.lifetime + 2,
            burst: 1 + H2Limit.emptyData.burst + 2, requests: 1
        ) { attacker in
            try attacker.step(FrameBuilder.headers(1, block: Attacker.post))
            for index in 1...H2Limit.emptyData.lifetime + 100 {
                try attacker.step(FrameBuilder.data(1, padLength: 255))
                guard index % 100 == 0 else { continue }
                try attacker.call { connection throws(H2Error) in
                    try connection.acknowledgeReceivedData(100 * 256, on: 1)
                }
                try attacker.read()
            }
        },
        .budget("42b", "any number of fields", .headerFields, bound: 1) { attacker in
            let fields = (0..<5_000).flatMap { _ in [0x00, 0x01, 0x61, 0x00] as [UInt8] }
            try attacker.step(
                FrameBuilder.split(1, block: Attacker.get + fields, every: 16_384))
        },
        .budget("42c", "fields four times too large", .headerListSize, bound: 1) { attacker in
            var encoder = HPACKEncoder()
            encoder.raw(Attacker.get)
            encoder.literal("x", String(repeating: "v", count: 4_000), .incremental)
            encoder.raw([UInt8](repeating: 0xbe, count: 130))
            try attacker.step(FrameBuilder.headers(1, block: encoder.bytes, endStream: true))
        },
        .lifetime(
            "42d", "RST_STREAM after END_STREAM", "earlier DATA is not lost", bound: 1,
            [AttackCase("", .taken, .client, run: resetAfterEnd)]),
        .lifetime(
            "42e", "writes of no bytes", "nothing is lost", bound: 1, requests: 1,
            [AttackCase("", .taken, run: writeNothing)]),
        .rule(
            "43", "CVE-2026-56853 truncated or wrong prefaces", "§3.4: 24 bytes", bound: 1,
            prefaces),
    ]

    private static let afterTheEnd: [AttackCase] = {
        let bad: [UInt8] =
            FrameBuilder.raw(type: 0x4, payload: [1, 2, 3, 4, 5])
            + FrameBuilder.raw(type: 0x6, payload: [], length: 0xff_ffff)
        return [
            AttackCase(
                "after WINDOW_UPDATE of 0", .goAway(.protocolViolation, .protocolError)
            ) { try $0.step(FrameBuilder.windowUpdate(0, increment: 0) + bad) },
            AttackCase(
                "after an undecodable field block",
                .goAway(.protocolViolation, .compressionError)
            ) { try $0.step(FrameBuilder.headers(1, block: [0x80]) + bad) },
            AttackCase(
                "after a list that is too large", .goAway(.denialOfService, .enhanceYourCalm)
            ) { try $0.step(FrameBuilder.headers(1, block: bomb(16_000)) + bad) },
            // The connection ignores what arrives after its own GOAWAY.
            AttackCase("after the local GOAWAY", .taken) { attacker in
                try attacker.step(FrameBuilder.headers(1, block: Attacker.post))
                try attacker.call { connection throws(H2Error) in
                    try connection.closeConnection()
                }
                try attacker.step(bad)
            },
        ]
    }()

    private static let otherTypes: [AttackCase] = [H2Configuration.server, .client].flatMap {
        configuration in
        (UInt8(0xa)...0xf).flatMap { type in
            (0...8).flatMap { length in
                [UInt32(0), 1].map { stream in
                    // ALTSVC begins with two bytes for the length of the origin.
                    let isShort = type == 0xa && length < 2
                    return AttackCase(
                        "type \(type), \(length) bytes, stream \(stream), \(configuration.role)",
                        isShort ? .goAway(.frameDataMissing, .frameSizeError) : .taken,
                        configuration
                    ) {
                        try $0.step(
                            FrameBuilder.raw(
                                type: type, flags: 0xff, stream: stream,
                                payload: [UInt8](repeating: 0, count: length)))
                    }
                }
            }
        }
    }

    private static let frameSizes: [AttackCase] = {
        let bad: [UInt32] = [0, 1, 16_383, 1 << 24, .max]
        let good: [UInt32] = [16_384, (1 << 24) - 1]
        return bad.map { size in
            AttackCase(
                "\(size)", .goAway(.invalidSettingsValue, .protocolError),
                off: .twin { try $0.step(FrameBuilder.settings([(0x5, 16_384)])) }, .client
            ) { try $0.step(FrameBuilder.settings([(0x5, size)])) }
        }
            + good.map { size in
                AttackCase("\(size)", .taken, .client) { attacker in
                    try attacker.step(FrameBuilder.settings([(0x5, size)]))
                    try attacker.call { connection throws(H2Error) in
                        var headers = H2Headers.samplePost
                        headers.append("a", String(repeating: "~", count: 60_000))
                        try connection.sendHeaders(headers, on: 1)
                        try connection.sendData([UInt8](repeating: 0, count: 16_384), on: 1)
                    }
                    let frames = try attacker.read().filter { $0.type != .settings }
                    try attacker.require(2...8 ~= frames.count, "\(frames.count) frames")
                    try attacker.require(
                        frames.allSatisfy { $0.payload.count <= size }, "\(frames)")
                }
            }
    }()

    private static let pseudoHeaderFields: [AttackCase] = {
        func request(
            _ name: String, method: String = "GET", scheme: String = "https",
            authority: String = "a", path: String = "/"
        ) -> AttackCase {
            let headers: H2Headers = [
                ":method": method, ":scheme": scheme, ":authority": authority, ":path": path,
            ]
            return AttackCase(
                name, .reset(.protocolError), off: .check { $0.validateInboundHeaders = false }
            ) { try $0.step(FrameBuilder.headers(1, block: headers.block, endStream: true)) }
        }
        func answer(_ name: String, _ frame: [UInt8]) -> AttackCase {
            AttackCase(
                name, .reset(.protocolError), off: .check { $0.validateInboundHeaders = false },
                .client
            ) { attacker in
                try attacker.call { connection throws(H2Error) in
                    try connection.sendHeaders(.samplePost, on: 1)
                }
                try attacker.step(frame)
            }
        }
        let status: H2Headers = [":status": "200 OK\r\na: b"]
        let promise: H2Headers = [
            ":method": "GET", ":scheme": "https", ":authority": "a", ":path": "/\r\n",
        ]
        return [
            request("CR in :path", path: "/\rb"), request("LF in :path", path: "/\nb"),
            request("NUL in :path", path: "/\0b"),
            request("CR LF in :method", method: "GET\r\nb"),
            request("CR LF in :authority", authority: "a\r\nb"),
            request("CR LF in :scheme", scheme: "https\r\nb"),
            answer("CR LF in :status", FrameBuilder.headers(1, block: status.block)),
            answer(
                "CR LF in a promise",
                FrameBuilder.pushPromise(1, promised: 2, block: promise.block)),
        ]
    }()
}
