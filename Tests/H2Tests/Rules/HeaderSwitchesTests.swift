// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The switches for validating and normalizing fields, each by itself, and the rules that none of
/// them disables.
@Suite struct HeaderSwitchesTests {
    /// Header sections that h2 refuses, one for each of its checks.
    private static let malformed: [NamedSection] = [
        NamedSection("character", adding: [("A", "x")]),
        NamedSection("value", adding: [("a", "x\n")]),
        NamedSection("te", adding: [("te", "gzip")]),
        NamedSection("connection-specific", adding: [("connection", "x")]),
        NamedSection("pseudo-header set", .request, [":method": "GET"]),
        NamedSection("host", adding: [("host", "other")]),
        NamedSection("response", .response, [":status": "200", ":path": "/"]),
        NamedSection("no status", .response, ["a": "b"]),
        NamedSection("trailers", .trailers, [":status": "200"]),
        NamedSection("promise", .promise, [":method": "GET"]),
    ]

    @Test("validateInboundHeaders off: every section is accepted", arguments: malformed)
    func inboundUnchecked(_ section: NamedSection) throws {
        try HeaderRuleProbe.expectAccepted(section.headers, section.kind) {
            $0.validateInboundHeaders = false
        }
        // The switch affects only received sections.
        try HeaderRuleProbe.expectNotSent(section.headers, section.kind) {
            $0.validateInboundHeaders = false
            $0.normalizeOutboundHeaders = false
        }
    }

    @Test("validateOutboundHeaders off: every section is sent", arguments: malformed)
    func outboundUnchecked(_ section: NamedSection) throws {
        try HeaderRuleProbe.expectSent(section.headers, section.kind) {
            $0.validateOutboundHeaders = false
            $0.normalizeOutboundHeaders = false
        }
        try HeaderRuleProbe.expectMalformed(section.headers, section.kind) {
            $0.validateOutboundHeaders = false
        }
    }

    @Test("validateOutboundHeaders off: fields are still normalized")
    func normalizedUnchecked() throws {
        try HeaderRuleProbe.expectSent(
            [":method": "GET", "A ": " b", "connection": "x"], .request,
            as: [":method": "GET", "a": "b"]
        ) { $0.validateOutboundHeaders = false }
    }

    @Test("normalizeOutboundHeaders off: fields are validated as the caller passed them")
    func unnormalizedChecked() throws {
        for fields: H2Headers in [["A": "x"], ["a": " x"], ["connection": "x"], ["a ": "x"]] {
            try HeaderRuleProbe.expectNotSent(.sampleRequest + fields, .request)
            let peer = try Peer(.client)
            try peer.connection.sendHeaders(.sampleRequest + fields, on: 1)
        }
    }

    @Test("normalizeOutboundHeaders off: proxy-authorization is indexed like any other field")
    func credentialsAreIndexed() throws {
        try HeaderRuleProbe.expectSent(.sampleRequest + ["proxy-authorization": "b"], .request)
        // nghttp2 never indexes `authorization` and short cookies.
        var secret = H2Headers.sampleRequest
        secret.append("authorization", "b", indexing: .never)
        secret.append("cookie", "c", indexing: .never)
        let plain: H2Headers = .sampleRequest + ["authorization": "b", "cookie": "c"]
        try HeaderRuleProbe.expectSent(plain, .request, as: secret)
    }

    @Test("normalizeInboundHeaders off: fields are still validated")
    func unnormalizedInboundChecked() throws {
        for section in Self.malformed {
            try HeaderRuleProbe.expectMalformed(section.headers, section.kind) {
                $0.normalizeInboundHeaders = false
            }
        }
    }

    // MARK: Rules that no switch disables

    /// A configuration with all four switches off.
    private func configuration(_ role: H2Configuration.Role) -> H2Configuration {
        var configuration = H2Configuration(role)
        configuration.validateInboundHeaders = false
        configuration.validateOutboundHeaders = false
        configuration.normalizeInboundHeaders = false
        configuration.normalizeOutboundHeaders = false
        return configuration
    }

    @Test("§4.3: HPACK errors are COMPRESSION_ERROR connection errors, even without validation")
    func compression() throws {
        let peer = try Peer(configuration(.server))
        let result = peer.receiveResult(FrameBuilder.headers(1, block: [0xff, 0xff, 0xff, 0xff]))
        #expect(result.error?.facts == .remote(.protocolViolation, .compressionError))
        #expect(peer.sent().map(\.errorCode) == [0x9])
    }

