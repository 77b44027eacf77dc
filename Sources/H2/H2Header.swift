// SPDX-License-Identifier: MIT

/// One field of a header or trailer section: a view into the block that holds its bytes.
///
/// In h2: `HeaderTuple`, and `NeverIndexedHeaderTuple` where `indexing` is `.never`.
public struct H2Header: Sendable {
    /// What HPACK may do with a field, RFC 7541 §7.1.3.
    public enum Indexing: Hashable, Sendable {
        /// The encoder decides.
        case automatic
        /// Never put into a compression table, here or by any intermediary.
        case never
    }

    let bytes: [UInt8]
    let field: H2Headers.Field

    init(bytes: [UInt8], field: H2Headers.Field) {
        self.bytes = bytes
        self.field = field
    }

    /// Makes a field from text, encoded as UTF-8.
    public init(_ name: String, _ value: String, indexing: Indexing = .automatic) {
        var bytes = Array(name.utf8)
        let nameLength = bytes.count
        bytes.append(contentsOf: value.utf8)
        self.bytes = bytes
        self.field = H2Headers.Field(
            offset: 0, nameLength: nameLength, valueLength: bytes.count - nameLength,
            isNeverIndexed: indexing == .never, name: FieldName(bytes[..<nameLength]))
    }

    /// The name, made anew at each call. Bytes that are not UTF-8 are replaced: `nameBytes` has
    /// them as they are.
    public var name: String { String(decoding: bytes[field.nameRange], as: UTF8.self) }

    /// The value, made anew at each call. Bytes that are not UTF-8 are replaced: `valueBytes` has
    /// them as they are.
    public var value: String { String(decoding: bytes[field.valueRange], as: UTF8.self) }

    /// The bytes of the name, not copied.
    public var nameBytes: H2Bytes { H2Bytes(bytes[field.nameRange]) }

    /// The bytes of the value, not copied.
    public var valueBytes: H2Bytes { H2Bytes(bytes[field.valueRange]) }

    /// Whether the field may go into a compression table.
    public var indexing: Indexing { field.isNeverIndexed ? .never : .automatic }
}

extension H2Header: Hashable, CustomStringConvertible {
    public static func == (a: H2Header, b: H2Header) -> Bool {
        a.indexing == b.indexing && a.bytes[a.field.nameRange] == b.bytes[b.field.nameRange]
            && a.bytes[a.field.valueRange] == b.bytes[b.field.valueRange]
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytes[field.nameRange])
        hasher.combine(bytes[field.valueRange])
        hasher.combine(indexing)
    }

    /// `name: value`.
    public var description: String { "\(name): \(value)" }
}
