// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The length of a sent body must be its content-length, RFC 9113 §8.1.1: otherwise the peer treats
/// the message as malformed.
@Suite struct SentContentLengthTests {
    private static func headers(_ first: H2Headers, _ length: Int) -> H2Headers {
        first + ["content-length": "\(length)"]
    }

    /// A connection that announced a body on stream 1.
    private func peer(
        _ role: H2Configuration.Role, _ length: Int, request: H2Headers = .sampleRequest,
        response: H2Headers = [":status": "200"], validates: Bool = true
    ) throws -> Peer {
        var configuration = H2Configuration(role)
        configuration.validateOutboundHeaders = validates
        let peer = try Peer(configuration, policies: .asConfigured)
        if role == .client {
            try peer.connection.sendHeaders(Self.headers(.samplePost, length), on: 1)
        } else {
            try peer.receive(FrameBuilder.headers(1, block: request.block))
            try peer.connection.sendHeaders(Self.headers(response, length), on: 1)
        }
        peer.sent()
        return peer
    }

    private static let refusal = ErrorFacts.local(.invalidBodyLength, on: 1)

    static let roles: [H2Configuration.Role] = [.client, .server]

    @Test("DATA beyond content-length is refused", arguments: roles)
    func tooLong(role: H2Configuration.Role) throws {
        let peer = try peer(role, 2)
        expectMisuse(peer.connection, Self.refusal) { () throws(H2Error) in
            try peer.connection.sendData([1, 2, 3], on: 1)
        }
        try peer.connection.sendData([1], on: 1, padLength: 7)
        let error = failure { () throws(H2Error) in
            try peer.connection.sendData([2, 3], on: 1, endStream: true)
        }
        #expect(error?.expected == 1 && error?.actual == 2)
        try peer.connection.sendData([2], on: 1, endStream: true)
    }

    @Test(
        "ending a body before its content-length is refused, with DATA and with trailers",
        arguments: roles)
    func tooShort(role: H2Configuration.Role) throws {
        let peer = try peer(role, 2)
        expectMisuse(peer.connection, Self.refusal) { () throws(H2Error) in
            try peer.connection.sendData([1], on: 1, endStream: true)
        }
        try peer.connection.sendData([1], on: 1)
        expectMisuse(peer.connection, Self.refusal) { () throws(H2Error) in
            try peer.connection.endStream(1)
        }
        expectMisuse(peer.connection, Self.refusal) { () throws(H2Error) in
            try peer.connection.sendHeaders(["x": "1"], on: 1, endStream: true)
        }
        try peer.connection.resetStream(1, errorCode: .cancel)
    }

    @Test("a body may be sent in several frames, including empty ones", arguments: roles)
    func pieces(role: H2Configuration.Role) throws {
        let peer = try peer(role, 5)
        for _ in 0..<5 { try peer.connection.sendData([1], on: 1) }
        try peer.connection.sendData([], on: 1, padLength: 3)
        try peer.connection.endStream(1)
        try self.peer(role, 0).connection.endStream(1)
    }

    @Test("trailers may follow a complete body", arguments: roles)
    func trailers(role: H2Configuration.Role) throws {
        let peer = try peer(role, 2)
        try peer.connection.sendData([1, 2], on: 1)
        try peer.connection.sendHeaders(["x": "1"], on: 1, endStream: true)
    }

    @Test("HEADERS that end the stream must not announce a body")
    func headersOnly() throws {
        let client = try Peer(.client, policies: .asConfigured)
        expectMisuse(client.connection, Self.refusal) { () throws(H2Error) in
            try client.connection.sendHeaders(
                Self.headers(.samplePost, 1), on: 1, endStream: true)
        }
        try client.connection.sendHeaders(Self.headers(.samplePost, 0), on: 1, endStream: true)
        let server = try Peer(.server, policies: .asConfigured)
        try server.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        expectMisuse(server.connection, Self.refusal) { () throws(H2Error) in
            try server.connection.sendHeaders(
                [":status": "200", "content-length": "1"], on: 1, endStream: true)
        }
    }

