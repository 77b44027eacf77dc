// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Building, reading and editing sections with `H2FieldName`.
@Suite struct NamedFieldTests {
    private let headers: H2Headers = [
        (.method, "POST"), (.path, "/"), (.cookie, "a=1"), ("x-tenant", "17"), (.cookie, "b=2"),
    ]

    @Test("a literal keeps names, values, order and repeated names")
    func literal() {
        #expect(headers.map(\.name) == [":method", ":path", "cookie", "x-tenant", "cookie"])
        #expect(headers.map(\.value) == ["POST", "/", "a=1", "17", "b=2"])
        #expect(
            headers == [
                ":method": "POST", ":path": "/", "cookie": "a=1", "x-tenant": "17",
                "cookie": "b=2",
            ])
        let pairs: [(H2FieldName, String)] = [(.method, "POST"), (.path, "/")]
        #expect(H2Headers(pairs) == H2Headers(pairs.lazy.map { ($0, $1) }))
    }

    @Test("a value can be a string, a substring, bytes or a number")
    func values() {
        var built = H2Headers()
        built.append(.path, "/a/b")
        built.append(.path, "xx/a/b".dropFirst(2))
        built.append(.path, Array("/a/b".utf8))
        built.append(.path, H2Bytes(Array("/a/b".utf8)))
        built.append(.path, Array("/a/b".utf8).span)
        #expect(built.allSatisfy { $0.fieldName == .path && $0.value == "/a/b" })
        #expect(built.count == 5)
        built.append(.contentLength, 1_024)
        built.append("x-number", UInt64.max, indexing: .never)
        #expect(built[.contentLength] == "1024")
        #expect(built["x-number"] == "18446744073709551615")
        #expect(built[6].indexing == .never)
    }

    @Test("a lookup by H2FieldName or by text finds the first field line")
    func lookup() {
        #expect(headers[.cookie] == "a=1")
        #expect(headers[all: .cookie] == ["a=1", "b=2"])
        #expect(headers["cookie"] == "a=1")
        #expect(headers[all: "cookie"] == ["a=1", "b=2"])
        #expect(headers[H2FieldName("x-tenant")] == "17")
        #expect(headers[.authority] == nil)
        #expect(headers[all: .authority] == [])
        #expect(headers.firstIndex(ofName: .cookie) == 2)
        #expect(headers.firstIndex(ofName: H2FieldName("x-tenant")) == 3)
        #expect(H2Headers()[.path] == nil)
    }

    @Test("setting a value replaces the first field line and removes the others")
    func set() {
        var edited = headers
        edited[.cookie] = "c=3"
        #expect(edited[all: .cookie] == ["c=3"])
        #expect(edited.firstIndex(ofName: .cookie) == 2)
        edited[.cookie] = nil
        #expect(edited.map(\.name) == [":method", ":path", "x-tenant"])
        edited[.cookie] = nil
        edited[.contentType] = "text/plain"
        #expect(edited.map(\.name) == [":method", ":path", "x-tenant", "content-type"])
        #expect(headers.count == 5)
    }

    @Test(
        "a new pseudo-header field is inserted before the regular fields", arguments: [true, false])
    func pseudo(_ usesText: Bool) throws {
        var edited = headers
        if usesText { edited[":scheme"] = "https" } else { edited[.scheme] = "https" }
        edited[":unknown"] = "1"
        #expect(
            edited.map(\.name) == [
                ":method", ":path", ":scheme", ":unknown", "cookie", "x-tenant", "cookie",
            ])
        #expect(edited.map(\.value) == ["POST", "/", "https", "1", "a=1", "17", "b=2"])
        edited[":unknown"] = nil
        edited[.authority] = "localhost"
        let client = try Pair.started().client
        try client.sendHeaders(edited, on: 1)
        var response: H2Headers = [:]
        response[.status] = "200"
        #expect(response == [":status": "200"])
    }

    @Test(
        "the status is nil unless the value is three digits",
        arguments: [
            ("200", 200), ("099", 99), ("20", nil), ("2000", nil), ("2x0", nil), ("", nil),
        ] as [(String, Int?)])
    func status(_ text: String, _ number: Int?) {
        #expect(H2Headers([(.status, text)]).status == number)
    }

    @Test("setting the status replaces the value or inserts a field line")
    func setStatus() {
        var response: H2Headers = ["server": "x"]
        response.status = 404
        #expect(response == [":status": "404", "server": "x"])
        response.status = 200
        #expect(response == [":status": "200", "server": "x"])
        response.status = nil
        #expect(response == ["server": "x"])
        #expect(response.status == nil)
    }

    @Test("the names of received fields equal the static members")
    func received() throws {
        let pair = try Pair.started()
        try pair.client.sendHeaders(
            [
                (.method, "GET"), (.scheme, "https"), (.authority, "a"), (.path, "/"),
                (.accept, "*/*"), ("x-tenant", "1"), (.traceparent, "00"),
            ], on: 1, endStream: true)
        let events = try pair.server.receiveData(pair.client.dataToSend())
        let received = try #require(events.compactMap(\.headers).first)
        #expect(
            received.map(\.fieldName) == [
                .method, .scheme, .authority, .path, .accept, "x-tenant", .traceparent,
            ])
        #expect(received[.path] == "/")
        #expect(received["x-tenant"] == "1")
        #expect(received[.traceparent] == "00")
    }
}
