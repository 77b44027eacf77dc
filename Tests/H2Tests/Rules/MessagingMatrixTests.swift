// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Cases in which HTTP/2 libraries differ. H2 decides as h2 does unless a test says otherwise,
/// regardless of nghttp2. Each section is received under both policies, and sent.
@Suite struct MessagingMatrixTests {
    private typealias Probe = HeaderRuleProbe

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func expectRefused(_ section: NamedSection) throws {
        try Probe.expectMalformed(section.headers, section.kind)
        try Probe.expectNotSent(section.headers, section.kind)
    }

    private func expectAccepted(_ section: NamedSection) throws {
        try Probe.expectAccepted(section.headers, section.kind)
        try Probe.expectSent(section.headers, section.kind)
    }

    private static let refused: [NamedSection] = [
        NamedSection("uppercase", adding: [("Foo", "x")]),
        NamedSection("connection", adding: [("connection", "close")]),
        NamedSection("te: gzip", adding: [("te", "gzip")]),
        NamedSection("upgrade", adding: [("upgrade", "h2c")]),
        NamedSection("keep-alive", adding: [("keep-alive", "1")]),
        NamedSection("proxy-connection", adding: [("proxy-connection", "x")]),
        NamedSection("transfer-encoding", adding: [("transfer-encoding", "chunked")]),
        NamedSection(
            "missing pseudo", .request,
            [":method": "GET", ":scheme": "https", ":authority": "example.com"]),
        NamedSection(
            "empty pseudo", .request,
            [":method": "GET", ":scheme": "https", ":authority": "example.com", ":path": ""]),
        NamedSection("repeated pseudo", adding: [(":path", "/")]),
        NamedSection("pseudo after regular field", .request, ["a": "b"] + H2Headers.sampleRequest),
        NamedSection("unknown pseudo", adding: [(":foo", "x")]),
        NamedSection(":status in request", adding: [(":status", "200")]),
        NamedSection("empty name", adding: [("", "x")]),
        NamedSection("name with space", adding: [("a b", "x")]),
        NamedSection("name with colon", adding: [("a:b", "x")]),
        NamedSection("name with 0x80", field: [0x61, 0x80], value: [0x78]),
        NamedSection("CR in value", value: bytes("x\ry")),
        NamedSection("LF in value", value: bytes("x\ny")),
        NamedSection("NUL in value", value: [0x78, 0x00, 0x79]),
        NamedSection("leading space", value: bytes(" x")),
        NamedSection("trailing tab", value: bytes("x\t")),
        NamedSection("no :status", .response, ["a": "b"]),
        NamedSection("repeated :status", .response, [":status": "200", ":status": "200"]),
        NamedSection("request pseudo in response", .response, [":status": "200", ":path": "/"]),
        NamedSection("connection in response", .response, [":status": "200", "connection": "x"]),
        NamedSection("leading space in response", .response, [":status": "200", "a": " x"]),
        NamedSection("pseudo in trailers", .trailers, [":status": "200", "a": "b"]),
        NamedSection("connection in promise", .promise, .sampleRequest + ["connection": "x"]),
    ]

    @Test(
        """
        §8.2, §8.3: uppercase, connection-specific fields, te: gzip, missing, empty, repeated, \
        late and unknown pseudo-header fields, empty names, bad characters and spaces are refused
        """, arguments: refused)
    func refusedByAll(_ section: NamedSection) throws { try expectRefused(section) }

    @Test(
        "§8.2.1: \\x01 and DEL in a value are accepted",
        arguments: [
            NamedSection("\\x01", value: [0x78, 0x01, 0x79]),
            NamedSection("DEL", value: [0x78, 0x7f]),
        ])
    func controlCharacters(_ section: NamedSection) throws { try expectAccepted(section) }

    @Test("§8.2.1: bytes from 0x80 in a value are accepted")
    func highBytes() throws {
        try expectAccepted(NamedSection("0x80 to 0xff", value: Array(0x80...0xff)))
    }