    @Test("content-length of a response to HEAD, a 304 or a 2xx to CONNECT requires no body")
    func exempt() throws {
        var head = H2Headers.sampleRequest
        head.replaceSubrange(0..<1, with: [H2Header(":method", "HEAD")])
        let connect: H2Headers = [":method": "CONNECT", ":authority": "a:1"]
        try peer(.server, 9, request: head).connection.endStream(1)
        try peer(.server, 9, response: [":status": "304"]).connection.endStream(1)
        let tunnel = try peer(.server, 9, request: connect)
        try tunnel.connection.sendData([1, 2], on: 1, endStream: true)
        // A refused CONNECT has an ordinary response.
        let refused = try peer(.server, 2, request: connect, response: [":status": "403"])
        expectMisuse(refused.connection, Self.refusal) { () throws(H2Error) in
            try refused.connection.endStream(1)
        }
    }

    static let empty: [(method: String, status: String)] = [
        ("HEAD", "200"), ("GET", "204"), ("GET", "205"), ("GET", "304"), ("CONNECT", "304"),
    ]

    @Test("DATA is refused if the response must not have content", arguments: empty)
    func withoutContent(method: String, status: String) throws {
        let request: H2Headers =
            method == "CONNECT"
            ? [":method": "CONNECT", ":authority": "a:1"]
            : [":method": method, ":scheme": "https", ":authority": "a", ":path": "/"]
        for validates in [true, false] {
            let peer = try peer(
                .server, 5, request: request, response: [":status": status], validates: validates)
            if validates {
                expectMisuse(peer.connection, Self.refusal) { () throws(H2Error) in
                    try peer.connection.sendData([1], on: 1)
                }
            } else {
                try peer.connection.sendData([1], on: 1)
            }
            try peer.connection.sendData([] as [UInt8], on: 1)
            try peer.connection.sendHeaders(["x": "1"], on: 1, endStream: true)
        }
    }

    @Test("content-length applies in the final response, not in a 1xx response")
    func informational() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        try peer.connection.sendHeaders([":status": "103", "content-length": "7"], on: 1)
        try peer.connection.sendHeaders([":status": "200", "content-length": "1"], on: 1)
        try peer.connection.sendData([1], on: 1, endStream: true)
    }

    @Test("the request of an upgrade may have been HEAD, so its response is not checked")
    func upgraded() throws {
        let server = H2Connection(.server)
        try server.initiateUpgradeConnection(settingsHeader: "")
        try server.sendHeaders([":status": "200", "content-length": "9"], on: 1)
        try server.endStream(1)
    }

    @Test(
        "after an upgrade, 204, 205 and 304 have no body, either", arguments: ["204", "205", "304"])
    func upgradedWithoutContent(status: String) throws {
        let server = H2Connection(.server)
        try server.initiateUpgradeConnection(settingsHeader: "")
        try server.sendHeaders([":status": status], on: 1)
        expectMisuse(server, Self.refusal) { () throws(H2Error) in
            try server.sendData([1], on: 1)
        }
        try server.endStream(1)
    }

    @Test("the response to a promised HEAD needs no body")
    func promisedHead() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        for (id, method) in [(2, "HEAD"), (4, "GET")] as [(H2StreamID, String)] {
            try peer.connection.pushStream(
                id, on: 1,
                requestHeaders: [
                    ":method": method, ":scheme": "https", ":authority": "a", ":path": "/",
                ])
            try peer.connection.sendHeaders([":status": "200", "content-length": "3"], on: id)
        }
        try peer.connection.endStream(2)
        expectMisuse(peer.connection, .local(.invalidBodyLength, on: 4)) { () throws(H2Error) in
            try peer.connection.endStream(4)
        }
    }

    @Test("without validateOutboundHeaders no body is checked", arguments: roles)
    func unchecked(role: H2Configuration.Role) throws {
        let peer = try peer(role, 2, validates: false)
        try peer.connection.sendData([1, 2, 3], on: 1, endStream: true)
    }
}
