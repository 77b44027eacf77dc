// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// RFC 9113 §8.3.1: `host` must identify the same entity as `:authority`, after normalization, RFC
/// 3986 §6.2.
@Suite struct AuthorityTests {
    struct Pair: CustomTestStringConvertible {
        var scheme: String?
        var authority: String
        var host: String
        var testDescription: String { "\(scheme ?? "none") \(authority) \(host)" }

        init(_ scheme: String?, _ authority: String, _ host: String) {
            (self.scheme, self.authority, self.host) = (scheme, authority, host)
        }

        /// The request; a CONNECT if there is no scheme.
        var headers: H2Headers {
            guard let scheme else {
                return [":method": "CONNECT", ":authority": authority, "host": host]
            }
            return [
                ":method": "GET", ":scheme": scheme, ":authority": authority, ":path": "/",
                "host": host,
            ]
        }
    }

    static let same = [
        Pair("https", "a.test:443", "A.test"), Pair("https", "a.test", "a.test:"),
        Pair("https", "a.test:", "a.test:443"), Pair("http", "A.TEST", "a.test:80"),
        Pair("HTTP", "a.test", "a.test:80"), Pair("https", "[::1]:443", "[::1]"),
        Pair("http", "[2001:DB8::1]", "[2001:db8::1]:80"),
        Pair("https", "u@a.test", "u@A.test:443"),
        Pair(nil, "a.test:443", "A.TEST:443"), Pair("foo", "a.test:1", "A.test:1"),
        Pair("https", "a.test:8443", "a.test:8443"), Pair("https", "[::1]:443", "[::1]:"),
        Pair("https", "u:443@a.test", "u:443@a.test"),
    ]

    static let different = [
        Pair("https", "a.test", "b.test"), Pair("https", "a.test:80", "a.test"),
        Pair("http", "a.test:443", "a.test"), Pair("https", "a.test.", "a.test"),
        Pair("https", "u@a.test", "a.test"), Pair("https", "u@a.test", "U@a.test"),
        Pair(nil, "a.test:443", "a.test"), Pair(nil, "a.test:80", "a.test"),
        Pair("foo", "a.test:443", "a.test"), Pair("foo", "a.test:", "a.test"),
        Pair("https", "[::1]", "[::2]"), Pair("https", "[::443]", "[:"),
        Pair("https", "a.test:0443", "a.test"), Pair("https", "a.test", ""),
        Pair("https", "u:443@a.test", "u@a.test"), Pair("https", "[::1]", "[::1"),
        Pair("https", "a.test", "a.test:4433"), Pair("https", "", "a.test"),
        Pair("ftp", "a.test", "a.test:21"), Pair(nil, "a.test:", "a.test"),
        Pair("https", "a.test:443:443", "a.test"), Pair("https", "\u{e4}.test", "\u{c4}.test"),
    ]

    @Test("host and :authority that name the same server are accepted unchanged", arguments: same)
    func accepted(pair: Pair) throws {
        let peer = try Peer(.server, policies: .asConfigured)
        let events = try peer.receive(
            FrameBuilder.headers(1, block: pair.headers.block, endStream: true))
        #expect(events.first?.headers == pair.headers)
        try Peer(.client, policies: .asConfigured).connection.sendHeaders(pair.headers, on: 1)
    }

    @Test("host and :authority that differ make the request malformed", arguments: different)
    func refused(pair: Pair) throws {
        let peer = try Peer(.server, policies: .asConfigured)
        let events = try peer.receive(
            FrameBuilder.headers(1, block: pair.headers.block, endStream: true))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .protocolError, isRemote: false))
            ])
        let client = try Peer(.client, policies: .asConfigured)
        expectMisuse(client.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try client.connection.sendHeaders(pair.headers, on: 1)
        }
    }
}
