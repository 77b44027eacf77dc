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

    /// Recognises a name; most are told apart by their length alone.
    init(_ name: UnsafeRawPointer, _ length: Int) {
        guard length != 0 else {
            self = .other
            return
        }
        if unsafe name.load(as: UInt8.self) == UInt8(ascii: ":") {
            self = unsafe Self.pseudo(name, length)
            return
        }
        switch length {
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

    private static func pseudo(_ name: UnsafeRawPointer, _ length: Int) -> FieldName {
        switch length {
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

    /// Compares with a name of the same length, by words that overlap.
    @inline(__always)
    private static func matches(_ name: UnsafeRawPointer, _ known: StaticString) -> Bool {
        let other = unsafe UnsafeRawPointer(known.utf8Start)
        let length = known.utf8CodeUnitCount
        if length >= 8 {
            // From the end: names that share a length mostly share their beginning, too.
            return unsafe isSame(name, other, at: length - 8, as: UInt64.self)
                && isSame(name, other, at: 0, as: UInt64.self)
                && (length <= 16 || isSame(name, other, at: 8, as: UInt64.self))
        }
        if length >= 4 {
            return unsafe isSame(name, other, at: length - 4, as: UInt32.self)
                && isSame(name, other, at: 0, as: UInt32.self)
        }
        return unsafe isSame(name, other, at: 0, as: UInt16.self)
    }

    @inline(__always)
    private static func isSame<Word: FixedWidthInteger & BitwiseCopyable>(
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, at offset: Int, as type: Word.Type
    ) -> Bool {
        unsafe a.loadUnaligned(fromByteOffset: offset, as: Word.self)
            == b.loadUnaligned(fromByteOffset: offset, as: Word.self)
    }

    @inline(__always)
    var isPseudo: Bool { rawValue <= FieldName.unknownPseudo.rawValue }

    /// A bit of its own for each pseudo-header field.
    @inline(__always)
    var bit: UInt8 { 1 << rawValue }
}
