// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

extension Attack {
    /// Rows 46f to 46u: few frames with a high cost.
    static let onCosts: [Attack] = late + longBlocks + opaque + pushed

    // MARK: Frames on a stream that H2 reset

    private static let late: [Attack] = [
        .flood(
            "46f", "empty DATA on streams that were reset", .emptyData, weight: 1_024 - 1,
            asks: true
        ) { index in
            let id = UInt32(index) * 2 + 1
            return overflow(id) + (0..<1_024).flatMap { _ in FrameBuilder.data(id) }
        },
        .flood(
            "46g", "DATA byte by byte on a stream that was reset", .smallData,
            opening: [overflow(1)]
        ) { _ in FrameBuilder.data(1, [0]) },
        .flood(
            "46h", "sections of 128 KiB on streams that were reset", .provokedResets,
            weight: 1 + 255, unreserved: 255, asks: true
        ) { index in
            let id = UInt32(index) * 2 + 1
            return overflow(id) + section(id, endStream: true)
        },
        .budget(
            "46i", "requests of 128 KiB beyond a limit that is not acknowledged", .provokedResets,
            bound: 101 + H2Limit.provokedResets.burst / 255 + 1, requests: 100, settings: nil
        ) { attacker in
            try attacker.call { connection throws(H2Error) in
                try connection.initiateConnection()
            }
            attacker.forgetSent()
            try attacker.step(FrameBuilder.preface() + FrameBuilder.settings())
            for id in Attacker.streams(100) {
                try attacker.step(FrameBuilder.headers(id, block: Attacker.post))
            }
            for id in Attacker.streams(300).dropFirst(100) {
                try attacker.step(section(id, endStream: true))
            }
        },
        .budget(
            "46j", "sections of 128 KiB on a stream that the program reset", .provokedResets,
            bound: 2 + H2Limit.provokedResets.lifetime / 3_276,
            burst: 2 + H2Limit.provokedResets.burst / 3_276, .client
        ) { attacker in
            try cancel(1, attacker)
            for _ in 0..<100 { try attacker.step(section(1)) }
        },
        .budget(
            "46k", "sections of 128 KiB after the program reset 100 streams", .provokedResets,
            bound: 3 + H2Limit.provokedResets.lifetime / 3_276,
            burst: 3 + H2Limit.provokedResets.burst / 3_276, .client
        ) { attacker in
            try cancel(100, attacker)
            for _ in 0..<100 { try attacker.step(section(1)) }
        },
    ]

    /// A request that H2 resets while it is open. Then 65,535 bytes of DATA, an empty frame and one
    /// section are excused.
    private static func overflow(_ id: UInt32) -> [UInt8] {
        FrameBuilder.headers(id, block: Attacker.post)
            + FrameBuilder.windowUpdate(id, increment: 0x7fff_ffff)
    }

    /// Returns a section whose field block has 131,000 bytes.
    private static func section(_ id: UInt32, endStream: Bool = false) -> [UInt8] {
        FrameBuilder.split(id, block: fields, every: 16_384, endStream: endStream)
    }

    private static let fields = [UInt8](repeating: 0x90, count: 131_000)

    /// Makes a client's program send requests and reset them.
    private static func cancel(_ count: Int, _ attacker: Attacker) throws {
        try attacker.call { connection throws(H2Error) in
            for id in Attacker.streams(count) {
                try connection.sendHeaders(.samplePost, on: H2StreamID(id))
                try connection.resetStream(H2StreamID(id))
            }
        }
        try attacker.read()
    }

    // MARK: Field blocks that decode to little

    private static let longBlocks: [Attack] = [
        rapidReset("46l", "a field of 3,800 bytes in 9 KB of Huffman code", huffman),
        rapidReset("46m", "16 KB of table size updates", sizeUpdates(16_370) + Attacker.get),
        rapidReset("46n", "128 KB of table size updates", sizeUpdates(130_000) + Attacker.get),
        .flood(
            "46o", "malformed requests with 9 KB of Huffman code", .provokedResets,
            weight: 1 + malformed.count / 1_024, unreserved: malformed.count / 1_024
        ) { FrameBuilder.headers(UInt32($0) * 2 + 1, block: malformed, endStream: true) },
        hints("46p", "103 with 2 KB of Huffman code", codedHints),
        hints("46q", "103 with 16 KB of table size updates", sizeUpdates(16_300) + plainHints),
    ]

