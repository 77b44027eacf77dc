// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A caller cannot be tricked into sending fields that split a message when it becomes HTTP/1.1: in
/// each call, names and values are validated as strictly as received ones.
@Suite struct RequestSplittingTests {
    /// The calls that send fields.
    enum Call: CaseIterable, Sendable {
        case request, requestTrailers, informational, response, responseTrailers, promise
        case pushedResponse

        var role: H2Configuration.Role {
            switch self {
            case .request, .requestTrailers: .client
            default: .server
            }
        }

        /// Valid fields.
        var valid: H2Headers {
            switch self {
            case .request, .promise: .sampleRequest
            case .requestTrailers, .responseTrailers: .sampleTrailers
            case .informational: [":status": "103", "link": "</a>"]
            case .response, .pushedResponse: .sampleResponse
            }
        }

        var stream: H2StreamID {
            switch self {
            case .promise, .pushedResponse: 2
            default: 1
            }
        }

        /// Returns a connection on which this call is the next.
        func peer(_ configuration: H2Configuration) throws -> Peer {
            let peer = try Peer(configuration)
            let connection = peer.connection
            if role == .server {
                try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
            }
            switch self {
            case .requestTrailers: try connection.sendHeaders(.samplePost, on: 1)
            case .responseTrailers: try connection.sendHeaders(.sampleResponse, on: 1)
            case .pushedResponse:
                try connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
            case .request, .informational, .response, .promise: break
            }
            peer.sent()
            return peer
        }

        func send(_ headers: H2Headers, _ connection: H2Connection) throws(H2Error) {
            switch self {
            case .promise: try connection.pushStream(2, on: 1, requestHeaders: headers)
            case .requestTrailers, .responseTrailers:
                try connection.sendHeaders(headers, on: 1, endStream: true)
            case .request, .informational, .response, .pushedResponse:
                try connection.sendHeaders(headers, on: stream)
            }
        }
    }

    private func configuration(_ call: Call, normalizing: Bool) -> H2Configuration {
        H2Configuration(call.role).with {
            $0.normalizeOutboundHeaders = normalizing
            $0.splitOutboundCookies = normalizing
        }
    }

    /// Expects that a call throws, changes nothing and writes nothing.
    private func expectRefused(
        _ headers: H2Headers, _ call: Call, normalizing: Bool, _ name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let peer = try call.peer(configuration(call, normalizing: normalizing))
        expectMisuse(
            peer.connection, .local(.protocolViolation, on: call.stream),
            sourceLocation: sourceLocation
        ) { () throws(H2Error) in try call.send(headers, peer.connection) }
        #expect(peer.sent() == [], "\(name)", sourceLocation: sourceLocation)
        // The connection still works.
        try call.send(call.valid, peer.connection)
        #expect(peer.sent().count == 1, "\(name)", sourceLocation: sourceLocation)
    }

    /// Bytes that no value may contain, at any position.
    private static let controls: [(String, String)] = [
        ("CR", "\r"), ("LF", "\n"), ("CR LF", "\r\n"), ("NUL", "\0"),
        ("a field", "\r\nset-cookie: a=b\r\n"), ("a request", "\r\n\r\nGET /admin HTTP/1.1\r\n"),
    ]

    @Test("§8.2.1: CR, LF and NUL within a value are refused", arguments: Call.allCases)
    func valueInside(_ call: Call) throws {
        for (name, control) in Self.controls {
            for normalizing in [false, true] {
                for field in ["a", "cookie", "authorization", "content-type"] {
                    let value = "b\(control)c"
                    try expectRefused(
                        call.valid + [field: value], call, normalizing: normalizing, name)
                }
            }
        }
    }

    @Test(
        "§8.2.1: CR, LF, NUL and blanks at the ends of a value are refused or removed",
        arguments: Call.allCases)
    func valueEnds(_ call: Call) throws {
        for text in ["\r", "\n", "\r\n", "\0", " ", "\t"] {
            for value in ["\(text)b", "b\(text)", "\(text)b\(text)", text] {
                try expectRefused(
                    call.valid + ["a": value], call, normalizing: false, "\(Array(value.utf8))")
                guard text == "\0" else {
                    // Normalization removes them.
                    try expectSent(call.valid + ["a": value], call, last: value == text ? "" : "b")
                    continue
                }
                try expectRefused(
                    call.valid + ["a": value], call, normalizing: true, "\(Array(value.utf8))")
            }
        }
    }

    @Test(
        "§8.2.1: names with CR, LF, NUL, blanks or colons are refused or normalized",
        arguments: Call.allCases)
    func names(_ call: Call) throws {
        for text in [
            "\r", "\n", "\r\n", "\0", " ", "\t", ":", ": ", "\r\nb: c\r\nd", "\u{7f}", "é",
        ] {
            for name in ["a\(text)a", "a\(text)", "\(text)a", text] {
                let normalized = normalizedName(name)
                try expectRefused(
                    call.valid + [name: "b"], call, normalizing: false, "\(Array(name.utf8))")
                guard normalized == "a" else {
                    try expectRefused(
                        call.valid + [name: "b"], call, normalizing: true, "\(Array(name.utf8))")
                    continue
                }
                try expectSent(call.valid + [name: "b"], call, last: "b")
            }
        }
        for normalizing in [false, true] {
            try expectRefused(
                call.valid + ["": "b"], call, normalizing: normalizing, "no name")
        }
    }

