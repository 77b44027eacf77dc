// SPDX-License-Identifier: MIT

import H2
import Testing

@Suite struct HeadersValueTests {
    private let cookies: H2Headers = [
        ":method": "GET", "cookie": "a", "x": "", "cookie": "b", "cookie": "a",
    ]

    private func pairs(_ headers: H2Headers) -> [[String]] { headers.map { [$0.name, $0.value] } }

    @Test("literals and sequences keep order and repetition")
    func initializers() {
        let expected = [
            [":method", "GET"], ["cookie", "a"], ["x", ""], ["cookie", "b"], ["cookie", "a"],
        ]
        #expect(pairs(cookies) == expected)
        let fromTuples: H2Headers = [
            (":method", "GET"), ("cookie", "a"), ("x", ""), ("cookie", "b"), ("cookie", "a"),
        ]
        #expect(fromTuples == cookies)
        #expect(H2Headers(expected.map { ($0[0], $0[1]) }) == cookies)
        #expect(H2Headers(expected.map { H2Header($0[0], $0[1]) }) == cookies)
        #expect(H2Headers(Array(cookies)) == cookies)
        #expect(H2Headers().isEmpty)
        #expect(([:] as H2Headers) == ([] as H2Headers))
    }

    @Test("fields are found by name, byte for byte")
    func subscripts() {
        #expect(cookies[":method"] == "GET")
        #expect(cookies["cookie"] == "a")
        #expect(cookies[all: "cookie"] == ["a", "b", "a"])
        #expect(cookies["x"] == "")
        #expect(cookies["Cookie"] == nil)
        #expect(cookies["cooki"] == nil)
        #expect(cookies[""] == nil)
        #expect(cookies[all: "y"] == [])
        #expect(cookies.firstIndex(ofName: "cookie") == 1)
        #expect(cookies.firstIndex(ofName: "z") == nil)
    }

    @Test("H2Headers is a random-access collection of its fields")
    func collection() {
        #expect(cookies.count == 5)
        #expect(cookies.startIndex == 0)
        #expect(cookies.endIndex == 5)
        #expect(cookies[3].value == "b")
        #expect(cookies.last == H2Header("cookie", "a"))
        #expect(cookies.reversed().map(\.value) == ["a", "b", "", "a", "GET"])
        #expect(cookies.filter { $0.name == "cookie" }.count == 3)
    }

    @Test("H2Headers is range-replaceable")
    func rangeReplaceable() {
        var headers = cookies
        headers.removeAll { $0.name == "cookie" }
        #expect(headers == [":method": "GET", "x": ""])
        headers.insert(H2Header("first", "1"), at: 0)
        headers.append(contentsOf: [H2Header("last", "2"), H2Header("last", "3")])
        #expect(
            headers == ["first": "1", ":method": "GET", "x": "", "last": "2", "last": "3"])
        headers.replaceSubrange(1..<4, with: [H2Header("mid", "dle")])
        #expect(headers == ["first": "1", "mid": "dle", "last": "3"])
        headers.replaceSubrange(3..<3, with: cookies[1...1])
        #expect(headers[3] == H2Header("cookie", "a"))
        headers.removeFirst()
        headers.removeLast(2)
        #expect(headers == ["mid": "dle"])
        headers.removeAll()
        #expect(headers.isEmpty)
        headers += cookies
        #expect(headers == cookies)
        #expect((cookies + [H2Header("z", "")]).count == 6)
    }

    @Test("changing a section does not change its copies")
    func values() {
        var other = cookies
        other.append("y", "1")
        other.remove(at: 0)
        #expect(cookies.count == 5)
        #expect(cookies[":method"] == "GET")
        #expect(other.count == 5)
        #expect(other[":method"] == nil)
    }

    @Test("equality and hashes depend on names, values, indexing and order, not on storage")
    func equality() {
        var changed: H2Headers = ["q": "0", ":method": "GET", "cookie": "a", "x": ""]
        changed.removeFirst()
        changed.append("cookie", "b")
        changed.append(cookies[1])
        #expect(changed == cookies)
        #expect(changed.hashValue == cookies.hashValue)
        #expect((["a": "b", "c": "d"] as H2Headers) != ["c": "d", "a": "b"])
        #expect((["a": "b"] as H2Headers) != ["a": "b", "a": "b"])
        #expect((["ab": "c"] as H2Headers) != ["a": "bc"])
        var secret = H2Headers()
        secret.append("a", "b", indexing: .never)
        #expect(secret != ["a": "b"])
        #expect(secret[0] == H2Header("a", "b", indexing: .never))
        #expect(Set([cookies, changed, secret]).count == 2)
    }

    @Test("bytes that are not UTF-8 are kept, and replaced only in strings")
    func rawBytes() {
        var headers = H2Headers()
        headers.append(name: [0x78, 0xff], value: [0xc3, 0x28, 0x00, 0x80])
        headers.append(name: Array("y".utf8), value: Array("ü".utf8)[...], indexing: .never)
        #expect(Array(headers[0].nameBytes) == [0x78, 0xff])
        #expect(Array(headers[0].valueBytes) == [0xc3, 0x28, 0x00, 0x80])
        #expect(headers[0].name == "x\u{fffd}")
        #expect(headers[0].value == "\u{fffd}(\u{0}\u{fffd}")
        #expect(headers[1].value == "ü")
        #expect(headers[1].indexing == .never)
        #expect(headers[0].indexing == .automatic)
        // Such bytes do not match their replacement.
        #expect(headers["x\u{fffd}"] == nil)
        let copy = H2Headers(Array(headers))
        #expect(copy == headers)
        var moved = headers
        moved.insert(H2Header("front", "1"), at: 0)
        #expect(moved[1] == headers[0])
        #expect(moved[2] == headers[1])
    }

    @Test("names and values that are equal as text but not as bytes are different")
    func bytesDecide() {
        let composed: H2Headers = ["x": "\u{e9}"]
        let decomposed: H2Headers = ["x": "e\u{301}"]
        #expect(composed != decomposed)
        #expect(H2Header("x", "\u{e9}") != H2Header("x", "e\u{301}"))
        #expect((["\u{e9}": "1"] as H2Headers)["e\u{301}"] == nil)
    }

    @Test("descriptions are single lines")
    func descriptions() {
        #expect("\(H2Header("a", "b"))" == "a: b")
        #expect("\(["a": "b", "c": "d"] as H2Headers)" == "[a: b, c: d]")
        #expect("\(H2Headers())" == "[]")
    }
}
