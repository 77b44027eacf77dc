// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Normalization of sent header sections: lowercase names, no surrounding whitespace, no
/// connection-specific fields, and secrets kept out of compression tables.
@Suite struct OutboundNormalizationTests {
    private func sent(
        _ headers: H2Headers, _ kind: SectionKind = .request,
        _ configure: (inout H2Configuration) -> Void = { _ in }
    ) throws -> [HPACKDecoder.Field] {
        var configuration = H2Configuration(kind.sender)
        configure(&configuration)
        let peer = try HeaderRuleProbe.sender(of: kind, configuration)
        try HeaderRuleProbe.send(headers, kind, peer.connection)
        let frame = try #require(peer.sent().first)
        return peer.sentHeaders(of: frame)
    }

    private func regular(_ fields: H2Headers) throws -> [HPACKDecoder.Field] {
        Array(try sent(.sampleRequest + fields).dropFirst(4))
    }

    @Test("§8.2: names \"MUST be converted to lowercase\", and only the letters A to Z are")
    func lowerCase() throws {
        let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        let found = try regular([upper: "VALUE", "x-MiXeD-01": "X", "x@[`{": "y"])
        #expect(
            found == [
                HPACKDecoder.Field("abcdefghijklmnopqrstuvwxyz", "VALUE"),
                HPACKDecoder.Field("x-mixed-01", "X"), HPACKDecoder.Field("x@[`{", "y"),
            ])
        let pseudo = try sent([
            ":METHOD": "GET", ":Scheme": "https", ":Authority": "Example.com", ":PATH": "/Path",
        ])
        #expect(
            pseudo == [
                HPACKDecoder.Field(":method", "GET"), HPACKDecoder.Field(":scheme", "https"),
                HPACKDecoder.Field(":authority", "Example.com"),
                HPACKDecoder.Field(":path", "/Path"),
            ])
    }

    @Test("§8.2.1: whitespace around names and values is removed; inner whitespace stays")
    func stripping() throws {
        let found = try regular([
            " a": "1", "b\t": "2", "c": "  3", "d": "4\t\n", "e": "\r\u{0b}\u{0c}5 5 ", "f": " \t ",
            "g": "\u{a0}6",
        ])
        #expect(
            found == [
                HPACKDecoder.Field("a", "1"), HPACKDecoder.Field("b", "2"),
                HPACKDecoder.Field("c", "3"), HPACKDecoder.Field("d", "4"),
                HPACKDecoder.Field("e", "5 5"), HPACKDecoder.Field("f", ""),
                HPACKDecoder.Field("g", "\u{a0}6"),
            ])
    }

    @Test("§8.2.2: connection-specific fields are removed, regardless of case and whitespace")
    func connectionSpecific() throws {
        let found = try regular([
            "Connection": "close", "a": "1", "proxy-connection": "x", "KEEP-ALIVE": "1",
            " upgrade ": "h2c", "Transfer-Encoding": "chunked", "b": "2",
        ])
        #expect(found == [HPACKDecoder.Field("a", "1"), HPACKDecoder.Field("b", "2")])
        // `te` is not removed: an invalid value is refused.
        try HeaderRuleProbe.expectNotSent(.sampleRequest + ["TE": "gzip"], .request) { _ in }
    }

    @Test("fields are validated after normalization: what it cannot repair is refused")
    func validatedAfterward() throws {
        for fields: H2Headers in [
            ["Host": "other"], ["a b": "x"], ["a:": "x"], ["a": "x\ny"], [" ": "x"], [":X": "y"],
        ] {
            try HeaderRuleProbe.expectNotSent(.sampleRequest + fields, .request) { _ in }
        }
    }

    @Test(
        "every kind of section is normalized: requests, responses, trailers, promises",
        arguments: SectionKind.allCases)
    func everySection(kind: SectionKind) throws {
        let fields: H2Headers = ["X-A ": " 1 ", "Connection": "x", "Cookie": "a"]
        let found = try sent(kind.valid + fields, kind)
        #expect(
            found.suffix(2) == [
                HPACKDecoder.Field("x-a", "1"),
                HPACKDecoder.Field("cookie", "a", neverIndexed: true),
            ])
        #expect(found.count == kind.valid.count + 2)
    }

    @Test("RFC 7541 §7.1.3: credentials and short cookies are never indexed, regardless of case")
    func secrets() throws {
        let long = String(repeating: "x", count: 20)
        let found = try regular([
            "authorization": "Basic \(long)", "Proxy-Authorization": "b", "cookie": "a",
            "Cookie": long, "authorizatio": "d", "x-authorization": "e",
        ])
        #expect(found.map(\.neverIndexed) == [true, true, true, false, false, false])
    }

    @Test("RFC 7541 §6.2.3: a never-indexed field has the pattern 0001 on the wire, each time")
    func neverIndexedBytes() throws {
        let peer = try Peer(.client)
        for stream: H2StreamID in [1, 3] {
            try peer.connection.sendHeaders(
                .sampleRequest + ["proxy-authorization": "b"], on: stream)
            let block = try #require(peer.sent().first?.fieldBlock)
            // The last field: its name is entry 49 of the static table, and its value is 1 byte,
            // which Huffman coding does not shorten.
            #expect(Array(block.suffix(4)) == [0x1f, 49 - 15, 0x01, 0x62])
        }
        #expect(!peer.decoder.table.contains { $0.value == Array("b".utf8) })
    }

    @Test("a field marked never-indexed stays so, even if the static table contains it")
    func marked() throws {
        var headers = H2Headers()
        for field in H2Headers.sampleRequest {
            headers.append(field.name, field.value, indexing: .never)
        }
        headers.append("x-token", "1", indexing: .never)
        headers.append("X-Token", " 2 ", indexing: .never)
        let found = try sent(headers)
        #expect(found.allSatisfy(\.neverIndexed) && found.count == 6)
        let unnormalized = try sent(H2Headers(headers.prefix(5))) {
            $0.normalizeOutboundHeaders = false
        }
        #expect(unnormalized.allSatisfy(\.neverIndexed) && unnormalized.count == 5)
    }

    @Test("a section that is already normalized is sent unchanged", arguments: SectionKind.allCases)
    func nothingToDo(kind: SectionKind) throws {
        let headers = kind.valid + ["x-a": "1", "x-b": "", "x-c": "a; b"]
        try HeaderRuleProbe.expectSent(headers, kind) { _ in }
    }

    @Test("normalizing a field at any position changes only that field")
    func anyPlace() throws {
        let base = (0..<20).map { H2Header("x-\($0)", "v\($0)") }
        for place in base.indices {
            var fields = base
            fields[place] = H2Header("X-\(place)", " v\(place)\t")
            let found = try regular(H2Headers(fields))
            #expect(found == base.map { HPACKDecoder.Field($0.name, $0.value) })
        }
    }
}