    /// Returns a name after normalization.
    private func normalizedName(_ name: String) -> String {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]
        var bytes = Array(name.utf8)[...]
        while let first = bytes.first, blanks.contains(first) { bytes = bytes.dropFirst() }
        while let last = bytes.last, blanks.contains(last) { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("§8.2: uppercase is refused, or converted to lowercase", arguments: Call.allCases)
    func upperCase(_ call: Call) throws {
        try expectRefused(call.valid + ["A": "b"], call, normalizing: false, "A")
        try expectRefused(call.valid + ["aA": "b"], call, normalizing: false, "aA")
        try expectSent(call.valid + ["A": "b"], call, last: "b")
    }

    @Test("§8.3: additional pseudo-header fields are refused", arguments: Call.allCases)
    func pseudoHeaderFields(_ call: Call) throws {
        let names = [
            ":method", ":scheme", ":authority", ":path", ":status", ":protocol", ":evil", ":", "::",
            ":path ", " :path", ":PATH", ":path\r\n",
        ]
        for name in names {
            for normalizing in [false, true] {
                // After the others, where it is late or repeated, and before them.
                try expectRefused(
                    call.valid + [name: "/b"], call, normalizing: normalizing, "\(name) after")
                try expectRefused(
                    [name: "/b"] + call.valid, call, normalizing: normalizing, "\(name) before")
            }
        }
    }

    @Test(
        "§8.2.2: fields that frame a message in HTTP/1.1 are not sent", arguments: Call.allCases)
    func framing(_ call: Call) throws {
        for name in ["transfer-encoding", "Transfer-Encoding", "connection", "upgrade"] {
            try expectRefused(
                call.valid + [name: "chunked"], call, normalizing: false, name)
            let peer = try call.peer(configuration(call, normalizing: true))
            try call.send(call.valid + [name: "chunked"], peer.connection)
            let frame = try #require(peer.sent().first)
            let fields = peer.sentHeaders(of: frame)
            #expect(fields.count == call.valid.count, "\(name)")
        }
    }

    @Test(
        "cookies that are split at each `; ` are validated pair by pair", arguments: Call.allCases)
    func cookies(_ call: Call) throws {
        for value in ["a=b; c\r\nd: e; f", "a=b; \0; c", "a=b;\r\n c=d", "a=b; c\n=d; e=f"] {
            try expectRefused(
                call.valid + ["cookie": value], call, normalizing: true, "\(Array(value.utf8))")
        }
        for value in ["a=b; ", "; a=b", "a=b;  c=d", "; ; ", "a=b; c=d\n; e=f", "a=b; \r\n", ";"] {
            let peer = try call.peer(configuration(call, normalizing: true))
            let error = failure { () throws(H2Error) in
                try call.send(call.valid + ["cookie": value], peer.connection)
            }
            guard error == nil else {
                #expect(error?.facts == .local(.protocolViolation, on: call.stream))
                continue
            }
            try expectHarmless(peer)
        }
    }

    /// Expects that fields are sent in a valid form.
    private func expectSent(
        _ headers: H2Headers, _ call: Call, last: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let peer = try call.peer(configuration(call, normalizing: true))
        let error = failure { () throws(H2Error) in try call.send(headers, peer.connection) }
        #expect(error == nil, "\(headers)", sourceLocation: sourceLocation)
        let fields = try expectHarmless(peer, sourceLocation: sourceLocation)
        #expect(
            fields.last?.name == [0x61] && fields.last?.value == Array(last.utf8), "\(headers)",
            sourceLocation: sourceLocation)
    }

    /// Expects that the sent fields contain none of the forbidden bytes.
    @discardableResult
    private func expectHarmless(
        _ peer: Peer, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [HPACKDecoder.Field] {
        let frame = try #require(peer.sent().first, sourceLocation: sourceLocation)
        let fields = peer.sentHeaders(of: frame)
        for field in fields {
            let name = field.name.first == 0x3a ? field.name.dropFirst() : field.name[...]
            #expect(
                !name.isEmpty
                    && name.allSatisfy { 0x21...0x7e ~= $0 && $0 != 0x3a && !(0x41...0x5a ~= $0) },
                "\(field)", sourceLocation: sourceLocation)
            let ends = [field.value.first, field.value.last]
            #expect(
                !field.value.contains { [0x00, 0x0a, 0x0d].contains($0) }
                    && !ends.contains(0x20) && !ends.contains(0x09), "\(field)",
                sourceLocation: sourceLocation)
        }
        return fields
    }

    @Test("sending refuses exactly the fields that receiving refuses")
    func asStrictAsInbound() throws {
        let texts = [
            "\r", "\n", "\0", " ", "\t", ":", "A", "\u{7f}", "\u{80}", "é", ";", "=", "\u{b}",
        ]
        for kind in SectionKind.allCases {
            for text in texts {
                for place in 0..<3 {
                    let word = ["\(text)a", "a\(text)a", "a\(text)"][place]
                    for field in [H2Header(word, "v"), H2Header("n", word)] {
                        let headers = kind.valid + H2Headers([field])
                        let sender = try HeaderRuleProbe.sender(
                            of: kind,
                            H2Configuration(kind.sender).with {
                                $0.normalizeOutboundHeaders = false
                            })
                        let refusal = failure { () throws(H2Error) in
                            try HeaderRuleProbe.send(headers, kind, sender.connection)
                        }
                        let receiver = try HeaderRuleProbe.receiver(
                            of: kind, H2Configuration(kind.receiver).likeH2)
                        let result = receiver.receiveResult(
                            HeaderRuleProbe.frame(headers, kind, endStream: kind == .trailers))
                        #expect((refusal == nil) == (result.error == nil), "\(kind) \(field)")
                    }
                }
            }
        }
    }
}
