// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 27 to 33.
    static let of2024To2025: [Attack] = [
        .budget(
            "27a", "CVE-2024-28182 CVE-2023-45288 CONTINUATION flood", .continuationFrames,
            bound: 1 + 257
        ) { attacker in
            try attacker.step(FrameBuilder.headers(1, block: Attacker.get, endHeaders: false))
            for _ in 0..<257 {
                try attacker.step(FrameBuilder.continuation(1, block: [0x90], endHeaders: false))
            }
        },
        .budget(
            "27b", "CVE-2024-28182 CONTINUATION flood on a stream that was reset",
            .continuationFrames, bound: 1 + 257, requests: 1
        ) { attacker in
            try attacker.step(
                FrameBuilder.headers(1, block: Attacker.get) + FrameBuilder.rstStream(1)
                    + FrameBuilder.headers(1, block: Attacker.get, endHeaders: false))
            for _ in 0..<257 {
                try attacker.step(FrameBuilder.continuation(1, block: [0x90], endHeaders: false))
            }
        },
        .flood(
            "27c", "CVE-2024-28182 field blocks in 256 CONTINUATION frames of a byte",
            .controlFrames,
            weight: 255, asks: true,
            H2Configuration.server.with {
                // The streams are reset, so that few are open at a time.
                $0.limits = .attacked(without: [.peerResets])
            }
        ) { index in
            let id = UInt32(index) * 2 + 1
            return FrameBuilder.headers(id, block: Attacker.get, endHeaders: false)
                + (1...256).flatMap {
                    FrameBuilder.continuation(id, block: [0x90], endHeaders: $0 == 256)
                }
                + FrameBuilder.rstStream(id, code: 8)
        },
        .budget(
            "28", "CVE-2026-33871 CONTINUATION flood without bytes", .continuationFrames, bound: 10
        ) { attacker in
            try attacker.step(FrameBuilder.headers(1, block: Attacker.get, endHeaders: false))
            for _ in 0..<9 {
                try attacker.step(FrameBuilder.continuation(1, block: [], endHeaders: false))
            }
        },
        .lifetime(
            "29", "CVE-2024-27983 connection dropped within a field block", "incomplete block",
            bound: 4,
            requests: 1, halfBlocks),
        .lifetime(
            "30", "CVE-2025-23085 connection dropped without GOAWAY, or with an error",
            "the connection",
            bound: 3, requests: 1, ends),
        .rule(
            "31", "CVE-2025-57804 request splitting, in and out", "§8.2.1: characters", requests: 0,
            splitting),
        .lifetime(
            "32", "CVE-2025-59465 unhandled HPACK errors", "the decoder", bound: 3,
            requests: 1, hpackErrors),
        .rule(
            "33", "conflicting lengths and hosts, ENABLE_PUSH from a server",
            "§8.1.1, §8.3.1, §6.5.2",
            disagreements),
    ]

    private static let continuations = FrameBuilder.continuation(
        1, block: [0x90], endHeaders: false)

    private static let halfBlocks: [AttackCase] = [
        AttackCase("request", .taken) { attacker in
            try attacker.step(FrameBuilder.headers(1, block: Attacker.get, endHeaders: false))
            for _ in 0..<3 { try attacker.step(continuations) }
        },
        AttackCase("trailers and half a frame", .taken) { attacker in
            try attacker.step(
                FrameBuilder.headers(1, block: Attacker.post)
                    + FrameBuilder.headers(1, block: [0x90], endStream: true, endHeaders: false))
            try attacker.step(continuations)
            try attacker.step(Array(FrameBuilder.continuation(1, block: [0x90, 0x90]).dropLast()))
        },
        AttackCase("incomplete field", .taken) { attacker in
            let block = Attacker.get(["a": String(repeating: "v", count: 1_000)])
            let frames = FrameBuilder.split(1, block: block, every: 500, endStream: true)
            try attacker.step(Array(frames.prefix(2 * 509)))
        },
        AttackCase("response", .taken, .client) { attacker in
            try attacker.call { connection throws(H2Error) in
                try connection.sendHeaders(.samplePost, on: 1)
            }
            try attacker.step(FrameBuilder.headers(1, block: [0x88], endHeaders: false))
            for _ in 0..<3 { try attacker.step(continuations) }
        },
        AttackCase("promise", .taken, .client) { attacker in
            try attacker.call { connection throws(H2Error) in
                try connection.sendHeaders(.samplePost, on: 1)
            }
            try attacker.step(
                FrameBuilder.pushPromise(1, promised: 2, block: Attacker.get, endHeaders: false))
            for _ in 0..<3 { try attacker.step(continuations) }
        },
    ]

    /// Ten states in which a connection is dropped.
    private static let ends: [AttackCase] = {
        let request = FrameBuilder.headers(1, block: Attacker.post)
        let server: [(String, [UInt8])] = [
            ("an idle connection", []), ("an open stream", request),
            ("half a frame header", Array(FrameBuilder.ping().prefix(5))),
            ("half a frame", Array(FrameBuilder.data(1, [1, 2, 3]).dropLast())),
            (
                "output that was not removed",
                request + FrameBuilder.ping() + FrameBuilder.settings()
            ),
        ]
        let goAways: [(String, UInt32)] = [
            ("PROTOCOL_ERROR", 0x1), ("INTERNAL_ERROR", 0x2), ("unknown code", 0xffff_ffff),
        ]
        return server.map { name, bytes in
            AttackCase(name, .taken) { try $0.step(bytes) }
        }
            + goAways.map { name, code in
                AttackCase("GOAWAY, \(name)", .taken, .client) { attacker in
                    try attacker.call { connection throws(H2Error) in
                        try connection.sendHeaders(.samplePost, on: 1)
                        try connection.sendData([UInt8](repeating: 0, count: 100), on: 1)
                    }
                    try attacker.step(
                        FrameBuilder.goAway(last: 0, code: code, data: Array("because".utf8)))
                }
            } + [
                AttackCase("a connection error", .goAway(.frameDataMissing, .frameSizeError)) {
                    try $0.step(request + FrameBuilder.raw(type: 0x6, payload: [0]))
                },
                AttackCase("before the preface", .taken, settings: nil) { attacker in
                    try attacker.call { connection throws(H2Error) in
                        try connection.initiateConnection()
                    }
                },
            ]
    }()

    /// Fields that split a request in HTTP/1.1, and similar ones.
    private static let poisons: [(String, H2Headers)] = [
        ("CR LF in a value", .sampleRequest + ["a": "b\r\nc: d"]),
        ("LF in a value", .sampleRequest + ["a": "b\nc: d"]),
        ("NUL in a value", .sampleRequest + ["a": "b\0c"]),
        (
            "CR LF in :path",
            [
                ":method": "GET", ":scheme": "https", ":authority": "a",
                ":path": "/ HTTP/1.1\r\nb: c",
            ]
        ),
        (
            "CR LF in :authority",
            [":method": "GET", ":scheme": "https", ":authority": "a\r\nb: c", ":path": "/"]
        ),
        (
            "CR LF in :method",
            [":method": "GET / HTTP/1.1\r\n", ":scheme": "https", ":authority": "a", ":path": "/"]
        ),
        ("upper case", .sampleRequest + ["Transfer-encodinG": "b"]),
        ("space in a name", .sampleRequest + ["a b": "c"]),
        ("colon in a name", .sampleRequest + ["a: b": "c"]),
        ("CR LF in a name", .sampleRequest + ["a\r\nb": "c"]),
        ("space before a value", .sampleRequest + ["a": " b"]),
        ("space after a value", .sampleRequest + ["a": "b "]),
    ]

    private static let splitting: [AttackCase] =
        poisons.map { name, headers in
            AttackCase(
                "\(name), received", .reset(.protocolError),
                off: .check { $0.validateInboundHeaders = false }
            ) { try $0.step(FrameBuilder.headers(1, block: headers.block, endStream: true)) }
        }
        + poisons.map { name, headers in
            AttackCase(
                "\(name), sent", .misuse, off: .check { $0.validateOutboundHeaders = false },
                H2Configuration.client.with { $0.normalizeOutboundHeaders = false }
            ) { attacker in
                try attacker.call { connection throws(H2Error) in
                    try connection.sendHeaders(headers, on: 1, endStream: true)
                }
            }
        }

    private static let hpackErrors: [AttackCase] = [
        ("in the first frame", [FrameBuilder.headers(1, block: [0x80])]),
        (
            "in the third frame",
            [
                FrameBuilder.headers(1, block: Attacker.get, endHeaders: false),
                FrameBuilder.continuation(1, block: [0x90], endHeaders: false),
                FrameBuilder.continuation(1, block: [0x80]),
            ]
        ),
        (
            "on a stream that was reset",
            [
                FrameBuilder.headers(1, block: Attacker.get), FrameBuilder.rstStream(1),
                FrameBuilder.headers(1, block: [0xbe]),
            ]
        ),
    ].map { name, frames in
        AttackCase(name, .goAway(.protocolViolation, .compressionError)) { attacker in
            for frame in frames { try attacker.step(frame) }
        }
    }

    private static let disagreements: [AttackCase] = {
        func request(_ fields: KeyValuePairs<String, String>) -> AttackCase.Script {
            { try $0.step(FrameBuilder.headers(1, block: Attacker.get(fields))) }
        }
        let malformed = AttackCase.Ending.reset(.protocolError)
        return [
            AttackCase(
                "two lengths", malformed,
                off: .twin(request(["content-length": "1", "content-length": "1"])),
                run: request(["content-length": "1", "content-length": "2"])),
            AttackCase(
                "length with a sign", malformed, off: .twin(request(["content-length": "1"])),
                run: request(["content-length": "+1"])),
            AttackCase(
                "two hosts", malformed, off: .check { $0.validateInboundHeaders = false },
                run: request(["host": "a", "host": "a"])),
            AttackCase(
                "another host", malformed, off: .check { $0.validateInboundHeaders = false },
                run: request(["host": "b"])),
            AttackCase(
                "ENABLE_PUSH from a server", .goAway(.invalidSettingsValue, .protocolError),
                off: .twin { try $0.step(FrameBuilder.settings([(0x2, 0)])) }, .client
            ) { try $0.step(FrameBuilder.settings([(0x2, 1)])) },
        ]
    }()
}
