// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct SendingHeadersTests {
    /// A client with streams 1 and 3 open, and empty output.
    private func client(settings: [(UInt16, UInt32)] = []) throws -> Peer {
        let peer = try Peer(.client, settings: settings)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.sendHeaders(.samplePost, on: 3)
        peer.sent()
        return peer
    }

    /// A server with streams 1 and 3 open, and empty output.
    private func server() throws -> Peer {
        let peer = try Peer(.server)
        try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.samplePost.block)
                + FrameBuilder.headers(3, block: H2Headers.samplePost.block, endStream: true))
        peer.sent()
        return peer
    }

    private func violation(_ id: H2StreamID) -> ErrorFacts { .local(.protocolViolation, on: id) }

    /// Expects that a header section is refused and changes nothing.
    private func expectRefusal(
        _ peer: Peer, _ expected: ErrorFacts, _ headers: H2Headers, on id: H2StreamID,
        endStream: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectMisuse(peer.connection, expected, sourceLocation: sourceLocation) {
            () throws(H2Error) in
            try peer.connection.sendHeaders(headers, on: id, endStream: endStream)
        }
        #expect(peer.sent() == [], sourceLocation: sourceLocation)
    }

    @Test(
        "§5.1.1: a stream that only the peer may open cannot be opened", arguments: [false, true])
    func wrongParity(_ endStream: Bool) throws {
        let client = try client()
        for id in [2, 4, 0x7fff_fffe] as [H2StreamID] {
            expectRefusal(client, violation(id), .sampleRequest, on: id, endStream: endStream)
        }
        let server = try server()
        for id in [2, 5, 7, 0x7fff_ffff] as [H2StreamID] {
            expectRefusal(server, violation(id), .sampleResponse, on: id, endStream: endStream)
        }
    }

    @Test("an identifier above 2^31-1 is an invalid argument")
    func outOfRange() throws {
        for id in [0x8000_0000, 0x8000_0001, 0xffff_ffff] as [H2StreamID] {
            expectRefusal(try client(), .local(.invalidArgument, on: id), .sampleRequest, on: id)
            expectRefusal(try server(), .local(.invalidArgument, on: id), .sampleResponse, on: id)
        }
    }

    @Test("§5.1.1: a skipped stream cannot be opened, nor can stream 0")
    func tooLow() throws {
        let peer = try client()
        try peer.connection.sendHeaders(.samplePost, on: 9)
        peer.sent()
        for id in [0, 5, 7] as [H2StreamID] {
            expectRefusal(peer, .local(.streamIDTooLow, on: id), .sampleRequest, on: id)
        }
        #expect(try peer.connection.nextAvailableStreamID() == 11)
    }

    @Test("a closed stream refuses header sections, however it ended")
    func closedStream() throws {
        let peer = try client()
        try peer.receive(FrameBuilder.rstStream(1, code: 0x8))
        try peer.connection.resetStream(3)
        peer.sent()
        for id in [1, 3] as [H2StreamID] {
            let closed = ErrorFacts.local(.streamClosed, .streamClosed, on: id)
            expectRefusal(peer, closed, .sampleRequest, on: id)
            expectRefusal(peer, closed, .sampleTrailers, on: id, endStream: true)
        }
        let server = try server()
        try server.connection.sendHeaders(.sampleResponse, on: 3, endStream: true)
        server.sent()
        expectRefusal(
            server, .local(.streamClosed, .streamClosed, on: 3), .sampleTrailers, on: 3,
            endStream: true)
    }

    @Test("§8.1: only trailers that end the stream may follow a request")
    func clientOrder() throws {
        let peer = try client()
        expectRefusal(peer, violation(1), .sampleTrailers, on: 1)
        expectRefusal(peer, violation(1), .sampleRequest, on: 1)
        try peer.connection.sendHeaders(.sampleTrailers, on: 1, endStream: true)
        #expect(peer.sent().map(\.endsStream) == [true])
        expectRefusal(peer, violation(1), .sampleTrailers, on: 1, endStream: true)
        try peer.connection.endStream(3)
        peer.sent()
        expectRefusal(peer, violation(3), .sampleTrailers, on: 3, endStream: true)
    }

    @Test("§8.1: a server sends 1xx responses, one final response, and trailers")
    func serverOrder() throws {
        let peer = try server()
        let early: H2Headers = [":status": "103"]
        expectRefusal(peer, violation(1), early, on: 1, endStream: true)
        for _ in 0..<3 { try peer.connection.sendHeaders(early, on: 1) }
        try peer.connection.sendHeaders(.sampleResponse, on: 1)
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.headers, .headers, .headers, .headers])
        #expect(frames.allSatisfy { !$0.endsStream })
        expectRefusal(peer, violation(1), early, on: 1)
        expectRefusal(peer, violation(1), .sampleResponse, on: 1)
        expectRefusal(peer, violation(1), .sampleTrailers, on: 1)
        try peer.connection.sendHeaders(.sampleTrailers, on: 1, endStream: true)
        #expect(peer.sent().map(\.endsStream) == [true])
        expectRefusal(peer, violation(1), .sampleTrailers, on: 1, endStream: true)
        expectRefusal(peer, violation(1), early, on: 1)
    }

    @Test("§8.1: nothing may follow a response that ends the stream")
    func responseAfterEnd() throws {
        let peer = try server()
        try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        peer.sent()
        expectRefusal(peer, violation(1), .sampleResponse, on: 1)
        expectRefusal(peer, violation(1), .sampleTrailers, on: 1, endStream: true)
    }

    @Test("requests and responses need fields; trailers do not")
    func emptyList() throws {
        let client = try client()
        expectRefusal(client, .local(.invalidArgument, on: 5), [:] as H2Headers, on: 5)
        let server = try server()
        expectRefusal(
            server, .local(.invalidArgument, on: 1), [:] as H2Headers, on: 1, endStream: true)
        try client.connection.sendHeaders(H2Headers(), on: 1, endStream: true)
        let frames = client.sent()
        #expect(frames.map(\.payload) == [[]])
        #expect(frames.map(\.endsStream) == [true])
    }

    @Test("a header section of 16 MiB is refused")
    func hugeList() throws {
        let peer = try client()
        var headers = H2Headers.sampleRequest
        headers.append("x", String(repeating: "a", count: 1 << 24))
        for id in [5, 1] as [H2StreamID] {
            expectRefusal(
                peer, .local(.frameTooLarge, .frameSizeError, on: id), headers, on: id,
                endStream: true)
        }
        let many = H2Headers((0..<(1 << 20)).map { _ in ("a", "") })
        expectRefusal(
            peer, .local(.frameTooLarge, .frameSizeError, on: 1), many, on: 1, endStream: true)
    }

    @Test("a header section is sent up to the size that nghttp2 accepts", arguments: 1...4)
    func largestList(_ count: Int) throws {
        let peer = try client()
        // Each field has a name of one byte.
        let largest = 1 << 24 - 16 * (count + 1) - 1 - count
        var headers = H2Headers((1..<count).map { _ in ("x", "") })
        var tooLarge = headers
        headers.append("x", String(repeating: "a", count: largest))
        tooLarge.append("x", String(repeating: "a", count: largest + 1))
        expectRefusal(
            peer, .local(.frameTooLarge, .frameSizeError, on: 1), tooLarge, on: 1, endStream: true)
        try peer.connection.sendHeaders(headers, on: 1, endStream: true)
        #expect(peer.connection.audit() == [])
    }

    @Test(
        "§5.1.2: a client cannot open more streams than the peer allows",
        arguments: [0, 1, 2, 5] as [UInt32])
    func tooManyStreams(_ limit: UInt32) throws {
        let peer = try Peer(.client, settings: [(0x3, limit)])
        for index in 0..<limit {
            try peer.connection.sendHeaders(.samplePost, on: H2StreamID(1 + 2 * index))
        }
        peer.sent()
        let next = try peer.connection.nextAvailableStreamID()
        let error = failure { () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleRequest, on: next)
        }
        #expect(error?.expected == Int(limit))
        #expect(error?.actual == Int(limit))
        expectRefusal(peer, .local(.tooManyStreams, on: next), .sampleRequest, on: next)
        guard limit > 0 else { return }
        // A stream that ends makes room for another.
        try peer.receive(FrameBuilder.rstStream(1))
        try peer.connection.sendHeaders(.sampleRequest, on: next)
        #expect(peer.sent().map(\.streamID) == [next.rawValue])
        expectRefusal(
            peer, .local(.tooManyStreams, on: H2StreamID(next.rawValue + 2)), .sampleRequest,
            on: H2StreamID(next.rawValue + 2))
        // So does a higher limit.
        try peer.receive(FrameBuilder.settings([(0x3, limit + 1)]))
        peer.sent()
        try peer.connection.sendHeaders(.sampleRequest, on: H2StreamID(next.rawValue + 2))
        #expect(peer.sent().count == 1)
    }

    @Test("§5.1.2: the limit does not prevent DATA and trailers on open streams")
    func limitIsForNewStreams() throws {
        let peer = try client(settings: [(0x3, 2)])
        try peer.receive(FrameBuilder.settings([(0x3, 0)]))
        peer.sent()
        try peer.connection.sendData([1], on: 1)
        try peer.connection.sendHeaders(.sampleTrailers, on: 1, endStream: true)
        #expect(peer.sent().map(\.type) == [.data, .headers])
        // Half-closed streams count.
        expectRefusal(peer, .local(.tooManyStreams, on: 5), .sampleRequest, on: 5)
    }

    @Test("§5.1.1: when identifiers run out, open streams still work")
    func exhaustion() throws {
        let peer = try client()
        #expect(try peer.connection.nextAvailableStreamID() == 5)
        try peer.connection.sendHeaders(.samplePost, on: 0x7fff_fffd)
        #expect(try peer.connection.nextAvailableStreamID() == 0x7fff_ffff)
        try peer.connection.sendHeaders(.samplePost, on: 0x7fff_ffff)
        #expect(peer.sent().map(\.streamID) == [0x7fff_fffd, 0x7fff_ffff])
        for _ in 0..<2 {
            expectMisuse(peer.connection, .local(.noAvailableStreamID)) { () throws(H2Error) in
                _ = try peer.connection.nextAvailableStreamID()
            }
        }
        try peer.connection.sendData([1], on: 0x7fff_ffff, endStream: true)
        let events = try peer.receive(
            FrameBuilder.headers(
                0x7fff_ffff, block: H2Headers.sampleResponse.block, endStream: true))
        #expect(events.count == 2)
        #expect(peer.connection.highestOutboundStreamID == .max)
        #expect(peer.connection.openOutboundStreams == 3)
    }

    @Test(
        "RFC 9110 §8.6: a content-length that is not one number is not sent",
        arguments: SectionKind.allCases)
    func contentLength(_ kind: SectionKind) throws {
        for values in [[""], ["x"], ["+5"], ["-1"], ["5, 5"], ["5", "6"], ["5", "x"]] {
            let headers = kind.valid + H2Headers(values.map { ("content-length", $0) })
            try HeaderRuleProbe.expectNotSent(headers, kind)
            try HeaderRuleProbe.expectNotSent(headers, kind) { _ in }
            try HeaderRuleProbe.expectSent(headers, kind) {
                $0.validateOutboundHeaders = false
                $0.normalizeOutboundHeaders = false
            }
        }
        // A promised request has no content, RFC 9113 §8.4.
        for values in [["5"], ["05", "5"], ["99999999999999999999999"]] where kind != .promise {
            try HeaderRuleProbe.expectSent(
                kind.valid + H2Headers(values.map { ("content-length", $0) }), kind)
        }
    }

    @Test("nextAvailableStreamID stays the same until the stream is opened")
    func nextStaysTheSame() throws {
        let peer = try Peer(.client)
        let ids = try (0..<3).map { _ in try peer.connection.nextAvailableStreamID() }
        #expect(ids == [1, 1, 1])
        try peer.connection.sendHeaders(.sampleRequest, on: 7)
        #expect(try peer.connection.nextAvailableStreamID() == 9)
        let server = try server()
        #expect(try server.connection.nextAvailableStreamID() == 2)
    }
}
