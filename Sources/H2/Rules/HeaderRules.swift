// SPDX-License-Identifier: MIT

/// What a header or trailer section must look like, RFC 9113 §8.2 and §8.3; the same rules for what
/// is received and for what is sent. They are h2's, and stricter only where it checks nothing on
/// the way out: the characters of names and values.
struct HeaderRules {
    /// What the section belongs to.
    enum Section {
        /// A request, also one that is promised.
        case request
        /// A response, final or 1xx.
        case response
        case trailers

        /// The section that the state of a stream makes of a header block.
        init(_ outcome: StreamOutcome) {
            switch outcome {
            case .request: self = .request
            case .trailers: self = .trailers
            case .response, .done, .ignored, .violation, .streamClosed: self = .response
            }
        }
    }

    private let section: Section
    /// One bit for each pseudo-header field that was seen.
    private var seen: UInt8 = 0
    private var hasRegular = false
    /// Whether there is a control character somewhere in the block.
    private var hasControl = false
    private var isConnect = false
    private var authority: H2Headers.Field?
    private var host: H2Headers.Field?

    private init(_ section: Section) { self.section = section }

    /// What is wrong with a section; nil if nothing is.
    static func violation(in headers: H2Headers, _ section: Section) -> StaticString? {
        var rules = HeaderRules(section)
        return unsafe headers.bytes.withUnsafeBufferPointer { bytes in
            rules.hasControl = unsafe FieldCharacters.hasControl(bytes)
            for field in headers.fields {
                if let reason = unsafe rules.check(field, bytes) { return reason }
            }
            return unsafe rules.checkWhole(bytes)
        }
    }

    private mutating func check(
        _ field: H2Headers.Field, _ bytes: UnsafeBufferPointer<UInt8>
    ) -> StaticString? {
        let value = unsafe UnsafeBufferPointer(rebasing: bytes[field.valueRange])
        if field.nameLength == 0 { return "a field name is empty, RFC 9113 §8.2.1" }
        if unsafe FieldCharacters.isBadName(field.nameRange, of: bytes) {
            return "a field name has a character that it may not have, RFC 9113 §8.2.1"
        }
        if unsafe FieldCharacters.isPadded(value)
            || hasControl && FieldCharacters.hasForbiddenControl(value)
        {
            return "a field value has a character that it may not have, RFC 9113 §8.2.1"
        }
        if field.name.isPseudo { return unsafe checkPseudo(field, value) }
        hasRegular = true
        switch field.name {
        case .connectionSpecific:
            return "a connection-specific field, RFC 9113 §8.2.2"
        case .te where unsafe !FieldCharacters.isTrailers(value):
            return "te is not trailers, RFC 9113 §8.2.2"
        case .host where section == .request:
            if host != nil { return "host is there twice, RFC 9110 §7.2" }
            host = field
            return nil
        default:
            return nil
        }
    }

    private mutating func checkPseudo(
        _ field: H2Headers.Field, _ value: UnsafeBufferPointer<UInt8>
    ) -> StaticString? {
        let name = field.name
        if name == .unknownPseudo { return "an unknown pseudo-header field, RFC 9113 §8.3" }
        if hasRegular { return "a pseudo-header field after a regular one, RFC 9113 §8.3" }
        if seen & name.bit != 0 { return "a pseudo-header field is there twice, RFC 9113 §8.3" }
        seen |= name.bit
        switch name {
        case .method: isConnect = unsafe value.elementsEqual("CONNECT".utf8)
        case .authority: authority = field
        case .path where value.isEmpty && section == .request:
            return ":path is empty, RFC 9113 §8.3.1"
        default: break
        }
        return nil
    }

    /// Judges what only the whole section shows.
    private func checkWhole(_ bytes: UnsafeBufferPointer<UInt8>) -> StaticString? {
        switch section {
        case .trailers:
            return seen == 0 ? nil : "a pseudo-header field in trailers, RFC 9113 §8.1"
        case .response:
            guard seen & FieldName.status.bit != 0 else { return "no :status, RFC 9113 §8.3.2" }
            return seen == FieldName.status.bit
                ? nil : "a pseudo-header field of requests in a response, RFC 9113 §8.3"
        case .request:
            return unsafe checkRequest() ?? checkAuthority(bytes)
        }
    }

    private func checkRequest() -> StaticString? {
        guard seen & FieldName.method.bit != 0 else { return "no :method, RFC 9113 §8.3.1" }
        guard seen & FieldName.status.bit == 0 else { return ":status in a request, RFC 9113 §8.3" }
        let target = FieldName.scheme.bit | FieldName.path.bit
        let isExtended = seen & FieldName.protocol.bit != 0
        if isConnect && !isExtended {
            return seen & target == 0
                ? nil : "CONNECT with :scheme or :path, RFC 9113 §8.5"
        }
        guard seen & target == target else { return "no :scheme or :path, RFC 9113 §8.3.1" }
        return isExtended && !isConnect ? ":protocol without CONNECT, RFC 8441 §4" : nil
    }

    private func checkAuthority(_ bytes: UnsafeBufferPointer<UInt8>) -> StaticString? {
        guard let authority else {
            return host == nil ? "no :authority and no host, RFC 9113 §8.3.1" : nil
        }
        guard let host else { return nil }
        return unsafe bytes[authority.valueRange].elementsEqual(bytes[host.valueRange])
            ? nil : ":authority and host differ, RFC 9113 §8.3.1"
    }
}