    private static func rapidReset(_ row: String, _ name: String, _ block: [UInt8]) -> Attack {
        .flood(
            row, "rapid reset, \(name)", .peerResets, weight: 1 + block.count / 1_024,
            unreserved: block.count / 1_024, asks: true
        ) { index in
            let id = UInt32(index) * 2 + 1
            return FrameBuilder.split(id, block: block, every: 16_384, endStream: true)
                + FrameBuilder.rstStream(id, code: 8)
        }
    }

    private static func hints(_ row: String, _ name: String, _ block: [UInt8]) -> Attack {
        .flood(
            row, name, .controlFrames, weight: 1 + block.count / 32,
            unreserved: block.count / 32, restored: 4, .client, prepare: request
        ) { _ in FrameBuilder.headers(1, block: block) }
    }

    /// Makes a client's program send a request on stream 1.
    @Sendable private static func request(_ attacker: Attacker) throws {
        try attacker.call { connection throws(H2Error) in
            try connection.sendHeaders(.samplePost, on: 1)
        }
        try attacker.read()
    }

    /// Returns a field block of `count` bytes: updates of the table size to 0.
    private static func sizeUpdates(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0x20, count: count)
    }

    /// Returns a field whose value is `length` backslashes. The Huffman code of each has 19 bits.
    private static func coded(_ length: Int) -> [UInt8] {
        var encoder = HPACKEncoder()
        encoder.literal("a", String(repeating: "\\", count: length), huffman: true)
        return encoder.bytes
    }

    private static let huffman = Attacker.get + coded(3_800)
    private static let malformed = huffman + HPACKEncoder.block(["A": "a"])
    private static let plainHints = HPACKEncoder.block([":status": "103"])
    private static let codedHints = plainHints + coded(850)

    // MARK: Payloads that are only copied

    private static let opaque: [Attack] = [
        .flood("46r", "unknown frames of 16 KiB", .controlFrames, weight: 1 + 16) { _ in
            FrameBuilder.raw(type: 0xbe, payload: payload)
        },
        .flood("46s", "GOAWAY of 16 KiB", .controlFrames, weight: 1 + 16) { _ in
            FrameBuilder.goAway(data: Array(payload.dropLast(8)))
        },
    ]

    private static let payload = [UInt8](repeating: 1, count: 16_384)

    // MARK: Promises

    private static let pushed: [Attack] = [
        .rule(
            "46t", "promises of 121 KB each from 36 bytes",
            "reservedStreams, then provokedResets",
            bound: promises(H2Limit.provokedResets.lifetime),
            burst: promises(H2Limit.provokedResets.burst),
            [
                AttackCase(
                    "", .goAway(.denialOfService, .enhanceYourCalm),
                    off: .check { $0.limits.provokedResets = H2Limits.unlimited.provokedResets },
                    .client, run: promise)
            ]
        ),
        .flood(
            "46u", "promises with 16 KB of table size updates, and reset", .peerResets,
            weight: 1 + longPromise.count / 1_024, unreserved: longPromise.count / 1_024, .client,
            prepare: request
        ) { index in
            let id = UInt32(index) * 2 + 2
            return FrameBuilder.pushPromise(1, promised: id, block: longPromise)
                + FrameBuilder.rstStream(id, code: 8)
        },
    ]

    /// The promises that exceed a budget of `units`: 200 may wait for their responses, and each
    /// further promise costs 32.
    private static func promises(_ units: Int) -> Int { 200 + units / 32 + 1 }

    private static func promise(_ attacker: Attacker) throws {
        try request(attacker)
        for index in 0..<promises(H2Limit.provokedResets.lifetime) + 100 {
            let block = index == 0 ? firstPromise : Attacker.get + references
            // Each promise is read by itself, so that a read has few events.
            try attacker.step(
                FrameBuilder.pushPromise(1, promised: UInt32(index) * 2 + 2, block: block)
            ) { _ in }
            if index % 500 == 499 { try attacker.read() }
        }
    }

    /// 30 references to a field of 4,033 bytes, 32 of them added, in the compression table.
    private static let references = [UInt8](repeating: 0xbe, count: 30)

    private static let firstPromise: [UInt8] = {
        var encoder = HPACKEncoder()
        encoder.raw(Attacker.get)
        encoder.literal("a", String(repeating: "v", count: 4_000), .incremental)
        return encoder.bytes + references
    }()

    private static let longPromise = sizeUpdates(16_000) + Attacker.get
}
