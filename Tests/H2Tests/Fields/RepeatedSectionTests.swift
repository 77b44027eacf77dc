// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Sections whose fields mostly equal those of the previous section on the connection.
@Suite struct RepeatedSectionTests {
    private struct Field {
        var name: String
        var value: String
        var indexing = HPACKEncoder.Indexing.without
    }

    private static let names = [
        ":method", ":scheme", ":path", ":authority", ":status", ":unknown", "host", "te", "cookie",
        "content-length", "connection", "authorization", "accept", "x-tenant", "Upper", "",
    ]
    private static let values = [
        "", "1", "2", "GET", "PUT", "HEAD", "200", "1024", "1025", "/a", "/b", "/ab", "trailers",
        " x", "x ", "x\u{b}", "a\nb", "a\0b", "a=b", "https://www.example.com/",
        "a value of more than thirty-two bytes, and one",
        "a value of more than thirty-two bytes, and two",
        "a value of more than thirty-two bytes, and\r\n2",
        String(repeating: "a long value ", count: 30) + "1",
        String(repeating: "a long value ", count: 30) + "2",
    ]
    private static let request = [
        Field(name: ":method", value: "GET"), Field(name: ":scheme", value: "https"),
        Field(name: ":authority", value: "a"), Field(name: ":path", value: "/a"),
        Field(name: "accept", value: "*/*"), Field(name: "cookie", value: "a=b"),
        Field(name: "x-tenant", value: "1"),
    ]

    private static func block(_ fields: [Field]) -> [UInt8] {
        var encoder = HPACKEncoder()
        for field in fields { encoder.literal(field.name, field.value, field.indexing) }
        return encoder.bytes
    }

    private static func text(_ headers: H2Headers) -> String {
        headers.map { "\($0.nameBytes) \($0.valueBytes) \($0.indexing) \($0.fieldName)" }
            .joined(separator: "\n")
    }

    /// Returns what a server reports and sends when it receives these fields as a request or, after
    /// another request, as trailers; and the section that it reports.
    private func receive(
        _ fields: [Field], on stream: UInt32, by peer: Peer, asTrailers: Bool = false
    ) throws -> (report: String, headers: H2Headers?) {
        if asTrailers {
            let request = Self.request.filter { $0.name != "cookie" }
            try peer.receive(FrameBuilder.headers(stream, block: Self.block(request)))
        }
        let (events, error) = peer.receiveResult(
            FrameBuilder.headers(stream, block: Self.block(fields), endStream: true))
        var report = error.map { "\($0)" } ?? ""
        var headers: H2Headers?
        for event in events {
            switch event {
            case .requestReceived(let request): headers = request.headers
            case .trailersReceived(let trailers): headers = trailers.headers
            default: report += "\n\(event)"
            }
        }
        if let headers {
            report += "\n" + Self.text(headers)
            try peer.connection.sendHeaders(
                [(.status, "200")], on: H2StreamID(stream), endStream: true)
        }
        return (report + peer.sent().map { "\n\($0)" }.joined(), headers)
    }

    private static func change(_ fields: inout [Field], _ random: inout SplitMix) {
        let index = fields.isEmpty ? 0 : random.below(fields.count)
        switch random.below(10) {
        case 0: fields = request
        case 1 where !fields.isEmpty: fields.remove(at: index)
        case 2:
            let indexing = random.pick([HPACKEncoder.Indexing.without, .never])
            fields.insert(
                Field(name: random.pick(names), value: random.pick(values), indexing: indexing),
                at: index)
        case 3 where !fields.isEmpty: fields.swapAt(index, fields.count - 1)
        case 4 where !fields.isEmpty: fields[index].indexing = random.pick([.without, .never])
        case 5 where !fields.isEmpty: fields.removeLast()
        case 6...8 where !fields.isEmpty:
            fields[index].value = random.pick(values)
            if random.chance(30) { fields[random.below(fields.count)].value = random.pick(values) }
        default: break
        }
    }

