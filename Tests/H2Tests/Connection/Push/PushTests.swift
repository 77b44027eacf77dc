// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Server push, RFC 9113 §8.4.
@Suite struct PushTests {
    /// A server with a request on stream 1.
    private func server(
        _ configuration: H2Configuration = .server, settings: [(UInt16, UInt32)] = [],
        endStream: Bool = true
    ) throws -> Peer {
        let peer = try Peer(configuration, settings: settings)
        try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.samplePost.block, endStream: endStream))
        peer.sent()
        return peer
    }

    private func push(
        _ promised: H2StreamID, on parent: H2StreamID = 1, _ connection: H2Connection
    ) throws(H2Error) {
        try connection.pushStream(promised, on: parent, requestHeaders: .sampleRequest)
    }

    @Test("§8.4: a promise, its response and its end reach the client", arguments: Cut.all)
    func conversation(cut: Cut) throws {
        let pair = try Pair.started(cut: cut)
        _ = try pair.openStream(endStream: true)
        try pair.server.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        #expect(pair.server.openOutboundStreams == 0)
        try pair.server.sendHeaders(.sampleResponse, on: 2)
        #expect(pair.server.openOutboundStreams == 1)
        try pair.server.sendData([1, 2, 3], on: 2, endStream: true)
        try pair.server.sendHeaders(.sampleResponse, on: 1, endStream: true)
        let events = try pair.exchange().client
        #expect(
            events == [
                .pushedStreamReceived(
                    .init(pushedStreamID: 2, parentStreamID: 1, headers: .sampleRequest)),
                .responseReceived(.init(streamID: 2, headers: .sampleResponse)),
                .dataReceived(
                    .init(streamID: 2, data: [1, 2, 3], flowControlledLength: 3, endsStream: true)),
                .streamEnded(.init(streamID: 2)),
                .responseReceived(
                    .init(streamID: 1, headers: .sampleResponse, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
        #expect(pair.server.openOutboundStreams == 0 && pair.client.openInboundStreams == 0)
        #expect(pair.server.highestOutboundStreamID == 2)
        #expect(pair.client.highestInboundStreamID == 2)
    }

    @Test("§6.6: PUSH_PROMISE on the parent, with the promised stream and the request")
    func frame() throws {
        let peer = try server()
        #expect(try peer.connection.nextAvailableStreamID() == 2)
        try push(2, peer.connection)
        #expect(try peer.connection.nextAvailableStreamID() == 4)
        let frames = peer.sent()
        let frame = try #require(frames.first)
        #expect(frames.count == 1 && frame.type == .pushPromise && frame.streamID == 1)
        #expect(frame.flags == 0x4 && frame.promisedStreamID == 2)
        #expect(
            peer.sentHeaders(of: frame)
                == H2Headers.sampleRequest.map { HPACKDecoder.Field($0.name, $0.value) })
    }

    @Test("§6.10: a promise larger than a frame continues in CONTINUATION")
    func largePromise() throws {
        let peer = try server()
        let headers = H2Headers.sampleRequest + ["x": String(repeating: "\u{1}", count: 40_000)]
        try peer.connection.pushStream(2, on: 1, requestHeaders: headers)
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.pushPromise, .continuation, .continuation])
        #expect(frames.allSatisfy { $0.streamID == 1 && $0.payload.count <= 16_384 })
        #expect(frames.map(\.endsHeaders) == [false, false, true])
        #expect(frames.first.map { peer.sentHeaders(of: $0).count } == 5)
    }

    @Test("§5.1.1: a promised stream may be any even identifier above the last one")
    func identifiers() throws {
        let connection = try server().connection
        try push(2, connection)
        try push(10, connection)
        expectMisuse(connection, .local(.streamIDTooLow, on: 8)) { () throws(H2Error) in
            try push(8, connection)
        }
        expectMisuse(connection, .local(.streamIDTooLow, on: 10)) { () throws(H2Error) in
            try push(10, connection)
        }
        for odd: H2StreamID in [0, 11, 0x7fff_ffff] {
            expectMisuse(connection, .local(.protocolViolation, on: odd)) { () throws(H2Error) in
                try push(odd, connection)
            }
        }
        expectMisuse(connection, .local(.invalidArgument, on: 0x8000_0000)) {
            () throws(H2Error) in
            try push(0x8000_0000, connection)
        }
        try push(0x7fff_fffe, connection)
        expectMisuse(connection, .local(.noAvailableStreamID)) { () throws(H2Error) in
            _ = try connection.nextAvailableStreamID()
        }
    }

    @Test("§6.6: \"MUST NOT send … if the SETTINGS_ENABLE_PUSH setting of the peer is 0\"")
    func pushDisabled() throws {
        let connection = try server(settings: [(0x2, 0)]).connection
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try push(2, connection)
        }
    }

    @Test("§8.4: \"A client cannot push\"")
    func clientCannot() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
        peer.sent()
        let error = failure { () throws(H2Error) in try push(2, peer.connection) }
        #expect(error?.kind == .protocolViolation && error?.origin == .local)
        #expect(peer.sent() == [])
    }

    @Test("§6.6: a promise needs a stream that is open or half-closed (remote)")
    func parents() throws {
        let fresh = try Peer(.server).connection
        expectMisuse(fresh, .local(.protocolViolation)) { () throws(H2Error) in
            try push(2, fresh)
        }
        let open = try server(endStream: false).connection
        try push(2, open)
        for (parent, expected) in [
            (0, .local(.noSuchStream, on: 0)), (3, .local(.noSuchStream, on: 3)),
            // A pushed stream cannot push.
            (2, .local(.protocolViolation, on: 2)),
        ] as [(H2StreamID, ErrorFacts)] {
            expectMisuse(open, expected) { () throws(H2Error) in try push(4, on: parent, open) }
        }
        // The server ended the stream; the client did not.
        try open.sendHeaders(.sampleResponse, on: 1, endStream: true)
        expectMisuse(open, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try push(4, open)
        }
        let ended = try server().connection
        try ended.sendHeaders(.sampleResponse, on: 1, endStream: true)
        expectMisuse(ended, .local(.streamClosed, .streamClosed, on: 1)) { () throws(H2Error) in
            try push(2, ended)
        }
        let reset = try server().connection
        try reset.resetStream(1)
        expectMisuse(reset, .local(.streamClosed, .streamClosed, on: 1)) { () throws(H2Error) in
            try push(2, reset)
        }
    }

    @Test("a promise needs a connection that is initiated and not closed, and valid fields")
    func otherMisuse() throws {
        let early = H2Connection(.server)
        expectMisuse(early, .local(.notInitiated)) { () throws(H2Error) in try push(2, early) }
        let connection = try server().connection
        expectMisuse(connection, .local(.invalidArgument, on: 2)) { () throws(H2Error) in
            try connection.pushStream(2, on: 1, requestHeaders: [])
        }
        expectMisuse(connection, .local(.protocolViolation, on: 2)) { () throws(H2Error) in
            try connection.pushStream(2, on: 1, requestHeaders: [":method": "GET"])
        }
        try connection.closeConnection()
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try push(2, connection)
        }
    }

    @Test("§5.1, reserved (local): only the final response and RST_STREAM can be sent")
    func reserved() throws {
        let connection = try server().connection
        try push(2, connection)
        func refuse(_ call: () throws(H2Error) -> Void) {
            expectMisuse(connection, .local(.protocolViolation, on: 2), call)
        }
        refuse { () throws(H2Error) in try connection.sendHeaders([":status": "103"], on: 2) }
        refuse { () throws(H2Error) in try connection.sendData([1], on: 2) }
        refuse { () throws(H2Error) in try connection.sendData([], on: 2, endStream: true) }
        refuse { () throws(H2Error) in try connection.endStream(2) }
        refuse { () throws(H2Error) in try connection.incrementFlowControlWindow(by: 1, on: 2) }
        #expect(try connection.localFlowControlWindow(on: 2) == 65_535)
        try connection.sendHeaders(.sampleResponse, on: 2)
        try connection.sendData([1], on: 2)
        try connection.sendHeaders(.sampleTrailers, on: 2, endStream: true)
        expectMisuse(connection, .local(.streamClosed, .streamClosed, on: 2)) {
            () throws(H2Error) in
            try connection.sendData([1], on: 2)
        }
    }

    @Test("§8.4: a server can reset a stream that it promised")
    func resetReserved() throws {
        let peer = try server()
        try push(2, peer.connection)
        peer.sent()
        try peer.connection.resetStream(2, errorCode: .cancel)
        #expect(peer.sent() == WireReader.frames(in: FrameBuilder.rstStream(2, code: 8)))
        expectMisuse(peer.connection, .local(.streamClosed, .streamClosed, on: 2)) {
            () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleResponse, on: 2)
        }
    }

    @Test("§8.4.2: a client can reset a promised stream", arguments: Cut.all)
    func refused(cut: Cut) throws {
        let pair = try Pair.started(cut: cut)
        _ = try pair.openStream(endStream: true)
        try pair.server.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        try pair.exchange()
        try pair.client.resetStream(2, errorCode: .cancel)
        let events = try pair.exchange().server
        #expect(
            events == [.streamReset(.init(streamID: 2, errorCode: .cancel, isRemote: true))])
        #expect(pair.server.openOutboundStreams == 0 && pair.client.openInboundStreams == 0)
    }

    @Test("§5.1.2: the client's MAX_CONCURRENT_STREAMS limits pushed responses, but not promises")
    func concurrency() throws {
        let peer = try server(settings: [(0x3, 1)])
        let connection = peer.connection
        for promised: H2StreamID in [2, 4, 6] { try push(promised, connection) }
        try connection.sendHeaders(.sampleResponse, on: 2)
        expectMisuse(connection, .local(.tooManyStreams, on: 4)) { () throws(H2Error) in
            try connection.sendHeaders(.sampleResponse, on: 4)
        }
        let error = failure { () throws(H2Error) in
            try connection.sendHeaders(.sampleResponse, on: 4, endStream: true)
        }
        #expect(error?.expected == 1 && error?.actual == 1)
        // The client's own streams do not count.
        try connection.sendHeaders(.sampleResponse, on: 1)
        try connection.endStream(2)
        try connection.sendHeaders(.sampleResponse, on: 4, endStream: true)
        try connection.sendHeaders(.sampleResponse, on: 6)
        #expect(connection.openOutboundStreams == 1)
    }

    @Test("§5.1: WINDOW_UPDATE on a promised stream counts for its response", arguments: Cut.all)
    func windowUpdate(cut: Cut) throws {
        let pair = try Pair.started(cut: cut)
        _ = try pair.openStream(endStream: true)
        try pair.server.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        try pair.exchange()
        try pair.client.incrementFlowControlWindow(by: 1_000, on: 2)
        let events = try pair.exchange().server
        #expect(events == [.windowUpdated(.init(streamID: 2, delta: 1_000))])
        #expect(try pair.server.localFlowControlWindow(on: 2) == 65_535)
        try pair.client.incrementFlowControlWindow(by: 5_000)
        try pair.exchange()
        #expect(try pair.server.localFlowControlWindow(on: 2) == 66_535)
    }

    @Test("§5.1: DATA or HEADERS on a promised stream is a PROTOCOL_ERROR connection error")
    func clientSendsOnReserved() throws {
        for bytes in [
            FrameBuilder.data(2, [1]),
            FrameBuilder.headers(2, block: H2Headers.sampleRequest.block),
        ] {
            let peer = try server()
            try push(2, peer.connection)
            peer.sent()
            let result = peer.receiveResult(bytes)
            #expect(result.error?.facts == .remote(.protocolViolation, on: 2))
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }

    @Test("§5.1: DATA on a pushed stream whose response began is a STREAM_CLOSED stream error")
    func clientSendsDataOnPushed() throws {
        let peer = try server()
        try push(2, peer.connection)
        try peer.connection.sendHeaders(.sampleResponse, on: 2)
        peer.sent()
        let events = try peer.receive(FrameBuilder.data(2, [1]))
        #expect(
            events == [
                .streamReset(.init(streamID: 2, errorCode: .streamClosed, isRemote: false))
            ])
        #expect(peer.sent() == WireReader.frames(in: FrameBuilder.rstStream(2, code: 5)))
    }

    @Test("§5.1: HEADERS on a pushed stream whose response began is a connection error")
    func clientSendsHeadersOnPushed() throws {
        for endStream in [false, true] {
            let peer = try server()
            try push(2, peer.connection)
            try peer.connection.sendHeaders(.sampleResponse, on: 2, endStream: endStream)
            peer.sent()
            let result = peer.receiveResult(
                FrameBuilder.headers(2, block: H2Headers.sampleTrailers.block, endStream: true))
            #expect(result.error?.facts == .remote(.streamClosed, .streamClosed, on: 2))
            #expect(peer.sent().map(\.errorCode) == [0x5])
        }
    }

    @Test("§6.8: the client's GOAWAY ends later pushed streams and prevents further promises")
    func goAway() throws {
        let peer = try server()
        for promised: H2StreamID in [2, 4, 6] { try push(promised, peer.connection) }
        try peer.connection.sendHeaders(.sampleResponse, on: 4)
        peer.sent()
        let events = try peer.receive(FrameBuilder.goAway(last: 2))
        #expect(
            events == [
                .connectionTerminated(.init(errorCode: .noError, lastStreamID: 2)),
                .streamReset(
                    .init(
                        streamID: 4, errorCode: .refusedStream, isRemote: true,
                        isSafeToRetry: true)),
                .streamReset(
                    .init(
                        streamID: 6, errorCode: .refusedStream, isRemote: true,
                        isSafeToRetry: true)),
            ])
        expectMisuse(peer.connection, .local(.protocolViolation, on: 8)) { () throws(H2Error) in
            try push(8, peer.connection)
        }
        try peer.connection.sendHeaders(.sampleResponse, on: 2, endStream: true)
        try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        #expect(peer.sent().map(\.streamID) == [2, 1])
    }
}
