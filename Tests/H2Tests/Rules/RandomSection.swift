// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// A random header section, and the switches of the connection that sends or receives it. The same
/// number yields the same section here and in Tests/Fixtures/header_verdicts.py.
struct RandomSection {
    enum Kind: CaseIterable { case request, response, trailers, promise }

    struct Field {
        var name: [UInt8]
        var value: [UInt8]
        var isNeverIndexed = false

        init(_ name: String, _ value: String) {
            self.name = Array(name.utf8)
            self.value = Array(value.utf8)
        }
    }

    let kind: Kind
    /// Whether the connection sends the section rather than receives it.
    let isSent: Bool
    let validates: Bool
    let normalizes: Bool
    let splits: Bool
    private(set) var fields: [Field]

    init(_ number: Int) {
        var random = SplitMix(seed: UInt64(number))
        kind = Kind.allCases[random.remainder(4)]
        isSent = random.remainder(2) == 1
        validates = random.remainder(4) != 0
        normalizes = random.remainder(4) != 0
        splits = random.remainder(2) == 1
        let templates =
            switch kind {
            case .request, .promise: Self.requests
            case .response: Self.responses
            case .trailers: Self.trailers
            }
        fields = templates[random.remainder(templates.count)].map { Field($0, $1) }
        for _ in 0..<random.remainder(4) { mutate(&random) }
    }

    private mutating func mutate(_ random: inout SplitMix) {
        let action = random.remainder(8)
        let one = random.remainder(fields.count)
        let other = random.remainder(fields.count)
        switch action {
        case 0:
            if fields.count > 1 { fields.remove(at: one) }
        case 1:
            fields.insert(fields[one], at: other)
        case 2:
            fields.swapAt(one, other)
        case 3, 4:
            let (name, value) = Self.pool[random.remainder(Self.pool.count)]
            fields.insert(Field(name, value), at: one + random.remainder(2))
        case 5:
            Self.replace(in: &fields[one].name, &random)
        case 6:
            Self.replace(in: &fields[one].value, &random)
        default:
            fields[one].isNeverIndexed.toggle()
        }
    }

    private static func replace(in text: inout [UInt8], _ random: inout SplitMix) {
        let place = random.remainder(text.count + 1)
        let byte =
            random.remainder(2) == 1
            ? bytes[random.remainder(bytes.count)]
            : UInt8(truncatingIfNeeded: random.remainder(256))
        text.replaceSubrange(place..<min(place + 1, text.count), with: [byte])
    }

    /// The configuration of the connection that sends or receives the section.
    func configuration(_ role: H2Configuration.Role) -> H2Configuration {
        var configuration = H2Configuration(role)
        configuration.validateInboundHeaders = validates
        configuration.validateOutboundHeaders = validates
        configuration.normalizeInboundHeaders = normalizes
        configuration.normalizeOutboundHeaders = normalizes
        configuration.splitOutboundCookies = splits
        return configuration
    }

    var headers: H2Headers {
        var headers = H2Headers()
        for field in fields {
            headers.append(
                name: field.name, value: field.value,
                indexing: field.isNeverIndexed ? .never : .automatic)
        }
        return headers
    }

    private typealias Template = KeyValuePairs<String, String>

    private static let requests: [Template] = [
        [":method": "GET", ":scheme": "https", ":authority": "example.com", ":path": "/"],
        [
            ":method": "POST", ":scheme": "https", ":authority": "example.com", ":path": "/",
            "content-length": "5", "cookie": "a=b", "cookie": "c=d",
        ],
        [":method": "CONNECT", ":authority": "example.com"],
        [
            ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": "/",
            ":authority": "example.com",
        ],
        [":method": "GET", ":scheme": "https", ":path": "/", "host": "example.com"],
        [
            ":method": "HEAD", ":scheme": "https", ":authority": "example.com", ":path": "/",
            "authorization": "Basic x", "user-agent": "a-name-that-takes-more-than-sixteen-bytes",
        ],
    ]

    private static let responses: [Template] = [
        [":status": "200", "server": "sample"],
        [":status": "103", "link": "</style.css>; rel=preload"],
        [
            ":status": "204",
            "x-a-name-of-thirty-two-characters": "a value that has 32 characters..",
        ],
        [":status": "200", "set-cookie": "a=b", "content-length": "0"],
    ]

    private static let trailers: [Template] = [
        ["checksum": "0"],
        ["grpc-status": "0", "grpc-message": "all is well", "cookie": "a=b"],
    ]

    private static let pool: [(String, String)] = [
        ("te", "trailers"), ("te", "gzip"), ("te", "Trailers"), ("TE", "trailers"),
        ("connection", "close"), ("Connection", "close"), ("keep-alive", "1"),
        ("proxy-connection", "x"), ("transfer-encoding", "chunked"), ("upgrade", "h2c"),
        ("host", "example.com"), ("host", "other.example"), ("HOST", "example.com"),
        ("cookie", "a=b"), ("cookie", "a=b; c=d"), ("cookie", "a=b;c=d; "), ("cookie", ""),
        ("cookie", "at-least-twenty-bytes=1"), ("Cookie", "a=b; c=d; e=f"),
        ("authorization", "Basic x"), ("Authorization", "Basic x"),
        ("proxy-authorization", "Basic y"),
        ("content-length", "5"), ("content-length", "6"), ("content-length", "05"),
        ("content-length", "+5"), ("content-length", "abc"),
        (":path", "/"), (":path", ""), (":path", "*"), (":Path", "/"), (":method", "GET"),
        (":method", "CONNECT"), (":scheme", "https"), (":authority", "example.com"),
        (":authority", ""), (":status", "200"), (":status", ""), (":protocol", "websocket"),
        (":custom", "x"), (":", "x"), ("", "x"), ("x-upper-Case", "x"), ("x-a", "a"),
        ("x-b", " b\t"), ("x-c", "\n"), (" te", "gzip"), ("x-d ", "d"), ("x-e:", "e"),
    ]

    private static let bytes: [UInt8] = [
        0x00, 0x09, 0x0a, 0x0d, 0x1f, 0x20, 0x21, 0x3a, 0x40, 0x41, 0x5a, 0x5b, 0x61, 0x7e, 0x7f,
        0x80, 0xff,
    ]
}

extension SplitMix {
    /// Returns a number below the limit, by a method that is easy to repeat in other languages.
    fileprivate mutating func remainder(_ limit: Int) -> Int {
        Int(truncatingIfNeeded: next() % UInt64(limit))
    }
}
