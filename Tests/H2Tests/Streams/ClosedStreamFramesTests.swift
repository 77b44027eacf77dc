// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Frames on streams that are closed, half-closed or reserved, or that exceed a limit, with h2's
/// policies.
@Suite struct ClosedStreamFramesTests {
    private typealias Matrix = ReceiveMatrixTests

    private static let cuts = ReceiveMatrixTests.cuts

    private static func reset(_ stream: UInt32, _ code: UInt32) -> [WireFrame] {
        WireReader.frames(in: FrameBuilder.rstStream(stream, code: code))
    }

    /// A connection on which both sides ended stream 1, the peer last.
    private func endedByPeer(_ role: H2Configuration.Role, _ cut: Cut) throws -> Peer {
        let peer = try Matrix.peerWithStream(role, cut, endStream: role == .client)
        if role == .client {
            try peer.receive(
                FrameBuilder.headers(1, block: H2Headers.sampleResponse.block, endStream: true))
        } else {
            try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
            try peer.receive(FrameBuilder.data(1, endStream: true))
        }
        peer.sent()
        return peer
    }

    /// A server on which both sides ended stream 1, the server last.
    private func endedLocally(_ cut: Cut) throws -> Peer {
        let peer = try Matrix.peerWithStream(.server, cut, endStream: true)
        try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        peer.sent()
        return peer
    }

    private func resetLocally(_ role: H2Configuration.Role, _ cut: Cut) throws -> Peer {
        let peer = try Matrix.peerWithStream(role, cut)
        try peer.connection.resetStream(1, errorCode: .cancel)
        peer.sent()
        return peer
    }

    private func resetByPeer(_ role: H2Configuration.Role, _ cut: Cut) throws -> Peer {
        let peer = try Matrix.peerWithStream(role, cut)
        try peer.receive(FrameBuilder.rstStream(1, code: 8))
        return peer
    }

    private func expectAlive(_ peer: Peer) throws {
        let isClient = peer.connection.configuration.role == .client
        if isClient { try peer.connection.sendHeaders(.sampleRequest, on: 5) }
        let headers = isClient ? H2Headers.sampleResponse : .sampleRequest
        let events = try peer.receive(FrameBuilder.headers(5, block: headers.block))
        #expect(events.first?.headers == headers)
    }

