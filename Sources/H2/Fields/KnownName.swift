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

    /// Calls `body` with the bytes of the name.
    @inline(__always)
    func withBytes<R>(_ body: (Span<UInt8>) -> R) -> R {
        unsafe body(
            UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount).span)
    }

    /// The kind of the name, which determines the rules that apply to it.
    var kind: FieldKind {
        switch self {
        case .method: .method
        case .scheme: .scheme
        case .authority: .authority
        case .path: .path
        case .status: .status
        case .protocol: .protocol
        case .host: .host
        case .te: .te
        case .contentLength: .contentLength
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
            .connectionSpecific
        case .cookie: .cookie
        case .authorization, .proxyAuthorization: .credentials
        default: .other
        }
    }

    /// The name as text. The compiler turns this switch into a table.
    package var text: StaticString {
        switch self {
        case .method: ":method"
        case .scheme: ":scheme"
        case .authority: ":authority"
        case .path: ":path"
        case .status: ":status"
        case .protocol: ":protocol"
        case .accept: "accept"
        case .acceptCharset: "accept-charset"
        case .acceptEncoding: "accept-encoding"
        case .acceptLanguage: "accept-language"
        case .acceptRanges: "accept-ranges"
        case .accessControlAllowCredentials: "access-control-allow-credentials"
        case .accessControlAllowHeaders: "access-control-allow-headers"
        case .accessControlAllowMethods: "access-control-allow-methods"
        case .accessControlAllowOrigin: "access-control-allow-origin"
        case .accessControlExposeHeaders: "access-control-expose-headers"
        case .accessControlMaxAge: "access-control-max-age"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .accessControlRequestMethod: "access-control-request-method"
        case .age: "age"
        case .allow: "allow"
        case .altSvc: "alt-svc"
        case .authorization: "authorization"
        case .cacheControl: "cache-control"
        case .connection: "connection"
        case .contentDisposition: "content-disposition"
        case .contentEncoding: "content-encoding"
        case .contentLanguage: "content-language"
        case .contentLength: "content-length"
        case .contentLocation: "content-location"
        case .contentRange: "content-range"
        case .contentSecurityPolicy: "content-security-policy"
        case .contentType: "content-type"
        case .cookie: "cookie"
        case .date: "date"
        case .earlyData: "early-data"
        case .eTag: "etag"
        case .expect: "expect"
        case .expires: "expires"
        case .forwarded: "forwarded"
        case .from: "from"
        case .grpcEncoding: "grpc-encoding"
        case .grpcMessage: "grpc-message"
        case .grpcStatus: "grpc-status"
        case .grpcTimeout: "grpc-timeout"
        case .host: "host"
        case .ifMatch: "if-match"
        case .ifModifiedSince: "if-modified-since"
        case .ifNoneMatch: "if-none-match"
        case .ifRange: "if-range"
        case .ifUnmodifiedSince: "if-unmodified-since"
        case .keepAlive: "keep-alive"
        case .lastModified: "last-modified"
        case .link: "link"
        case .location: "location"
        case .maxForwards: "max-forwards"
        case .origin: "origin"
        case .priority: "priority"
        case .proxyAuthenticate: "proxy-authenticate"
        case .proxyAuthorization: "proxy-authorization"
        case .proxyConnection: "proxy-connection"
        case .range: "range"
        case .referer: "referer"
        case .referrerPolicy: "referrer-policy"
        case .retryAfter: "retry-after"
        case .secFetchDest: "sec-fetch-dest"
        case .secFetchMode: "sec-fetch-mode"
        case .secFetchSite: "sec-fetch-site"
        case .secFetchUser: "sec-fetch-user"
        case .server: "server"
        case .serverTiming: "server-timing"
        case .setCookie: "set-cookie"
        case .strictTransportSecurity: "strict-transport-security"
        case .te: "te"
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .trailer: "trailer"
        case .transferEncoding: "transfer-encoding"
        case .upgrade: "upgrade"
        case .upgradeInsecureRequests: "upgrade-insecure-requests"
        case .userAgent: "user-agent"
        case .vary: "vary"
        case .via: "via"
        case .wwwAuthenticate: "www-authenticate"
        case .xContentTypeOptions: "x-content-type-options"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedHost: "x-forwarded-host"
        case .xForwardedProto: "x-forwarded-proto"
        case .xFrameOptions: "x-frame-options"
        case .xRequestID: "x-request-id"
        }
    }
}
