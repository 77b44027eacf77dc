// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Sections that the C ABI creates from borrowed field lines.
@Suite struct SectionCacheTests {
    private typealias Field = (name: String, value: String, isNeverIndexed: Bool)

    private static let names = [
        ":method", ":scheme", ":path", ":authority", ":status", "host", "te", "cookie",
        "content-length", "connection", "authorization", "accept", "x-tenant", "Upper", "",
    ]
    private static let values = [
        "", "1", "2", "GET", "PUT", "200", "201", "1024", "1025", "/a", "/b", "trailers", " x",
        "x ",
        "a\nb", "a\0b", "https://www.example.com/", "https://www.example.org/",
        "a value of more than thirty-two bytes, and one",
        "a value of more than thirty-two bytes, and two",
        "a value of more than thirty-two bytes, and\r\n2",
    ]

    /// Returns the section that the cache creates from these fields.
    ///
    /// - Parameter lastFlags: The flags of the last field line, if they are not valid.
    private func section(
        _ fields: [Field], _ cache: inout SectionCache, lastFlags: UInt32? = nil
    ) throws -> H2Headers {
        // The borrowed field lines are freed before the cache creates the next section.
        let source = Self.fresh(fields)
        return try unsafe withUnsafeTemporaryAllocation(
            of: BorrowedField.self, capacity: source.count
        ) { list in
            guard let start = list.baseAddress else { return H2Headers() }
            unsafe source.list(borrowed: start)
            if let lastFlags { unsafe list[list.count - 1].flags = lastFlags }
            return try unsafe cache.section(copying: UnsafeBufferPointer(list), limit: 1 << 20)
        }
    }

    /// Returns a new section with these fields.
    private static func fresh(_ fields: [Field]) -> H2Headers {
        var fresh = H2Headers()
        for field in fields {
            fresh.append(
                field.name, field.value, indexing: field.isNeverIndexed ? .never : .automatic)
        }
        return fresh
    }

    /// Returns a description of the bytes or the error that results from sending a section as a
    /// request.
    private static func result(ofSending headers: H2Headers, normalized: Bool) -> String {
        do throws(H2Error) {
            let client = H2Connection(
                H2Configuration.client.with { $0.normalizeOutboundHeaders = normalized })
            try client.initiateConnection()
            client.clearOutboundDataBuffer()
            try client.sendHeaders(headers, on: 1)
            return "\(client.dataToSend())"
        } catch {
            return "\(error)"
        }
    }

    private func expectEqual(_ made: H2Headers, _ fields: [Field]) {
        let fresh = Self.fresh(fields)
        #expect(made == fresh)
        #expect(made.map(\.fieldName) == fresh.map(\.fieldName))
        // The facts about a section determine whether and how it is sent.
        for normalized in [false, true] {
            #expect(
                Self.result(ofSending: made, normalized: normalized)
                    == Self.result(ofSending: fresh, normalized: normalized))
        }
    }

    @Test(
        "a section from the cache equals a new one, whatever the cache contained",
        arguments: 0..<40)
    func model(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var cache = SectionCache()
        var fields: [Field] = []
        var held: [(H2Headers, [Field])] = []
        for _ in 0..<60 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                fields = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                    (
                        Self.names.randomElement(using: &random) ?? "",
                        Self.values.randomElement(using: &random) ?? "",
                        Bool.random(using: &random)
                    )
                }
            case 1 where !fields.isEmpty: fields.removeLast()
            case 2: fields.append(("x-tenant", "1", false))
            case _ where !fields.isEmpty:
                // A random value of the same length.
                let index = Int.random(in: 0..<fields.count, using: &random)
                let old = fields[index].value
                let same = Self.values.filter { $0.utf8.count == old.utf8.count }
                fields[index].value = same.randomElement(using: &random) ?? old
            default: break
            }
            // A call that throws must not affect the next one.
            if !fields.isEmpty, random.chance(15) {
                #expect(throws: H2Error.self) { try section(fields, &cache, lastFlags: 2) }
            }
            let made = try section(fields, &cache)
            expectEqual(made, fields)
            // A section that the caller holds must never change.
            if Int.random(in: 0..<4, using: &random) == 0 { held.append((made, fields)) }
            if held.count > 4 { held.removeFirst() }
            for (section, fields) in held { expectEqual(section, fields) }
        }
    }

    @Test("a path of the same length replaces the old one in place")
    func inPlace() throws {
        var cache = SectionCache()
        var fields: [Field] = [
            (":method", "GET", false), (":path", "/a", false), ("accept", "*/*", false),
        ]
        func address(_ headers: H2Headers) -> UnsafeRawPointer? {
            unsafe headers[1].valueBytes.withUnsafeBytes { $0.baseAddress }
        }
        let first = unsafe try address(section(fields, &cache))
        fields[1].value = "/b"
        let second = try section(fields, &cache)
        #expect(unsafe address(second) == first)
        #expect(second[.path] == "/b")
        fields[1].value = "/\n"
        let third = try section(fields, &cache)
        #expect(second[.path] == "/b")
        expectEqual(third, fields)
        fields[1].value = "/c"
        try expectEqual(section(fields, &cache), fields)
    }

    @Test("after a call that throws, the cache has no value that the call wrote")
    func misuse() throws {
        var cache = SectionCache()
        var fields: [Field] = [
            (":method", "GET", false), (":scheme", "https", false), (":path", "/a", false),
            (":authority", "b", false), ("x-tenant", "bb", false),
        ]
        _ = try section(fields, &cache)
        fields[4].value = " b"
        fields.append(("accept", "*/*", false))
        _ = try section(fields, &cache)
        for value in ["bb", " b", "bb", "b\n"] {
            fields[4].value = value
            #expect(throws: H2Error.self) { try section(fields, &cache, lastFlags: 2) }
            try expectEqual(section(fields, &cache), fields)
        }
    }
}
