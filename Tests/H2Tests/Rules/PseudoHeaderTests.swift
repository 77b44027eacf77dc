// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Pseudo-header fields, RFC 9113 §8.3: the defined names, their order and repetition.
@Suite struct PseudoHeaderTests {
    private static let names = [
        ":method", ":scheme", ":authority", ":path", ":status", ":protocol",
    ]

    private static func value(_ name: String, isConnect: Bool) -> String {
        switch name {
        case ":method": isConnect ? "CONNECT" : "GET"
        case ":scheme": "https"
        case ":authority": "example.com"
        case ":path": "/"
        case ":status": "200"
        default: "websocket"
        }
    }

    /// Whether a request may have these fields, RFC 9113 §8.3.1 and §8.5, and RFC 8441 §4.
    private static func isRequest(_ names: Set<String>, hasHost: Bool, isConnect: Bool) -> Bool {
        guard names.contains(":method"), !names.contains(":status") else { return false }
        guard names.contains(":authority") || hasHost else { return false }
        let target = names.intersection([":scheme", ":path"]).count
        if names.contains(":protocol") { return isConnect && target == 2 }
        guard isConnect else { return target == 2 }
        return target == 0 && names.contains(":authority")
    }

    @Test(
        "§8.3.1, §8.5: of all 64 sets (GET or CONNECT, host or not), only valid ones are accepted",
        arguments: SectionKind.allCases)
    func everySet(kind: SectionKind) throws {
        for set in 0..<64 {
            let names = Self.names.indices.filter { set >> $0 & 1 == 1 }.map { Self.names[$0] }
            for (hasHost, isConnect) in [
                (false, false), (false, true), (true, false), (true, true),
            ] {
                var headers = H2Headers(
                    names.map { ($0, Self.value($0, isConnect: isConnect)) })
                headers.append(hasHost ? "host" : "other", "example.com")
                let isRight =
                    switch kind {
                    case .request:
                        Self.isRequest(Set(names), hasHost: hasHost, isConnect: isConnect)
                    case .promise:
                        // A promised request is GET or HEAD, §8.4.
                        !isConnect
                            && Self.isRequest(Set(names), hasHost: hasHost, isConnect: isConnect)
                    case .response: names == [":status"]
                    case .trailers: names == []
                    }
                if isRight {
                    try HeaderRuleProbe.expectAccepted(headers, kind)
                    try HeaderRuleProbe.expectSent(headers, kind)
                } else {
                    try HeaderRuleProbe.expectMalformed(headers, kind)
                    try HeaderRuleProbe.expectNotSent(headers, kind)
                }
            }
        }
    }

    @Test("§8.3: pseudo-header fields may be in any order")
    func anyOrder() throws {
        let fields = Array(H2Headers.sampleRequest)
        for first in fields.indices {
            let rotated = H2Headers(fields[first...] + fields[..<first])
            try HeaderRuleProbe.expectAccepted(rotated, .request)
            try HeaderRuleProbe.expectSent(rotated, .request)
        }
    }

    @Test("§8.3: \"MUST appear in a field block before all regular field lines\"")
    func afterRegular() throws {
        for kind in [SectionKind.request, .promise] {
            let fields = Array(kind.valid)
            for place in 0..<fields.count {
                var late = H2Headers(fields)
                late.insert(H2Header("a", "b"), at: place)
                try HeaderRuleProbe.expectMalformed(late, kind)
                try HeaderRuleProbe.expectNotSent(late, kind)
            }
        }
        try HeaderRuleProbe.expectMalformed(["a": "b", ":status": "200"], .response)
        try HeaderRuleProbe.expectNotSent(["a": "b", ":status": "200"], .response)
    }

    @Test("§8.3: \"The same pseudo-header field name MUST NOT appear more than once\"")
    func duplicates() throws {
        let extended: H2Headers = [
            ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": "/",
            ":authority": "example.com",
        ]
        for field in extended {
            try HeaderRuleProbe.expectMalformed([field.name: field.value] + extended, .request)
            try HeaderRuleProbe.expectNotSent([field.name: field.value] + extended, .request)
            try HeaderRuleProbe.expectMalformed([field.name: "other"] + extended, .request)
        }
        try HeaderRuleProbe.expectMalformed([":status": "200", ":status": "204"], .response)
        try HeaderRuleProbe.expectNotSent([":status": "200", ":status": "204"], .response)
    }