    @Test(
        "§8.3.1: a :path without leading \"/\", and \"*\" with GET, are accepted",
        arguments: [
            NamedSection(
                "foo", .request,
                [":method": "GET", ":scheme": "https", ":authority": "a", ":path": "foo"]),
            NamedSection(
                "* with GET", .request,
                [":method": "GET", ":scheme": "https", ":authority": "a", ":path": "*"]),
            NamedSection(
                "* with OPTIONS", .request,
                [":method": "OPTIONS", ":scheme": "https", ":authority": "a", ":path": "*"]),
        ])
    func anyPath(_ section: NamedSection) throws { try expectAccepted(section) }

    @Test(
        "bad characters in pseudo-header values and host, and an empty :authority, are accepted",
        arguments: [
            NamedSection(
                ":path", .request,
                [":method": "GET", ":scheme": "https", ":authority": "a", ":path": "/a b"]),
            NamedSection(
                ":method", .request,
                [":method": "G T", ":scheme": "https", ":authority": "a", ":path": "/"]),
            NamedSection(
                ":scheme", .request,
                [":method": "GET", ":scheme": "1http", ":authority": "a", ":path": "/"]),
            NamedSection(
                ":authority", .request,
                [":method": "GET", ":scheme": "https", ":authority": "a b", ":path": "/"]),
            NamedSection(
                "host", .request,
                [":method": "GET", ":scheme": "https", ":path": "/", "host": "a b"]),
            NamedSection(
                "empty :authority", .request,
                [":method": "GET", ":scheme": "https", ":authority": "", ":path": "/"]),
        ])
    func anyCharacters(_ section: NamedSection) throws { try expectAccepted(section) }

    @Test("§8.3.1: a host that differs from :authority is refused, and an equal one is accepted")
    func hostAgainstAuthority() throws {
        try expectRefused(NamedSection("host ≠ :authority", adding: [("host", "b")]))
        try expectAccepted(NamedSection("host = :authority", adding: [("host", "example.com")]))
    }

    @Test("RFC 9110 §7.2: a repeated host is refused, even with the same value")
    func duplicateHost() throws {
        let base: H2Headers = [":method": "GET", ":scheme": "https", ":path": "/"]
        try expectRefused(
            NamedSection("equal", .request, base + ["host": "a", "host": "a"]))
        try expectRefused(
            NamedSection("differing", .request, base + ["host": "a", "host": "b"]))
        try expectRefused(
            NamedSection("with :authority", adding: [("host", "a"), ("host", "a")]))
        // The rule is for requests; elsewhere `host` is an ordinary field.
        try expectAccepted(
            NamedSection("response", .response, [":status": "200", "host": "a", "host": "b"]))
    }

    @Test(
        "RFC 9110 §8.6: content-length is digits; repeated ones must be equal; huge ones are valid")
    func contentLength() throws {
        for kind in [SectionKind.request, .response] {
            let base = kind == .request ? H2Headers.samplePost : [":status": "200"]
            let taken: [H2Headers] = [
                ["content-length": "5", "content-length": "5"],
                ["content-length": "5", "content-length": "05"],
                ["content-length": "99999999999999999999"], ["content-length": "0"],
                ["content-length": "00000000000000000000000000000005"],
            ]
            for fields in taken { try Probe.expectAccepted(base + fields, kind) }
            let malformed: [H2Headers] = [
                ["content-length": "5", "content-length": "6"],
                ["content-length": "5", "a": "b", "content-length": "6"],
                ["content-length": "+5"], ["content-length": "-5"], ["content-length": "abc"],
                ["content-length": ""], ["content-length": "5,5"], ["content-length": "0x5"],
                ["content-length": "5", "content-length": "x"], ["content-length": "1 2"],
                ["content-length": "٥"], ["content-length": "5_0"],
            ]
            for fields in malformed {
                try Probe.expectMalformed(base + fields, kind)
                // The switch does not affect this rule.
                try Probe.expectMalformed(base + fields, kind) { $0.validateInboundHeaders = false }
                // Outbound, validation enforces it; h2 does not.
                try Probe.expectNotSent(base + fields, kind)
                try Probe.expectSent(base + fields, kind) {
                    $0.normalizeOutboundHeaders = false
                    $0.validateOutboundHeaders = false
                }
            }
        }
    }

