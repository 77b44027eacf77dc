// SPDX-License-Identifier: MIT

/// The field names that a rule is about.
enum FieldName: UInt8, Sendable {
    case method, scheme, authority, path, status, `protocol`
    case unknownPseudo
    case host, te, cookie, contentLength
    /// RFC 9113 §8.2.2: connection, proxy-connection, keep-alive, transfer-encoding, upgrade.
    case connectionSpecific
    /// authorization and proxy-authorization, which are kept out of compression tables.
    case credentials
    case other

    /// Recognises a name; most are told apart by length and first letter alone.
    init(_ name: UnsafeBufferPointer<UInt8>) {
        guard let first = unsafe name.first else {
            self = .other
            return
        }
        if first == UInt8(ascii: ":") {
            self = unsafe Self.pseudo(name)
            return
        }
        switch name.count {
        case 2 where unsafe Self.matches(name, "te"): self = .te
        case 4 where unsafe Self.matches(name, "host"): self = .host
        case 6 where unsafe Self.matches(name, "cookie"): self = .cookie
        case 7 where unsafe Self.matches(name, "upgrade"): self = .connectionSpecific
        case 10 where unsafe Self.matches(name, "connection") || Self.matches(name, "keep-alive"):
            self = .connectionSpecific
        case 13 where unsafe Self.matches(name, "authorization"): self = .credentials
        case 14 where unsafe Self.matches(name, "content-length"): self = .contentLength
        case 16 where unsafe Self.matches(name, "proxy-connection"): self = .connectionSpecific
        case 17 where unsafe Self.matches(name, "transfer-encoding"): self = .connectionSpecific
        case 19 where unsafe Self.matches(name, "proxy-authorization"): self = .credentials
        default: self = .other
        }
    }

    /// Recognises a name.
    init(_ name: ArraySlice<UInt8>) {
        self = unsafe name.withUnsafeBufferPointer { unsafe FieldName($0) }
    }

    private static func pseudo(_ name: UnsafeBufferPointer<UInt8>) -> FieldName {
        switch name.count {
        case 5 where unsafe matches(name, ":path"): return .path
        case 7:
            if unsafe matches(name, ":method") { return .method }
            if unsafe matches(name, ":scheme") { return .scheme }
            if unsafe matches(name, ":status") { return .status }
            return .unknownPseudo
        case 9 where unsafe matches(name, ":protocol"): return .protocol
        case 10 where unsafe matches(name, ":authority"): return .authority
        default: return .unknownPseudo
        }
    }

    /// Compares with a name of the same length.
    private static func matches(
        _ name: UnsafeBufferPointer<UInt8>, _ known: StaticString
    ) -> Bool {
        let other = unsafe UnsafeBufferPointer(
            start: known.utf8Start, count: known.utf8CodeUnitCount)
        // From the end: names that share a length mostly share their beginning, too.
        var index = name.count - 1
        while index >= 0 {
            guard unsafe name[index] == other[index] else { return false }
            index -= 1
        }
        return true
    }

    var isPseudo: Bool { rawValue <= FieldName.unknownPseudo.rawValue }

    /// A bit of its own for each pseudo-header field.
    var bit: UInt8 { 1 << rawValue }
}
