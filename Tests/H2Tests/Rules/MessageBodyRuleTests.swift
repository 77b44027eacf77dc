// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Which messages have a body, and the order of a message's parts: HEAD, 1xx, 204 and 304, RFC 9110
/// §6.4.1 and RFC 9113 §8.1.
@Suite struct MessageBodyRuleTests {
    private static let head: H2Headers = [
        ":method": "HEAD", ":scheme": "https", ":authority": "example.com", ":path": "/",
    ]

    private func client(_ request: H2Headers = .sampleRequest, cut: Cut = .whole) throws -> Peer {
        let peer = try Peer(.client, cut: cut)
        try peer.connection.sendHeaders(request, on: 1, endStream: true)
        peer.sent()
        return peer
    }

    private func response(_ headers: H2Headers, endStream: Bool = false) -> [UInt8] {
        FrameBuilder.headers(1, block: headers.block, endStream: endStream)
    }

    @Test(
        "RFC 9110 §9.3.2: a response to HEAD may announce a length, but has no body",
        arguments: Cut.all
    )
    func headResponse(cut: Cut) throws {
        let headers: H2Headers = [":status": "200", "content-length": "1000"]
        for bytes in [
            response(headers, endStream: true),
            response(headers) + FrameBuilder.data(1, endStream: true),
            response(headers) + response(.sampleTrailers, endStream: true),
        ] {
            let peer = try client(Self.head, cut: cut)
            let events = try peer.receive(bytes)
            #expect(events.first?.headers == headers)
            #expect(events.last == .streamEnded(.init(streamID: 1)))
        }
    }

    @Test("RFC 9110 §9.3.2: \"MUST NOT send content\" in a response to HEAD")
    func headWithBody() throws {
        for headers: H2Headers in [
            [":status": "200"], [":status": "200", "content-length": "1"],
        ] {
            let peer = try client(Self.head)
            let result = peer.receiveResult(response(headers) + FrameBuilder.data(1, [1]))
            #expect(result.error?.facts == .remote(.invalidBodyLength, on: 1))
            #expect(result.error?.expected == 0 && result.error?.actual == 1)
        }
    }

    @Test("the method HEAD is case-sensitive")
    func headCase() throws {
        let lower: H2Headers = [
            ":method": "head", ":scheme": "https", ":authority": "example.com", ":path": "/",
        ]
        let peer = try client(lower)
        let result = peer.receiveResult(
            response([":status": "200", "content-length": "1000"], endStream: true))
        #expect(result.error?.facts == .remote(.invalidBodyLength, on: 1))
    }

