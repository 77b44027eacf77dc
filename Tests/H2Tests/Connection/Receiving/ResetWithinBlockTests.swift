// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Calls that close a stream while a field block on it is incomplete.
@Suite struct ResetWithinBlockTests {
    private static let response: [UInt8] = {
        var encoder = HPACKEncoder()
        encoder.literal(":status", "200")
        encoder.literal("x-mark", "set", .incremental)
        return encoder.bytes
    }()

    /// A client with streams 1 and 3 open, and empty output.
    private func client(cut: Cut) throws -> Peer {
        let peer = try Peer(.client, cut: cut)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.sendHeaders(.samplePost, on: 3)
        peer.sent()
        return peer
    }

    /// Expects that the field that `response` adds to the compression table can be used.
    private func expectTableInStep(_ peer: Peer) throws {
        let events = try peer.receive(FrameBuilder.headers(3, block: [0x88, 0xbe]))
        let expected: H2Headers = [":status": "200", "x-mark": "set"]
        #expect(events == [.responseReceived(.init(streamID: 3, headers: expected))])
    }

    @Test(
        "§5.1: a stream that is reset between HEADERS and CONTINUATION stays reset",
        arguments: Cut.all, [1, 2, 3])
    func resetBetween(_ cut: Cut, _ pieces: Int) throws {
        for endStream in [true, false] {
            for errorCode in [H2ErrorCode.cancel, .noError] {
                let peer = try client(cut: cut)
                let block = Self.response
                let first = try peer.receive(
                    FrameBuilder.headers(
                        1, block: Array(block.prefix(4)), endStream: endStream, endHeaders: false))
                #expect(first == [])
                try peer.connection.resetStream(1, errorCode: errorCode)
                peer.check()
                #expect(peer.sent().map(\.errorCode) == [errorCode.rawValue])
                var rest = FrameBuilder.continuation(1, block: Array(block.dropFirst(4)))
                for _ in 1..<pieces {
                    rest = FrameBuilder.continuation(1, block: [], endHeaders: false) + rest
                }
                let second = try peer.receive(rest)
                #expect(second == [])
                // The stream gets no second RST_STREAM.
                #expect(peer.sent() == [])
                #expect(peer.connection.openOutboundStreams == 1)
                try expectTableInStep(peer)
            }
        }
    }

    @Test(
        "§6.6: a promise whose parent is reset before it is complete is refused", arguments: Cut.all
    )
    func promiseBetween(cut: Cut) throws {
        let peer = try client(cut: cut)
        let block = H2Headers.sampleRequest.block
        try peer.receive(
            FrameBuilder.pushPromise(
                1, promised: 2, block: Array(block.prefix(9)), endHeaders: false))
        try peer.connection.resetStream(1)
        #expect(peer.sent().map(\.streamID) == [1])
        let events = try peer.receive(
            FrameBuilder.continuation(1, block: Array(block.dropFirst(9))))
        #expect(events == [])
        let frames = peer.sent()
        #expect(frames.map(\.streamID) == [2])
        #expect(frames.map(\.errorCode) == [0x7])
        let late = try peer.receive(FrameBuilder.headers(2, block: Self.response))
        #expect(late == [])
        #expect(peer.sent() == [])
        try expectTableInStep(peer)
    }

    @Test("incomplete trailers are dropped if their stream is reset", arguments: Cut.all)
    func trailersBetween(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        try peer.receive(
            FrameBuilder.headers(1, block: [0x40, 0x01], endStream: true, endHeaders: false))
        try peer.connection.resetStream(1)
        peer.sent()
        let events = try peer.receive(FrameBuilder.continuation(1, block: [0x78, 0x01, 0x79]))
        #expect(events == [])
        #expect(peer.sent() == [])
        let next = try peer.receive(
            FrameBuilder.headers(
                3, block: [0x82, 0x84, 0x87, 0x01, 0x01, 0x61, 0xbe]))
        let expected: H2Headers = [
            ":method": "GET", ":path": "/", ":scheme": "https", ":authority": "a", "x": "y",
        ]
        #expect(next == [.requestReceived(.init(streamID: 3, headers: expected))])
    }

    @Test(
        "trailers are reported if their stream is ended locally between their frames",
        arguments: Cut.all)
    func endBetween(cut: Cut) throws {
        let peer = try client(cut: cut)
        try peer.receive(
            FrameBuilder.headers(1, block: [0x88]) + FrameBuilder.data(1, [1])
                + FrameBuilder.headers(1, block: [0x40, 0x01], endStream: true, endHeaders: false))
        try peer.connection.endStream(1)
        #expect(peer.sent().map(\.type) == [.data])
        let events = try peer.receive(FrameBuilder.continuation(1, block: [0x78, 0x01, 0x79]))
        #expect(
            events == [
                .trailersReceived(.init(streamID: 1, headers: ["x": "y"])),
                .streamEnded(.init(streamID: 1)),
            ])
        #expect(peer.connection.openOutboundStreams == 1)
    }

    @Test(
        "other calls between HEADERS and CONTINUATION do not affect the field block",
        arguments: Cut.all)
    func otherCallsBetween(cut: Cut) throws {
        let peer = try client(cut: cut)
        try peer.receive(
            FrameBuilder.headers(1, block: Array(Self.response.prefix(6)), endHeaders: false))
        let connection = peer.connection
        try connection.ping(H2PingData(1))
        try connection.sendHeaders(.sampleRequest, on: 5)
        try connection.sendData([1, 2, 3], on: 1)
        try connection.updateSettings([.maxFrameSize: 20_000])
        try connection.incrementFlowControlWindow(by: 100, on: 1)
        try connection.resetStream(5)
        #expect(
            peer.sent().map(\.type) == [
                .ping, .headers, .data, .settings, .windowUpdate, .rstStream,
            ])
        let events = try peer.receive(
            FrameBuilder.continuation(1, block: Array(Self.response.dropFirst(6))))
        let expected: H2Headers = [":status": "200", "x-mark": "set"]
        #expect(events == [.responseReceived(.init(streamID: 1, headers: expected))])
        try expectTableInStep(peer)
    }

    @Test(
        "after closeConnection between HEADERS and CONTINUATION, the rest is ignored",
        arguments: Cut.all)
    func closeBetween(cut: Cut) throws {
        for role in [H2Configuration.client, .server] {
            let peer = try Peer(role, cut: cut)
            if role.role == .client { try peer.connection.sendHeaders(.samplePost, on: 1) }
            peer.sent()
            try peer.receive(FrameBuilder.headers(1, block: [0x82], endHeaders: false))
            try peer.connection.closeConnection()
            #expect(peer.sent().map(\.type) == [.goAway])
            let result = peer.receiveResult(FrameBuilder.continuation(1, block: [0x84, 0x87]))
            #expect(result.events == [])
            #expect(result.error == nil)
        }
    }
}
