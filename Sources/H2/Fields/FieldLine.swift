// SPDX-License-Identifier: MIT

/// Where a field line is in the bytes of its section: the value follows the name. What the rules
/// need to know about the name is determined once, when the line is made.
struct FieldLine: Sendable {
    var offset: UInt32
    let nameLength: UInt32
    let valueLength: UInt32
    /// The kind of its name.
    let kind: FieldKind
    /// Whether the name has only the characters that RFC 9113 §8.2.1 allows.
    let hasValidName: Bool
    var isNeverIndexed: Bool

    /// Whether the line is kept out of compression tables, whatever the caller says, RFC 7541
    /// §7.1.3: credentials, and cookies short enough to be guessed. In h2: `_secure_headers`.
    @inline(__always) var isSensitive: Bool {
        kind.isSensitive && (kind == .credentials || valueLength < 20)
    }

    var nameOffset: Int { Int(offset) }
    var valueOffset: Int { Int(offset) &+ Int(nameLength) }
    var endOffset: Int { valueOffset &+ Int(valueLength) }

    /// - Parameter name: The name in its section, after which `FieldSection.slack` bytes may be read.
    @inline(__always)
    init(name: Span<UInt8>, valueLength: Int, at offset: Int, isNeverIndexed: Bool) {
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.nameLength = UInt32(truncatingIfNeeded: name.count)
        self.valueLength = UInt32(truncatingIfNeeded: valueLength)
        self.kind = FieldKind(name)
        // The names that a rule is about have valid characters only.
        let isKnown = kind != .other && kind != .unknownPseudo
        self.hasValidName = isKnown || !FieldCharacters.isBadName(name)
        self.isNeverIndexed = isNeverIndexed
    }
}
