// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// ALTSVC, RFC 7838 §4: on stream 0 for a named origin, or on a request's stream for its origin.
@Suite struct AlternativeServiceTests {
    private static let field = "h2=\":8000\"; ma=60"
    private static let origin = "https://example.com"

    private func server(endStream: Bool = false) throws -> Peer {
        let peer = try Peer(.server)
        try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.samplePost.block, endStream: endStream))
        peer.sent()
        return peer
    }

    private func client(_ headers: H2Headers = .samplePost, cut: Cut = .whole) throws -> Peer {
        let peer = try Peer(.client, cut: cut)
        try peer.connection.sendHeaders(headers, on: 1)
        peer.sent()
        return peer
    }

    private func available(_ origin: String) -> H2Event {
        .alternativeServiceAvailable(
            .init(origin: H2Bytes(Array(origin.utf8)), fieldValue: H2Bytes(Array(Self.field.utf8))))
    }

    // MARK: Sending

    @Test("RFC 7838 §4: both forms of ALTSVC on the wire")
    func frames() throws {
        let connection = try server().connection
        try connection.advertiseAlternativeService(Self.field, origin: Self.origin)
        #expect(
            connection.dataToSend()
                == FrameBuilder.altSvc(0, origin: Self.origin, field: Self.field))
        try connection.advertiseAlternativeService(Self.field, on: 1)
        #expect(connection.dataToSend() == FrameBuilder.altSvc(1, field: Self.field))
        try connection.advertiseAlternativeService("", origin: "o")
        #expect(connection.dataToSend() == FrameBuilder.altSvc(0, origin: "o", field: ""))
    }

    @Test("both forms reach the client as events", arguments: Cut.all)
    func conversation(cut: Cut) throws {
        let pair = try Pair.started(cut: cut)
        _ = try pair.openStream()
        try pair.server.advertiseAlternativeService(Self.field, origin: Self.origin)
        try pair.server.advertiseAlternativeService(Self.field, on: 1)
        let events = try pair.exchange().client
        #expect(events == [available(Self.origin), available("example.com")])
    }

    @Test("the form with an origin may be sent before any stream is opened")
    func early() throws {
        let connection = try Peer(.server).connection
        try connection.advertiseAlternativeService(Self.field, origin: Self.origin)
        #expect(connection.outboundByteCount == 9 + 2 + Self.origin.count + Self.field.count)
    }

    @Test("the form with a stream may be sent until the response begins; with an origin, always")
    func untilResponse() throws {
        for endStream in [false, true] {
            let connection = try server(endStream: endStream).connection
            try connection.sendHeaders([":status": "103"], on: 1)
            try connection.advertiseAlternativeService(Self.field, on: 1)
            try connection.sendHeaders(.sampleResponse, on: 1)
            expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
                try connection.advertiseAlternativeService(Self.field, on: 1)
            }
            try connection.advertiseAlternativeService(Self.field, origin: Self.origin)
        }
    }

    @Test("a promised stream may be used until its response begins")
    func onPromised() throws {
        let connection = try server().connection
        try connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        try connection.advertiseAlternativeService(Self.field, on: 2)
        try connection.sendHeaders(.sampleResponse, on: 2)
        expectMisuse(connection, .local(.protocolViolation, on: 2)) { () throws(H2Error) in
            try connection.advertiseAlternativeService(Self.field, on: 2)
        }
    }

    @Test("advertising on a stream that is not live is refused")
    func noStream() throws {
        let connection = try server().connection
        for stream: H2StreamID in [0, 2, 3] {
            expectMisuse(connection, .local(.noSuchStream, on: stream)) { () throws(H2Error) in
                try connection.advertiseAlternativeService(Self.field, on: stream)
            }
        }
        expectMisuse(connection, .local(.invalidArgument, on: 0x8000_0001)) {
            () throws(H2Error) in
            try connection.advertiseAlternativeService(Self.field, on: 0x8000_0001)
        }
        try connection.resetStream(1)
        expectMisuse(connection, .local(.streamClosed, .streamClosed, on: 1)) {
            () throws(H2Error) in
            try connection.advertiseAlternativeService(Self.field, on: 1)
        }
    }

    @Test("RFC 7838 §4: a client cannot advertise an alternative service")
    func clientCannot() throws {
        let connection = try client().connection
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.advertiseAlternativeService(Self.field, origin: Self.origin)
        }
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.advertiseAlternativeService(Self.field, on: 1)
        }
    }

    @Test("§4.2: origin and field value must fit in a frame; an origin is 1 to 65,535 bytes")
    func sizes() throws {
        let connection = try server().connection
        for origin in ["", String(repeating: "o", count: 65_536)] {
            expectMisuse(connection, .local(.invalidArgument)) { () throws(H2Error) in
                try connection.advertiseAlternativeService(Self.field, origin: origin)
            }
        }
        let full = String(repeating: "f", count: 16_384 - 2)
        expectMisuse(connection, .local(.frameTooLarge, .frameSizeError)) { () throws(H2Error) in
            try connection.advertiseAlternativeService(full, origin: "o")
        }
        expectMisuse(connection, .local(.frameTooLarge, .frameSizeError)) { () throws(H2Error) in
            try connection.advertiseAlternativeService(full + "f", on: 1)
        }
        try connection.advertiseAlternativeService(String(full.dropLast()), origin: "o")
        try connection.advertiseAlternativeService(full, on: 1)
        #expect(
            WireReader.frames(in: connection.dataToSend()).map(\.payload.count) == [16_384, 16_384])
    }

    @Test("advertising needs a connection that is initiated and not closed")
    func connectionState() throws {
        let early = H2Connection(.server)
        expectMisuse(early, .local(.notInitiated)) { () throws(H2Error) in
            try early.advertiseAlternativeService(Self.field, origin: Self.origin)
        }
        let connection = try server().connection
        try connection.closeConnection()
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.advertiseAlternativeService(Self.field, origin: Self.origin)
        }
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.advertiseAlternativeService(Self.field, on: 1)
        }
    }

    // MARK: Receiving

    @Test("ALTSVC with an origin is an event, even before any stream is opened", arguments: Cut.all)
    func receivedWithOrigin(cut: Cut) throws {
        let peer = try Peer(.client, cut: cut)
        let bytes = FrameBuilder.altSvc(0, origin: Self.origin, field: Self.field)
        let events = try peer.receive(bytes + bytes)
        #expect(events == [available(Self.origin), available(Self.origin)])
        #expect(peer.sent() == [])
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
    }

    @Test("ALTSVC on a stream is for the authority of its request", arguments: Cut.all)
    func receivedOnStream(cut: Cut) throws {
        let peer = try client(cut: cut)
        let bytes = FrameBuilder.altSvc(1, field: Self.field)
        let events = try peer.receive(
            bytes + FrameBuilder.headers(1, [":status": "103"]) + bytes)
        #expect(events.filter { $0 == available("example.com") }.count == 2)

        let ended = try Peer(.client)
        try ended.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        let half = try ended.receive(bytes)
        #expect(half == [available("example.com")])

        let host = try client([
            ":method": "GET", ":scheme": "https", ":path": "/", "host": "example.com",
        ])
        let nameless = try host.receive(bytes)
        #expect(nameless == [available("")])
    }

    @Test("ALTSVC on a promised stream is for the authority of the promise")
    func receivedOnPromised() throws {
        let peer = try client()
        let promise: H2Headers = [
            ":method": "GET", ":scheme": "https", ":authority": "pushed.example", ":path": "/",
        ]
        let events = try peer.receive(
            FrameBuilder.pushPromise(1, promised: 2, block: promise.block)
                + FrameBuilder.altSvc(2, field: Self.field))
        #expect(events.last == available("pushed.example"))
    }

    @Test(
        "RFC 7838 §4: ALTSVC is ignored without an origin on stream 0, or with one elsewhere",
        arguments: Cut.all)
    func invalid(cut: Cut) throws {
        let peer = try client(cut: cut)
        let events = try peer.receive(
            FrameBuilder.altSvc(0, field: Self.field)
                + FrameBuilder.altSvc(1, origin: Self.origin, field: Self.field)
                + FrameBuilder.altSvc(3, field: Self.field)
                + FrameBuilder.altSvc(2, field: Self.field))
        #expect(events == [] && peer.sent() == [])
    }

    @Test("ALTSVC is ignored after the response began and on a closed stream")
    func late() throws {
        let bytes = FrameBuilder.altSvc(1, field: Self.field)
        let answered = try client()
        let events = try answered.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block) + bytes)
        #expect(events.count == 1)
        let reset = try client()
        try reset.connection.resetStream(1)
        reset.sent()
        let none = try reset.receive(bytes)
        #expect(none == [] && reset.sent() == [])
    }

    @Test("RFC 7838 §4: \"a server … MUST ignore\" ALTSVC", arguments: Cut.all)
    func atServer(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let bytes =
            FrameBuilder.altSvc(0, origin: Self.origin, field: Self.field)
            + FrameBuilder.altSvc(1, field: Self.field)
        let events = try peer.receive(bytes)
        #expect(events == [] && peer.sent() == [])
        let later = try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleRequest.block) + bytes)
        #expect(later.count == 1)
        try peer.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
    }

    @Test("RFC 7838 §4: a truncated origin or origin length is a FRAME_SIZE_ERROR")
    func malformed() throws {
        for payload: [UInt8] in [[], [0], [0, 1], [0, 5, 1, 2, 3, 4], [0xff, 0xff, 1]] {
            for role in [H2Configuration.Role.client, .server] {
                let peer = try Peer(H2Configuration(role))
                let result = peer.receiveResult(FrameBuilder.raw(type: 0xa, payload: payload))
                #expect(result.error?.facts == .remote(.frameDataMissing, .frameSizeError))
                #expect(peer.sent().map(\.errorCode) == [0x6])
            }
        }
    }

    @Test("the field value may be any bytes, or empty")
    func bytes() throws {
        let peer = try Peer(.client)
        let events = try peer.receive(
            FrameBuilder.raw(type: 0xa, payload: [0, 1, 0xff, 0x00, 0x80])
                + FrameBuilder.raw(type: 0xa, payload: [0, 2, 1, 2]))
        #expect(
            events == [
                .alternativeServiceAvailable(.init(origin: [0xff], fieldValue: [0x00, 0x80])),
                .alternativeServiceAvailable(.init(origin: [1, 2], fieldValue: [])),
            ])
    }

    @Test("with closeAtOnce, ALTSVC after GOAWAY is an error, like any other frame")
    func afterGoAway() throws {
        for role in [H2Configuration.Role.client, .server] {
            var configuration = H2Configuration(role)
            configuration.goAway = .closeAtOnce
            let peer = try Peer(configuration)
            try peer.receive(FrameBuilder.goAway())
            let result = peer.receiveResult(
                FrameBuilder.altSvc(0, origin: Self.origin, field: Self.field))
            #expect(result.error?.facts == .remote(.protocolViolation), "\(role)")
        }
    }
}
