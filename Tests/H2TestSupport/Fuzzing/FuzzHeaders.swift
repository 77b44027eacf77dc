// SPDX-License-Identifier: MIT

package import H2

/// A field section that a fuzz input describes.
package struct FuzzHeaders {
    package enum Kind {
        case request, response, informational, trailers
    }

    package private(set) var headers: H2Headers
    /// Whether the section arrives unchanged, whether or not sections are normalized.
    package private(set) var isPlain = true

    private static let names = [
        "accept", "server", "x-a", "x-b", "content-type", "authorization", "x-long-name-of-a-field",
        "te",
    ]

    /// Creates a section with the pseudo-header fields of its kind and up to 7 other fields.
    package init(_ kind: Kind, _ input: inout FuzzInput) {
        headers = Self.start(kind, &input)
        let count = input.below(8)
        for _ in 0..<count { add(&input) }
    }

    private static func start(_ kind: Kind, _ input: inout FuzzInput) -> H2Headers {
        switch kind {
        case .request:
            switch input.below(8) {
            case 0: return .samplePost
            case 1:
                return [
                    ":method": "HEAD", ":scheme": "http", ":authority": "a.example", ":path": "/",
                ]
            case 2: return [":method": "CONNECT", ":authority": "a.example:443"]
            case 3:
                return [
                    ":method": "PUT", ":scheme": "https", ":authority": "a.example", ":path": "/b",
                ]
            case 4: return [":method": "OPTIONS", ":scheme": "https", ":path": "*", "host": "a"]
            default: return .sampleRequest
            }
        case .response:
            return [":status": input.pick(["200", "200", "204", "304", "404", "500"])]
        case .informational:
            return [":status": input.pick(["100", "103"])]
        case .trailers:
            return []
        }
    }

    private mutating func add(_ input: inout FuzzInput) {
        let choice = input.byte()
        switch choice >> 4 {
        case 0..<9:
            let value = "v\(choice & 0x3)"
            headers.append(
                Self.names[Int(choice & 0x7)], choice & 0x7 == 7 ? "trailers" : value,
                indexing: choice & 0x8 != 0 ? .never : .automatic)
        case 9:
            // Sizes near the limits of length encodings, compression tables and frames.
            let isLarge = input.byte() >= 0xf0
            let limits = isLarge ? [1_000, 4_040, 4_064, 4_097, 16_300, 16_384] : [100, 127, 128]
            let size = input.pick(limits) + Int(choice & 0xf)
            headers.append("x-size", String(repeating: "s", count: size))
        case 10: headers.append("x-\(choice & 0xf)", "")
        case 11:
            headers.append("cookie", "a=1; b=\(choice & 0x3)")
            isPlain = false
        case 12:
            headers.append(
                input.pick([
                    "Upper", "connection", "transfer-encoding", ":path", ":status", " space",
                    "content-length", "host", ":method", "keep-alive", "te", "set-cookie",
                ]), input.pick(["1", " a ", "close", "chunked", "200", "/", ""]))
            isPlain = false
        default:
            let name = input.take(Int(choice & 0xf))
            headers.append(name: name, value: input.take(input.below(32)))
            isPlain = false
        }
    }
}
