// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes

extension H2Headers {
    /// Creates the header section of a request, keeping the order of fields and repeated fields.
    ///
    /// Fields whose `indexingStrategy` is `.disallow` are never indexed. Names become lowercase. The
    /// connection checks the section when it is sent.
    public init(_ request: HTTPRequest) {
        let pseudo = request.pseudoHeaderFields
        self.init(capacityFor: request.headerFields, pseudoHeaders: 5)
        append(pseudo.method)
        if let field = pseudo.scheme { append(field) }
        if let field = pseudo.authority { append(field) }
        if let field = pseudo.path { append(field) }
        if let field = pseudo.extendedConnectProtocol { append(field) }
        for field in request.headerFields { append(field) }
    }

    /// Creates the header section of a response, keeping the order of fields and repeated fields.
    ///
    /// Fields are converted as those of a request. The reason phrase is omitted: HTTP/2 has none.
    public init(_ response: HTTPResponse) {
        self.init(capacityFor: response.headerFields, pseudoHeaders: 1)
        append(response.pseudoHeaderFields.status)
        for field in response.headerFields { append(field) }
    }

    /// Creates a trailer section, keeping the order of fields and repeated fields.
    ///
    /// Fields are converted as those of a request.
    public init(_ trailers: HTTPFields) {
        self.init(capacityFor: trailers, pseudoHeaders: 0)
        for field in trailers { append(field) }
    }

    /// Creates an empty section with room for typical names and values. It grows if they are
    /// longer.
    private init(capacityFor fields: HTTPFields, pseudoHeaders: Int) {
        let count = fields.count + pseudoHeaders
        self.init(fieldCapacity: count, byteCapacity: count * 40)
    }

    private mutating func append(_ field: HTTPField) {
        let isNeverIndexed = field.indexingStrategy == .disallow
        let name = field.name.canonicalName.utf8.span
        unsafe field.withUnsafeBytesOfValue { value in
            unsafe append(name: name, value: value.span, isNeverIndexed: isNeverIndexed)
        }
    }
}
#endif