    @Test(
        "RFC 9110 §8.6: 204 and 304 may announce a length, but have no body",
        arguments: ["204", "304"])
    func noContent(status: String) throws {
        for length in ["0", "1000"] {
            let headers: H2Headers = [":status": status, "content-length": length]
            let peer = try client()
            let events = try peer.receive(response(headers, endStream: true))
            #expect(
                events == [
                    .responseReceived(.init(streamID: 1, headers: headers, endsStream: true)),
                    .streamEnded(.init(streamID: 1)),
                ])
        }
        // An empty DATA frame is not a body; h2 refuses it.
        let late = try client()
        let headers: H2Headers = [":status": status, "content-length": "1000"]
        let events = try late.receive(response(headers) + FrameBuilder.data(1, endStream: true))
        #expect(events.last == .streamEnded(.init(streamID: 1)))
        let short = try client()
        let cut = short.receiveResult(
            response(headers) + FrameBuilder.data(1, [1], endStream: true))
        #expect(cut.error?.facts == .remote(.invalidBodyLength, on: 1))
        let trailers = try client()
        let ended = try trailers.receive(
            response(headers) + response(.sampleTrailers, endStream: true))
        #expect(ended.last == .streamEnded(.init(streamID: 1)))
        // Other statuses require the body that content-length announces.
        for other in ["200", "205", "244", "404"] {
            let peer = try client()
            let result = peer.receiveResult(
                response([":status": other, "content-length": "1000"], endStream: true))
            #expect(result.error?.facts == .remote(.invalidBodyLength, on: 1))
        }
    }

    @Test("§8.1.1: trailers before the end of the announced body are refused; h2 does not check")
    func trailersTooEarly() throws {
        let peer = try client()
        let result = peer.receiveResult(
            response([":status": "200", "content-length": "5"]) + FrameBuilder.data(1, [1, 2])
                + response(.sampleTrailers, endStream: true))
        #expect(result.error?.facts == .remote(.invalidBodyLength, on: 1))
        #expect(result.error?.expected == 5 && result.error?.actual == 2)
    }

    @Test("RFC 9110 §8.6: content-length in trailers and 1xx must be a number, as in h2")
    func lengthElsewhere() throws {
        let bad: H2Headers = ["content-length": "abc"]
        try HeaderRuleProbe.expectMalformed(bad, .trailers)
        try HeaderRuleProbe.expectMalformed([":status": "103"] + bad, .response)
        try HeaderRuleProbe.expectAccepted(["content-length": "7"], .trailers)
        try HeaderRuleProbe.expectAccepted([":status": "103", "content-length": "7"], .response)
    }

    // MARK: 1xx

    @Test("§8.1: any number of 1xx responses may precede the final response", arguments: Cut.all)
    func informational(cut: Cut) throws {
        let pair = try Pair.started(cut: cut)
        let id = try pair.openStream(endStream: true)
        let early: [H2Headers] = [
            [":status": "100"], [":status": "103", "link": "a"], [":status": "103", "link": "b"],
            [":status": "199"],
        ]
        for headers in early { try pair.server.sendHeaders(headers, on: id) }
        try pair.server.sendHeaders(.sampleResponse, on: id, endStream: true)
        let events = try pair.exchange().client
        #expect(
            events == early.map {
                .informationalResponseReceived(.init(streamID: id, headers: $0))
            } + [
                .responseReceived(.init(streamID: id, headers: .sampleResponse, endsStream: true)),
                .streamEnded(.init(streamID: id)),
            ])
    }

    @Test("§8.1: a 1xx response may arrive while the request is being sent")
    func expectContinue() throws {
        let pair = try Pair.started()
        let id = try pair.openStream(headers: .samplePost + ["expect": "100-continue"])
        try pair.server.sendHeaders([":status": "100"], on: id)
        let events = try pair.exchange().client
        #expect(
            events == [
                .informationalResponseReceived(.init(streamID: id, headers: [":status": "100"]))
            ])
        try pair.client.sendData([1], on: id, endStream: true)
        let body = try pair.exchange().server
        #expect(body.last == .streamEnded(.init(streamID: id)))
    }

    @Test("§8.1: a 1xx response after the final response is refused in both directions")
    func lateInformational() throws {
        let peer = try client()
        let result = peer.receiveResult(
            response(.sampleResponse) + response([":status": "103"]))
        #expect(result.error?.facts == .remote(.protocolViolation, on: 1))

        let server = try Peer(.server)
        try server.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        try server.connection.sendHeaders(.sampleResponse, on: 1)
        expectMisuse(server.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try server.connection.sendHeaders([":status": "103"], on: 1)
        }
    }

    @Test("§8.1: a 1xx response must not end the stream: both directions, both policies")
    func informationalEnd() throws {
        try HeaderRuleProbe.expectMalformed([":status": "103"], .response, endStream: true)
        let server = try Peer(.server)
        try server.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        expectMisuse(server.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try server.connection.sendHeaders([":status": "103"], on: 1, endStream: true)
        }
    }

    @Test("§8.1: DATA cannot be sent before the final response")
    func dataBeforeResponse() throws {
        let server = try Peer(.server)
        try server.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        let connection = server.connection
        for _ in 0..<2 {
            expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
                try connection.sendData([1], on: 1)
            }
            expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
                try connection.endStream(1)
            }
            try connection.sendHeaders([":status": "103"], on: 1)
        }
    }

    @Test("§8.1: a message has one trailer section, and nothing follows it", arguments: Cut.all)
    func afterTrailers(cut: Cut) throws {
        let peer = try client(cut: cut)
        let events = try peer.receive(
            response(.sampleResponse) + FrameBuilder.data(1, [1])
                + response(.sampleTrailers, endStream: true))
        #expect(
            events.suffix(2) == [
                .trailersReceived(.init(streamID: 1, headers: .sampleTrailers)),
                .streamEnded(.init(streamID: 1)),
            ])
        let late = peer.receiveResult(response(.sampleTrailers, endStream: true))
        #expect(late.error?.facts == .remote(.streamClosed, .streamClosed, on: 1))
    }

    @Test("§8.1: trailers without END_STREAM are refused in both directions")
    func trailersWithoutEndStream() throws {
        for policy in [H2Configuration.MalformedMessagePolicy.connectionError, .resetStream] {
            var configuration = H2Configuration.client
            configuration.malformedMessages = policy
            let peer = try Peer(configuration, policies: .asConfigured)
            try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
            let result = peer.receiveResult(response(.sampleResponse) + response(.sampleTrailers))
            if policy == .connectionError {
                #expect(result.error?.facts == .remote(.protocolViolation, on: 1))
            } else {
                #expect(
                    result.events.last
                        == .streamReset(
                            .init(streamID: 1, errorCode: .protocolError, isRemote: false)))
            }
        }
        let connection = try Peer(.client).connection
        try connection.sendHeaders(.samplePost, on: 1)
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.sendHeaders(.sampleTrailers, on: 1)
        }
    }

    @Test("a body that is too long or too short resets the stream, if so configured")
    func wrongLengthResets() throws {
        for data in [
            FrameBuilder.data(1, [1, 2, 3]), FrameBuilder.data(1, [1], endStream: true),
            FrameBuilder.headers(1, block: H2Headers.sampleTrailers.block, endStream: true),
        ] {
            var configuration = H2Configuration.server
            configuration.malformedMessages = .resetStream
            let peer = try Peer(configuration, policies: .asConfigured)
            try peer.receive(
                FrameBuilder.headers(
                    1, block: (H2Headers.samplePost + ["content-length": "2"]).block))
            peer.sent()
            let events = try peer.receive(data)
            #expect(
                events == [
                    .streamReset(.init(streamID: 1, errorCode: .protocolError, isRemote: false))
                ])
            #expect(peer.sent() == WireReader.frames(in: FrameBuilder.rstStream(1, code: 1)))
            let next = try peer.receive(
                FrameBuilder.headers(3, block: H2Headers.sampleRequest.block))
            #expect(next.first?.headers == .sampleRequest)
        }
    }
}
