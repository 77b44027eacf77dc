// SPDX-License-Identifier: MIT

/// What the pseudo-header fields of a message say about it.
enum MessageRules {
    /// Whether this is a 1xx response, RFC 9110 §15.2. In h2: `is_informational_response`.
    static func isInformational(_ headers: H2Headers) -> Bool {
        for field in headers.fields {
            // Pseudo-header fields come first, RFC 9113 §8.3.
            guard field.name.isPseudo else { return false }
            if field.name == .status {
                return headers.bytes[field.valueRange].first == UInt8(ascii: "1")
            }
        }
        return false
    }

    /// Whether this response has no content whatever content-length says, RFC 9110 §6.4.1: 204 and
    /// 304.
    static func hasNoContent(_ headers: H2Headers) -> Bool {
        guard let status = headers.firstValue(of: .status) else { return false }
        return status.elementsEqual("204".utf8) || status.elementsEqual("304".utf8)
    }

    /// Whether this is a successful response, RFC 9110 §15.3.
    static func isSuccessful(_ headers: H2Headers) -> Bool {
        headers.firstValue(of: .status)?.first == UInt8(ascii: "2")
    }
}
