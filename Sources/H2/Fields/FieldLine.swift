// SPDX-License-Identifier: MIT

/// Where a field lies in a field block: the value follows its name. What the rules ask of a name is
/// told once, when the field is made.
struct FieldLine: Sendable {
    var offset: UInt32
    var nameLength: UInt32
    var valueLength: UInt32
    /// Which name it is.
    var name: FieldKind
    /// Whether the name has only characters that it may have, RFC 9113 §8.2.1.
    var hasValidName: Bool
    var isNeverIndexed: Bool

    /// Whether it is kept out of compression tables, whatever the caller says, RFC 7541 §7.1.3:
    /// credentials, and cookies short enough to be guessed. In h2: `_secure_headers`.
    @inline(__always) var isSensitive: Bool {
        name.isSensitive && (name == .credentials || valueLength < 20)
    }

    var nameOffset: Int { Int(offset) }
    var valueOffset: Int { Int(offset) &+ Int(nameLength) }

    /// Writes name and value into a block, where there must be room for them and a vector more.
    @inline(__always)
    init(
        writing name: UnsafePointer<UInt8>, _ nameLength: Int, _ value: UnsafePointer<UInt8>,
        _ valueLength: Int, at offset: Int, of bytes: UnsafeMutableRawPointer, isNeverIndexed: Bool
    ) {
        let target = unsafe bytes + offset
        unsafe Self.copy(name, to: target, nameLength)
        unsafe Self.copy(value, to: target + nameLength, valueLength)
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.nameLength = UInt32(truncatingIfNeeded: nameLength)
        self.valueLength = UInt32(truncatingIfNeeded: valueLength)
        self.name = unsafe FieldKind(target, nameLength)
        // A name that a rule is about is spelled right.
        let isKnown = self.name != .other && self.name != .unknownPseudo
        self.hasValidName = unsafe isKnown || !FieldCharacters.isBadName(target, nameLength)
        self.isNeverIndexed = isNeverIndexed
    }

    /// Writes another value behind a name that is there.
    @inline(__always)
    init(
        _ field: FieldLine, with value: UnsafePointer<UInt8>, _ valueLength: Int,
        of bytes: UnsafeMutableRawPointer, isNeverIndexed: Bool
    ) {
        self = field
        unsafe Self.copy(value, to: bytes + valueOffset, valueLength)
        self.valueLength = UInt32(truncatingIfNeeded: valueLength)
        self.isNeverIndexed = isNeverIndexed
    }

    /// Copies bytes, mostly few of them: then two loads that overlap cover all lengths between one
    /// word and two, and no call is needed.
    @inline(__always)
    private static func copy(
        _ source: UnsafePointer<UInt8>, to target: UnsafeMutableRawPointer, _ count: Int
    ) {
        let source = unsafe UnsafeRawPointer(source)
        if count >= 16 {
            guard count <= 32 else {
                return unsafe target.copyMemory(from: source, byteCount: count)
            }
            unsafe move(source, target, count &- 16, as: SIMD16<UInt8>.self)
        } else if count >= 8 {
            unsafe move(source, target, count &- 8, as: UInt64.self)
        } else if count >= 4 {
            unsafe move(source, target, count &- 4, as: UInt32.self)
        } else if count >= 2 {
            unsafe move(source, target, count &- 2, as: UInt16.self)
        } else if count == 1 {
            unsafe target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
        }
    }

    @inline(__always)
    private static func move<Word: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ end: Int,
        as type: Word.Type
    ) {
        let first = unsafe source.loadUnaligned(as: Word.self)
        let last = unsafe source.loadUnaligned(fromByteOffset: end, as: Word.self)
        unsafe target.storeBytes(of: first, as: Word.self)
        unsafe target.storeBytes(of: last, toByteOffset: end, as: Word.self)
    }
}
