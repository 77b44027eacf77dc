// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Where releases of nghttp2 differ, H2 decides before nghttp2 receives the frame: each test
/// withholds the frame from nghttp2, and the result is the same.
@Suite struct ReleaseIndependenceTests {
    /// A client or server with stream 1 open, which withholds the next frame from nghttp2.
    private func withholdingConnection(
        _ role: H2Configuration.Role, _ prepare: (Peer) throws -> Void = { _ in }
    ) throws -> H2Connection {
        let peer = try Peer(H2Configuration(role))
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        }
        try prepare(peer)
        peer.sent()
        peer.connection.forgetNextFrame()
        return peer.connection
    }

    /// Whether the session still has a frame to withhold: then SETTINGS are not acknowledged.
    private func isWithholding(_ connection: H2Connection) throws -> Bool {
        _ = connection.dataToSend()
        // nghttp2 acknowledges SETTINGS.
        _ = try connection.receiveData(FrameBuilder.settings([(0x1, 0)]))
        return !connection.hasDataToSend
    }

    private func expectEnd(
        _ connection: H2Connection, _ bytes: [UInt8], _ expected: ErrorFacts,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = failure { () throws(H2Error) in _ = try connection.receiveData(bytes) }
        #expect(error?.facts == expected, sourceLocation: sourceLocation)
        let goAway = WireReader.frames(in: connection.dataToSend())
        #expect(goAway.map(\.errorCode) == [expected.code.rawValue], sourceLocation: sourceLocation)
    }

    @Test("1.65: nghttp2 does not report PRIORITY; H2 parses it")
    func priority() throws {
        let connection = try withholdingConnection(.server)
        let events = try connection.receiveData(
            FrameBuilder.priority(7, dependsOn: 1, exclusive: true, weightByte: 9))
        #expect(
            events == [
                .priorityUpdated(
                    .init(
                        streamID: 7,
                        priority: H2Priority(weight: 10, dependsOn: 1, isExclusive: true)))
            ])
        #expect(try isWithholding(connection))
    }

    @Test("1.65: nghttp2 does not check for self-dependency; H2 does")
    func selfDependency() throws {
        expectEnd(
            try withholdingConnection(.server), FrameBuilder.priority(7, dependsOn: 7),
            .remote(.protocolViolation, on: 7))
        expectEnd(
            try withholdingConnection(.server),
            FrameBuilder.headers(3, block: H2Headers.sampleRequest.block, priority: (3, false, 0)),
            .remote(.protocolViolation, on: 3))
    }

    @Test("1.65: nghttp2 ignores HEADERS on streams that ended; in H2 they are an error")
    func headersOnEnded() throws {
        let connection = try withholdingConnection(.server) { peer in
            try peer.receive(FrameBuilder.data(1, endStream: true))
            try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        }
        expectEnd(
            connection, FrameBuilder.headers(1, block: H2Headers.sampleRequest.block),
            .remote(.streamClosed, .streamClosed, on: 1))
    }

    @Test("1.65, 1.66: H2, not nghttp2, sends RST_STREAM for DATA on closed streams")
    func dataOnClosed() throws {
        let ended = try withholdingConnection(.server) { peer in
            try peer.receive(FrameBuilder.data(1, endStream: true))
            try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        }
        let reset = try withholdingConnection(.server) { peer in try peer.connection.resetStream(1)
        }
        for (connection, answer) in [(ended, FrameBuilder.rstStream(1, code: 5)), (reset, [])] {
            let events = try connection.receiveData(FrameBuilder.data(1, [1]))
            #expect(events == [])
            #expect(connection.dataToSend() == answer)
        }
    }

    @Test("1.67: nghttp2 sends GOAWAY if a stream's window overflows; H2 sends RST_STREAM")
    func streamOverflow() throws {
        let connection = try withholdingConnection(.client)
        let events = try connection.receiveData(
            FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .flowControlError, isRemote: false))
            ])
        #expect(connection.dataToSend() == FrameBuilder.rstStream(1, code: 3))
        #expect(try isWithholding(connection))
    }

    @Test("1.67: H2 counts the windows: connection, stream, and INITIAL_WINDOW_SIZE")
    func windows() throws {
        expectEnd(
            try withholdingConnection(.client),
            FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff),
            .remote(.flowControl, .flowControlError))
        let full = try withholdingConnection(.server) { peer in
            for _ in 0..<4 {
                try peer.receive(FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_383)))
            }
            try peer.connection.incrementFlowControlWindow(by: 100_000)
        }
        expectEnd(
            full, FrameBuilder.data(1, [1, 2, 3, 4]),
            .remote(.flowControl, .flowControlError, on: 1)
        )
        let wide = try withholdingConnection(.client) { peer in
            try peer.receive(FrameBuilder.windowUpdate(1, increment: 0x7fff_0000))
        }
        expectEnd(
            wide, FrameBuilder.settings([(0x4, 0x7fff_ffff)]),
            .remote(.flowControl, .flowControlError))
    }

    @Test("1.67: nghttp2 sends GOAWAY, RST_STREAM or nothing for malformed messages; H2 decides")
    func messaging() throws {
        let connection = try withholdingConnection(.server) { peer in
            try peer.receive(
                FrameBuilder.headers(
                    3, block: (H2Headers.samplePost + ["content-length": "1"]).block))
        }
        expectEnd(
            connection, FrameBuilder.data(3, [1, 2]), .remote(.invalidBodyLength, on: 3))
        // Values that nghttp2 accepts or drops without its messaging checks.
        try HeaderRuleProbe.expectMalformed(.sampleRequest + ["a": "b\r\nc"], .request)
        try HeaderRuleProbe.expectMalformed(.sampleRequest + ["a b": "c"], .request)
    }

    @Test("1.67: nghttp2's limit of 10,000 glitches does not apply: 12,000 are accepted")
    func glitches() throws {
        let peer = try Peer(.unlimited(.server))
        let connection = peer.connection
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        try connection.resetStream(1)
        let frame = FrameBuilder.data(1) + FrameBuilder.windowUpdate(1, increment: 1)
        let batch = (0..<1_000).flatMap { _ in frame }
        for _ in 0..<12 {
            let events = try connection.receiveData(batch)
            #expect(events == [])
            connection.clearOutboundDataBuffer()
        }
        peer.check()
    }

    @Test("1.65: H2 writes priorities, even if the peer does not use them; nghttp2 does not")
    func sendingPriority() throws {
        let peer = try Peer(.client, settings: [(0x9, 1)])
        try peer.connection.sendHeaders(.sampleRequest, on: 1, priority: H2Priority())
        try peer.connection.prioritize(1, H2Priority())
        #expect(peer.sent().map(\.priority?.weightByte) == [15, 15])
    }

    @Test("frames that h2 accepts and nghttp2 refuses are not fed to nghttp2")
    func neverFed() throws {
        for bytes in [
            FrameBuilder.goAway(last: 2), FrameBuilder.altSvc(0, origin: "o", field: "f"),
            FrameBuilder.settingsAck(), FrameBuilder.raw(type: 0xbe, payload: [1]),
            FrameBuilder.priority(1, dependsOn: 3), FrameBuilder.raw(type: 0x10, payload: [1]),
        ] {
            let connection = try withholdingConnection(.client)
            _ = try connection.receiveData(bytes)
            #expect(try isWithholding(connection))
        }
    }

    @Test("WINDOW_UPDATE and RST_STREAM on closed streams are not fed to nghttp2")
    func closedStreamsAreNotFed() throws {
        for bytes in [FrameBuilder.windowUpdate(1, increment: 1), FrameBuilder.rstStream(1)] {
            let connection = try withholdingConnection(.client) { peer in
                try peer.connection.resetStream(1)
            }
            let events = try connection.receiveData(bytes)
            #expect(events == [])
            #expect(try isWithholding(connection))
        }
    }

    @Test("H2 enforces the limit on streams before it feeds the request to nghttp2")
    func concurrency() throws {
        var configuration = H2Configuration.server
        configuration.initialSettings = [.maxConcurrentStreams: 1]
        let peer = try Peer(configuration)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        peer.connection.forgetNextFrame()
        peer.sent()
        expectEnd(
            peer.connection, FrameBuilder.headers(3, block: H2Headers.sampleRequest.block),
            .remote(.tooManyStreams, on: 3))
    }
}