    @Test("§6.5.2: MAX_HEADER_LIST_SIZE is enforced, with and without validation")
    func listSize() throws {
        let value = String(repeating: "v", count: 16_000)
        let block = HPACKEncoder.block((0..<5).map { ("n\($0)", value) })
        for isChecked in [true, false] {
            var configuration = isChecked ? .server : configuration(.server)
            configuration.initialSettings[.maxHeaderListSize] = 65_536
            let peer = try Peer(configuration)
            let result = peer.receiveResult(
                FrameBuilder.split(1, block: block, every: 16_384))
            #expect(result.error?.kind == .denialOfService)
            #expect(result.error?.limit == .headerListSize)
            #expect(peer.sent().map(\.errorCode) == [0xb])
        }
    }

    @Test("§8.1.1: the body length must match content-length, even without validation")
    func bodyLength() throws {
        let peer = try Peer(configuration(.server))
        try peer.receive(
            FrameBuilder.headers(1, block: (H2Headers.samplePost + ["content-length": "5"]).block))
        let result = peer.receiveResult(FrameBuilder.data(1, [1, 2, 3, 4, 5, 6]))
        #expect(result.error?.facts == .remote(.invalidBodyLength, on: 1))
        #expect(result.error?.expected == 5 && result.error?.actual == 6)
    }

    @Test("§8.1: trailers, received or sent, must end the stream, even without validation")
    func trailersEnd() throws {
        let peer = try Peer(configuration(.server))
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let result = peer.receiveResult(
            FrameBuilder.headers(1, block: H2Headers.sampleTrailers.block))
        #expect(result.error?.facts == .remote(.protocolViolation, on: 1))

        let client = try Peer(configuration(.client)).connection
        try client.sendHeaders(.samplePost, on: 1)
        expectMisuse(client, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try client.sendHeaders(.sampleTrailers, on: 1)
        }
    }

    @Test("§8.1: 1xx sections come first and trailers last, even without validation")
    func orderOfBlocks() throws {
        let early: H2Headers = [":status": "103"]
        let client = try Peer(configuration(.client))
        try client.connection.sendHeaders(.samplePost, on: 1)
        try client.receive(FrameBuilder.headers(1, block: H2Headers.sampleResponse.block))
        let late = client.receiveResult(FrameBuilder.headers(1, block: early.block))
        #expect(late.error?.facts == .remote(.protocolViolation, on: 1))

        let server = try Peer(configuration(.server))
        try server.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        server.sent()
        try server.connection.sendHeaders(.sampleResponse, on: 1)
        expectMisuse(server.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try server.connection.sendHeaders(early, on: 1)
        }
        expectMisuse(server.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try server.connection.sendHeaders(.sampleTrailers, on: 1)
        }
    }

    @Test("§8.1: a 1xx response with END_STREAM is malformed, with and without validation")
    func informationalEnd() throws {
        let early: H2Headers = [":status": "103"]
        for isChecked in [true, false] {
            let peer = try Peer(isChecked ? .client : configuration(.client))
            try peer.connection.sendHeaders(.samplePost, on: 1)
            let result = peer.receiveResult(
                FrameBuilder.headers(1, block: early.block, endStream: true))
            #expect(result.error?.facts == .remote(.protocolViolation, on: 1))

            let server = try Peer(isChecked ? .server : configuration(.server))
            try server.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
            expectMisuse(server.connection, .local(.protocolViolation, on: 1)) {
                () throws(H2Error) in
                try server.connection.sendHeaders(early, on: 1, endStream: true)
            }
        }
    }

    @Test("§8.1: a client cannot open a stream with a 1xx response, with or without validation")
    func informationalRequest() throws {
        for isChecked in [true, false] {
            let peer = try Peer(isChecked ? .client : configuration(.client))
            for endStream in [false, true] {
                expectMisuse(peer.connection, .local(.protocolViolation, on: 1)) {
                    () throws(H2Error) in
                    try peer.connection.sendHeaders(
                        [":status": "103"], on: 1, endStream: endStream)
                }
            }
            try peer.connection.sendHeaders(.sampleRequest, on: 1)
            #expect(peer.sent().map(\.streamID) == [1])
        }
        // Without validation, any other section is sent.
        try HeaderRuleProbe.expectSent([":status": "200"], .request) {
            $0.validateOutboundHeaders = false
        }
    }
}