    @Test(
        "the outcome of a section does not depend on the previous section",
        arguments: 0..<48)
    func model(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var configuration = H2Configuration.server
        configuration.normalizeInboundHeaders = random.chance(50)
        configuration.validateInboundHeaders = random.chance(70)
        configuration.limits.provokedResets = .unlimited
        configuration.limits.headerFields = random.pick([9, 1_200])
        configuration.limits.headerListSize = random.pick([700, 131_072])
        let peer = try Peer(configuration, policies: .asConfigured)
        var fields = Self.request
        var held: [(headers: H2Headers, text: String)] = []
        let holds = random.pick([0, 20, 100])
        for number in 0..<120 {
            Self.change(&fields, &random)
            let stream = UInt32(number * 2 + 1)
            let asTrailers = random.chance(30)
            if asTrailers, random.chance(50) { fields.removeAll { $0.name.hasPrefix(":") } }
            let (report, headers) = try receive(
                fields, on: stream, by: peer, asTrailers: asTrailers)
            let fresh = try Peer(configuration, policies: .asConfigured)
            let expected = try receive(fields, on: stream, by: fresh, asTrailers: asTrailers)
            #expect(report == expected.report)
            #expect(headers == expected.headers)
            // A section that the caller holds must never change.
            if let headers, random.chance(holds) { held.append((headers, Self.text(headers))) }
            if held.count > 3 { held.removeFirst() }
            for (headers, text) in held { #expect(Self.text(headers) == text) }
            if peer.connection.connectionState == .closed { break }
        }
    }

    @Test("a request that repeats the previous one shares its storage")
    func shared() throws {
        let peer = try Peer(.server)
        var first: H2Headers?
        for stream: UInt32 in [1, 3, 5] {
            let fields = Self.request.filter { $0.name != "cookie" }
            let headers = try #require(try receive(fields, on: stream, by: peer).headers)
            let previous = first ?? headers
            let (a, b) = (previous[0].nameBytes, headers[0].nameBytes)
            #expect(
                unsafe a.withUnsafeBytes { $0.baseAddress } == b.withUnsafeBytes { $0.baseAddress })
            first = previous
        }
    }

    @Test("a section that repeats a discarded one is validated")
    func afterDiscarded() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        try peer.receive(FrameBuilder.headers(1, block: Self.block(Self.request)))
        var fields = Self.request
        fields[4].value = "a\nb"
        try peer.receive(
            FrameBuilder.headers(
                1, block: Self.block(fields), endStream: true, endHeaders: false))
        // The rest of the block arrives on a stream that no longer exists.
        try peer.connection.resetStream(1)
        try peer.receive(FrameBuilder.continuation(1, block: []))
        let (report, headers) = try receive(fields, on: 3, by: peer)
        #expect(headers == nil)
        #expect(report.contains("RST_STREAM"))
    }

    @Test("a section after one whose first field was its cookie has no other size")
    func afterMovedCookie() throws {
        var configuration = H2Configuration.server
        configuration.limits.headerListSize = 2_000
        let peer = try Peer(configuration, policies: .asConfigured)
        let cookie = Field(name: "cookie", value: String(repeating: "c", count: 700))
        let first = try receive(
            [cookie, Field(name: "x", value: "1")], on: 1, by: peer, asTrailers: true)
        #expect(first.headers?.count == 2)
        let fields =
            Self.request.filter { $0.name != "cookie" }
            + [Field(name: "x", value: String(repeating: "v", count: 1_400))]
        let second = try #require(try receive(fields, on: 3, by: peer).headers)
        #expect(second == H2Headers(fields.map { ($0.name, $0.value) }))
        #expect(peer.connection.usage.headerListSize < 2_000)
    }

    @Test(
        "empty trailers that the caller holds keep no storage alive",
        .enabled(if: Allocations.canBeCounted))
    func emptySections() throws {
        let peer = try Peer(.server)
        var held: [H2Headers] = []
        held.reserveCapacity(64)
        let meter = MemoryMeter()
        for number in 0..<64 {
            let stream = UInt32(number * 2 + 1)
            try meter.measure {
                let headers = try receive([], on: stream, by: peer, asTrailers: true).headers
                held.append(headers ?? [("x", "no trailers")])
            }
        }
        #expect(held.allSatisfy { $0.isEmpty })
        // The storage of 64 sections would be 100 kB.
        #expect(meter.held < 65_536)
    }
}
