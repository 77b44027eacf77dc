// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Edits of a header section, compared with the same edits of an array of fields.
@Suite struct HeaderEditingTests {
    private typealias Field = H2Header

    private static func fields(_ count: Int) -> H2Headers {
        H2Headers((0..<count).map { ("x-field-\($0)", "value \($0)") })
    }

    // MARK: The subscript

    @Test("setting a value replaces the first field of that name and removes further ones")
    func replaces() {
        var headers: H2Headers = [
            (":path", "/"), ("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"), ("a", "5"),
        ]
        headers["a"] = "a longer value than before"
        #expect(
            headers == [
                (":path", "/"), ("a", "a longer value than before"), ("b", "2"), ("c", "4"),
            ])
        headers["a"] = ""
        #expect(headers.map(\.name) == [":path", "a", "b", "c"])
        #expect(headers["a"] == "")
        headers[":path"] = "/other"
        #expect(headers.first == H2Header(":path", "/other"))
    }

    @Test("setting a value appends a field if there is none of that name")
    func appends() {
        var headers = H2Headers()
        headers["content-type"] = "x"
        #expect(headers == [("content-type", "x")])
        headers["b"] = "y"
        #expect(headers.map(\.name) == ["content-type", "b"])
    }

    @Test("setting nil removes all fields of that name", arguments: ["a", "b", "missing"])
    func removesAll(_ name: String) {
        let before: H2Headers = [("a", "1"), ("b", "2"), ("a", "3"), ("a", "5")]
        var headers = before
        headers[name] = nil
        #expect(headers == H2Headers(before.filter { $0.name != name }))
        #expect(headers[name] == nil && headers[all: name] == [])
    }

    @Test("an inserted field without name and value stays when the others are removed")
    func emptyField() {
        var headers: H2Headers = [("a", "1")]
        headers.insert(H2Header("", ""), at: 0)
        headers.append("b", "2")
        headers.removeSubrange(1..<3)
        #expect(headers[0].nameBytes.isEmpty && headers[0].valueBytes.isEmpty)
        #expect(Array(headers[0].valueBytes) == [])
        headers.append("c", "3")
        #expect(headers == [("", ""), ("c", "3")])
    }

    @Test("a replaced field keeps its indexing")
    func keepsIndexing() {
        var headers: H2Headers = [("a", "1")]
        headers.append("token", "secret", indexing: .never)
        headers["token"] = "other"
        headers["a"] = "2"
        #expect(headers.map(\.indexing) == [.automatic, .never])
    }

    @Test("a copy does not change with its original")
    func copies() {
        let original = Self.fields(20)
        let expected = Array(original)
        for index in 0..<20 {
            var copy = original
            copy.remove(at: index)
            copy["x-field-19"] = "changed"
            copy.insert(H2Header("new", "field"), at: 0)
            #expect(Array(original) == expected)
        }
    }

    // MARK: Any change

    @Test("random changes have the same result as on an array", arguments: 0..<20)
    func randomChanges(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let names = [
            ":method", ":path", ":status", "cookie", "host", "content-length", "te", "x", "y",
            "connection", "x-bad ", "authorization",
        ]
        func field() -> H2Header {
            let value = String(repeating: "v", count: Int.random(in: 0...40, using: &random))
            return H2Header(
                names.randomElement(using: &random) ?? "",
                Bool.random(using: &random) ? value : " \(value)",
                indexing: Bool.random(using: &random) ? .never : .automatic)
        }
        var headers = H2Headers()
        var model: [H2Header] = []
        var held: (H2Headers, [H2Header]) = ([], [])
        for _ in 0..<300 {
            let lower = Int.random(in: 0...model.count, using: &random)
            let upper = Int.random(in: lower...model.count, using: &random)
            switch Int.random(in: 0..<9, using: &random) {
            case 0 where !model.isEmpty:
                let index = Int.random(in: 0..<model.count, using: &random)
                #expect(headers.remove(at: index) == model.remove(at: index))
            case 1:
                headers.removeSubrange(lower..<min(upper, lower + 3))
                model.removeSubrange(lower..<min(upper, lower + 3))
            case 2:
                let new = (0..<Int.random(in: 0...4, using: &random)).map { _ in field() }
                headers.replaceSubrange(lower..<min(upper, lower + 2), with: new)
                model.replaceSubrange(lower..<min(upper, lower + 2), with: new)
            case 3:
                let own = headers[lower..<min(upper, lower + 3)]
                headers.append(contentsOf: own)
                model.append(contentsOf: model[lower..<min(upper, lower + 3)])
            case 4:
                let name = names.randomElement(using: &random) ?? ""
                headers.removeAll { $0.name == name }
                model.removeAll { $0.name == name }
            case 5:
                let new = H2Headers([field(), field()])
                headers.append(contentsOf: new)
                model.append(contentsOf: new)
            case 6:
                #expect(headers == held.0 || Array(headers) != Array(held.0))
                #expect(Array(held.0) == held.1)
                held = (headers, model)
            default:
                let new = field()
                headers.insert(new, at: lower)
                model.insert(new, at: lower)
            }
            if model.count > 60 {
                headers.removeFirst(50)
                model.removeFirst(50)
            }
            #expect(Array(headers) == model)
        }
        let copy = H2Headers(model)
        #expect(headers == copy && headers.hashValue == copy.hashValue)
    }

    @Test("a changed section is validated like a new one with the same fields", arguments: 0..<40)
    func changedIsChecked(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let some: [(String, String)] = [
            (":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"),
            ("x", "y"), ("cookie", "a=b"), ("te", "trailers"), ("host", "a"), ("host", "b"),
            ("connection", "close"), ("Upper", "x"), ("pad", " x "), ("bad", "a\0b"),
        ]
        var headers = H2Headers(some.shuffled(using: &random))
        for _ in 0..<8 {
            headers.remove(at: Int.random(in: 0..<headers.count, using: &random))
            if Bool.random(using: &random), let (name, value) = some.randomElement(using: &random) {
                headers.insert(
                    H2Header(name, value), at: Int.random(in: 0...headers.count, using: &random))
            }
            if Bool.random(using: &random) {
                headers["x"] = Bool.random(using: &random) ? "z" : nil
            }
            var made = H2Headers()
            for header in headers { made.append(header) }
            #expect(made == headers)
            for isNormalized in [false, true] {
                #expect(try Self.sent(headers, isNormalized) == Self.sent(made, isNormalized))
            }
        }
    }

    /// Returns the bytes that a request with these fields queues, or its error, as text.
    private static func sent(_ headers: H2Headers, _ isNormalized: Bool) throws -> String {
        var configuration = H2Configuration.client
        configuration.normalizeOutboundHeaders = isNormalized
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        _ = connection.dataToSend()
        do throws(H2Error) {
            try connection.sendHeaders(headers, on: 1)
        } catch {
            return "\(error)"
        }
        return "\(connection.dataToSend())"
    }

    @Test("any range of fields of a received section can be removed, also its last, the cookie")
    func received() throws {
        let peer = try Peer(.server)
        var block = HPACKEncoder()
        for (name, value) in [
            (":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/"),
            ("cookie", "a=b"), ("x", "1"), ("y", "2"),
        ] {
            block.literal(name, value, .incremental)
        }
        let events = try peer.receive(FrameBuilder.headers(1, block: block.bytes, endStream: true))
        guard case .requestReceived(let request) = events.first else {
            Issue.record("no request")
            return
        }
        let all = Array(request.headers)
        #expect(all.map(\.name).last == "cookie")
        for lower in all.indices {
            for upper in lower...all.count {
                var headers = request.headers
                var expected = all
                headers.removeSubrange(lower..<upper)
                expected.removeSubrange(lower..<upper)
                #expect(Array(headers) == expected)
            }
        }
    }

    @Test("removed values do not stay in the storage")
    func erased() {
        // Unlike a literal, a section that grows has unused capacity: at least 512 bytes.
        var headers = H2Headers()
        headers.append("a", "1")
        // No other test uses this value: the unused capacity may contain what they left in memory.
        headers.append("token", "value of only this test")
        headers.append("b", "2")
        let before = headers.count
        headers.remove(at: 1)
        headers.append("c", "3")
        #expect(headers.count == before)
        // Include the unused capacity after the last field.
        let first = headers[0].nameBytes
        let text = unsafe first.withUnsafeBytes { bytes in
            unsafe Array(UnsafeRawBufferPointer(start: bytes.baseAddress, count: 200))
        }
        #expect(!String(decoding: text, as: UTF8.self).contains("only this test"))
    }

    // MARK: Cost

    @Test(
        "removing a field allocates only the returned field",
        .enabled(if: Allocations.canBeCounted))
    func removalAllocations() {
        var headers = Self.fields(500)
        // `headers` is the only reference to its storage.
        let count = Allocations.count { for _ in 0..<500 { headers.remove(at: 0) } }
        #expect(headers.isEmpty)
        #expect(count <= 2_000, "\(count)")
    }

    // Skipped under a sanitizer, whose additional memory makes large sections slower.
    @Test(
        "appending sections and setting repeated fields take linear time",
        .enabled(if: Allocations.canBeCounted))
    func linear() throws {
        let appended = try CPUTime.growth(of: 1_000) { count in
            let more = Self.fields(10)
            return {
                var headers = H2Headers()
                for _ in 0..<count / 10 { headers.append(contentsOf: more) }
                return headers.count
            }
        }
        #expect(appended < CPUTime.linear, "\(appended)")
        let repeats = try CPUTime.growth(of: 1_000) { count in
            var headers = H2Headers((0..<count).map { _ in ("a", "1") })
            return {
                headers["a"] = "2"
                return headers.count
            }
        }
        #expect(repeats < CPUTime.linear, "\(repeats)")
    }
}
