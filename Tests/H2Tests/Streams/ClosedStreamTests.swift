// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Frames on streams that are closed, half-closed, or were never used.
@Suite struct ClosedStreamTests {
    /// How stream 1 ended.
    enum Ending: CaseIterable {
        case byEndStream, byLocalReset, byPeerReset
    }

    private static let roles = [H2Configuration.client, .server]
    private static let response = H2Headers.sampleResponse.block
    private static let post = H2Headers.samplePost.block

    /// A connection with stream 1 closed, and empty output.
    private func peer(
        _ role: H2Configuration, _ ending: Ending, cut: Cut = .whole
    ) throws -> Peer {
        let peer = try Peer(role, cut: cut)
        let connection = peer.connection
        if role.role == .client {
            try connection.sendHeaders(.samplePost, on: 1, endStream: ending == .byEndStream)
        } else {
            try peer.receive(
                FrameBuilder.headers(1, block: Self.post, endStream: ending == .byEndStream))
        }
        switch ending {
        case .byEndStream where role.role == .client:
            try peer.receive(FrameBuilder.headers(1, block: Self.response, endStream: true))
        case .byEndStream:
            try connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        case .byLocalReset:
            try connection.resetStream(1, errorCode: .cancel)
        case .byPeerReset:
            try peer.receive(FrameBuilder.rstStream(1, code: 0x8))
        }
        peer.sent()
        #expect(connection.openInboundStreams + connection.openOutboundStreams == 0)
        return peer
    }

