// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing
import h2tool

@Suite struct GetRequestTests {
    @Test(
        "a URL is split into host, port, authority and path",
        arguments: [
            ("http://a", "a", 80, "a", "/"), ("a:8080/x", "a", 8_080, "a:8080", "/x"),
            ("HTTP://A:80/", "A", 80, "A", "/"), ("http://a?x=1", "a", 80, "a", "/?x=1"),
            ("a:1/?u=http://b", "a", 1, "a:1", "/?u=http://b"),
            ("a/b#c?d", "a", 80, "a", "/b"), ("http://a:/b", "a", 80, "a", "/b"),
            ("http://[::1]:65535/b", "::1", 65_535, "[::1]:65535", "/b"),
            ("[::1]", "::1", 80, "[::1]", "/"),
            ("a/b c/\u{e9}|%20%7c?d e=\"", "a", 80, "a", "/b%20c/%C3%A9%7C%20%7c?d%20e=%22"),
        ])
    func url(text: String, host: String, port: UInt16, authority: String, path: String) throws {
        let target = try Target(text)
        #expect(target.host == host)
        #expect(target.port == port)
        #expect(target.authority == authority)
        #expect(target.path == path)
    }

    @Test(
        "the message for an unusable URL gives the reason",
        arguments: [
            ("https://a/", "without TLS"), ("ftp://a/", "ftp://"), ("u@a/", "user name"),
            ("http://u:p@a/", "user name"), ("a:65536/", "65536 is not a port"),
            ("http://a:0/", "0 is not a port"), ("a:66000000000000000000/", "66000000000000000000"),
            ("a:8x/", "not a valid URL (http://HOST:PORT/PATH)"), ("", "the host is missing"),
            (":80/", "the host is missing"),
            ("http:///x", "the host is missing"), ("a b/", "the host has characters"),
            ("http://[::1/", "not a valid URL"),
            ("::1/", "write an IPv6 address in brackets, as in [::1]"),
            ("http://fe80::1%eth0/", "as in [fe80::1]"),
        ])
    func badURL(text: String, message: String) {
        expectFailure(message) { _ = try Target(text) }
    }

    @Test(
        "-H changes the header section",
        arguments: [
            ([], ["user-agent: h2tool", "accept: */*"]),
            (["X-Y: Z "], ["user-agent: h2tool", "accept: */*", "x-y: Z "]),
            (["User-Agent: me"], ["accept: */*", "user-agent: me"]),
            (["accept:", "user-agent: "], []),
            (["Accept;"], ["user-agent: h2tool", "accept: "]),
            (["accept: a", "user-agent:", "Accept: b"], ["accept: a", "accept: b"]),
            (["te: trailers", "accept:", "user-agent:"], ["te: trailers"]),
        ])
    func fields(lines: [String], expected: [String]) throws {
        let headers = try Request(method: "GET", fields: lines).headers(for: Target("a:1/b"))
        #expect(
            headers.map(\.description) == [
                ":method: GET", ":scheme: http", ":authority: a:1", ":path: /b",
            ] + expected)
    }

    @Test("-H 'Host: …' replaces :authority")
    func host() throws {
        let request = try Request(method: "GET", fields: ["Host: b", "user-agent:", "accept:"])
        let headers = try request.headers(for: Target("a"))
        #expect(headers[":authority"] == "b")
        #expect(headers["host"] == nil)
    }

    @Test("a body has a default type and a length, which -H can replace or remove")
    func body() throws {
        let body = try Upload("x=1")
        let plain = try Request(method: "POST", fields: [], body: body).headers(for: Target("a"))
        #expect(plain["content-length"] == "3")
        #expect(plain["content-type"] == "application/x-www-form-urlencoded")
        let own = try Request(
            method: "POST", fields: ["Content-Type: a/b", "content-length:"], body: body
        ).headers(for: Target("a"))
        #expect(own[all: "content-type"] == ["a/b"])
        #expect(own["content-length"] == nil)
    }

    @Test(
        "a content-length that differs from the length of the body is refused",
        arguments: [("abc", "the body has 3 bytes"), ("a", "1 byte"), (nil, "0 bytes")])
    func badLength(text: String?, message: String) throws {
        let body = try text.map { try Upload($0) }
        expectFailure("-H 'Content-Length: 9': ") {
            _ = try Request(method: "POST", fields: ["Content-Length: 9"], body: body)
        }
        expectFailure(message) {
            _ = try Request(method: "POST", fields: ["Content-Length: 9"], body: body)
        }
    }

    @Test(
        "the message for a forbidden or malformed field gives the reason",
        arguments: [
            ("Connection: close", "HTTP/2 forbids the field connection"),
            ("transfer-encoding: chunked", "transfer-encoding"), ("Upgrade: h2c", "upgrade"),
            ("keep-alive: 1", "keep-alive"), ("proxy-connection: x", "proxy-connection"),
            ("te: gzip", "only be trailers"), ("x", "'Name: value'"), ("x;y", "'Name: value'"),
            (": x", "pseudo-header"), (":path: /", "pseudo-header"), ("a b: c", "field name"),
            ("\u{e9}: c", "field name"), ("", "'Name: value'"), ("a: b\r\nc: d", "control"),
            ("a: \0", "control"),
        ])
    func badField(line: String, message: String) {
        expectFailure(message) { _ = try Request(method: "GET", fields: [line]) }
    }

    @Test("an invalid method is refused", arguments: ["", "A B", "GET\n", "CONNECT"])
    func badMethod(method: String) {
        expectFailure("-X") { _ = try Request(method: method, fields: []) }
    }

    private func expectFailure(_ message: String, _ body: () throws -> Void) {
        let failure = #expect(throws: Failure.self) { try body() }
        #expect(failure?.description.contains(message) == true, "\(failure?.description ?? "")")
    }
}
