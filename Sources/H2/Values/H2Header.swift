// SPDX-License-Identifier: MIT

/// A field line of a header or trailer section: a view into the storage of the section.
///
/// In h2: `HeaderTuple`, or `NeverIndexedHeaderTuple` if `indexing` is `.never`.
// Sendable: a field section that is shared never changes.
public struct H2Header: @unchecked Sendable {
    /// Whether HPACK may add a field line to a compression table, RFC 7541 §7.1.3.
    public enum Indexing: Hashable, Sendable {
        /// The encoder decides.
        case automatic
        /// Neither the encoder nor an intermediary may add the field line to a compression table.
        case never
    }

    private let section: FieldSection
    private let index: Int

    init(_ section: FieldSection, at index: Int) {
        self.section = section
        self.index = index
    }

    /// Creates a field line from text, encoded as UTF-8.
    public init(_ name: String, _ value: String, indexing: Indexing = .automatic) {
        var headers = H2Headers()
        headers.append(name, value, indexing: indexing)
        self = headers[0]
    }

    /// Creates a field line from a name and text, encoded as UTF-8.
    public init(_ name: H2FieldName, _ value: String, indexing: Indexing = .automatic) {
        var headers = H2Headers()
        headers.append(name, value, indexing: indexing)
        self = headers[0]
    }

    /// The name, to compare with static members of ``H2FieldName``: `field.fieldName == .path`.
    public var fieldName: H2FieldName {
        section.withName(at: index) { H2FieldName($0, section[index].known) }
    }

    /// The name, decoded on each access. Invalid UTF-8 is replaced; `nameBytes` has the original
    /// bytes.
    public var name: String { section.withName(at: index) { $0.text } }

    /// The value, decoded on each access. Invalid UTF-8 is replaced; `valueBytes` has the original
    /// bytes.
    public var value: String { section.withValue(at: index) { $0.text } }

    /// The bytes of the name, which are not copied.
    public var nameBytes: H2Bytes {
        H2Bytes(section, section[index].nameOffset..<section[index].valueOffset)
    }

    /// The bytes of the value, which are not copied.
    public var valueBytes: H2Bytes {
        H2Bytes(section, section[index].valueOffset..<section[index].endOffset)
    }

    /// Whether HPACK may add the field line to a compression table.
    public var indexing: Indexing { section[index].isNeverIndexed ? .never : .automatic }

    /// A copy of the field line in separate storage.
    var copied: H2Header {
        var headers = H2Headers()
        headers.append(self)
        return headers[0]
    }

    /// Appends the field line to a section.
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
    /// Returns whether the names, the values and the indexing are equal.
    public static func == (a: H2Header, b: H2Header) -> Bool {
        a.indexing == b.indexing && a.nameBytes == b.nameBytes && a.valueBytes == b.valueBytes
    }

    /// Hashes the name, the value and the indexing.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(nameBytes)
        hasher.combine(valueBytes)
        hasher.combine(indexing)
    }

    /// `name: value`.
    public var description: String { "\(name): \(value)" }
}
