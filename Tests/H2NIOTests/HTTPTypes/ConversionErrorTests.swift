// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import Testing

/// Sections that swift-http-types cannot represent.
@Suite struct ConversionErrorTests {
    private func reason<R>(
        _ body: () throws(H2ConversionError) -> R
    ) -> String? {
        do throws(H2ConversionError) {
            _ = try body()
            return nil
        } catch {
            return error.description
        }
    }

    private func request(_ headers: H2Headers) -> String? {
        reason { () throws(H2ConversionError) in try HTTPRequest(headers) }
    }

    private func response(_ headers: H2Headers) -> String? {
        reason { () throws(H2ConversionError) in try HTTPResponse(headers) }
    }

    private func trailers(_ headers: H2Headers) -> String? {
        reason { () throws(H2ConversionError) in try HTTPFields(headers) }
    }

    @Test(
        "a request needs a :method that is a token",
        arguments: ["", " ", "GE T", "G\u{e9}T", "a/b", "GET\n"])
    func methods(_ method: String) {
        #expect(request([":method": method, ":path": "/"]) != nil)
        #expect(request([":path": "/"]) == "the request has no valid :method")
        #expect(request([:]) == "the request has no valid :method")
    }

    @Test(
        "a response needs a :status of three digits",
        arguments: ["", "20", "2000", "2x0", "+20", "-20", " 20", "20 ", "0x1", "٢٠٠"])
    func statuses(_ status: String) {
        #expect(response([":status": status]) == "the response has no valid :status")
    }

    @Test("the error of a response without :status states the reason")
    func noStatus() {
        #expect(response([:]) == "the response has no valid :status")
        #expect(response(["server": "a"]) == "the response has no valid :status")
    }

    @Test(
        "a name that is not a token",
        arguments: ["", "a b", "a:", "é", "a\n", "A", ":", "::a", "a\u{0}"])
    func names(_ name: String) {
        for result in [
            request([":method": "GET", name: "x"]), response([":status": "200", name: "x"]),
            trailers([name: "x"]),
        ] {
            #expect(result?.contains("is not a token") == true, "\(result ?? "nothing")")
        }
    }

    @Test("a name of any bytes does not trap")
    func anyNames() {
        for byte in UInt8.min...UInt8.max {
            for name in [[byte], [0x3a, byte], [0x61, byte], [byte, 0x61]] {
                var headers: H2Headers = [":method": "GET"]
                headers.append(H2Header(String(decoding: name, as: UTF8.self), "x"))
                _ = request(headers)
                _ = response(headers)
                _ = trailers(headers)
            }
        }
    }

    @Test("a value with NUL, CR or LF, at any place", arguments: ["\u{0}", "\r", "\n"])
    func controls(_ control: String) {
        for value in [control, "a\(control)", "\(control)a", "abcdefgh\(control)ijklmnop"] {
            #expect(trailers(["name": value]) == "the value of name contains NUL, CR or LF")
            #expect(request([":method": "GET", ":path": value])?.contains(":path") == true)
            #expect(response([":status": "200", "a": value]) != nil)
        }
    }

    @Test(
        "a repeated pseudo-header field",
        arguments: [":method", ":scheme", ":authority", ":path", ":protocol"])
    func repeated(_ name: String) {
        var headers: H2Headers = [
            ":method": "CONNECT", ":scheme": "https", ":authority": "a", ":path": "/",
            ":protocol": "websocket",
        ]
        #expect(request(headers) == nil)
        headers.append(name, "CONNECT")
        #expect(request(headers) == "duplicate pseudo-header field \(name)")
        #expect(
            response([":status": "200", ":status": "200"])
                == "duplicate pseudo-header field :status")
    }

    @Test("a pseudo-header field after a regular one")
    func order() {
        #expect(
            request([":method": "GET", "a": "b", ":path": "/"])
                == ":path follows a regular field, RFC 9113 §8.3")
        #expect(response(["a": "b", ":status": "200"])?.contains("follows") == true)
    }

    @Test("a pseudo-header field of the other kind of message, or an unknown one")
    func unexpected() {
        #expect(
            request([":method": "GET", ":status": "200"])
                == "unexpected pseudo-header field :status")
        for name in [":method", ":scheme", ":authority", ":path", ":protocol"] {
            #expect(
                response([":status": "200", name: "GET"])
                    == "unexpected pseudo-header field \(name)")
            #expect(trailers([name: "GET"]) == "unexpected pseudo-header field \(name)")
        }
        #expect(trailers([":status": "200"]) == "unexpected pseudo-header field :status")
        #expect(request([":method": "GET", ":foo": "1"]) == "unknown pseudo-header field :foo")
        #expect(response([":foo": "1"]) == "unknown pseudo-header field :foo")
    }

    @Test("more fields than HTTPFields can hold")
    func tooMany() throws {
        var headers = H2Headers()
        headers.reserveCapacity(66_000)
        for _ in 0..<65_000 { headers.append("a", "") }
        #expect(trailers(headers) == nil)
        headers.append("a", "")
        #expect(trailers(headers) == "65001 fields exceed 65000")
        for _ in 0..<1_000 { headers.append("a", "") }
        #expect(request(headers) == "66001 fields exceed 65000")
        #expect(response(headers) == "66001 fields exceed 65000")
    }
}
#endif
