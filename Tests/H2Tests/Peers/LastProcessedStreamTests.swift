// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// GOAWAY names the last stream that was or might be processed, RFC 9113 §6.8. A refused promise
/// uses up its identifier but is not processed.
@Suite struct LastProcessedStreamTests {
    private func client() throws -> Peer {
        let peer = try Peer(.client, policies: .asConfigured)
        try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        peer.sent()
        return peer
    }

    /// 000005 05 04 00000001 00000002 82
    private static let malformedPromise: [UInt8] = [
        0x00, 0x00, 0x05, 0x05, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x82,
    ]

    @Test("a refused promise is not the last processed stream")
    func refusedPromise() throws {
        let peer = try client()
        #expect(try peer.receive(Self.malformedPromise) == [])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(2, code: 1)])
        #expect(peer.connection.highestInboundStreamID == 0)
        try peer.connection.closeConnection()
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 0)])
    }

    @Test("a promise that ends the connection is not the last processed stream")
    func fatalPromise() throws {
        var configuration = H2Configuration.client
        configuration.malformedMessages = .connectionError
        let peer = try Peer(configuration, policies: .asConfigured)
        try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        peer.sent()
        #expect(peer.receiveResult(Self.malformedPromise).error?.kind == .protocolViolation)
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 0, code: 1)])
    }

    @Test("a promise on a stream that was reset is not the last processed stream")
    func promiseAfterReset() throws {
        let peer = try client()
        let request = H2Headers.sampleRequest.block
        try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: request))
        #expect(peer.connection.highestInboundStreamID == 2)
        try peer.connection.resetStream(1, errorCode: .cancel)
        peer.sent()
        try peer.receive(FrameBuilder.pushPromise(1, promised: 4, block: request))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(4, code: 7)])
        #expect(peer.connection.highestInboundStreamID == 2)
        // The identifier is still used up: a late frame on it is not on an idle stream.
        #expect(try peer.receive(FrameBuilder.data(4, [1])) == [])
        #expect(peer.sent() == [])
        let again = peer.receiveResult(
            FrameBuilder.pushPromise(1, promised: 4, block: request))
        #expect(again.error?.kind == .streamIDTooLow)
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 2, code: 1)])
    }

    @Test("a malformed promise uses up its identifier, and later frames on it are not answered")
    func afterMalformedPromise() throws {
        let peer = try client()
        let request = H2Headers.sampleRequest.block
        try peer.receive(
            FrameBuilder.pushPromise(1, promised: 2, block: request)
                + FrameBuilder.pushPromise(1, promised: 4, block: [0x82]))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(4, code: 1)])
        let late = try peer.receive(
            FrameBuilder.headers(4, block: H2Headers.sampleResponse.block)
                + FrameBuilder.data(4, [1], endStream: true))
        #expect(late == [] && peer.sent() == [])
        let again = peer.receiveResult(FrameBuilder.pushPromise(1, promised: 4, block: request))
        #expect(again.error?.facts == .remote(.streamIDTooLow, on: 4))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 2, code: 1)])
    }

    @Test("a promise beyond a limit is not the last processed stream, whole or in pieces")
    func largePromise() throws {
        let block =
            H2Headers.sampleRequest.block
            + HPACKEncoder.block((0..<20).map { ("x-\($0)", String(repeating: "v", count: 300)) })
        let pieces = Cut.every(2_000).pieces(of: block)
        let rest = pieces.enumerated().dropFirst().flatMap { index, piece in
            FrameBuilder.continuation(1, block: piece, endHeaders: index == pieces.count - 1)
        }
        for promise in [
            FrameBuilder.pushPromise(1, promised: 2, block: block),
            FrameBuilder.pushPromise(1, promised: 2, block: pieces[0], endHeaders: false) + rest,
        ] {
            let peer = try Peer(
                .announcing(.client, maxHeaderListSize: 4_096), policies: .asConfigured)
            try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
            peer.expectReset(promise, of: 2, .enhanceYourCalm, isReported: false)
            #expect(peer.connection.highestInboundStreamID == 0)
        }
    }

    @Test("malformed HEADERS are the last processed stream, as in h2")
    func malformedHeaders() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        try peer.receive(FrameBuilder.headers(7, ["x": "1"], endStream: true))
        #expect(peer.connection.highestInboundStreamID == 7)
    }
}
