// SPDX-License-Identifier: MIT

/// One field of a header or trailer section: a view into the storage of the section.
///
/// In h2: `HeaderTuple`, and `NeverIndexedHeaderTuple` where `indexing` is `.never`.
// Sendable: a field section that is shared never changes.
public struct H2Header: @unchecked Sendable {
    /// What HPACK may do with a field, RFC 7541 §7.1.3.
    public enum Indexing: Hashable, Sendable {
        /// The encoder decides.
        case automatic
        /// Never put into a compression table, here or by any intermediary.
        case never
    }

    private let section: FieldSection
    private let index: Int

    init(_ section: FieldSection, at index: Int) {
        self.section = section
        self.index = index
    }

    /// Makes a field from text, encoded as UTF-8.
    public init(_ name: String, _ value: String, indexing: Indexing = .automatic) {
        var headers = H2Headers()
        headers.append(name, value, indexing: indexing)
        self = headers[0]
    }

    /// The name, decoded at each access. Bytes that are not UTF-8 are replaced: `nameBytes` has
    /// them as they are.
    public var name: String { section.withName(at: index, Self.text) }

    /// The value, decoded at each access. Bytes that are not UTF-8 are replaced: `valueBytes` has
    /// them as they are.
    public var value: String { section.withValue(at: index, Self.text) }

    private static func text(_ bytes: Span<UInt8>) -> String {
        unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of the name, not copied.
    public var nameBytes: H2Bytes {
        H2Bytes(section, section[index].nameOffset..<section[index].valueOffset)
    }

    /// The bytes of the value, not copied.
    public var valueBytes: H2Bytes {
        H2Bytes(section, section[index].valueOffset..<section[index].endOffset)
    }

    /// Whether the field may go into a compression table.
    public var indexing: Indexing { section[index].isNeverIndexed ? .never : .automatic }

    /// A copy of the field in separate storage.
    var copied: H2Header {
        var headers = H2Headers()
        headers.append(self)
        return headers[0]
    }

    /// Appends the field to a section.
    func append(to other: inout FieldSection) {
        section.withName(at: index) { name in
            section.withValue(at: index) { value in
                FieldSection.append(
                    name, value, isNeverIndexed: section[index].isNeverIndexed, to: &other)
            }
        }
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
