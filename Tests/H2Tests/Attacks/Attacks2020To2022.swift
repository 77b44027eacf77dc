// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 15 to 22.
    static let of2020To2022: [Attack] = [
        .budget("15a", "CVE-2020-11080 large SETTINGS", .settingsPerFrame, bound: 5) { attacker in
            for round in UInt32(0)..<5 {
                try attacker.step(
                    FrameBuilder.settings(
                        (0..<2_400).map { (UInt16(0x1000 + $0), round) }))
            }
        },
        .rule(
            "15b", "CVE-2020-11080 unknown settings in small frames",
            "cost linear in frames",
            bound: 1,
            [
                AttackCase(
                    "", .taken, off: .fault { try sendSettings($0, slowly: true) }
                ) { try sendSettings($0, slowly: false) }
            ]),
        .lifetime(
            "16", "CVE-2021-44716 CVE-2022-41717 a thousand names", "no name is kept", bound: 100,
            requests: 100, [AttackCase("", .taken, run: sendNames)]),
        .rule(
            "17", "CVE-2022-24666 CVE-2022-0618 frames too short for flags",
            "§6.1, §6.2: lengths by flags", requests: 1, shortFrames),
        .rule(
            "18", "CVE-2022-24667 integers and indices of HPACK", "RFC 7541 §5.1, §2.3.3, §4.2",
            requests: 0, FieldBlockAttacks.cases),
        .lifetime(
            "19", "CVE-2022-24668 one ALTSVC, one ORIGIN", "no trap", bound: 2,
            [
                AttackCase("server", .taken) { try sendExtensions(to: $0, expected: 0) },
                AttackCase("client", .taken, .client) { try sendExtensions(to: $0, expected: 1) },
            ]),
        .lifetime(
            "20", "CVE-2022-27664 errors after GOAWAY was sent", "the connection ends", bound: 5,
            requests: 1, closing),
        .rule(
            "21", "CVE-2022-41723 quadratic decoding", "cost linear in bytes",
            bound: 2, requests: 2,
            [
                AttackCase(
                    "", .taken, off: .fault { try decode(for: $0, slowly: true) }
                ) { try decode(for: $0, slowly: false) }
            ]),
        .lifetime(
            "22", "CVE-2023-26964 requests and resets in pairs", "no stream is kept", bound: 200,
            requests: 200,
            [
                AttackCase("", .taken) { attacker in
                    var held = 0
                    for id in Attacker.streams(200) {
                        try attacker.step(
                            FrameBuilder.headers(id, block: Attacker.get)
                                + FrameBuilder.rstStream(id, code: 0x8))
                        if id == 41 {
                            try attacker.read()
                            held = attacker.held
                        }
                    }
                    let streams = try attacker.call { connection throws(H2Error) in
                        connection.state.streams.live.count + connection.openInboundStreams
                    }
                    try attacker.require(streams == 0, "\(streams) streams are kept")
                    // The way each stream ended is recorded in 4 bits.
                    try attacker.require(attacker.held <= held + 256, "\(attacker.held) bytes")
                }
            ]),
    ]

    /// Makes a connection receive frames of 32 unknown settings, and four times as many.
    ///
    /// - Parameter slowly: Whether to measure a list that is searched from its start instead.
    private static func sendSettings(_ attacker: Attacker, slowly: Bool) throws {
        let growth = try CPUTime.growth(of: slowly ? 10 : 200) { count in
            let frames = (0..<count).map { frame in
                FrameBuilder.settings((0..<32).map { (UInt16(0x1000 + frame * 32 + $0), 1) })
            }
            if slowly {
                return {
                    var list: [Int] = []
                    for id in 0..<count * 32 where !list.contains(where: { $0 == id }) {
                        list.append(id)
                    }
                    return list.count
                }
            }
            let connection = H2Connection(.server)
            try connection.initiateConnection()
            _ = try connection.receiveData(FrameBuilder.preface() + FrameBuilder.settings())
            return {
                for frame in frames { _ = try connection.receiveData(frame) }
                return 0
            }
        }
        try attacker.require(
            growth < CPUTime.linear, "four times as many frames cost \(growth) times as much")
    }

    private static func sendNames(_ attacker: Attacker) throws {
        var held = 0
        for id in Attacker.streams(100) {
            var block = HPACKEncoder()
            block.raw(Attacker.get)
            for field in 0..<10 {
                let name = "\(id)-\(field)-" + String(repeating: "n", count: 200)
                block.literal(name, "v", .incremental)
            }
            try attacker.step(FrameBuilder.headers(id, block: block.bytes, endStream: true))
            try attacker.call { connection throws(H2Error) in
                try connection.sendHeaders(.sampleResponse, on: H2StreamID(id), endStream: true)
            }
            try attacker.read()
            if id == 41 { held = attacker.held }
        }
        try attacker.require(
            attacker.held <= held + 256, "\(attacker.held - held) bytes more are held")
    }

    private static func sendExtensions(to attacker: Attacker, expected: Int) throws {
        try attacker.step(FrameBuilder.altSvc(0, origin: "https://a", field: "clear")) { events in
            try attacker.require(events.count == expected, "\(events)")
        }
        try attacker.step(FrameBuilder.raw(type: 0xc, payload: [0, 9] + Array("https://a".utf8))) {
            events in
            guard case .unknownFrameReceived(let frame)? = events.first else {
                throw AttackFailure("\(events)")
            }
            try attacker.require(frame.payload.count == 11, "\(frame)")
        }
    }

    /// The connection ignores what arrives after its own GOAWAY.
    private static let closing: [AttackCase] = {
        let frames: [(String, [UInt8])] = [
            (
                "PING of 7 bytes",
                FrameBuilder.raw(type: 0x6, payload: [UInt8](repeating: 0, count: 7))
            ),
            ("WINDOW_UPDATE of 0", FrameBuilder.windowUpdate(1, increment: 0)),
            ("undecodable HEADERS", FrameBuilder.headers(3, block: [0x80])),
            ("DATA on an idle stream", FrameBuilder.data(5, [0])),
        ]
        return frames.map { name, frame in
            AttackCase(name, .taken) { attacker in
                try attacker.step(FrameBuilder.headers(1, block: Attacker.post))
                try attacker.call { connection throws(H2Error) in
                    try connection.closeConnection()
                }
                try attacker.step(frame) { events in
                    try attacker.require(events.isEmpty, "\(events)")
                }
            }
        }
    }()

    /// Makes a connection decode a field whose value arrives in single bytes, and one of four times
    /// that size.
    ///
    /// - Parameter slowly: Whether to measure a reader that starts again at each byte instead.
    private static func decode(for attacker: Attacker, slowly: Bool) throws {
        var encoder = HPACKEncoder()
        encoder.raw(Attacker.get)
        encoder.literal("a", String(repeating: "0", count: 64_000), huffman: true)
        let block = encoder.bytes
        let growth = try CPUTime.growth(of: slowly ? 250 : 2_000) { size in
            let bytes = FrameBuilder.headers(1, block: Array(block.prefix(size)), endHeaders: false)
            if slowly {
                return {
                    var seen: [UInt8] = []
                    var sum = 0
                    for byte in bytes {
                        seen.append(byte)
                        sum = seen.reduce(sum) { $0 &+ Int($1) }
                    }
                    return sum
                }
            }
            let connection = H2Connection(.server)
            try connection.initiateConnection()
            _ = try connection.receiveData(FrameBuilder.preface() + FrameBuilder.settings())
            let pieces = Cut.every(1).pieces(of: bytes)
            return {
                for piece in pieces { _ = try connection.receiveData(piece) }
                return 0
            }
        }
        try attacker.require(
            growth < CPUTime.linear, "four times as many bytes cost \(growth) times as much")
        for id in Attacker.streams(2) {
            try attacker.step(FrameBuilder.split(id, block: block, every: 16_384, endStream: true))
        }
    }

    /// HEADERS and PUSH_PROMISE of each length from 0 to 12 with each set of flags.
    private static let shortFrames: [AttackCase] = [
        (0..<52).map { shortFrame($0 % 13, flags: [0x00, 0x08, 0x20, 0x28][$0 / 13], type: 0x1) },
        (0..<26).map { shortFrame($0 % 13, flags: [0x00, 0x08][$0 / 13], type: 0x5) },
    ].flatMap(\.self)

    private static func shortFrame(_ length: Int, flags: UInt8, type: UInt8) -> AttackCase {
        let isPadded = flags & 0x08 != 0
        let fixed = type == 0x5 ? 4 : flags & 0x20 != 0 ? 5 : 0
        let needed = (isPadded ? 1 : 0) + fixed
        /// Returns a frame of the given length that announces the given padding.
        @Sendable func frame(_ length: Int, padding: UInt8) -> [UInt8] {
            // A priority, or promised stream 2; then as many indexed fields as fit.
            let fields: [UInt8] = type == 0x5 ? [0, 0, 0, 2] : fixed == 5 ? [0, 0, 0, 0, 15] : []
            let payload = (isPadded ? [padding] : []) + fields + [UInt8](repeating: 0x82, count: 12)
            return FrameBuilder.raw(
                type: type, flags: flags | 0x4, stream: 1, payload: Array(payload.prefix(length)))
        }
        let ending: AttackCase.Ending =
            length < needed
            ? .goAway(.frameDataMissing, .frameSizeError)
            : isPadded ? .goAway(.protocolViolation, .protocolError) : .taken
        let configuration = (type == 0x5 ? H2Configuration.client : .server).with {
            $0.validateInboundHeaders = false
        }
        let name = "type \(type), flags \(flags), \(length) bytes"
        @Sendable func send(_ bytes: [UInt8], to attacker: Attacker) throws {
            if type == 0x5 {
                try attacker.call { connection throws(H2Error) in
                    try connection.sendHeaders(.sampleRequest, on: 1)
                }
            }
            try attacker.step(bytes)
        }
        let off: AttackCase.Off =
            ending == .taken
            ? .none : .twin { try send(frame(max(length, needed), padding: 0), to: $0) }
        return AttackCase(name, ending, off: off, configuration) {
            try send(frame(length, padding: 0xff), to: $0)
        }
    }
}
