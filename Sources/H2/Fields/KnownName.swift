// SPDX-License-Identifier: MIT

/// The field names that H2 recognizes and compares as numbers: those to which a rule applies, and
/// other common ones.
@usableFromInline
package enum KnownName: UInt8, CaseIterable, Sendable {
    case method, scheme, authority, path, status, `protocol`, accept, acceptCharset
    case acceptEncoding, acceptLanguage, acceptRanges, accessControlAllowCredentials
    case accessControlAllowHeaders, accessControlAllowMethods, accessControlAllowOrigin
    case accessControlExposeHeaders, accessControlMaxAge, accessControlRequestHeaders
    case accessControlRequestMethod, age, allow, altSvc, authorization, cacheControl, connection
    case contentDisposition, contentEncoding, contentLanguage, contentLength, contentLocation
    case contentRange, contentSecurityPolicy, contentType, cookie, date, earlyData, eTag, expect
    case expires, forwarded, from, grpcEncoding, grpcMessage, grpcStatus, grpcTimeout, host
    case ifMatch, ifModifiedSince, ifNoneMatch, ifRange, ifUnmodifiedSince, keepAlive
    case lastModified, link, location, maxForwards, origin, priority, proxyAuthenticate
    case proxyAuthorization, proxyConnection, range, referer, referrerPolicy, retryAfter
    case secFetchDest, secFetchMode, secFetchSite, secFetchUser, server, serverTiming, setCookie
    case strictTransportSecurity, te, traceparent, tracestate, trailer, transferEncoding
    case upgrade, upgradeInsecureRequests, userAgent, vary, via, wwwAuthenticate
    case xContentTypeOptions, xForwardedFor, xForwardedHost, xForwardedProto, xFrameOptions
    case xRequestID

    /// The name as text.
    package var text: StaticString { entry.text }

    /// The kind of the name, which determines the rules that apply to it.
    var kind: FieldKind { entry.kind }

    /// Calls `body` with the bytes of the name.
    @inline(__always)
    func withBytes<R>(_ body: (Span<UInt8>) -> R) -> R {
        let text = entry.text
        return unsafe body(
            UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount).span)
    }

    private struct Entry {
        let text: StaticString
        let kind: FieldKind

        init(_ text: StaticString, _ kind: FieldKind = .other) {
            self.text = text
            self.kind = kind
        }
    }

    @inline(__always)
    private var entry: Entry { Self.entries[Int(rawValue)] }

    /// The entry of each name, in the order of the cases. The compiler initializes this table, so
    /// an access needs no initialization check.
    private static let entries: [90 of Entry] = [
        Entry(":method", .method),
        Entry(":scheme", .scheme),
        Entry(":authority", .authority),
        Entry(":path", .path),
        Entry(":status", .status),
        Entry(":protocol", .protocol),
        Entry("accept"),
        Entry("accept-charset"),
        Entry("accept-encoding"),
        Entry("accept-language"),
        Entry("accept-ranges"),
        Entry("access-control-allow-credentials"),
        Entry("access-control-allow-headers"),
        Entry("access-control-allow-methods"),
        Entry("access-control-allow-origin"),
        Entry("access-control-expose-headers"),
        Entry("access-control-max-age"),
        Entry("access-control-request-headers"),
        Entry("access-control-request-method"),
        Entry("age"),
        Entry("allow"),
        Entry("alt-svc"),
        Entry("authorization", .credentials),
        Entry("cache-control"),
        Entry("connection", .connectionSpecific),
        Entry("content-disposition"),
        Entry("content-encoding"),
        Entry("content-language"),
        Entry("content-length", .contentLength),
        Entry("content-location"),
        Entry("content-range"),
        Entry("content-security-policy"),
        Entry("content-type"),
        Entry("cookie", .cookie),
        Entry("date"),
        Entry("early-data"),
        Entry("etag"),
        Entry("expect"),
        Entry("expires"),
        Entry("forwarded"),
        Entry("from"),
        Entry("grpc-encoding"),
        Entry("grpc-message"),
        Entry("grpc-status"),
        Entry("grpc-timeout"),
        Entry("host", .host),
        Entry("if-match"),
        Entry("if-modified-since"),
        Entry("if-none-match"),
        Entry("if-range"),
        Entry("if-unmodified-since"),
        Entry("keep-alive", .connectionSpecific),
        Entry("last-modified"),
        Entry("link"),
        Entry("location"),
        Entry("max-forwards"),
        Entry("origin"),
        Entry("priority"),
        Entry("proxy-authenticate"),
        Entry("proxy-authorization", .credentials),
        Entry("proxy-connection", .connectionSpecific),
        Entry("range"),
        Entry("referer"),
        Entry("referrer-policy"),
        Entry("retry-after"),
        Entry("sec-fetch-dest"),
        Entry("sec-fetch-mode"),
        Entry("sec-fetch-site"),
        Entry("sec-fetch-user"),
        Entry("server"),
        Entry("server-timing"),
        Entry("set-cookie"),
        Entry("strict-transport-security"),
        Entry("te", .te),
        Entry("traceparent"),
        Entry("tracestate"),
        Entry("trailer"),
        Entry("transfer-encoding", .connectionSpecific),
        Entry("upgrade", .connectionSpecific),
        Entry("upgrade-insecure-requests"),
        Entry("user-agent"),
        Entry("vary"),
        Entry("via"),
        Entry("www-authenticate"),
        Entry("x-content-type-options"),
        Entry("x-forwarded-for"),
        Entry("x-forwarded-host"),
        Entry("x-forwarded-proto"),
        Entry("x-frame-options"),
        Entry("x-request-id"),
    ]
}