    /// Expects that the compression table is in step: a request or a promise still decodes.
    private func expectTableInStep(_ peer: Peer) throws {
        var encoder = HPACKEncoder()
        encoder.indexed(62)
        let block = H2Headers.sampleRequest.block + encoder.bytes
        let expected = H2Headers(Array(H2Headers.sampleRequest) + [H2Header("x-mark", "set")])
        if peer.connection.configuration.role == .server {
            let events = try peer.receive(FrameBuilder.headers(11, block: block))
            #expect(events == [.requestReceived(.init(streamID: 11, headers: expected))])
        } else {
            try peer.connection.sendHeaders(.samplePost, on: 11)
            let events = try peer.receive(FrameBuilder.pushPromise(11, promised: 8, block: block))
            #expect(
                events == [
                    .pushedStreamReceived(
                        .init(pushedStreamID: 8, parentStreamID: 11, headers: expected))
                ])
        }
    }

    /// A field block that adds a field to the compression table.
    private static var marking: [UInt8] {
        var encoder = HPACKEncoder()
        encoder.literal(":status", "200")
        encoder.literal("x-mark", "set", .incremental)
        return encoder.bytes
    }

    @Test(
        "§5.1: RST_STREAM, WINDOW_UPDATE and PRIORITY on a closed stream change nothing",
        arguments: roles, Ending.allCases)
    func harmless(_ role: H2Configuration, _ ending: Ending) throws {
        for cut in Cut.all {
            let peer = try peer(role, ending, cut: cut)
            let before = ConnectionSnapshot(of: peer.connection)
            let events = try peer.receive(
                FrameBuilder.rstStream(1, code: 0x1) + FrameBuilder.rstStream(1)
                    + FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff)
                    + FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff)
                    + FrameBuilder.priority(1))
            #expect(events == [.priorityUpdated(.init(streamID: 1, priority: H2Priority()))])
            #expect(ConnectionSnapshot(of: peer.connection) == before)
        }
    }

    @Test(
        "§5.1: DATA on a closed stream is credited, and gets at most one RST_STREAM",
        arguments: roles, Ending.allCases)
    func data(_ role: H2Configuration, _ ending: Ending) throws {
        for cut in [Cut.whole, .every(3_000)] {
            let peer = try peer(role, ending, cut: cut)
            let frame = FrameBuilder.data(1, [UInt8](repeating: 1, count: 16_000), padLength: 99)
            let events = try peer.receive(frame)
            #expect(events == [])
            #expect(peer.sent().map(\.errorCode) == (ending == .byLocalReset ? [] : [0x5]))
            #expect(peer.connection.inboundFlowControlWindow == 65_535 - 16_100)
            // Half of the window must be credited, or the connection would stall.
            var updates = 0
            for _ in 0..<20 {
                try peer.receive(frame)
                updates += peer.sent().filter { $0.windowIncrement != nil }.count
            }
            #expect(updates >= 5)
        }
    }

    @Test(
        "§5.1: HEADERS on a reset stream are decoded, and get at most one RST_STREAM",
        arguments: roles, [Ending.byLocalReset, .byPeerReset])
    func headersAfterReset(_ role: H2Configuration, _ ending: Ending) throws {
        for cut in Cut.all {
            let peer = try peer(role, ending, cut: cut)
            let events = try peer.receive(FrameBuilder.headers(1, block: Self.marking))
            #expect(events == [])
            #expect(peer.sent().map(\.errorCode) == (ending == .byLocalReset ? [] : [0x5]))
            let pieces = try peer.receive(
                FrameBuilder.split(1, block: H2Headers.sampleTrailers.block, every: 3))
            #expect(pieces == [])
            #expect(peer.sent() == [])
            try expectTableInStep(peer)
        }
    }

    @Test(
        "§5.1: HEADERS on a stream that ended are a STREAM_CLOSED connection error",
        arguments: roles, Cut.all)
    func headersAfterEnd(_ role: H2Configuration, _ cut: Cut) throws {
        let peer = try peer(role, .byEndStream, cut: cut)
        let result = peer.receiveResult(FrameBuilder.headers(1, block: Self.marking))
        #expect(result.error?.facts == .remote(.streamClosed, .streamClosed, on: 1))
        #expect(peer.sent().map(\.errorCode) == [0x5])
    }

    @Test("§5.1: DATA on a half-closed (remote) stream resets it", arguments: Cut.all)
    func dataAfterEndStream(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        try peer.receive(FrameBuilder.headers(1, block: Self.post, endStream: true))
        let events = try peer.receive(FrameBuilder.data(1, [1, 2, 3]))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .streamClosed, isRemote: false))
            ])
        #expect(peer.sent().map(\.errorCode) == [0x5])
        #expect(peer.connection.openInboundStreams == 0)
        expectMisuse(peer.connection, .local(.streamClosed, .streamClosed, on: 1)) {
            () throws(H2Error) in try peer.connection.sendHeaders(.sampleResponse, on: 1)
        }
        // Further DATA gets no second RST_STREAM.
        #expect(try peer.receive(FrameBuilder.data(1, [1])) == [])
        #expect(peer.sent() == [])
    }

    @Test("§5.1: HEADERS on a half-closed (remote) stream reset it", arguments: Cut.all)
    func headersAfterEndStream(cut: Cut) throws {
        for every in [3, 1_000] {
            let peer = try Peer(.server, cut: cut)
            try peer.receive(FrameBuilder.headers(1, block: Self.post, endStream: true))
            let events = try peer.receive(
                FrameBuilder.split(1, block: Self.marking, every: every, endStream: true))
            #expect(
                events == [
                    .streamReset(.init(streamID: 1, errorCode: .streamClosed, isRemote: false))
                ])
            #expect(peer.sent().map(\.errorCode) == [0x5])
            try expectTableInStep(peer)
        }
    }

    @Test(
        "§5.1: DATA, WINDOW_UPDATE and RST_STREAM on an idle stream are connection errors",
        arguments: roles, Cut.all)
    func idle(_ role: H2Configuration, _ cut: Cut) throws {
        for id in [2, 3, 5, 6, 0x7fff_ffff] as [UInt32] {
            try check(FrameBuilder.data(id, [1]), .noSuchStream)
            try check(FrameBuilder.windowUpdate(id, increment: 1), .noSuchStream)
            try check(FrameBuilder.rstStream(id), .protocolViolation)
        }
        func check(_ bytes: [UInt8], _ kind: H2Error.Kind) throws {
            let peer = try peer(role, .byEndStream, cut: cut)
            let result = peer.receiveResult(bytes)
            #expect(result.error?.kind == kind)
            #expect(result.error?.errorCode == .protocolError)
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }

    @Test("§6.4: RST_STREAM before any stream was opened is a PROTOCOL_ERROR", arguments: roles)
    func resetBeforeAnyStream(_ role: H2Configuration) throws {
        let peer = try Peer(role)
        let result = peer.receiveResult(FrameBuilder.rstStream(1))
        #expect(result.error?.facts == .remote(.protocolViolation, on: 1))
    }

    @Test(
        "§5.1.1: HEADERS on a skipped stream are a connection error",
        arguments: Cut.all)
    func skippedIdentifier(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        try peer.receive(FrameBuilder.headers(7, block: Self.post))
        let result = peer.receiveResult(FrameBuilder.headers(5, block: Self.post))
        #expect(result.error?.facts == .remote(.streamIDTooLow, on: 5))
        #expect(peer.sent().last?.lastStreamID == 7)
    }

    @Test(
        "§5.1.1: HEADERS on an idle stream that the peer may not open are a connection error",
        arguments: Cut.all)
    func wrongOpener(cut: Cut) throws {
        let cases: [(H2Configuration, UInt32)] = [(.server, 2), (.client, 1), (.client, 2)]
        for (role, id) in cases {
            let peer = try Peer(role, cut: cut)
            let result = peer.receiveResult(FrameBuilder.headers(id, block: Self.post))
            #expect(result.error?.facts == .remote(.protocolViolation, on: H2StreamID(id)))
        }
    }

    @Test(
        "§6.4: only REFUSED_STREAM is safe to retry, and only for a client", arguments: Cut.all)
    func safeToRetry(cut: Cut) throws {
        for code in [0x0, 0x1, 0x7, 0x8, 0xd] as [UInt32] {
            let client = try Peer(.client, cut: cut)
            try client.connection.sendHeaders(.samplePost, on: 1)
            let events = try client.receive(FrameBuilder.rstStream(1, code: code))
            let isSafe = code == 0x7
            #expect(
                events == [
                    .streamReset(
                        .init(
                            streamID: 1, errorCode: H2ErrorCode(rawValue: code), isRemote: true,
                            isSafeToRetry: isSafe))
                ])
            let server = try Peer(.server, cut: cut)
            try server.receive(FrameBuilder.headers(1, block: Self.post))
            let atServer = try server.receive(FrameBuilder.rstStream(1, code: code))
            #expect(
                atServer == [
                    .streamReset(
                        .init(
                            streamID: 1, errorCode: H2ErrorCode(rawValue: code), isRemote: true))
                ])
        }
    }

    @Test(
        "RFC 7540 §5.3.1: a stream that depends on itself is a PROTOCOL_ERROR",
        arguments: Cut.all)
    func selfDependency(cut: Cut) throws {
        for bytes in [
            FrameBuilder.priority(1, dependsOn: 1), FrameBuilder.priority(9, dependsOn: 9),
            FrameBuilder.headers(9, block: Self.post, priority: (9, false, 1)),
            FrameBuilder.headers(9, block: Self.post, padLength: 4, priority: (9, true, 1)),
        ] {
            let peer = try Peer(.server, cut: cut)
            let result = peer.receiveResult(bytes)
            #expect(result.error?.kind == .protocolViolation)
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }
}
