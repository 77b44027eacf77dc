// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Cookies, RFC 9113 §8.2.3: joined when received, and split when sent if so configured.
@Suite struct CookieTests {
    private static let never = H2Header.Indexing.never

    /// Returns a request with these fields after the pseudo-header fields.
    private func request(_ fields: [H2Header]) -> H2Headers {
        H2Headers.sampleRequest + H2Headers(fields)
    }

    private func joined(_ fields: [H2Header], _ cookie: String?) -> H2Headers {
        var headers = request(fields)
        if let cookie { headers.append("cookie", cookie, indexing: .never) }
        return headers
    }

    @Test("§8.2.3: \"MUST be concatenated … using the two-octet delimiter of 0x3b, 0x20\"")
    func joining() throws {
        let cases: [(received: [String], cookie: String)] = [
            (["a=b"], "a=b"), (["a=b", "c=d"], "a=b; c=d"),
            (["a=b", "c=d", "e=f"], "a=b; c=d; e=f"), ([""], ""), (["", "a"], "; a"),
            (["a", "", "b"], "a; ; b"), (["a;", ";b"], "a;; ;b"),
            (
                Array(repeating: "x=y", count: 500),
                Array(repeating: "x=y", count: 500).joined(separator: "; ")
            ),
        ]
        for (received, cookie) in cases {
            try HeaderRuleProbe.expectAccepted(
                request(received.map { H2Header("cookie", $0) }), .request,
                as: joined([], cookie))
        }
    }

    @Test("a single cookie also moves after all other fields and becomes never-indexed")
    func oneCookie() throws {
        let received = request([H2Header("cookie", "a"), H2Header("x", "1"), H2Header("y", "2")])
        try HeaderRuleProbe.expectAccepted(
            received, .request, as: joined([H2Header("x", "1"), H2Header("y", "2")], "a"))
    }

    @Test("joining keeps the order of cookies, and the order and indexing of other fields")
    func order() throws {
        let received = request([
            H2Header("cookie", "3"), H2Header("x", "1", indexing: .never), H2Header("cookie", "1"),
            H2Header("y", "2"), H2Header("cookie", "2", indexing: .never), H2Header("x", "0"),
        ])
        let expected = joined(
            [H2Header("x", "1", indexing: .never), H2Header("y", "2"), H2Header("x", "0")],
            "3; 1; 2")
        try HeaderRuleProbe.expectAccepted(received, .request, as: expected)
    }

    @Test("cookies are joined in every kind of section, as in h2", arguments: SectionKind.allCases)
    func everySection(kind: SectionKind) throws {
        let received = kind.valid + ["cookie": "a", "z": "1", "cookie": "b"]
        var expected = kind.valid + ["z": "1"]
        expected.append("cookie", "a; b", indexing: .never)
        try HeaderRuleProbe.expectAccepted(received, kind, as: expected)
    }

    @Test("without inbound normalization, cookies keep their place and indexing")
    func notJoined() throws {
        var received: H2Headers = .sampleRequest
        received.append("cookie", "a")
        received.append("x", "1")
        received.append("cookie", "b", indexing: .never)
        try HeaderRuleProbe.expectAccepted(received, .request) {
            $0.normalizeInboundHeaders = false
        }
    }

    @Test("fields with names similar to cookie are not joined")
    func notCookies() throws {
        let headers = request([
            H2Header("cookies", "a"), H2Header("cookie2", "b"), H2Header("set-cookie", "c"),
            H2Header("cooki", "d"), H2Header("cookif", "e"),
        ])
        try HeaderRuleProbe.expectAccepted(headers, .request)
    }

