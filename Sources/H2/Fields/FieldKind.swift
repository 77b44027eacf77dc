// SPDX-License-Identifier: MIT

/// The kinds of field names that rules distinguish.
enum FieldKind: UInt8, Sendable {
    case method, scheme, authority, path, status, `protocol`
    case unknownPseudo
    case host, te, contentLength
    /// RFC 9113 §8.2.2: connection, proxy-connection, keep-alive, transfer-encoding, upgrade.
    case connectionSpecific
    case cookie
    /// authorization and proxy-authorization.
    case credentials
    case other

    /// Whether the facts about a section can depend on the bytes of a value of this kind, apart
    /// from control characters and white space at its ends.
    var hasValueFacts: Bool {
        switch self {
        case .method, .status, .te, .contentLength: true
        default: false
        }
    }

    @inline(__always)
    var isPseudo: Bool { rawValue <= FieldKind.unknownPseudo.rawValue }

    /// Whether the kind is `cookie` or `credentials`.
    @inline(__always)
    var isSensitive: Bool { rawValue &- FieldKind.cookie.rawValue <= 1 }

    /// A distinct bit for each pseudo-header field.
    @inline(__always)
    var bit: UInt8 { 1 << rawValue }
}
