// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The cost of an occurrence decides how much of a budget it uses.
@Suite struct LimitWeightTests {
    /// A field of the static table, encoded in one byte.
    static let field: UInt8 = 0x90

    /// Returns a request with `fields` fields.
    private static func request(fields: Int) -> [UInt8] {
        Attacker.get + [UInt8](repeating: field, count: fields - 4)
    }

    /// Returns how much of a budget the peer's bytes use up.
    func used(
        _ path: KeyPath<H2LimitUsage, H2LimitUsage.Count>, _ peer: Peer, _ bytes: [UInt8]
    ) throws -> Int {
        let before = peer.connection.usage[keyPath: path].used
        try peer.receive(bytes)
        return peer.connection.usage[keyPath: path].used - before
    }

    @Test("SETTINGS cost more for entries, streams whose window changes, and processing by nghttp2")
    func settings() throws {
        let peer = try Peer(.server)
        func used(_ entries: [(UInt16, UInt32)]) throws -> Int {
            try self.used(\.controlFrames, peer, FrameBuilder.settings(entries))
        }
        #expect(try used([]) == 2)
        #expect(try used([(0x1000, 7)]) == 2)
        #expect(try used((0..<32).map { (UInt16(0x1000 + $0), 1) }) == 2 + 8)
        #expect(try used([(0x1, 0)]) == 2 + 3)
        #expect(try used([(0x4, 0)]) == 2)
        for id in Attacker.streams(96) {
            try peer.receive(FrameBuilder.headers(id, block: Attacker.post))
        }
        // The table of 96 streams has 128 slots.
        #expect(try used([(0x4, 1)]) == 2 + 1)
    }

    @Test("a reset costs 1 more for each 16 fields, 4 KiB of the list, and KiB of the field block")
    func resets() throws {
        for (fields, weight) in [(4, 1), (15, 1), (16, 2), (1_200, 76 + 17 + 1)] {
            let peer = try Peer(.server)
            let reset = FrameBuilder.rstStream(1, code: 8)
            let block = Self.request(fields: fields)
            #expect(
                try used(
                    \.peerResets, peer, FrameBuilder.headers(1, block: block) + reset) == weight)
        }
    }

    @Test("a malformed or too large section costs as much as the section of a reset request")
    func malformed() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        let pathless = [0x82, 0x87] + [UInt8](repeating: Self.field, count: 46)
        #expect(
            try used(\.provokedResets, peer, FrameBuilder.headers(1, block: pathless)) == 1 + 3)
        let large = FrameBuilder.headers(3, block: Self.request(fields: 4_800))
        #expect(try used(\.provokedResets, peer, large) == 1 + 300 + 70 + 4)
    }

    @Test("an ignored section costs 1 more for each 40 bytes of its field block")
    func ignored() throws {
        let peer = try Peer(.server)
        try peer.receive(
            FrameBuilder.headers(1, block: Attacker.get) + FrameBuilder.rstStream(1, code: 8))
        let late = FrameBuilder.headers(1, block: [UInt8](repeating: Self.field, count: 400))
        #expect(try used(\.provokedResets, peer, late) == 1 + 10)
    }

    @Test("a 1xx response costs 1 more for each 4 fields")
    func informational() throws {
        let peer = try Peer(.client)
        for id: H2StreamID in [1, 3] {
            try peer.connection.sendHeaders(.sampleRequest, on: id, endStream: true)
        }
        // The two requests restored 8.
        try peer.receive(FrameBuilder.ping() + FrameBuilder.ping())
        for _ in 0..<6 { try peer.receive(FrameBuilder.ping()) }
        let hints =
            HPACKEncoder.block([":status": "103"])
            + [UInt8](repeating: Self.field, count: 7)
        #expect(try used(\.controlFrames, peer, FrameBuilder.headers(1, block: hints)) == 1 + 2)
    }

    @Test("empty DATA costs 1 more for each 128 bytes of padding")
    func padding() throws {
        let peer = try Peer(.server)
        try peer.receive(
            FrameBuilder.headers(1, block: Attacker.post) + FrameBuilder.data(1))
        #expect(try used(\.emptyData, peer, FrameBuilder.data(1, padLength: 126)) == 1)
        #expect(try used(\.emptyData, peer, FrameBuilder.data(1, padLength: 127)) == 2)
        #expect(try used(\.emptyData, peer, FrameBuilder.data(1, padLength: 255)) == 3)
    }

    @Test("CONTINUATION frames beyond the first and one per 512 bytes count as control frames")
    func continuations() throws {
        let peer = try Peer(.server)
        func block(_ id: UInt32, _ count: Int, of size: Int) -> [UInt8] {
            FrameBuilder.headers(id, block: Attacker.get, endHeaders: false)
                + (1...count).flatMap {
                    FrameBuilder.continuation(
                        id, block: [UInt8](repeating: Self.field, count: size),
                        endHeaders: $0 == count)
                }
        }
        #expect(try used(\.controlFrames, peer, block(1, 1, of: 1)) == 0)
        #expect(try used(\.controlFrames, peer, block(3, 20, of: 1)) == 19)
        #expect(try used(\.controlFrames, peer, block(5, 2, of: 512)) == 0)
    }

    // MARK: Time

    private static func at(_ seconds: Double) -> H2Instant {
        H2Instant(nanoseconds: 7 + UInt64(seconds * 1e9))
    }

    @Test(
        "a request that is half a second old when it is reset costs nothing if both times are known"
    )
    func oldRequests() throws {
        let cases: [(opened: Double?, reset: Double?, cost: Int)] = [
            (0, 0.499, 1), (0, 0.5, 0), (0, 1_000_000, 0), (nil, 5, 1), (0, nil, 1), (nil, nil, 1),
        ]
        for (opened, reset, cost) in cases {
            let connection = try Peer(.server).connection
            // The first time that is passed is the origin.
            _ = try connection.receiveData([], at: Self.at(0))
            _ = try connection.receiveData(
                FrameBuilder.headers(1, block: Attacker.get, endStream: true),
                at: opened.map(Self.at))
            _ = try connection.receiveData(
                FrameBuilder.rstStream(1, code: 8), at: reset.map(Self.at))
            #expect(connection.usage.peerResets.total == cost, "\(opened as Any) \(reset as Any)")
        }
    }

    @Test("a request older than 49 days does not count as new")
    func veryOldRequests() throws {
        let connection = try Peer(.server).connection
        _ = try connection.receiveData(
            FrameBuilder.headers(1, block: Attacker.get, endStream: true), at: Self.at(1))
        _ = try connection.receiveData(
            FrameBuilder.rstStream(1, code: 8), at: Self.at(60 * 86_400))
        #expect(connection.usage.peerResets.total == 0)
    }
}
