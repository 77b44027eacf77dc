// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct ContinuationTests {
    private static let block = H2Headers.sampleRequest.block

    /// A field block in HEADERS and `continuations` CONTINUATION frames, most of them empty.
    private func split(_ stream: UInt32, continuations: Int) -> [UInt8] {
        let head = FrameBuilder.headers(
            stream, block: Array(Self.block.prefix(3)), endStream: true, endHeaders: false)
        let middle = (1..<continuations).map { index in
            FrameBuilder.continuation(
                stream, block: index == 1 ? Array(Self.block.dropFirst(3)) : [], endHeaders: false)
        }
        return head + middle.flatMap { $0 } + FrameBuilder.continuation(stream, block: [])
    }

    @Test("§6.10: a field block may be split into pieces of any size", arguments: Cut.all)
    func pieces(cut: Cut) throws {
        for size in 1...Self.block.count + 1 {
            guard Self.block.count / size < 60 else { continue }
            let peer = try Peer(.unlimited(.server), cut: cut)
            let events = try peer.receive(
                FrameBuilder.split(1, block: Self.block, every: size, endStream: true))
            #expect(
                events == [
                    .requestReceived(
                        .init(streamID: 1, headers: .sampleRequest, endsStream: true)),
                    .streamEnded(.init(streamID: 1)),
                ])
        }
    }

    @Test(
        "without a limit, a field block may have any number of CONTINUATION frames",
        arguments: Cut.all)
    func number(cut: Cut) throws {
        let peer = try Peer(.unlimited(.server), cut: cut)
        let events = try peer.receive(split(1, continuations: 1_000))
        #expect(events.count == 2)
    }

    @Test(
        "a field block may have 256 CONTINUATION frames, in a promise as well", arguments: Cut.all)
    func numberOfEach(cut: Cut) throws {
        let peer = try Peer(.client, cut: cut)
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
        // 0x90 is the index of a field in the static table.
        func promise(_ promised: UInt32, _ count: Int) -> [UInt8] {
            FrameBuilder.pushPromise(1, promised: promised, block: Self.block, endHeaders: false)
                + (1...count).flatMap {
                    FrameBuilder.continuation(1, block: [0x90], endHeaders: $0 == count)
                }
        }
        for promised: UInt32 in [2, 4, 6] {
            #expect(try peer.receive(promise(promised, 256)).count == 1)
        }
        let result = peer.receiveResult(promise(8, 257))
        #expect(result.error?.limit == .continuationFrames)
        #expect(result.error?.expected == 256 && result.error?.actual == 257)
        #expect(result.events == [] && peer.sent().last?.errorCode == 0xb)
    }

    @Test("§6.10: CONTINUATION without an open field block is a PROTOCOL_ERROR", arguments: Cut.all)
    func noneBegun(cut: Cut) throws {
        let starts: [[UInt8]] = [
            [], FrameBuilder.ping(1),
            FrameBuilder.headers(1, block: Self.block, endStream: true),
            FrameBuilder.headers(1, block: Self.block), split(1, continuations: 2),
        ]
        for start in starts {
            for endHeaders in [true, false] {
                let peer = try Peer(.server, cut: cut)
                try peer.receive(start)
                let result = peer.receiveResult(
                    FrameBuilder.continuation(1, block: Self.block, endHeaders: endHeaders))
                #expect(result.error?.facts == .remote(.protocolViolation, on: 1))
                #expect(result.events == [])
            }
        }
    }

    /// Frames that must not interrupt a field block on stream 1.
    private static let interruptions: [[UInt8]] = [
        FrameBuilder.continuation(3, block: []),
        FrameBuilder.continuation(0, block: []),
        FrameBuilder.headers(1, block: []),
        FrameBuilder.headers(3, block: block),
        FrameBuilder.data(1, [1]),
        FrameBuilder.priority(1),
        FrameBuilder.rstStream(1),
        FrameBuilder.settings(),
        FrameBuilder.settingsAck(),
        FrameBuilder.ping(),
        FrameBuilder.goAway(),
        FrameBuilder.windowUpdate(0, increment: 1),
        FrameBuilder.windowUpdate(1, increment: 1),
        FrameBuilder.altSvc(0, origin: "https://a", field: "clear"),
        FrameBuilder.raw(type: 0xee, stream: 1),
        FrameBuilder.pushPromise(1, promised: 2, block: block),
    ]

    @Test(
        "§4.3: only its CONTINUATION frames may follow an open field block",
        arguments: interruptions)
    func interruption(_ bytes: [UInt8]) throws {
        for cut in Cut.all {
            for middle in [0, 1] {
                let peer = try Peer(.server, cut: cut)
                var start = FrameBuilder.headers(1, block: [0x82], endHeaders: false)
                if middle == 1 {
                    start += FrameBuilder.continuation(1, block: [], endHeaders: false)
                }
                try peer.receive(start)
                // The 9-byte frame header is enough.
                let result = peer.receiveResult(Array(bytes.prefix(9)))
                #expect(result.error?.kind == .protocolViolation)
                #expect(result.error?.errorCode == .protocolError)
                #expect(result.error?.origin == .remote)
                #expect(result.events == [])
                #expect(peer.sent().map(\.errorCode) == [0x1])
            }
        }
    }

    @Test("§4.3: only its CONTINUATION frames may follow an open promise", arguments: interruptions)
    func interruptionOfPromise(_ bytes: [UInt8]) throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
        peer.sent()
        try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: [], endHeaders: false))
        let result = peer.receiveResult(bytes)
        #expect(result.error?.kind == .protocolViolation)
        #expect(peer.sent().map(\.errorCode) == [0x1])
    }

    @Test(
        "END_STREAM takes effect when the field block is complete, not before", arguments: Cut.all)
    func endStreamAfterBlock(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let half = try peer.receive(
            FrameBuilder.headers(
                1, block: Array(Self.block.prefix(4)), endStream: true, endHeaders: false))
        #expect(half == [])
        #expect(peer.connection.openInboundStreams == 0)
        #expect(peer.connection.highestInboundStreamID == 0)
        let events = try peer.receive(
            FrameBuilder.continuation(1, block: Array(Self.block.dropFirst(4))))
        #expect(events.count == 2)
        #expect(peer.connection.openInboundStreams == 1)
    }

    @Test("flags that CONTINUATION does not define are ignored", arguments: Cut.all)
    func otherFlags(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        // END_STREAM, PADDED and PRIORITY have no meaning here: the whole payload is field block.
        let events = try peer.receive(
            FrameBuilder.headers(1, block: [], endHeaders: false)
                + FrameBuilder.raw(type: 0x9, flags: 0xff, stream: 1, payload: Self.block))
        #expect(events == [.requestReceived(.init(streamID: 1, headers: .sampleRequest))])
    }
}
