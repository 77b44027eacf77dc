// SPDX-License-Identifier: MIT

/// A header or trailer section: fields in order, repeats kept, over one block of bytes.
///
/// A received section costs two allocations, however many fields it has; a `String` is made when
/// one is asked for. Names are compared byte by byte: in HTTP/2 they are lower case, RFC 9113 §8.2.
public struct H2Headers: Sendable {
    /// Where a field lies in the block: the value follows its name.
    struct Field: Sendable {
        var offset: UInt32
        var nameLength: UInt32
        var valueLength: UInt32
        var isNeverIndexed: Bool
        /// Which name it is, told once, when the field is made.
        var name: FieldName

        init(
            offset: Int, nameLength: Int, valueLength: Int, isNeverIndexed: Bool, name: FieldName
        ) {
            self.offset = UInt32(truncatingIfNeeded: offset)
            self.nameLength = UInt32(truncatingIfNeeded: nameLength)
            self.valueLength = UInt32(truncatingIfNeeded: valueLength)
            self.isNeverIndexed = isNeverIndexed
            self.name = name
        }

        var nameRange: Range<Int> { Int(offset)..<Int(offset) + Int(nameLength) }
        var valueRange: Range<Int> {
            Int(offset) + Int(nameLength)..<Int(offset) + Int(nameLength) + Int(valueLength)
        }
    }

    private(set) var bytes: [UInt8]
    private(set) var fields: [Field]

    /// No fields.
    public init() {
        self.bytes = []
        self.fields = []
    }

    /// Takes a block as the engine decoded it.
    init(bytes: [UInt8], fields: [Field]) {
        self.bytes = bytes
        self.fields = fields
    }

    /// No fields, and room for some.
    init(byteCapacity: Int, fieldCapacity: Int) {
        self.init()
        bytes.reserveCapacity(byteCapacity)
        fields.reserveCapacity(fieldCapacity)
    }

    /// Makes a section from pairs of text, encoded as UTF-8.
    public init(_ pairs: some Sequence<(String, String)>) {
        self.init()
        for (name, value) in pairs { append(name, value) }
    }

    /// Makes a section from fields.
    public init(_ headers: some Sequence<H2Header>) {
        self.init()
        for header in headers { append(header) }
    }

    /// Appends a field, its text encoded as UTF-8.
    public mutating func append(
        _ name: String, _ value: String, indexing: H2Header.Indexing = .automatic
    ) {
        append(name: name.utf8, value: value.utf8, indexing: indexing)
    }

    /// Appends a field of raw bytes.
    public mutating func append(
        name: some Collection<UInt8>, value: some Collection<UInt8>,
        indexing: H2Header.Indexing = .automatic
    ) {
        let offset = bytes.count
        bytes.append(contentsOf: name)
        let nameLength = bytes.count - offset
        bytes.append(contentsOf: value)
        fields.append(
            Field(
                offset: offset, nameLength: nameLength,
                valueLength: bytes.count - offset - nameLength,
                isNeverIndexed: indexing == .never,
                name: FieldName(bytes[offset..<offset + nameLength])))
    }

    /// Appends to the value of the last field.
    mutating func extendLastValue(with more: some Collection<UInt8>) {
        guard let last = fields.indices.last else { return }
        bytes.append(contentsOf: more)
        fields[last].valueLength += UInt32(truncatingIfNeeded: more.count)
    }

    /// The value of the first field of that name.
    public subscript(name: String) -> String? {
        firstIndex(ofName: name).map { self[$0].value }
    }

    /// The values of all fields of that name, in order.
    public subscript(all name: String) -> [String] {
        fields.indices.filter { hasName(name, at: $0) }.map { self[$0].value }
    }

    /// The position of the first field of that name.
    public func firstIndex(ofName name: String) -> Int? {
        fields.indices.first { hasName(name, at: $0) }
    }

    private func hasName(_ name: String, at index: Int) -> Bool {
        let field = fields[index]
        return name.utf8.count == Int(field.nameLength)
            && bytes[field.nameRange].elementsEqual(name.utf8)
    }

    /// The bytes of the first field that a rule is about, without making a `String`.
    func firstValue(of name: FieldName) -> ArraySlice<UInt8>? {
        for field in fields where field.name == name { return bytes[field.valueRange] }
        return nil
    }
}

extension H2Headers: RandomAccessCollection, RangeReplaceableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { fields.count }

    public subscript(position: Int) -> H2Header {
        H2Header(bytes: bytes, field: fields[position])
    }

    public mutating func append(_ header: H2Header) {
        append(
            name: header.bytes[header.field.nameRange],
            value: header.bytes[header.field.valueRange],
            indexing: header.indexing)
    }

    public mutating func replaceSubrange(
        _ range: Range<Int>, with newElements: some Collection<H2Header>
    ) {
        let tail = fields[range.upperBound...]
        let old = bytes
        fields.removeSubrange(range.lowerBound...)
        // The block is written anew, so that removed fields leave nothing behind in it.
        var next = H2Headers()
        for field in fields { next.copy(field, of: old) }
        for header in newElements { next.append(header) }
        for field in tail { next.copy(field, of: old) }
        self = next
    }

    private mutating func copy(_ field: Field, of block: [UInt8]) {
        append(
            name: block[field.nameRange], value: block[field.valueRange],
            indexing: field.isNeverIndexed ? .never : .automatic)
    }
}

extension H2Headers: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    /// Keeps order and repeats.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    public init(arrayLiteral elements: (String, String)...) { self.init(elements) }
}

extension H2Headers: Hashable, CustomStringConvertible {
    public static func == (a: H2Headers, b: H2Headers) -> Bool {
        a.fields.count == b.fields.count && zip(a, b).allSatisfy(==)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(fields.count)
        for header in self { hasher.combine(header) }
    }

    /// `[name: value, …]`, for a log line.
    public var description: String {
        "[" + map(\.description).joined(separator: ", ") + "]"
    }
}
