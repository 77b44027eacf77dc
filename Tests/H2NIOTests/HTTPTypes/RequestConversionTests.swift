// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import Testing

/// Requests, responses and trailers of swift-http-types as field sections, and back.
@Suite struct RequestConversionTests {
    @Test("a request becomes a section with its pseudo-header fields first, and back")
    func request() throws {
        var request = HTTPRequest(
            method: .post, scheme: "https", authority: "example.com:8443", path: "/a?b=c")
        request.headerFields[.contentType] = "text/plain"
        request.headerFields[.accept] = "*/*"
        let headers = H2Headers(request)
        #expect(
            headers == [
                ":method": "POST", ":scheme": "https", ":authority": "example.com:8443",
                ":path": "/a?b=c", "content-type": "text/plain", "accept": "*/*",
            ])
        let back = try HTTPRequest(headers)
        #expect(back == request)
        #expect(H2Headers(back) == headers)
    }

    @Test("the conversion adds no pseudo-header fields")
    func missing() throws {
        let request = try HTTPRequest([":method": "GET"])
        #expect(request.scheme == nil && request.authority == nil && request.path == nil)
        #expect(request.extendedConnectProtocol == nil)
        #expect(H2Headers(request) == [":method": "GET"])
    }

    @Test("empty values are kept")
    func empty() throws {
        let headers: H2Headers = [":method": "OPTIONS", ":scheme": "", ":path": "", "a": ""]
        let request = try HTTPRequest(headers)
        #expect(request.scheme == "" && request.path == "" && request.authority == nil)
        #expect(request.headerFields.map(\.value) == [""])
        #expect(H2Headers(request) == headers)
    }

    @Test("CONNECT has neither scheme nor path")
    func connect() throws {
        let headers: H2Headers = [":method": "CONNECT", ":authority": "example.com:443"]
        let request = try HTTPRequest(headers)
        #expect(request.method == .connect && request.authority == "example.com:443")
        #expect(request.scheme == nil && request.path == nil)
        #expect(H2Headers(request) == headers)
    }

    @Test("extended CONNECT keeps :protocol")
    func extendedConnect() throws {
        let headers: H2Headers = [
            ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https",
            ":path": "/chat", ":authority": "example.com", "sec-websocket-version": "13",
        ]
        let request = try HTTPRequest(headers)
        #expect(request.extendedConnectProtocol == "websocket")
        #expect(request.path == "/chat")
        #expect(Set(H2Headers(request)) == Set(headers))
        #expect(H2Headers(request).last?.name == "sec-websocket-version")
    }

    @Test(
        "unknown methods are kept as they are", arguments: ["PURGE", "get", "!#$%&'*+-.^_`|~1"])
    func methods(_ method: String) throws {
        let request = try HTTPRequest([":method": method])
        #expect(request.method.rawValue == method)
        #expect(H2Headers(request)[":method"] == method)
    }

    @Test("the order of fields and repeated fields are kept")
    func order() throws {
        let headers: H2Headers = [
            ":method": "GET", "b": "1", "a": "2", "b": "3", "cookie": "x=1", "a": "2",
            "cookie": "y=2", "set-cookie": "z",
        ]
        let request = try HTTPRequest(headers)
        #expect(
            request.headerFields.map { "\($0.name)=\($0.value)" }
                == ["b=1", "a=2", "b=3", "cookie=x=1", "a=2", "cookie=y=2", "set-cookie=z"])
        #expect(H2Headers(request) == headers)
    }

    @Test("never-indexed fields have the strategy disallow, including pseudo-header fields")
    func neverIndexed() throws {
        let headers = H2Headers([
            H2Header(":method", "GET", indexing: .never), H2Header(":scheme", "https"),
            H2Header(":authority", "a", indexing: .never),
            H2Header(":path", "/", indexing: .never),
            H2Header("authorization", "secret", indexing: .never), H2Header("accept", "*/*"),
        ])
        let request = try HTTPRequest(headers)
        #expect(request.pseudoHeaderFields.method.indexingStrategy == .disallow)
        #expect(request.pseudoHeaderFields.scheme?.indexingStrategy == .automatic)
        #expect(request.pseudoHeaderFields.path?.indexingStrategy == .disallow)
        #expect(request.headerFields.map(\.indexingStrategy) == [.disallow, .automatic])
        #expect(H2Headers(request) == headers)
    }

    @Test("all other indexing strategies become automatic")
    func otherStrategies() {
        var fields = HTTPFields()
        for strategy in [
            HTTPField.DynamicTableIndexingStrategy.automatic, .prefer, .avoid, .disallow,
        ] {
            var field = HTTPField(name: .accept, value: "a")
            field.indexingStrategy = strategy
            fields.append(field)
        }
        #expect(
            H2Headers(fields).map(\.indexing) == [.automatic, .automatic, .automatic, .never])
    }

    @Test("uppercase names become lowercase")
    func uppercase() throws {
        let name = try #require(HTTPField.Name("X-Request-ID"))
        var fields = HTTPFields()
        fields.append(HTTPField(name: name, value: "A"))
        fields.append(HTTPField(name: .eTag, value: "\"B\""))
        #expect(H2Headers(fields) == ["x-request-id": "A", "etag": "\"B\""])
    }

    // MARK: Responses and trailers

    @Test(
        "a response becomes a section with :status first, and back",
        arguments: [100, 200, 599, 999])
    func response(_ code: Int) throws {
        var response = HTTPResponse(status: .init(code: code, reasonPhrase: "Any Reason"))
        response.headerFields[.server] = "sample"
        let headers = H2Headers(response)
        #expect(headers == [":status": "\(code)", "server": "sample"])
        let back = try HTTPResponse(headers)
        #expect(back.status.code == code)
        #expect(back.headerFields == response.headerFields)
    }

    @Test("a never-indexed :status is kept")
    func statusIndexing() throws {
        let headers = H2Headers([H2Header(":status", "204", indexing: .never)])
        let response = try HTTPResponse(headers)
        #expect(response.pseudoHeaderFields.status.indexingStrategy == .disallow)
        #expect(H2Headers(response) == headers)
    }

    @Test("a status with leading zeros does not trap", arguments: ["000", "001", "099"])
    func zeros(_ status: String) throws {
        // The connection rejects such a status, unless its validation is off.
        let headers = H2Headers([H2Header(":status", status, indexing: .never)])
        guard let response = try? HTTPResponse(headers) else { return }
        #expect(response.status.code == Int(status))
        #expect(H2Headers(response) == headers)
    }

    @Test("trailers have regular fields only, and are converted both ways")
    func trailers() throws {
        let headers: H2Headers = ["checksum": "0", "grpc-status": "0", "checksum": "1"]
        let fields = try HTTPFields(headers)
        #expect(fields.map(\.value) == ["0", "0", "1"])
        #expect(H2Headers(fields) == headers)
        #expect(try HTTPFields([:]).isEmpty)
        #expect(H2Headers(HTTPFields()).isEmpty)
    }
}
#endif