    @Test("cookies are validated as received, and again when joined: RFC 9113 §8.2.1, §8.3")
    func checkedBeforeJoined() throws {
        try HeaderRuleProbe.expectAccepted(
            request([H2Header("cookie", ""), H2Header("cookie", "b")]), .request,
            as: joined([], "; b"))
        for crumb in ["a ", " a", "\ta", "a\t"] {
            for crumbs in [[crumb, "b"], ["b", crumb], ["b", crumb, "c"]] {
                try HeaderRuleProbe.expectMalformed(
                    request(crumbs.map { H2Header("cookie", $0) }), .request)
            }
        }
        // Joined, the value would end with a space.
        try HeaderRuleProbe.expectMalformed(
            request([H2Header("cookie", "a"), H2Header("cookie", "")]), .request)
        for isJoined in [true, false] {
            try HeaderRuleProbe.expectMalformed(
                ["cookie": "a"] + H2Headers.sampleRequest, .request
            ) { $0.normalizeInboundHeaders = isJoined }
        }
    }

    // MARK: Sending

    private func sent(_ fields: [H2Header], splitting: Bool = true) throws -> [String] {
        var configuration = H2Configuration.client
        configuration.splitOutboundCookies = splitting
        let peer = try Peer(configuration)
        try peer.connection.sendHeaders(request(fields), on: 1)
        let frame = try #require(peer.sent().first)
        return peer.sentHeaders(of: frame).dropFirst(4).map {
            "\($0)" + ($0.neverIndexed ? " (never)" : "")
        }
    }

    @Test("§8.2.3: \"MAY be split into separate field lines\": at each \"; \", if configured")
    func splitting() throws {
        let cases: [(cookie: String, crumbs: [String])] = [
            ("a=b", ["a=b"]), ("a=b; c=d", ["a=b", "c=d"]), ("a; b; c", ["a", "b", "c"]),
            ("a;b", ["a;b"]), ("a; ", ["a", ""]), ("; a", ["", "a"]), ("; ", ["", ""]),
            (";", [";"]), ("", [""]), ("a;  b", ["a", "b"]), ("a;; b", ["a;", "b"]),
            (" a ; b ", ["a", "b"]),
        ]
        for (cookie, crumbs) in cases {
            let found = try sent([H2Header("cookie", cookie)])
            #expect(found == crumbs.map { "cookie: \($0) (never)" }, "\(cookie)")
        }
        let whole = try sent([H2Header("cookie", "a=b; c=d")], splitting: false)
        #expect(whole == ["cookie: a=b; c=d (never)"])
    }

    @Test("cookie-pairs stay in place, and a cookie with an uppercase name is split as well")
    func splitInPlace() throws {
        let found = try sent([
            H2Header("x", "1"), H2Header("Cookie", "a; b"), H2Header("y", "a; b"),
            H2Header("cookie", "c"), H2Header("set-cookie", "d; e"),
        ])
        #expect(
            found == [
                "x: 1", "cookie: a (never)", "cookie: b (never)", "y: a; b", "cookie: c (never)",
                "set-cookie: d; e",
            ])
    }

    @Test("cookies are not split if outbound normalization is off")
    func splitNeedsNormalization() throws {
        let headers = request([H2Header("cookie", "a-long-one=1234567890; another-long-one=1")])
        try HeaderRuleProbe.expectSent(headers, .request) {
            $0.normalizeOutboundHeaders = false
            $0.splitOutboundCookies = true
        }
    }

    @Test("RFC 7541 §7.1.3: a cookie-pair of 19 bytes is never indexed; one of 20 bytes may be")
    func crumbLengths() throws {
        let short = String(repeating: "s", count: 19)
        let long = String(repeating: "l", count: 20)
        let found = try sent([H2Header("cookie", "\(short); \(long)")])
        #expect(found == ["cookie: \(short) (never)", "cookie: \(long)"])
        let whole = try sent([H2Header("cookie", "\(short); \(long)")], splitting: false)
        #expect(whole == ["cookie: \(short); \(long)"])
    }

    @Test("a split cookie arrives joined")
    func roundTrip() throws {
        var client = H2Configuration.client
        client.splitOutboundCookies = true
        let pair = try Pair.started(client: client)
        try pair.client.sendHeaders(request([H2Header("cookie", "a=b; c=d; e=f")]), on: 1)
        let events = try pair.exchange().server
        #expect(
            events == [
                .requestReceived(.init(streamID: 1, headers: joined([], "a=b; c=d; e=f")))
            ])
    }
}
