// SPDX-License-Identifier: MIT

/// The field names that a rule is about.
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

    /// Recognises a name, behind which a byte more may be read. Most are told apart by their length
    /// and first letter alone.
    @inline(__always)
    init(_ name: UnsafeRawPointer, _ length: Int) {
        let first = unsafe name.load(as: UInt8.self)
        let isCandidate = Self.firstLetters(ofLength: length) &>> UInt32(first) & 1 != 0
        self = unsafe isCandidate ? Self.recognize(name, length) : .other
    }

    /// A bit for the low five bits of each letter with which a known name of that length begins, and
    /// of the colon.
    @inline(__always)
    private static func firstLetters(ofLength length: Int) -> UInt32 {
        switch length {
        case 0: 0
        case 2, 17: bit(":") | bit("t")
        case 4: bit(":") | bit("h")
        case 6, 14: bit(":") | bit("c")
        case 7: bit(":") | bit("u")
        case 10: bit(":") | bit("c") | bit("k")
        case 13: bit(":") | bit("a")
        case 16, 19: bit(":") | bit("p")
        default: bit(":")
        }
    }

    @inline(__always)
    private static func bit(_ letter: Unicode.Scalar) -> UInt32 { 1 << (letter.value & 31) }

    @inline(never)
    private static func recognize(_ name: UnsafeRawPointer, _ length: Int) -> FieldKind {
        if unsafe name.load(as: UInt8.self) == UInt8(ascii: ":") {
            return unsafe pseudo(name, length)
        }
        switch length {
        case 2 where unsafe matches(name, "te"): return .te
        case 4 where unsafe matches(name, "host"): return .host
        case 6 where unsafe matches(name, "cookie"): return .cookie
        case 7 where unsafe matches(name, "upgrade"): return .connectionSpecific
        case 10 where unsafe matches(name, "connection") || matches(name, "keep-alive"):
            return .connectionSpecific
        case 13 where unsafe matches(name, "authorization"): return .credentials
        case 14 where unsafe matches(name, "content-length"): return .contentLength
        case 16 where unsafe matches(name, "proxy-connection"): return .connectionSpecific
        case 17 where unsafe matches(name, "transfer-encoding"): return .connectionSpecific
        case 19 where unsafe matches(name, "proxy-authorization"): return .credentials
        default: return .other
        }
    }

    private static func pseudo(_ name: UnsafeRawPointer, _ length: Int) -> FieldKind {
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
    var isPseudo: Bool { rawValue <= FieldKind.unknownPseudo.rawValue }

    /// Whether it is `cookie` or `credentials`.
    @inline(__always)
    var isSensitive: Bool { rawValue &- FieldKind.cookie.rawValue <= 1 }

    /// A bit of its own for each pseudo-header field.
    @inline(__always)
    var bit: UInt8 { 1 << rawValue }
}
