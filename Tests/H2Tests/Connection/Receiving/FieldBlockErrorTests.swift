// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Field blocks that cannot be decoded, or are too large.
@Suite struct FieldBlockErrorTests {
    private static let compression = ErrorFacts.remote(.protocolViolation, .compressionError)

    /// Field blocks that violate HPACK.
    private static let garbage: [(name: String, block: [UInt8])] = [
        ("index 0", [0x80]),
        ("an index beyond the tables", [0xbe]),
        ("an index of 2^32", [0xff, 0x80, 0xff, 0xff, 0xff, 0x0f]),
        ("an unterminated index", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a truncated string", [0x40, 0x05, 0x61]),
        ("a name without a value", [0x40, 0x01, 0x61]),
        ("a name index that does not exist", [0x7f, 0x40, 0x01, 0x61]),
        ("Huffman padding of zeros", [0x40, 0x81, 0x00, 0x01, 0x61]),
        ("Huffman padding of a whole byte", [0x40, 0x82, 0x1f, 0xff, 0x01, 0x61]),
        ("Huffman with EOS", [0x40, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, 0x61]),
        ("a table size above the limit", [0x3f, 0xe2, 0x1f, 0x82]),
        ("a table size update in the middle", [0x82, 0x20]),
    ]

    @Test(
        "§4.3: an undecodable field block is a COMPRESSION_ERROR; in h2, a PROTOCOL_ERROR",
        arguments: garbage.indices)
    func garbageIsRefused(_ index: Int) throws {
        let (name, block) = Self.garbage[index]
        let comment = Comment(rawValue: name)
        for cut in Cut.all {
            let whole = try Peer(.server, cut: cut)
            let result = whole.receiveResult(
                FrameBuilder.ping(1) + FrameBuilder.headers(1, block: block) + FrameBuilder.ping(2))
            #expect(result.error?.facts == Self.compression, comment)
            #expect(result.events == [.pingReceived(.init(data: H2PingData(1)))], comment)
            let frames = whole.sent()
            #expect(frames.map(\.type) == [.ping, .goAway], comment)
            #expect(frames.last?.errorCode == 0x9, comment)
            #expect(frames.last?.debugData == [], comment)

            let split = try Peer(.server, cut: cut)
            let pieces = split.receiveResult(FrameBuilder.split(1, block: block, every: 1))
            #expect(pieces.error?.facts == Self.compression, comment)
        }
    }

    @Test("§4.3: field blocks that are ignored or refused must decode as well", arguments: Cut.all)
    func garbageOnClosedStreams(cut: Cut) throws {
        let block: [UInt8] = [0xbe]
        let reset = try Peer(.server, cut: cut)
        try reset.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        try reset.connection.resetStream(1)
        let afterReset = reset.receiveResult(FrameBuilder.headers(1, block: block))
        #expect(afterReset.error?.facts == Self.compression)

        let ended = try Peer(.server, cut: cut)
        try ended.receive(
            FrameBuilder.headers(1, block: H2Headers.samplePost.block, endStream: true))
        let afterEnd = ended.receiveResult(FrameBuilder.headers(1, block: block))
        #expect(afterEnd.error?.facts == Self.compression)

        let refusing = try Peer(.server, cut: cut)
        try refusing.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        try refusing.connection.updateSettings([.maxConcurrentStreams: 1])
        let refused = refusing.receiveResult(FrameBuilder.headers(3, block: block))
        #expect(refused.error?.facts == Self.compression)

        let client = try Peer(.client, cut: cut)
        try client.connection.sendHeaders(.sampleRequest, on: 1)
        let promise = client.receiveResult(FrameBuilder.pushPromise(1, promised: 2, block: block))
        #expect(promise.error?.facts == Self.compression)
    }

    /// Returns a field block whose list has `listSize` bytes, counted as in RFC 9113 §6.5.2.
    private func block(listSize: Int) -> [UInt8] {
        let size = H2Headers.samplePost.reduce(0) {
            $0 + $1.nameBytes.count + $1.valueBytes.count + 32
        }
        let value = [UInt8](repeating: 0x61, count: listSize - size - 33)
        var encoder = HPACKEncoder()
        encoder.literal(name: [0x78], value: value)
        return H2Headers.samplePost.block + encoder.bytes
    }

    @Test("§6.5.2: a header list of exactly MAX_HEADER_LIST_SIZE is accepted, a larger one is not")
    func listSize() throws {
        for cut in [Cut.whole, .every(5_000)] {
            let peer = try Peer(.announcing(.server, maxHeaderListSize: 65_536), cut: cut)
            let events = try peer.receive(
                FrameBuilder.split(1, block: block(listSize: 65_536), every: 16_000))
            #expect(events.count == 1)
            let result = peer.receiveResult(
                FrameBuilder.split(3, block: block(listSize: 65_537), every: 16_000))
            #expect(result.error?.facts == .remote(.denialOfService, .enhanceYourCalm))
            #expect(result.error?.limit == .headerListSize)
            #expect(result.error?.expected == 65_536)
            #expect(result.error?.actual == 65_537)
            #expect(result.events == [])
            let frames = peer.sent()
            #expect(frames.map(\.type) == [.goAway])
            #expect(frames.last?.errorCode == 0xb)
            #expect(frames.last?.lastStreamID == 1)
        }
    }

    @Test("a small field block that decodes to a large list is refused", arguments: Cut.all)
    func bomb(cut: Cut) throws {
        var encoder = HPACKEncoder()
        encoder.literal(
            name: [0x78], value: [UInt8](repeating: 0x61, count: 4_000), .incremental)
        for _ in 0..<2_000 { encoder.indexed(62) }
        // If exceeding the limit resets the stream, four times the limit is a connection error.
        for (policies, factor) in [(.likeH2, 1), (.asConfigured, 4)] as [(Peer.Policies, Int)] {
            let peer = try Peer(.server, cut: cut, policies: policies)
            let result = peer.receiveResult(FrameBuilder.headers(1, block: encoder.bytes))
            #expect(result.error?.facts == .remote(.denialOfService, .enhanceYourCalm))
            #expect(result.error?.limit == .headerListSize && result.error?.expected == 131_072)
            // Decoding stopped at the first field beyond the limit.
            let excess = (result.error?.actual ?? 0) - factor * 131_072
            #expect(1...4_033 ~= excess)
            #expect(peer.sent().map(\.errorCode) == [0xb])
        }
    }

    @Test("the limit is the announced MAX_HEADER_LIST_SIZE, once it is acknowledged")
    func ownLimit() throws {
        var configuration = H2Configuration.server
        configuration.initialSettings = [.maxHeaderListSize: 1_000]
        let peer = try Peer(configuration)
        let events = try peer.receive(FrameBuilder.headers(1, block: block(listSize: 1_000)))
        #expect(events.count == 1)
        let result = peer.receiveResult(FrameBuilder.headers(3, block: block(listSize: 1_001)))
        #expect(result.error?.limit == .headerListSize)
        #expect(result.error?.expected == 1_000)
    }

    @Test("the limit also applies to trailers and promises, but not to ignored field blocks")
    func otherBlocks() throws {
        let large = HPACKEncoder.block(
            (0..<20).map { ("x-\($0)", String(repeating: "a", count: 4_000)) })
        let trailers = try Peer(.announcing(.server, maxHeaderListSize: 65_536))
        try trailers.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let first = trailers.receiveResult(
            FrameBuilder.split(1, block: large, every: 16_000, endStream: true))
        #expect(first.error?.kind == .denialOfService)

        let reset = try Peer(.announcing(.server, maxHeaderListSize: 65_536))
        try reset.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        try reset.connection.resetStream(1)
        let second = reset.receiveResult(FrameBuilder.split(1, block: large, every: 16_000))
        // The fields of an ignored field block are not stored, so they cost no memory.
        #expect(second.error == nil)

        let promise = try Peer(.announcing(.client, maxHeaderListSize: 65_536))
        try promise.connection.sendHeaders(.sampleRequest, on: 1)
        let third = promise.receiveResult(
            FrameBuilder.pushPromise(
                1, promised: 2, block: Array(large.prefix(16_000)), endHeaders: false)
                + large.dropFirst(16_000).chunked(16_000).enumerated().flatMap { index, piece in
                    FrameBuilder.continuation(
                        1, block: piece, endHeaders: index == (large.count - 16_001) / 16_000)
                })
        #expect(third.error?.kind == .denialOfService)
    }

    @Test(
        "a refused or ignored field block still updates the compression table",
        arguments: Cut.all)
    func tableInStep(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let get: [UInt8] = [0x82, 0x84, 0x87, 0x01, 0x01, 0x61]
        var marking = HPACKEncoder()
        marking.literal("x-mark", "set", .incremental)
        var using = HPACKEncoder()
        using.indexed(62)
        try peer.receive(FrameBuilder.headers(1, block: get))
        try peer.connection.updateSettings([.maxConcurrentStreams: 1])
        peer.sent()
        // The limit is not acknowledged yet, so requests beyond it are refused, in one frame or
        // several.
        let refused = try peer.receive(
            FrameBuilder.headers(3, block: get + marking.bytes)
                + FrameBuilder.split(5, block: get + marking.bytes + using.bytes, every: 3))
        #expect(refused == [])
        #expect(peer.sent().map(\.errorCode) == [0x7, 0x7])
        try peer.receive(FrameBuilder.rstStream(1))
        let events = try peer.receive(FrameBuilder.headers(7, block: get + using.bytes))
        let expected: H2Headers = [
            ":method": "GET", ":path": "/", ":scheme": "https", ":authority": "a", "x-mark": "set",
        ]
        #expect(events == [.requestReceived(.init(streamID: 7, headers: expected))])
    }
}

extension Collection<UInt8> {
    /// Returns pieces of `size` bytes; the last one may be shorter.
    fileprivate func chunked(_ size: Int) -> [[UInt8]] { Cut.every(size).pieces(of: Array(self)) }
}
