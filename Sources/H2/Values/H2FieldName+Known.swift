// SPDX-License-Identifier: MIT

extension H2FieldName {
    /// `:method`
    @inlinable public static var method: H2FieldName { H2FieldName(.method) }
    /// `:scheme`
    @inlinable public static var scheme: H2FieldName { H2FieldName(.scheme) }
    /// `:authority`
    @inlinable public static var authority: H2FieldName { H2FieldName(.authority) }
    /// `:path`
    @inlinable public static var path: H2FieldName { H2FieldName(.path) }
    /// `:status`
    @inlinable public static var status: H2FieldName { H2FieldName(.status) }
    /// `:protocol`
    @inlinable public static var `protocol`: H2FieldName { H2FieldName(.protocol) }
    /// `accept`
    @inlinable public static var accept: H2FieldName { H2FieldName(.accept) }
    /// `accept-charset`
    @inlinable public static var acceptCharset: H2FieldName { H2FieldName(.acceptCharset) }
    /// `accept-encoding`
    @inlinable public static var acceptEncoding: H2FieldName { H2FieldName(.acceptEncoding) }
    /// `accept-language`
    @inlinable public static var acceptLanguage: H2FieldName { H2FieldName(.acceptLanguage) }
    /// `accept-ranges`
    @inlinable public static var acceptRanges: H2FieldName { H2FieldName(.acceptRanges) }
    /// `access-control-allow-credentials`
    @inlinable public static var accessControlAllowCredentials: H2FieldName {
        H2FieldName(.accessControlAllowCredentials)
    }
    /// `access-control-allow-headers`
    @inlinable public static var accessControlAllowHeaders: H2FieldName {
        H2FieldName(.accessControlAllowHeaders)
    }
    /// `access-control-allow-methods`
    @inlinable public static var accessControlAllowMethods: H2FieldName {
        H2FieldName(.accessControlAllowMethods)
    }
    /// `access-control-allow-origin`
    @inlinable public static var accessControlAllowOrigin: H2FieldName {
        H2FieldName(.accessControlAllowOrigin)
    }
    /// `access-control-expose-headers`
    @inlinable public static var accessControlExposeHeaders: H2FieldName {
        H2FieldName(.accessControlExposeHeaders)
    }
    /// `access-control-max-age`
    @inlinable public static var accessControlMaxAge: H2FieldName {
        H2FieldName(.accessControlMaxAge)
    }
    /// `access-control-request-headers`
    @inlinable public static var accessControlRequestHeaders: H2FieldName {
        H2FieldName(.accessControlRequestHeaders)
    }
    /// `access-control-request-method`
    @inlinable public static var accessControlRequestMethod: H2FieldName {
        H2FieldName(.accessControlRequestMethod)
    }
    /// `age`
    @inlinable public static var age: H2FieldName { H2FieldName(.age) }
    /// `allow`
    @inlinable public static var allow: H2FieldName { H2FieldName(.allow) }
    /// `alt-svc`
    @inlinable public static var altSvc: H2FieldName { H2FieldName(.altSvc) }
    /// `authorization`
    @inlinable public static var authorization: H2FieldName { H2FieldName(.authorization) }
    /// `cache-control`
    @inlinable public static var cacheControl: H2FieldName { H2FieldName(.cacheControl) }
    /// `connection`
    @inlinable public static var connection: H2FieldName { H2FieldName(.connection) }
    /// `content-disposition`
    @inlinable public static var contentDisposition: H2FieldName {
        H2FieldName(.contentDisposition)
    }
    /// `content-encoding`
    @inlinable public static var contentEncoding: H2FieldName { H2FieldName(.contentEncoding) }
    /// `content-language`
    @inlinable public static var contentLanguage: H2FieldName { H2FieldName(.contentLanguage) }
    /// `content-length`
    @inlinable public static var contentLength: H2FieldName { H2FieldName(.contentLength) }
    /// `content-location`
    @inlinable public static var contentLocation: H2FieldName { H2FieldName(.contentLocation) }
    /// `content-range`
    @inlinable public static var contentRange: H2FieldName { H2FieldName(.contentRange) }
    /// `content-security-policy`
    @inlinable public static var contentSecurityPolicy: H2FieldName {
        H2FieldName(.contentSecurityPolicy)
    }
    /// `content-type`
    @inlinable public static var contentType: H2FieldName { H2FieldName(.contentType) }
    /// `cookie`
    @inlinable public static var cookie: H2FieldName { H2FieldName(.cookie) }
    /// `date`
    @inlinable public static var date: H2FieldName { H2FieldName(.date) }
    /// `early-data`
    @inlinable public static var earlyData: H2FieldName { H2FieldName(.earlyData) }
    /// `etag`
    @inlinable public static var eTag: H2FieldName { H2FieldName(.eTag) }
    /// `expect`
    @inlinable public static var expect: H2FieldName { H2FieldName(.expect) }
    /// `expires`
    @inlinable public static var expires: H2FieldName { H2FieldName(.expires) }
    /// `forwarded`
    @inlinable public static var forwarded: H2FieldName { H2FieldName(.forwarded) }
    /// `from`
    @inlinable public static var from: H2FieldName { H2FieldName(.from) }
    /// `grpc-encoding`
    @inlinable public static var grpcEncoding: H2FieldName { H2FieldName(.grpcEncoding) }
    /// `grpc-message`
    @inlinable public static var grpcMessage: H2FieldName { H2FieldName(.grpcMessage) }
    /// `grpc-status`
    @inlinable public static var grpcStatus: H2FieldName { H2FieldName(.grpcStatus) }
    /// `grpc-timeout`
    @inlinable public static var grpcTimeout: H2FieldName { H2FieldName(.grpcTimeout) }
    /// `host`
    @inlinable public static var host: H2FieldName { H2FieldName(.host) }
    /// `if-match`
    @inlinable public static var ifMatch: H2FieldName { H2FieldName(.ifMatch) }
    /// `if-modified-since`
    @inlinable public static var ifModifiedSince: H2FieldName { H2FieldName(.ifModifiedSince) }
    /// `if-none-match`
    @inlinable public static var ifNoneMatch: H2FieldName { H2FieldName(.ifNoneMatch) }
    /// `if-range`
    @inlinable public static var ifRange: H2FieldName { H2FieldName(.ifRange) }
    /// `if-unmodified-since`
    @inlinable public static var ifUnmodifiedSince: H2FieldName { H2FieldName(.ifUnmodifiedSince) }
    /// `keep-alive`
    @inlinable public static var keepAlive: H2FieldName { H2FieldName(.keepAlive) }
    /// `last-modified`
    @inlinable public static var lastModified: H2FieldName { H2FieldName(.lastModified) }
    /// `link`
    @inlinable public static var link: H2FieldName { H2FieldName(.link) }
    /// `location`
    @inlinable public static var location: H2FieldName { H2FieldName(.location) }
    /// `max-forwards`
    @inlinable public static var maxForwards: H2FieldName { H2FieldName(.maxForwards) }
    /// `origin`
    @inlinable public static var origin: H2FieldName { H2FieldName(.origin) }
    /// `priority`
    @inlinable public static var priority: H2FieldName { H2FieldName(.priority) }
    /// `proxy-authenticate`
    @inlinable public static var proxyAuthenticate: H2FieldName { H2FieldName(.proxyAuthenticate) }
    /// `proxy-authorization`
    @inlinable public static var proxyAuthorization: H2FieldName {
        H2FieldName(.proxyAuthorization)
    }
    /// `proxy-connection`
    @inlinable public static var proxyConnection: H2FieldName { H2FieldName(.proxyConnection) }
    /// `range`
    @inlinable public static var range: H2FieldName { H2FieldName(.range) }
    /// `referer`
    @inlinable public static var referer: H2FieldName { H2FieldName(.referer) }
    /// `referrer-policy`
    @inlinable public static var referrerPolicy: H2FieldName { H2FieldName(.referrerPolicy) }
    /// `retry-after`
    @inlinable public static var retryAfter: H2FieldName { H2FieldName(.retryAfter) }
    /// `sec-fetch-dest`
    @inlinable public static var secFetchDest: H2FieldName { H2FieldName(.secFetchDest) }
    /// `sec-fetch-mode`
    @inlinable public static var secFetchMode: H2FieldName { H2FieldName(.secFetchMode) }
    /// `sec-fetch-site`
    @inlinable public static var secFetchSite: H2FieldName { H2FieldName(.secFetchSite) }
    /// `sec-fetch-user`
    @inlinable public static var secFetchUser: H2FieldName { H2FieldName(.secFetchUser) }
    /// `server`
    @inlinable public static var server: H2FieldName { H2FieldName(.server) }
    /// `server-timing`
    @inlinable public static var serverTiming: H2FieldName { H2FieldName(.serverTiming) }
    /// `set-cookie`
    @inlinable public static var setCookie: H2FieldName { H2FieldName(.setCookie) }
    /// `strict-transport-security`
    @inlinable public static var strictTransportSecurity: H2FieldName {
        H2FieldName(.strictTransportSecurity)
    }
    /// `te`
    @inlinable public static var te: H2FieldName { H2FieldName(.te) }
    /// `traceparent`
    @inlinable public static var traceparent: H2FieldName { H2FieldName(.traceparent) }
    /// `tracestate`
    @inlinable public static var tracestate: H2FieldName { H2FieldName(.tracestate) }
    /// `trailer`
    @inlinable public static var trailer: H2FieldName { H2FieldName(.trailer) }
    /// `transfer-encoding`
    @inlinable public static var transferEncoding: H2FieldName { H2FieldName(.transferEncoding) }
    /// `upgrade`
    @inlinable public static var upgrade: H2FieldName { H2FieldName(.upgrade) }
    /// `upgrade-insecure-requests`
    @inlinable public static var upgradeInsecureRequests: H2FieldName {
        H2FieldName(.upgradeInsecureRequests)
    }
    /// `user-agent`
    @inlinable public static var userAgent: H2FieldName { H2FieldName(.userAgent) }
    /// `vary`
    @inlinable public static var vary: H2FieldName { H2FieldName(.vary) }
    /// `via`
    @inlinable public static var via: H2FieldName { H2FieldName(.via) }
    /// `www-authenticate`
    @inlinable public static var wwwAuthenticate: H2FieldName { H2FieldName(.wwwAuthenticate) }
    /// `x-content-type-options`
    @inlinable public static var xContentTypeOptions: H2FieldName {
        H2FieldName(.xContentTypeOptions)
    }
    /// `x-forwarded-for`
    @inlinable public static var xForwardedFor: H2FieldName { H2FieldName(.xForwardedFor) }
    /// `x-forwarded-host`
    @inlinable public static var xForwardedHost: H2FieldName { H2FieldName(.xForwardedHost) }
    /// `x-forwarded-proto`
    @inlinable public static var xForwardedProto: H2FieldName { H2FieldName(.xForwardedProto) }
    /// `x-frame-options`
    @inlinable public static var xFrameOptions: H2FieldName { H2FieldName(.xFrameOptions) }
    /// `x-request-id`
    @inlinable public static var xRequestID: H2FieldName { H2FieldName(.xRequestID) }
}
