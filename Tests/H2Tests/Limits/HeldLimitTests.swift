// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The limits on what a peer can enlarge: header sections, and what H2 holds.
@Suite struct HeldLimitTests {
    private static let post = H2Headers.samplePost.block

    private func expectEnd(
        _ peer: Peer, _ bytes: [UInt8], _ limit: H2Limit, bound: Int, actual: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let result = peer.receiveResult(bytes)
        #expect(
            result.error?.kind == .denialOfService && result.error?.errorCode == .enhanceYourCalm,
            sourceLocation: sourceLocation)
        #expect(result.error?.limit == limit, sourceLocation: sourceLocation)
        #expect(result.error?.expected == bound, sourceLocation: sourceLocation)
        #expect(result.error?.actual == actual, sourceLocation: sourceLocation)
        #expect(peer.sent().last?.errorCode == 0xb, sourceLocation: sourceLocation)
    }

    /// Returns a POST request with `fields` fields.
    private func request(fields: Int) -> [UInt8] {
        var encoder = HPACKEncoder()
        encoder.raw(Self.post)
        for index in 4..<fields { encoder.literal("x\(index % 10)", "") }
        return encoder.bytes
    }

    // MARK: Header sections

    @Test("1,200 fields are accepted, and one more stops decoding", arguments: Cut.all)
    func fields(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let events = try peer.receive(FrameBuilder.headers(1, block: request(fields: 1_200)))
        #expect(events.first?.headers?.count == 1_200)
        #expect(peer.connection.usage.headerFields == 1_200)
        let used = peer.connection.usage.memory
        expectEnd(
            peer, FrameBuilder.headers(3, block: request(fields: 2_000)), .headerFields,
            bound: 1_200, actual: 1_201)
        // Allows for a GOAWAY that nghttp2 queued.
        #expect(peer.connection.usage.memory <= used + 1_000)
    }

    @Test("a section with up to four times 1,200 fields resets its stream", arguments: Cut.all)
    func excessFields(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut, policies: .asConfigured)
        for (id, count) in [(1, 1_201), (3, 4_800)] as [(UInt32, Int)] {
            peer.expectReset(
                FrameBuilder.split(id, block: request(fields: count), every: 16_384),
                of: H2StreamID(id), .enhanceYourCalm)
            // Its body is ignored and not answered.
            #expect(try peer.receive(FrameBuilder.data(id, [1])) == [] && peer.sent() == [])
        }
        #expect(peer.connection.usage.provokedResets.total == 2)
        #expect(peer.connection.usage.headerFields == 4_800)
        #expect(peer.connection.openInboundStreams == 0)
        #expect(peer.connection.highestInboundStreamID == 3)
        let events = try peer.receive(FrameBuilder.headers(5, block: request(fields: 1_200)))
        #expect(events.first?.headers?.count == 1_200)
        expectEnd(
            peer, FrameBuilder.split(7, block: request(fields: 4_801), every: 16_384),
            .headerFields, bound: 1_200, actual: 4_801)
    }

    @Test("too many fields in a response or in trailers reset the stream")
    func excessOfResponse() throws {
        let configuration = H2Configuration.limited(.client) { $0.headerFields = 3 }
        let many = HPACKEncoder.block([("a", ""), ("b", ""), ("c", ""), ("d", "")])
        let response = try Peer(configuration, policies: .asConfigured)
        try response.connection.sendHeaders(.samplePost, on: 1)
        response.expectReset(FrameBuilder.headers(1, block: [0x88] + many), of: 1, .enhanceYourCalm)
        let trailers = try Peer(configuration, policies: .asConfigured)
        try trailers.connection.sendHeaders(.samplePost, on: 1)
        try trailers.receive(FrameBuilder.headers(1, block: [0x88]))
        trailers.expectReset(
            FrameBuilder.headers(1, block: many, endStream: true), of: 1, .enhanceYourCalm)
        #expect(trailers.connection.usage.provokedResets.total == 1)
    }

    @Test(
        "any number of fields can be the limit, including 0", arguments: [0, 1, 4, 23, 24, 25, 48])
    func anyNumberOfFields(_ limit: Int) throws {
        let peer = try Peer(.limited(.server) { $0.headerFields = limit })
        if limit >= 4 {
            let events = try peer.receive(FrameBuilder.headers(1, block: request(fields: limit)))
            #expect(events.first?.headers?.count == limit)
        }
        expectEnd(
            peer, FrameBuilder.headers(3, block: request(fields: max(4, limit + 1))),
            .headerFields, bound: limit, actual: limit + 1)
        let free = try Peer(.limited(.server) { $0.headerFields = nil })
        let events = try free.receive(FrameBuilder.headers(1, block: request(fields: 3_000)))
        #expect(events.first?.headers?.count == 3_000)
    }

    @Test("each cookie field counts, before cookies are joined")
    func crumbs() throws {
        let peer = try Peer(.limited(.server) { $0.headerFields = 10 })
        var block = HPACKEncoder()
        block.raw(Self.post)
        block.literal("cookie", "", .incremental)
        for _ in 0..<6 { block.indexed(62) }
        expectEnd(
            peer, FrameBuilder.headers(1, block: block.bytes), .headerFields, bound: 10,
            actual: 11)
    }

    /// Returns a POST request whose list has `listSize` bytes, 32 added for each field.
    private func request(listSize: Int) -> [UInt8] {
        let size = H2Headers.samplePost.reduce(0) {
            $0 + $1.nameBytes.count + $1.valueBytes.count + 32
        }
        var encoder = HPACKEncoder()
        encoder.raw(Self.post)
        var left = listSize - size
        while left > 0 {
            let length = left > 40_000 ? 20_000 : left
            encoder.literal(
                name: [0x78], value: [UInt8](repeating: 0x61, count: length - 33))
            left -= length
        }
        return encoder.bytes
    }

    @Test("by default, a list of 131,072 bytes is accepted, and a larger one is not")
    func listSize() throws {
        let peer = try Peer(.server)
        #expect(peer.connection.localSettings.maxHeaderListSize == 65_536)
        let events = try peer.receive(
            FrameBuilder.split(1, block: request(listSize: 131_072), every: 16_384))
        #expect(events.count == 1 && peer.connection.usage.headerListSize == 131_072)
        expectEnd(
            peer, FrameBuilder.split(3, block: request(listSize: 131_073), every: 16_384),
            .headerListSize, bound: 131_072, actual: 131_073)
    }

    @Test("a list of up to four times the limit resets its stream", arguments: Cut.all)
    func excessListSize(cut: Cut) throws {
        let limited = H2Configuration.limited(.server) { $0.headerListSize = 1_000 }
        for configuration in [limited, .announcing(.server, maxHeaderListSize: 1_000)] {
            let peer = try Peer(configuration, cut: cut, policies: .asConfigured)
            let events = try peer.receive(FrameBuilder.headers(1, block: request(listSize: 1_000)))
            #expect(events.count == 1)
            for (id, size) in [(3, 1_001), (5, 4_000)] as [(UInt32, Int)] {
                peer.expectReset(
                    FrameBuilder.headers(id, block: request(listSize: size)), of: H2StreamID(id),
                    .enhanceYourCalm)
                #expect(peer.connection.usage.headerListSize == size)
            }
            expectEnd(
                peer, FrameBuilder.headers(7, block: request(listSize: 4_001)), .headerListSize,
                bound: 1_000, actual: 4_001)
        }
    }

    @Test("an announced MAX_HEADER_LIST_SIZE replaces the limit once it is acknowledged")
    func ownListSize() throws {
        for size in [1_000, 200_000] {
            let peer = try Peer(.announcing(.server, maxHeaderListSize: UInt32(size)))
            try peer.receive(
                FrameBuilder.split(1, block: request(listSize: size), every: 16_384))
            expectEnd(
                peer, FrameBuilder.split(3, block: request(listSize: size + 1), every: 16_384),
                .headerListSize, bound: size, actual: size + 1)
        }
        let later = try Peer(.server)
        try later.connection.updateSettings([.maxHeaderListSize: 1_000])
        try later.receive(
            FrameBuilder.headers(1, block: request(listSize: 1_001))
                + FrameBuilder.settingsAck())
        expectEnd(
            later, FrameBuilder.headers(3, block: request(listSize: 1_001)), .headerListSize,
            bound: 1_000, actual: 1_001)
        let early = try Peer(
            .announcing(.server, maxHeaderListSize: 1_000), handshake: false)
        try early.connection.initiateConnection()
        try early.receive(early.preface + FrameBuilder.settings())
        let events = try early.receive(FrameBuilder.headers(1, block: request(listSize: 5_000)))
        #expect(events.count == 1)
    }

    @Test("without limits, a list of any size is accepted, whatever is announced")
    func unlimitedList() throws {
        var configuration = H2Configuration.unlimited(.server)
        configuration.initialSettings = [.maxHeaderListSize: 1_000]
        let peer = try Peer(configuration)
        let events = try peer.receive(
            FrameBuilder.split(1, block: request(listSize: 300_000), every: 16_384))
        #expect(events.count == 1)
    }

    @Test("a field block may have at most 8 empty CONTINUATION frames", arguments: Cut.all)
    func continuations(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        func block(_ id: UInt32, _ count: Int) -> [UInt8] {
            FrameBuilder.headers(id, block: Self.post, endHeaders: false)
                + (1...count).flatMap {
                    FrameBuilder.continuation(id, block: [], endHeaders: $0 == count)
                }
        }
        let events = try peer.receive(block(1, 8))
        #expect(events.count == 1 && peer.connection.usage.continuationFrames == 8)
        // The limit also applies to ignored field blocks.
        let reset = try Peer(.server, cut: cut)
        try reset.receive(block(1, 1))
        try reset.connection.resetStream(1)
        for (peer, id) in [(peer, 3), (reset, 1)] as [(Peer, UInt32)] {
            expectEnd(peer, block(id, 9), .continuationFrames, bound: 8, actual: 9)
        }
    }

    @Test("a larger announced list allows a longer field block")
    func largerBlocks() throws {
        let peer = try Peer(.announcing(.server, maxHeaderListSize: 400_000))
        let events = try peer.receive(
            FrameBuilder.split(1, block: request(listSize: 399_000), every: 16_384))
        #expect(events.count == 1 && peer.connection.usage.continuationFrames == 24)
    }

    @Test("a field block of 131,072 bytes is accepted, and a longer one is not, even if ignored")
    func blockSize() throws {
        // Table size updates add bytes without fields.
        func frames(_ id: UInt32, _ size: Int) -> [UInt8] {
            let padding = [UInt8](repeating: 0x20, count: size - Self.post.count)
            return FrameBuilder.split(id, block: padding + Self.post, every: 16_384)
        }
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: Self.post))
        #expect(peer.connection.usage.headerBlockSize == Self.post.count)
        try peer.receive(frames(3, 131_072))
        #expect(peer.connection.usage.headerBlockSize == 131_072)
        try peer.connection.resetStream(1)
        peer.sent()
        expectEnd(
            peer, frames(1, 131_073), .headerBlockSize, bound: 131_072, actual: 131_073)
        let free = try Peer(.limited(.server) { $0.headerBlockSize = nil })
        try free.receive(frames(1, 140_000))

        let single = try Peer(.limited(.server) { $0.headerBlockSize = 50 })
        expectEnd(
            single, FrameBuilder.headers(1, block: request(fields: 50)), .headerBlockSize,
            bound: 50, actual: request(fields: 50).count)
    }

    // MARK: Held state

    @Test("a SETTINGS frame may have 32 entries")
    func settings() throws {
        let peer = try Peer(.server)
        let entries = (0..<33).map { (UInt16(0x100 + $0), UInt32($0)) }
        try peer.receive(FrameBuilder.settings(Array(entries.prefix(32))))
        #expect(peer.connection.usage.settingsPerFrame == 32)
        peer.sent()
        expectEnd(peer, FrameBuilder.settings(entries), .settingsPerFrame, bound: 32, actual: 33)
    }

    @Test("a bounded number of unknown settings is kept")
    func unknownSettings() throws {
        let peer = try Peer(.unlimited(.server))
        for round in 0..<32 {
            let events = try peer.receive(
                FrameBuilder.settings(
                    (0..<2_000).map { (UInt16(0x100 + round * 2_000 + $0), 7) }))
            guard case .remoteSettingsChanged(let event)? = events.first else {
                Issue.record("\(events)")
                return
            }
            #expect(event.changes.count == 2_000)
        }
        #expect(peer.connection.remoteSettings.inForce.entries.count == 128)
        #expect(peer.connection.remoteSettings[.init(rawValue: 0x100)] == 7)
        // Known settings are always kept.
        try peer.receive(FrameBuilder.settings([(0x3, 9), (0x100, 8)]))
        #expect(peer.connection.remoteSettings.maxConcurrentStreams == 9)
        #expect(peer.connection.remoteSettings[.init(rawValue: 0x100)] == 8)
    }

    @Test("at most 64 SETTINGS frames can await their acknowledgement")
    func unacknowledged() throws {
        let peer = try Peer(.server)
        for value in 0..<64 {
            try peer.connection.updateSettings([.initialWindowSize: UInt32(value)])
        }
        #expect(peer.connection.usage.unacknowledgedSettings == 64)
        peer.sent()
        let error = failure { () throws(H2Error) in
            try peer.connection.updateSettings([.initialWindowSize: 9])
        }
        #expect(error?.kind == .denialOfService && error?.origin == .local)
        #expect(error?.limit == .unacknowledgedSettings)
        #expect(error?.expected == 64 && peer.sent() == [])
        try peer.receive(FrameBuilder.settingsAck())
        try peer.connection.updateSettings([.initialWindowSize: 9])
        let free = try Peer(.limited(.server) { $0.unacknowledgedSettings = nil })
        for _ in 0..<200 { try free.connection.updateSettings([:]) }
    }

    @Test("promises beyond reservedStreams are refused, and use up provokedResets")
    func reserved() throws {
        for limit in [0, 3, nil] {
            let configuration = H2Configuration.limited(.client) {
                $0.reservedStreams = limit
                $0.provokedResets = .init(10, perSecond: 0)
            }
            // Few enough streams not to raise a budget.
            let peer = try Peer(
                configuration.with { $0.initialSettings[.maxConcurrentStreams] = 2 })
            try peer.connection.sendHeaders(.sampleRequest, on: 1)
            func promise(_ index: Int) -> [UInt8] {
                FrameBuilder.pushPromise(1, promised: UInt32(index) * 2, block: Attacker.get)
            }
            peer.sent()
            let count = limit ?? 300
            for index in 1...max(1, count) where count > 0 {
                #expect(try peer.receive(promise(index)).count == 1)
            }
            #expect(peer.connection.usage.reservedStreams == count && peer.sent() == [])
            guard limit != nil else { continue }
            for index in count + 1...count + 10 {
                #expect(try peer.receive(promise(index)) == [])
                #expect(peer.sent().map(\.errorCode) == [0x7])
            }
            #expect(peer.receiveResult(promise(count + 11)).error?.limit == .provokedResets)
        }
    }

    @Test("the limit sets how many closed streams are remembered")
    func closedStreams() throws {
        let peer = try Peer(.limited(.server) { $0.closedStreams = 64 })
        for index: UInt32 in 0..<65 {
            try peer.receive(FrameBuilder.headers(index * 2 + 1, block: Self.post))
            try peer.receive(FrameBuilder.rstStream(index * 2 + 1, code: 8))
        }
        // The first stream is forgotten, so it counts as skipped.
        try peer.receive(FrameBuilder.headers(3, block: Self.post))
        let error = peer.receiveResult(FrameBuilder.headers(1, block: Self.post)).error
        #expect(error?.kind == .streamIDTooLow)
    }
}