    @Test("§8.5: CONNECT is accepted without :path and :scheme, and with :authority")
    func connect() throws {
        let plain: H2Headers = [":method": "CONNECT", ":authority": "a:1"]
        try expectAccepted(NamedSection("plain", .request, plain))
        try expectRefused(NamedSection("with :path", .request, plain + [":path": "/"]))
        try expectRefused(NamedSection("with :scheme", .request, plain + [":scheme": "https"]))
        try expectRefused(
            NamedSection("only host", .request, [":method": "CONNECT", "host": "a:1"]))
        try expectRefused(NamedSection("nothing", .request, [":method": "CONNECT"]))
    }

    @Test("RFC 8441 §4: extended CONNECT is accepted if the server announced it")
    func extendedConnect() throws {
        let extended: H2Headers = [
            ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": "/chat",
            ":authority": "a",
        ]
        try expectAccepted(NamedSection("on", .request, extended))
        try Probe.expectMalformed(extended, .request) { $0.initialSettings = [:] }
    }

    @Test(
        "RFC 9110 §15, RFC 9113 §8.6: :status is three digits from 100 to 999, but not 101",
        arguments: ["99", "abc", "", "200 OK", "2", "1000", "101", "1", "1xx", "099", "+20"])
    func invalidStatus(_ status: String) throws {
        try expectRefused(NamedSection(status, .response, [":status": status]))
    }

    @Test("RFC 9110 §15: unknown classes of :status are valid", arguments: ["299", "600", "999"])
    func unknownStatus(_ status: String) throws {
        try expectAccepted(NamedSection(status, .response, [":status": status]))
    }

    @Test("RFC 9110 §8.6: content-length in a 204 response is accepted, whatever its value")
    func noContentWithLength() throws {
        for length in ["0", "5"] {
            let headers: H2Headers = [":status": "204", "content-length": length]
            try expectAccepted(NamedSection(length, .response, headers))
            try Probe.expectAccepted(headers, .response, endStream: true)
        }
    }

    @Test("RFC 9110 §8.6: content-length in a 1xx response does not apply to the final response")
    func lengthOfInformational() throws {
        let early: H2Headers = [":status": "103", "content-length": "5"]
        try expectAccepted(NamedSection("103", .response, early))
        let peer = try Probe.receiver(of: .response, .client)
        try peer.receive(FrameBuilder.headers(1, block: early.block))
        let events = try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block, endStream: true))
        #expect(
            events == [
                .responseReceived(
                    .init(streamID: 1, headers: .sampleResponse, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
    }

    @Test("§8.1.1: END_STREAM on HEADERS with content-length > 0 is refused, unlike in h2")
    func lengthWithoutBody() throws {
        let fields: H2Headers = ["content-length": "5"]
        try Probe.expectMalformed(
            .samplePost + fields, .request, endStream: true, .invalidBodyLength)
        try Probe.expectMalformed(
            [":status": "200"] + fields, .response, endStream: true, .invalidBodyLength)
        try Probe.expectAccepted(.samplePost + ["content-length": "0"], .request, endStream: true)
    }

    @Test("§8.2.3: cookie-pairs are joined into one last field")
    func cookieCrumbs() throws {
        let crumbs: H2Headers = ["cookie": "a=b", "x": "y", "cookie": "c=d"]
        var expected = H2Headers.sampleRequest + ["x": "y"]
        expected.append("cookie", "a=b; c=d", indexing: .never)
        try Probe.expectAccepted(.sampleRequest + crumbs, .request, as: expected)
    }
}
