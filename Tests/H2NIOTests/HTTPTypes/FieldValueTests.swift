// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import HTTPTypes
import Testing

/// Values keep their bytes, and random sections survive a round trip.
@Suite struct FieldValueTests {
    private func bytes(_ field: HTTPField) -> [UInt8] {
        unsafe field.withUnsafeBytesOfValue { unsafe Array($0) }
    }

    /// A section with values of any bytes, as a connection without validation receives it.
    private func received(
        _ fields: [(name: [UInt8], value: [UInt8])], by role: H2Configuration.Role = .server
    ) throws -> H2Headers {
        var configuration = H2Configuration(role)
        configuration.validateInboundHeaders = false
        configuration.normalizeInboundHeaders = false
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        if role == .client {
            try connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        }
        let events = try connection.receiveData(
            (role == .server ? FrameBuilder.preface() : []) + FrameBuilder.settings()
                + FrameBuilder.split(
                    1, block: HPACKEncoder.block(bytes: fields), every: 16_000, endStream: true)
        )
        for event in events {
            switch event {
            case .requestReceived(let request): return request.headers
            case .responseReceived(let response): return response.headers
            default: break
            }
        }
        throw NotReceived()
    }

    private struct NotReceived: Error {}

    @Test("values that are not ASCII, or not UTF-8, keep their bytes")
    func anyBytes() throws {
        let values: [[UInt8]] = [
            Array("é".utf8), Array("日本語 text".utf8), [0xe9], [0xff, 0xfe, 0x80],
            Array("abc".utf8) + [0xc3], [0x61, 0xcc, 0x81], Array("tab\tin".utf8), [0x80],
            [0x61, 0x80, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69],
        ]
        for value in values {
            let headers = try received([
                (Array(":method".utf8), Array("GET".utf8)), ([0x61], value),
            ])
            let request = try HTTPRequest(headers)
            #expect(request.headerFields.map(bytes) == [value])
            #expect(H2Headers(request) == headers)
        }
    }

    @Test("white space and control characters are kept; NUL, CR and LF are errors")
    func eachByte() throws {
        for byte in UInt8.min...UInt8.max {
            for value in [[byte], [byte, 0x61], [0x61, byte], [0x61, byte, 0x62]] {
                let headers = try received([
                    (Array(":method".utf8), Array("GET".utf8)), ([0x61], value),
                ])
                guard ![0, 10, 13].contains(byte) else {
                    #expect(throws: H2ConversionError.self) { try HTTPRequest(headers) }
                    continue
                }
                let request = try HTTPRequest(headers)
                #expect(request.headerFields.map(bytes) == [value], "\(value)")
                #expect(H2Headers(request) == headers)
            }
        }
    }

    @Test("each byte at each place of a value of 8 to 17 bytes is kept")
    func eachPlace() throws {
        for count in [8, 9, 15, 16, 17] {
            for place in 0..<count {
                for byte: UInt8 in [0x1f, 0x20, 0x21, 0x7e, 0x7f, 0x80, 0xff, 0x01, 0x09] {
                    var value = [UInt8](repeating: 0x61, count: count)
                    value[place] = byte
                    let headers = try received([
                        (Array(":method".utf8), Array("GET".utf8)), ([0x61], value),
                    ])
                    let request = try HTTPRequest(headers)
                    #expect(request.headerFields.map(bytes) == [value])
                }
            }
        }
    }

    @Test("a method, a path and a status of any bytes do not trap")
    func pseudoBytes() throws {
        let method = (name: Array(":method".utf8), value: Array("GET".utf8))
        var count = 0
        for byte in UInt8.min...UInt8.max {
            for value in [[byte], [0x32, byte, 0x30], [byte, byte, byte], [0x47, byte]] {
                for name in [":method", ":path", ":status", ":authority", ":protocol"] {
                    let field = (name: Array(name.utf8), value: value)
                    for role in [H2Configuration.Role.server, .client] {
                        guard let headers = try? received([field], by: role) else { continue }
                        count += 1
                        _ = try? HTTPRequest(headers)
                        _ = try? HTTPResponse(headers)
                        _ = try? HTTPFields(headers)
                    }
                    guard let both = try? received([method, field]),
                        let request = try? HTTPRequest(both)
                    else { continue }
                    #expect(Set(H2Headers(request)) == Set(both))
                }
            }
        }
        // The connection accepts this many sections without validation.
        #expect(count > 1_000)
    }

    @Test("names of any received bytes do not trap")
    func nameBytes() throws {
        for byte in UInt8.min...UInt8.max {
            for name in [[byte], [0x61, byte], [0x3a, byte], [byte, byte, 0x61]] {
                guard let headers = try? received([(name, [0x61])]) else { continue }
                _ = try? HTTPRequest(headers)
                _ = try? HTTPResponse(headers)
                _ = try? HTTPFields(headers)
            }
        }
    }

    // MARK: Random sections

    private static let names = [
        "accept", "cookie", "content-length", "x-a", "x-long-name-of-a-field", "te", "a", "~",
        "set-cookie", "authorization", "date", "1", "via",
    ]

    private func randomFields(_ random: inout SplitMix) -> [H2Header] {
        (0..<random.below(20)).map { _ in
            let count = random.below(random.chance(10) ? 300 : 20)
            let text = (0..<count).map { _ in
                random.chance(5)
                    ? random.pick(["é", "\t", "日", "\u{1}", "\u{7f}", "🙂"])
                    : String(UnicodeScalar(UInt8(0x20 + random.below(0x5f))))
            }.joined()
            return H2Header(
                random.pick(Self.names), text, indexing: random.chance(20) ? .never : .automatic
            )
        }
    }

    @Test("random requests, responses and trailers are the same after a round trip")
    func roundTrips() throws {
        var random = SplitMix(seed: 20_261_130)
        for _ in 0..<2_000 {
            let fields = randomFields(&random)
            let pseudo = [
                H2Header(":method", random.pick(["GET", "POST", "X"])),
                H2Header(":scheme", random.pick(["http", "https", "a+b"])),
                H2Header(":authority", random.pick(["a", "example.com:1", ""])),
                H2Header(":path", random.pick(["/", "*", "/é?x y"]), indexing: .never),
                H2Header(":protocol", "websocket"),
            ].filter { $0.name == ":method" || random.chance(70) }
            let request = H2Headers(pseudo + fields)
            #expect(H2Headers(try HTTPRequest(request)) == request)
            let status = H2Header(":status", "\(100 + random.below(900))")
            let response = H2Headers([status] + fields)
            #expect(H2Headers(try HTTPResponse(response)) == response)
            let trailers = H2Headers(fields)
            #expect(H2Headers(try HTTPFields(trailers)) == trailers)
        }
    }

    @Test("random HTTPFields are the same after a round trip")
    func httpFields() throws {
        var random = SplitMix(seed: 7)
        for _ in 0..<500 {
            var fields = HTTPFields()
            for header in randomFields(&random) {
                guard let name = HTTPField.Name(header.name) else { continue }
                var field = HTTPField(name: name, value: header.value)
                if header.indexing == .never { field.indexingStrategy = .disallow }
                fields.append(field)
            }
            let back = try HTTPFields(H2Headers(fields))
            #expect(back == fields)
            #expect(back.map(\.indexingStrategy) == fields.map(\.indexingStrategy))
        }
    }
}
#endif
