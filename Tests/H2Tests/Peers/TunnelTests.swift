// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// RFC 9113 §8.5: after a 2xx response to CONNECT, a stream carries DATA, RST_STREAM, WINDOW_UPDATE
/// and PRIORITY only.
@Suite struct TunnelTests {
    private static let plain: H2Headers = [":method": "CONNECT", ":authority": "a:443"]
    private static let extended: H2Headers = [
        ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": "/",
        ":authority": "a",
    ]
    static let requests = [plain, extended]

    private func server(_ request: H2Headers, status: String) throws -> Peer {
        var configuration = H2Configuration.server
        configuration.initialSettings = [.enableConnectProtocol: 1]
        let peer = try Peer(configuration, policies: .asConfigured)
        try peer.receive(FrameBuilder.headers(1, block: request.block))
        try peer.connection.sendHeaders([":status": status], on: 1)
        peer.sent()
        return peer
    }

    private func client(_ request: H2Headers, status: String) throws -> Peer {
        let peer = try Peer(.client, settings: [(0x8, 1)], policies: .asConfigured)
        try peer.connection.sendHeaders(request, on: 1)
        try peer.receive(FrameBuilder.headers(1, [":status": status]))
        peer.sent()
        return peer
    }

    private static let reset: [H2Event] = [
        .streamReset(.init(streamID: 1, errorCode: .protocolError, isRemote: false))
    ]

    @Test("HEADERS in a tunnel reset the stream", arguments: requests, [false, true])
    func receivedHeaders(request: H2Headers, endStream: Bool) throws {
        for status in ["200", "204", "299"] {
            for peer in [
                try server(request, status: status), try client(request, status: status),
            ] {
                try peer.receive(FrameBuilder.data(1, [1, 2, 3]))
                let trailers = FrameBuilder.headers(1, ["x": "1"], endStream: endStream)
                #expect(try peer.receive(trailers) == Self.reset)
                #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(1, code: 1)])
                #expect(peer.connection.connectionState == .open)
            }
        }
    }

    @Test("a response in a tunnel resets the stream, whatever its status", arguments: requests)
    func receivedResponse(request: H2Headers) throws {
        for status in ["103", "200", "404"] {
            try client(request, status: "200").expectReset(
                FrameBuilder.headers(1, [":status": status]), of: 1, .protocolError)
        }
    }

    @Test("PUSH_PROMISE in a tunnel resets the stream and refuses the promise", arguments: requests)
    func receivedPromise(request: H2Headers) throws {
        let peer = try client(request, status: "200")
        let promise = FrameBuilder.pushPromise(
            1, promised: 2, block: H2Headers.sampleRequest.block)
        #expect(try peer.receive(promise) == Self.reset)
        #expect(
            peer.sent().map(\.bytes) == [
                FrameBuilder.rstStream(1, code: 1), FrameBuilder.rstStream(2, code: 7),
            ])
        #expect(peer.connection.highestInboundStreamID == 0)
        #expect(try peer.receive(FrameBuilder.headers(2, [":status": "200"])) == [])
        #expect(peer.sent() == [])
    }

    @Test("with .connectionError, HEADERS and PUSH_PROMISE in a tunnel end the connection")
    func connectionError() throws {
        for frame in [
            FrameBuilder.headers(1, ["x": "1"], endStream: true),
            FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block),
        ] {
            var configuration = H2Configuration.client
            configuration.malformedMessages = .connectionError
            let peer = try Peer(configuration, policies: .asConfigured)
            try peer.connection.sendHeaders(Self.plain, on: 1)
            try peer.receive(FrameBuilder.headers(1, [":status": "200"]))
            #expect(peer.receiveResult(frame).error?.kind == .protocolViolation)
        }
    }

    @Test("HEADERS and PUSH_PROMISE cannot be sent in a tunnel", arguments: requests)
    func sent(request: H2Headers) throws {
        let refusal = ErrorFacts.local(.protocolViolation, on: 1)
        for peer in [try server(request, status: "200"), try client(request, status: "200")] {
            expectMisuse(peer.connection, refusal) { () throws(H2Error) in
                try peer.connection.sendHeaders(["x": "1"], on: 1, endStream: true)
            }
            try peer.connection.sendData([1], on: 1)
        }
        let peer = try server(request, status: "200")
        expectMisuse(peer.connection, refusal) { () throws(H2Error) in
            try peer.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        }
    }

    @Test("the content-length of a CONNECT does not apply to its tunnel", arguments: requests)
    func contentLength(request: H2Headers) throws {
        for length in ["0", "5"] {
            let request = request + ["content-length": length]
            for peer in [try server(request, status: "200"), try client(request, status: "200")] {
                let events = try peer.receive(
                    FrameBuilder.data(1, [1, 2]) + FrameBuilder.data(1, endStream: true))
                #expect(events.count == 3 && events.last == .streamEnded(.init(streamID: 1)))
                try peer.connection.sendData([1, 2], on: 1)
                try peer.connection.endStream(1)
                #expect(peer.connection.connectionState == .open)
            }
        }
    }

    @Test("trailers of a CONNECT cannot be sent before its response", arguments: requests)
    func early(request: H2Headers) throws {
        for status in ["", "103", "200", "403"] {
            let peer = try Peer(.client, settings: [(0x8, 1)], policies: .asConfigured)
            try peer.connection.sendHeaders(request, on: 1)
            if !status.isEmpty { try peer.receive(FrameBuilder.headers(1, [":status": status])) }
            peer.sent()
            if status == "403" {
                try peer.connection.sendHeaders(["x": "1"], on: 1, endStream: true)
                continue
            }
            expectMisuse(peer.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
                try peer.connection.sendHeaders(["x": "1"], on: 1, endStream: true)
            }
            try peer.connection.endStream(1)
        }
    }

    @Test("a refused CONNECT may have trailers in both directions", arguments: requests)
    func refused(request: H2Headers) throws {
        let trailers = FrameBuilder.headers(1, ["x": "1"], endStream: true)
        for peer in [try server(request, status: "403"), try client(request, status: "403")] {
            let events = try peer.receive(trailers)
            #expect(events.count == 2 && events.first?.headers == ["x": "1"])
            try peer.connection.sendHeaders(["x": "1"], on: 1, endStream: true)
        }
    }

    @Test("a promise is allowed on a CONNECT before its 2xx response")
    func promiseBefore() throws {
        let pair = try Pair.started()
        try pair.client.sendHeaders(Self.plain, on: 1)
        try pair.exchange()
        try pair.server.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        try pair.server.sendHeaders([":status": "200"], on: 1)
        #expect(try pair.exchange().client.count == 2)
        #expect(pair.client.highestInboundStreamID == 2)
    }

    @Test("a 1xx response does not make a tunnel", arguments: requests)
    func informational(request: H2Headers) throws {
        let peer = try client(request, status: "100")
        #expect(try peer.receive(FrameBuilder.headers(1, [":status": "200"])).count == 1)
    }
}
