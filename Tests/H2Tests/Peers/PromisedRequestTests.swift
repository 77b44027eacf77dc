// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// RFC 9113 §8.4: a promised request is safe, cacheable and without content.
@Suite struct PromisedRequestTests {
    private static func request(_ method: String, _ length: String? = nil) -> H2Headers {
        var headers: H2Headers = [
            ":method": method, ":scheme": "https", ":authority": "a", ":path": "/",
        ]
        if let length { headers.append("content-length", length) }
        return headers
    }

    static let refused = [
        request("POST"), request("PUT"), request("DELETE"), request("OPTIONS"), request("get"),
        request("HEADS"), request("GET", "1"), request("HEAD", "5"), request("GET", "05"),
        request("GET", "x"), request("GET", ""),
        [":method": "CONNECT", ":authority": "a:1"],
    ]
    static let allowed = [
        request("GET"), request("HEAD"), request("GET", "0"), request("HEAD", "00"),
    ]

    @Test(
        "an invalid promised request is answered with RST_STREAM(PROTOCOL_ERROR)",
        arguments: refused)
    func received(request: H2Headers) throws {
        let peer = try Peer.withRequest(.client)
        let promise = FrameBuilder.pushPromise(1, promised: 2, block: request.block)
        #expect(try peer.receive(promise) == [])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(2, code: 1)])
        #expect(peer.connection.usage.provokedResets.used == 1)
        // The parent continues.
        let response = FrameBuilder.headers(1, block: H2Headers.sampleResponse.block)
        #expect(try peer.receive(response).count == 1)
    }

    @Test(
        "with .connectionError, an invalid promised request ends the connection", arguments: refused
    )
    func connectionError(request: H2Headers) throws {
        let peer = try Peer.withRequest(.client) { $0.malformedMessages = .connectionError }
        let promise = FrameBuilder.pushPromise(1, promised: 2, block: request.block)
        #expect(peer.receiveResult(promise).error?.kind == .protocolViolation)
    }

    @Test("an invalid promised request cannot be sent", arguments: refused)
    func sent(request: H2Headers) throws {
        let peer = try Peer.withRequest(.server)
        expectMisuse(peer.connection, .local(.protocolViolation, on: 2)) { () throws(H2Error) in
            try peer.connection.pushStream(2, on: 1, requestHeaders: request)
        }
    }

    @Test("GET and HEAD without content can be promised", arguments: allowed)
    func fine(request: H2Headers) throws {
        let peer = try Peer.withRequest(.client)
        let promise = FrameBuilder.pushPromise(1, promised: 2, block: request.block)
        #expect(try peer.receive(promise).first?.headers == request)
        #expect(peer.connection.usage.headerFields == request.count)
        try Peer.withRequest(.server).connection.pushStream(2, on: 1, requestHeaders: request)
    }
}
