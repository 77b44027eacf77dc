// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Sections that a body of known length follows: `sendHeaders(_:on:bodyLength:)`.
@Suite struct WholeMessageTests {
    private func server(_ method: String) throws -> Peer {
        let peer = try Peer(.server)
        let request: H2Headers = [
            ":method": method, ":scheme": "https", ":authority": "example.com", ":path": "/",
        ]
        try peer.receive(FrameBuilder.headers(1, block: request.block, endStream: true))
        peer.sent()
        return peer
    }

    @Test(
        "a response whose body has a length that is not allowed throws and sends nothing",
        arguments: [
            ([":status": "204"], "GET", 0, 3),
            ([":status": "304", "content-length": "3"], "GET", 0, 3),
            ([":status": "200"], "HEAD", 0, 3),
            ([":status": "200", "content-length": "4"], "GET", 4, 3),
            ([":status": "200", "content-length": "2"], "GET", 2, 3),
        ] as [(H2Headers, String, Int, Int)])
    func response(_ headers: H2Headers, _ method: String, _ expected: Int, _ length: Int) throws {
        let peer = try server(method)
        let error = #expect(throws: H2Error.self) {
            try peer.connection.sendHeaders(headers, on: 1, bodyLength: length)
        }
        #expect(error?.facts == .local(.invalidBodyLength, on: 1))
        #expect(error?.expected == expected && error?.actual == length)
        #expect(peer.sent().isEmpty)
        try peer.connection.sendHeaders([":status": "200"], on: 1, endStream: true)
        #expect(peer.sent().map(\.type) == [.headers])
    }

    @Test("an informational response has no body")
    func informational() throws {
        let peer = try server("GET")
        let error = #expect(throws: H2Error.self) {
            try peer.connection.sendHeaders([":status": "103"], on: 1, bodyLength: 3)
        }
        #expect(error?.facts == .local(.protocolViolation, on: 1))
        #expect(peer.sent().isEmpty)
    }

    @Test("a request whose body has another length than its content-length opens no stream")
    func request() throws {
        let peer = try Peer(.client)
        peer.sent()
        var request = H2Headers.sampleRequest
        request.append("content-length", "4")
        for length in [0, 3, 5] {
            let error = #expect(throws: H2Error.self) {
                try peer.connection.sendHeaders(request, on: 1, bodyLength: length)
            }
            #expect(error?.facts == .local(.invalidBodyLength, on: 1))
        }
        #expect(peer.sent().isEmpty)
        #expect(try peer.connection.nextAvailableStreamID() == 1)
        try peer.connection.sendHeaders(request, on: 1, bodyLength: 4)
        try peer.connection.sendData([1, 2, 3, 4], on: 1, endStream: true)
        #expect(peer.sent().map(\.type) == [.headers, .data])
    }
}