    @Test(
        "§5.1: DATA on a half-closed (remote) stream resets it, and the connection stays open",
        arguments: cuts)
    func dataOnHalfClosed(cut: Cut) throws {
        let peer = try Matrix.peerWithStream(.server, cut, endStream: true)
        let events = try peer.receive(FrameBuilder.data(1, [1, 2, 3], padLength: 4))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .streamClosed, isRemote: false))
            ])
        #expect(peer.sent() == Self.reset(1, 5))
        #expect(peer.connection.openInboundStreams == 0)
        try expectAlive(peer)
    }

    @Test("§5.1: HEADERS on a half-closed (remote) stream reset it", arguments: cuts)
    func headersOnHalfClosed(cut: Cut) throws {
        let peer = try Matrix.peerWithStream(.server, cut, endStream: true)
        var encoder = HPACKEncoder()
        encoder.literal("a", "b", .incremental)
        let events = try peer.receive(
            FrameBuilder.headers(1, block: encoder.bytes, endStream: true))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .streamClosed, isRemote: false))
            ])
        #expect(peer.sent() == Self.reset(1, 5))
        // The field block was decoded: entry 62 is known.
        var indexed = HPACKEncoder()
        indexed.raw(H2Headers.sampleRequest.block)
        indexed.indexed(62)
        let next = try peer.receive(FrameBuilder.headers(3, block: indexed.bytes))
        #expect(next.first?.headers == .sampleRequest + ["a": "b"])
    }

    @Test(
        "DATA after a local reset is answered only with WINDOW_UPDATE on the connection",
        arguments: cuts)
    func dataAfterLocalReset(cut: Cut) throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try resetLocally(role, cut)
            let payload = [UInt8](repeating: 0, count: 10_000)
            var updates = 0
            for _ in 0..<10 {
                let events = try peer.receive(FrameBuilder.data(1, payload))
                #expect(events == [])
                let frames = peer.sent()
                updates += frames.count { $0.type == .windowUpdate && $0.streamID == 0 }
                #expect(frames.allSatisfy { $0.type == .windowUpdate && $0.streamID == 0 })
            }
            #expect(updates == 2)
            #expect(peer.connection.inboundFlowControlWindow > 32_767)
        }
    }

    @Test("HEADERS after a local reset get no answer, but are decoded", arguments: cuts)
    func headersAfterLocalReset(cut: Cut) throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try resetLocally(role, cut)
            for _ in 0..<3 {
                let events = try peer.receive(
                    FrameBuilder.headers(
                        1, block: H2Headers.sampleResponse.block, endStream: true))
                #expect(events == [])
                #expect(peer.sent() == [])
            }
            try expectAlive(peer)
        }
    }

    @Test(
        "DATA and HEADERS after the peer's reset get RST_STREAM(STREAM_CLOSED), as in h2",
        arguments: cuts)
    func afterPeerReset(cut: Cut) throws {
        for role in [H2Configuration.Role.client, .server] {
            for bytes in [
                FrameBuilder.data(1, [1]),
                FrameBuilder.headers(1, block: H2Headers.sampleResponse.block),
            ] {
                let peer = try resetByPeer(role, cut)
                let events = try peer.receive(bytes)
                #expect(events == [])
                #expect(peer.sent() == Self.reset(1, 5))
                try expectAlive(peer)
            }
        }
    }

    @Test("DATA on a stream that both sides ended gets RST_STREAM(STREAM_CLOSED)", arguments: cuts)
    func dataOnEnded(cut: Cut) throws {
        for peer in [
            try endedByPeer(.client, cut), try endedByPeer(.server, cut), try endedLocally(cut),
        ] {
            let window = peer.connection.inboundFlowControlWindow
            let events = try peer.receive(FrameBuilder.data(1, [1, 2]))
            #expect(events == [])
            #expect(peer.sent() == Self.reset(1, 5))
            #expect(peer.connection.inboundFlowControlWindow == window - 2)
            try expectAlive(peer)
        }
    }

    @Test("§5.1: HEADERS on a stream that both sides ended are a connection error", arguments: cuts)
    func headersOnEnded(cut: Cut) throws {
        for peer in [
            try endedByPeer(.client, cut), try endedByPeer(.server, cut), try endedLocally(cut),
        ] {
            Matrix.expectEnd(
                peer, FrameBuilder.headers(1, block: H2Headers.sampleResponse.block),
                .remote(.streamClosed, .streamClosed, on: 1))
        }
    }

    @Test(
        "§5.1.1: HEADERS on a skipped stream are a streamIDTooLow connection error", arguments: cuts
    )
    func headersOnSkipped(cut: Cut) throws {
        let peer = try Matrix.peer(.server, cut)
        try peer.receive(FrameBuilder.headers(7, block: H2Headers.sampleRequest.block))
        Matrix.expectEnd(
            peer, FrameBuilder.headers(3, block: H2Headers.sampleRequest.block),
            .remote(.streamIDTooLow, on: 3))
    }

    @Test("§5.1: WINDOW_UPDATE and RST_STREAM on a closed stream are ignored", arguments: cuts)
    func controlOnClosed(cut: Cut) throws {
        for peer in [
            try endedByPeer(.client, cut), try endedByPeer(.server, cut), try endedLocally(cut),
            try resetLocally(.client, cut), try resetLocally(.server, cut),
            try resetByPeer(.client, cut), try resetByPeer(.server, cut),
        ] {
            let events = try peer.receive(
                FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff)
                    + FrameBuilder.rstStream(1, code: 1))
            #expect(events == [] && peer.sent() == [])
            try expectAlive(peer)
        }
    }

    @Test("WINDOW_UPDATE and RST_STREAM on a skipped stream are ignored", arguments: cuts)
    func controlOnSkipped(cut: Cut) throws {
        let peer = try Matrix.peer(.server, cut)
        try peer.receive(FrameBuilder.headers(7, block: H2Headers.sampleRequest.block))
        let events = try peer.receive(
            FrameBuilder.windowUpdate(3, increment: 1) + FrameBuilder.rstStream(3, code: 1))
        #expect(events == [] && peer.sent() == [])
    }

    @Test("§6.9.1: DATA beyond the connection's window is a connection error", arguments: cuts)
    func beyondConnectionWindow(cut: Cut) throws {
        var configuration = Matrix.configuration(.server)
        configuration.initialSettings = [.initialWindowSize: 200_000]
        let peer = try Peer(configuration, cut: cut)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let payload = [UInt8](repeating: 0, count: 16_000)
        for _ in 0..<4 { try peer.receive(FrameBuilder.data(1, payload)) }
        #expect(peer.connection.inboundFlowControlWindow == 1_535)
        let result = peer.receiveResult(
            FrameBuilder.data(1, [UInt8](repeating: 0, count: 1_536)))
        #expect(result.error?.facts == .remote(.flowControl, .flowControlError))
        #expect(result.error?.expected == 1_535 && result.error?.actual == 1_536)
        #expect(peer.sent().map(\.errorCode) == [0x3])
    }

    @Test("§6.9.1: DATA beyond a stream's window is a connection error", arguments: cuts)
    func beyondStreamWindow(cut: Cut) throws {
        var configuration = Matrix.configuration(.server)
        configuration.initialSettings = [.initialWindowSize: 10]
        let peer = try Peer(configuration, cut: cut)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        peer.sent()
        Matrix.expectEnd(
            peer, FrameBuilder.data(1, [UInt8](repeating: 0, count: 11)),
            .remote(.flowControl, .flowControlError, on: 1))
    }

    @Test(
        """
        §5.1.2: a stream beyond MAX_CONCURRENT_STREAMS is a connection error, or refused if the \
        limit is not acknowledged yet
        """, arguments: cuts)
    func tooManyStreams(cut: Cut) throws {
        var configuration = Matrix.configuration(.server)
        configuration.initialSettings = [.maxConcurrentStreams: 1]
        let second = FrameBuilder.headers(3, block: H2Headers.sampleRequest.block)

        let strict = try Peer(configuration, cut: cut)
        try strict.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        Matrix.expectEnd(strict, second, .remote(.tooManyStreams, on: 3))

        let early = try Peer(configuration, cut: cut, handshake: false)
        try early.connection.initiateConnection()
        try early.receive(
            early.preface + FrameBuilder.settings()
                + FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        early.sent()
        let events = try early.receive(second)
        #expect(events == [] && early.connection.openInboundStreams == 1)
        #expect(early.sent() == Self.reset(3, 7))
    }

    @Test("§8.1.1: a body that differs from content-length is a connection error", arguments: cuts)
    func bodyLength(cut: Cut) throws {
        for (body, endStream) in [(4, true), (0, true), (6, false), (6, true)] {
            let peer = try Matrix.peer(.server, cut)
            try peer.receive(
                FrameBuilder.headers(
                    1, block: (H2Headers.samplePost + ["content-length": "5"]).block))
            let bytes = FrameBuilder.data(
                1, [UInt8](repeating: 0, count: body), endStream: endStream, padLength: 3)
            let result = peer.receiveResult(bytes)
            #expect(result.error?.facts == .remote(.invalidBodyLength, on: 1))
            #expect(result.error?.expected == 5 && result.error?.actual == body)
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }

    @Test("§8.1: DATA before the response is a connection error", arguments: cuts)
    func dataBeforeHeaders(cut: Cut) throws {
        Matrix.expectEnd(
            try Matrix.peerWithStream(.client, cut), FrameBuilder.data(1, [1]),
            .remote(.protocolViolation, on: 1))
        // A 1xx response is not the final response.
        let early = try Matrix.peerWithStream(.client, cut)
        try early.receive(FrameBuilder.headers(1, [":status": "103"]))
        Matrix.expectEnd(early, FrameBuilder.data(1, [1]), .remote(.protocolViolation, on: 1))
    }

    // MARK: Promises

    private static func promise(_ parent: UInt32, _ promised: UInt32) -> [UInt8] {
        FrameBuilder.pushPromise(
            parent, promised: promised, block: H2Headers.sampleRequest.block)
    }

    @Test("a promise on a stream that was reset locally is refused", arguments: cuts)
    func pushAfterLocalReset(cut: Cut) throws {
        let peer = try resetLocally(.client, cut)
        let events = try peer.receive(Self.promise(1, 2))
        #expect(events == [] && peer.sent() == Self.reset(2, 7))
        #expect(peer.connection.highestInboundStreamID == 0)
        try expectAlive(peer)
    }

    @Test(
        "§6.6: a promise on a stream that ended, or that the peer reset, is an error",
        arguments: cuts)
    func pushOnClosed(cut: Cut) throws {
        for peer in [try endedByPeer(.client, cut), try resetByPeer(.client, cut)] {
            Matrix.expectEnd(peer, Self.promise(1, 2), .remote(.protocolViolation, on: 1))
        }
    }

    @Test(
        "§8.4: with ENABLE_PUSH 0, a promise is refused; once acknowledged, a connection error",
        arguments: cuts)
    func pushDisabled(cut: Cut) throws {
        var configuration = Matrix.configuration(.client)
        configuration.initialSettings = [.enablePush: 0]
        let strict = try Peer(configuration, cut: cut)
        try strict.connection.sendHeaders(.sampleRequest, on: 1)
        Matrix.expectEnd(strict, Self.promise(1, 2), .remote(.protocolViolation, on: 1))

        let early = try Peer(configuration, cut: cut, handshake: false)
        try early.connection.initiateConnection()
        try early.connection.sendHeaders(.sampleRequest, on: 1)
        try early.receive(FrameBuilder.settings())
        early.sent()
        let events = try early.receive(Self.promise(1, 2))
        #expect(events == [] && early.sent() == Self.reset(2, 7))
    }

    @Test(
        "§5.1: WINDOW_UPDATE on a reserved (remote) stream is an error; h2 has an event",
        arguments: cuts)
    func windowUpdateOnReserved(cut: Cut) throws {
        let peer = try Matrix.peerWithStream(.client, cut)
        try peer.receive(Self.promise(1, 2))
        Matrix.expectEnd(
            peer, FrameBuilder.windowUpdate(2, increment: 1), .remote(.protocolViolation, on: 2))
    }

    @Test(
        "§5.1: DATA on a reserved (remote) stream is a connection error; h2 resets it",
        arguments: cuts)
    func dataOnReserved(cut: Cut) throws {
        let peer = try Matrix.peerWithStream(.client, cut)
        try peer.receive(Self.promise(1, 2))
        Matrix.expectEnd(peer, FrameBuilder.data(2, [1]), .remote(.protocolViolation, on: 2))
    }

    @Test("HEADERS on a stream skipped by a large gap are an error, even after a reset")
    func skippedIdentifier() throws {
        let peer = try resetLocally(.server, .whole)
        let block = H2Headers.sampleRequest.block
        try peer.receive(FrameBuilder.headers(10_748_441, block: block))
        let error = #expect(throws: H2Error.self) {
            try peer.receive(FrameBuilder.headers(15, block: block))
        }
        #expect(error?.kind == .streamIDTooLow && error?.errorCode == .protocolError)
    }
}
