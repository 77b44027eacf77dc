// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes

extension HTTPRequest {
    /// Creates a request from a header section, keeping the order of fields, repeated fields, and
    /// which fields must not be indexed (`indexingStrategy`).
    ///
    /// - Throws: If there is no `:method` or it is not a token; if a pseudo-header field does not
    ///   belong to a request, is repeated, or follows a regular field; if a name is not a lowercase
    ///   token; if a value contains NUL, CR or LF; or if there are more than 65,000 fields.
    public init(_ headers: H2Headers) throws(H2ConversionError) {
        var fields = try ParsedFields(headers)
        try fields.checkHasNoStatus()
        guard let methodField = fields.method.take(), let method = Method(methodField.value) else {
            throw H2ConversionError("the request has no valid :method")
        }
        self.init(
            method: method, scheme: nil, authority: nil, path: nil, headerFields: fields.regular
        )
        if methodField.indexingStrategy != .automatic { pseudoHeaderFields.method = methodField }
        if let scheme = fields.scheme.take() { pseudoHeaderFields.scheme = scheme }
        if let authority = fields.authority.take() { pseudoHeaderFields.authority = authority }
        if let path = fields.path.take() { pseudoHeaderFields.path = path }
        if let name = fields.extendedConnectProtocol.take() {
            pseudoHeaderFields.extendedConnectProtocol = name
        }
    }
}

extension HTTPResponse {
    /// Creates a response from a header section, keeping the order of fields, repeated fields, and
    /// which fields must not be indexed (`indexingStrategy`).
    ///
    /// - Throws: If there is no `:status` of three digits; otherwise, for the same reasons as the
    ///   initializer of `HTTPRequest`.
    public init(_ headers: H2Headers) throws(H2ConversionError) {
        let fields = try ParsedFields(headers)
        try fields.checkHasNoRequest()
        guard let status = headers.status else {
            throw H2ConversionError("the response has no valid :status")
        }
        self.init(status: Status(code: status), headerFields: fields.regular)
        if let field = fields.status, field.indexingStrategy != .automatic {
            pseudoHeaderFields.status.indexingStrategy = field.indexingStrategy
        }
    }
}

extension HTTPFields {
    /// Creates fields from a trailer section.
    ///
    /// - Throws: If there is a pseudo-header field; otherwise, for the same reasons as the
    ///   initializer of `HTTPRequest`.
    public init(_ trailers: H2Headers) throws(H2ConversionError) {
        let fields = try ParsedFields(trailers)
        try fields.checkHasNoRequest()
        try fields.checkHasNoStatus()
        self = fields.regular
    }
}
#endif
