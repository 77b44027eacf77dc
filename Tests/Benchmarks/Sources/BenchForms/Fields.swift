// SPDX-License-Identifier: MIT

import H2

/// A request as a program builds it: names are constants, and values are known only at run time.
struct Request {
    var method = "GET"
    var scheme = "https"
    var authority = "www.example.com"
    var path = "/catalogue/items/0017/details?view=full"
    var userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    var accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    var acceptLanguage = "en-GB,en;q=0.7,de;q=0.3"
    var acceptEncoding = "gzip, deflate, br, zstd"
    var tenant = "17"
    var cookie = "session=5f2b8c1e9a7d4036b1c8e2f09d7a6b53; theme=dark"

    /// The number of fields.
    static let count = 10

    @inline(never)
    func appended() -> H2Headers {
        var headers = H2Headers()
        headers.append(.method, method)
        headers.append(.scheme, scheme)
        headers.append(.authority, authority)
        headers.append(.path, path)
        headers.append(.userAgent, userAgent)
        headers.append(.accept, accept)
        headers.append(.acceptLanguage, acceptLanguage)
        headers.append(.acceptEncoding, acceptEncoding)
        headers.append("x-tenant", tenant)
        headers.append(.cookie, cookie)
        return headers
    }

    @inline(never)
    func appendedStrings() -> H2Headers {
        var headers = H2Headers()
        headers.append(":method", method)
        headers.append(":scheme", scheme)
        headers.append(":authority", authority)
        headers.append(":path", path)
        headers.append("user-agent", userAgent)
        headers.append("accept", accept)
        headers.append("accept-language", acceptLanguage)
        headers.append("accept-encoding", acceptEncoding)
        headers.append("x-tenant", tenant)
        headers.append("cookie", cookie)
        return headers
    }

    @inline(never)
    func literal() -> H2Headers {
        [
            (.method, method), (.scheme, scheme), (.authority, authority), (.path, path),
            (.userAgent, userAgent), (.accept, accept), (.acceptLanguage, acceptLanguage),
            (.acceptEncoding, acceptEncoding), ("x-tenant", tenant), (.cookie, cookie),
        ]
    }

    @inline(never)
    func stringLiteral() -> H2Headers {
        [
            ":method": method, ":scheme": scheme, ":authority": authority, ":path": path,
            "user-agent": userAgent, "accept": accept, "accept-language": acceptLanguage,
            "accept-encoding": acceptEncoding, "x-tenant": tenant, "cookie": cookie,
        ]
    }
}

/// The number of lookups in `lookUp` and in `lookUpStrings`.
let lookupCount = 5

@inline(never)
func lookUp(_ headers: H2Headers) -> Int {
    var sum = 0
    sum += headers[.method]?.utf8.count ?? 0
    sum += headers[.authority]?.utf8.count ?? 0
    sum += headers[.path]?.utf8.count ?? 0
    sum += headers[.acceptEncoding]?.utf8.count ?? 0
    sum += headers[.contentLength]?.utf8.count ?? 0
    return sum
}

@inline(never)
func lookUpStrings(_ headers: H2Headers) -> Int {
    var sum = 0
    sum += headers[":method"]?.utf8.count ?? 0
    sum += headers[":authority"]?.utf8.count ?? 0
    sum += headers[":path"]?.utf8.count ?? 0
    sum += headers["accept-encoding"]?.utf8.count ?? 0
    sum += headers["content-length"]?.utf8.count ?? 0
    return sum
}
