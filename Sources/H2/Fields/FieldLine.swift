// SPDX-License-Identifier: MIT

/// The position of a field line in the bytes of its section, where the value follows the name, and
/// the facts about its name, which are determined once.
struct FieldLine: Sendable {
    var offset: UInt32
    let nameLength: UInt32
    var valueLength: UInt32
    /// The raw value of the known name that its name equals; `notKnown` if there is none.
    let nameNumber: UInt8
    /// The kind of its name.
    let kind: FieldKind
    /// Whether the name contains only characters that RFC 9113 §8.2.1 allows.
    let hasValidName: Bool
    var isNeverIndexed: Bool

    /// Whether normalization keeps the line out of compression tables, even if the caller does not,
    /// RFC 7541 §7.1.3: credentials, and cookies short enough to guess. In h2: `_secure_headers`.
    @inline(__always) var isSensitive: Bool {
        kind.isSensitive && (kind == .credentials || valueLength < 20)
    }

    static let notKnown = UInt8.max

    /// The known name that its name equals; `nil` if there is none.
    var known: KnownName? { KnownName(rawValue: nameNumber) }

    var nameOffset: Int { Int(offset) }
    var valueOffset: Int { Int(offset) &+ Int(nameLength) }
    var endOffset: Int { valueOffset &+ Int(valueLength) }

    /// - Parameters:
    ///   - name: The name in its section, followed by `FieldSection.slack` readable bytes.
    ///   - recognized: The known name that `name` equals, if any, and the kind of `name`.
    @inline(__always)
    init(
        name: Span<UInt8>, _ recognized: RecognizedName, valueLength: Int, at offset: Int,
        isNeverIndexed: Bool
    ) {
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.nameLength = UInt32(truncatingIfNeeded: name.count)
        self.valueLength = UInt32(truncatingIfNeeded: valueLength)
        self.nameNumber = recognized.known?.rawValue ?? Self.notKnown
        self.kind = recognized.kind
        // Known names are valid.
        self.hasValidName = recognized.known != nil || !FieldCharacters.isBadName(name)
        self.isNeverIndexed = isNeverIndexed
    }
}
