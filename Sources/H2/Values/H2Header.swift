// SPDX-License-Identifier: MIT

/// One field of a header or trailer section: a view into the block that holds its bytes.
///
/// In h2: `HeaderTuple`, and `NeverIndexedHeaderTuple` where `indexing` is `.never`.
// Sendable: a block that is shared is never written to.
public struct H2Header: @unchecked Sendable {
    /// What HPACK may do with a field, RFC 7541 §7.1.3.
    public enum Indexing: Hashable, Sendable {
        /// The encoder decides.
        case automatic
        /// Never put into a compression table, here or by any intermediary.
        case never
    }

    private let block: FieldBlock
    private let field: FieldLine

    init(_ block: FieldBlock, _ field: FieldLine) {
        self.block = block
        self.field = field
    }

    /// Makes a field from text, encoded as UTF-8.
    public init(_ name: String, _ value: String, indexing: Indexing = .automatic) {
        var headers = H2Headers()
        headers.append(name, value, indexing: indexing)
        self = headers[0]
    }

    /// The name, made anew at each call. Bytes that are not UTF-8 are replaced: `nameBytes` has
    /// them as they are.
    public var name: String {
        unsafe withNameAndValue { name, _ in unsafe String(decoding: name, as: UTF8.self) }
    }

    /// The value, made anew at each call. Bytes that are not UTF-8 are replaced: `valueBytes` has
    /// them as they are.
    public var value: String {
        unsafe withNameAndValue { _, value in unsafe String(decoding: value, as: UTF8.self) }
    }

    /// The bytes of the name, not copied.
    public var nameBytes: H2Bytes {
        H2Bytes(block, at: field.nameOffset, count: Int(field.nameLength))
    }

    /// The bytes of the value, not copied.
    public var valueBytes: H2Bytes {
        H2Bytes(block, at: field.valueOffset, count: Int(field.valueLength))
    }

    /// Whether the field may go into a compression table.
    public var indexing: Indexing { field.isNeverIndexed ? .never : .automatic }

    /// A copy of the field in separate storage.
    var copied: H2Header {
        var headers = H2Headers()
        headers.append(self)
        return headers[0]
    }

    /// Lends name and value.
    func withNameAndValue<R>(
        _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> R
    ) -> R {
        defer { withExtendedLifetime(block) {} }
        let view = block.view
        return unsafe body(view.name(of: field), view.value(of: field))
    }
}

extension H2Header: Hashable, CustomStringConvertible {
    public static func == (a: H2Header, b: H2Header) -> Bool {
        a.indexing == b.indexing && a.nameBytes == b.nameBytes && a.valueBytes == b.valueBytes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(nameBytes)
        hasher.combine(valueBytes)
        hasher.combine(indexing)
    }

    /// `name: value`.
    public var description: String { "\(name): \(value)" }
}