    @Test(
        "§8.3: \"Endpoints MUST NOT generate pseudo-header fields other than those defined\"",
        arguments: [
            ":foo", ":", ":paths", ":pat", ":methods", ":authoritY", ":host", ":protocols",
            ":statu",
            ":schema", ":authorit", ":authority1",
        ])
    func unknown(name: String) throws {
        for kind in SectionKind.allCases {
            try HeaderRuleProbe.expectMalformed([name: "x"] + kind.valid, kind)
            try HeaderRuleProbe.expectNotSent([name: "x"] + kind.valid, kind)
        }
    }

    @Test("§8.3.1: \":path … MUST NOT be empty\"; other pseudo-header fields of requests may be")
    func emptyValues() throws {
        for kind in [SectionKind.request, .promise] {
            for (index, field) in kind.valid.enumerated() {
                var headers = kind.valid
                headers.replaceSubrange(index...index, with: [H2Header(field.name, "")])
                if field.name == ":path" || kind == .promise && field.name == ":method" {
                    try HeaderRuleProbe.expectMalformed(headers, kind)
                    try HeaderRuleProbe.expectNotSent(headers, kind)
                } else {
                    try HeaderRuleProbe.expectAccepted(headers, kind)
                    try HeaderRuleProbe.expectSent(headers, kind)
                }
            }
        }
    }

    @Test("§8.1: \"Trailers MUST NOT include pseudo-header fields\"", arguments: names)
    func inTrailers(name: String) throws {
        let headers: H2Headers = [name: Self.value(name, isConnect: false), "a": "b"]
        try HeaderRuleProbe.expectMalformed(headers, .trailers)
        try HeaderRuleProbe.expectNotSent(headers, .trailers)
    }

    @Test("§8.3.1: :authority and host are compared after normalization")
    func authorityAndHost() throws {
        for (host, isSame) in [
            ("example.com", true), ("Example.com", true), ("example.com:443", true),
            ("example.com:80", false), ("example.co", false), ("", false),
        ] {
            let headers = H2Headers.sampleRequest + ["host": host]
            for kind in [SectionKind.request, .promise] {
                if isSame {
                    try HeaderRuleProbe.expectAccepted(headers, kind)
                    try HeaderRuleProbe.expectSent(headers, kind)
                } else {
                    try HeaderRuleProbe.expectMalformed(headers, kind)
                    try HeaderRuleProbe.expectNotSent(headers, kind)
                }
            }
        }
    }

    @Test(
        "§8.2.2: te must be trailers, in any letter case, in every kind of section",
        arguments: SectionKind.allCases)
    func te(kind: SectionKind) throws {
        for value in ["trailers", "Trailers", "TRAILERS"] {
            try HeaderRuleProbe.expectAccepted(kind.valid + ["te": value], kind)
            try HeaderRuleProbe.expectSent(kind.valid + ["te": value], kind)
        }
        for value in [
            "", "gzip", "trailer", "trailerss", "trailers, deflate", "trailers;q=1",
            "\u{14}railers",
            "tra\u{49}ler\u{13}",
        ] {
            try HeaderRuleProbe.expectMalformed(kind.valid + ["te": value], kind)
            try HeaderRuleProbe.expectNotSent(kind.valid + ["te": value], kind)
        }
        let twice = kind.valid + ["te": "trailers", "te": "gzip"]
        try HeaderRuleProbe.expectMalformed(twice, kind)
    }

    @Test(
        "§8.2.2: connection-specific fields are refused in every section; similar names are not",
        arguments: SectionKind.allCases)
    func connectionSpecific(kind: SectionKind) throws {
        for name in [
            "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade",
        ] {
            try HeaderRuleProbe.expectMalformed(kind.valid + [name: "trailers"], kind)
            try HeaderRuleProbe.expectMalformed(kind.valid + [name: ""], kind)
            try HeaderRuleProbe.expectNotSent(kind.valid + [name: ""], kind)
        }
        for name in [
            "connections", "connectio", "proxy-connectiom", "keep_alive", "transfer-encodinh",
            "upgrades", "downgrade", "trailer", "http2-settings", "xonnection",
        ] {
            try HeaderRuleProbe.expectAccepted(kind.valid + [name: "x"], kind)
            try HeaderRuleProbe.expectSent(kind.valid + [name: "x"], kind)
        }
    }
}
