// SPDX-License-Identifier: MIT

/// A header or trailer section: its field lines in order, including repeated ones.
///
/// All field lines are in one allocation, which copies and connections can share. Reading `name` or
/// `value` of a field line creates a `String`. Names are compared byte by byte: in HTTP/2 they are
/// lowercase, RFC 9113 §8.2.
// Sendable: a field section that is shared never changes.
public struct H2Headers: @unchecked Sendable {
    /// The field lines. Editing replaces the section with a copy if it is shared.
    private(set) var section: FieldSection

    /// Creates an empty section.
    public init() { section = .empty }

    init(_ section: FieldSection) { self.section = section }

    /// Creates a section from names and values, encoded as UTF-8.
    public init(_ pairs: some Sequence<(String, String)>) {
        self.init()
        for (name, value) in pairs { append(name, value) }
    }

    /// Creates a section from field lines.
    public init(_ headers: some Sequence<H2Header>) {
        self.init()
        for header in headers { append(header) }
    }

    /// Appends a field line from text, encoded as UTF-8.
    public mutating func append(
        _ name: String, _ value: String, indexing: H2Header.Indexing = .automatic
    ) {
        append(name: name.utf8, value: value.utf8, indexing: indexing)
    }

    /// Appends a field line from bytes.
    public mutating func append(
        name: some Collection<UInt8>, value: some Collection<UInt8>,
        indexing: H2Header.Indexing = .automatic
    ) {
        name.withBytes { name in
            value.withBytes { value in
                FieldSection.append(
                    name, value, isNeverIndexed: indexing == .never, to: &section)
            }
        }
    }

    /// The number of bytes allocated.
    var heldByteCount: Int { section.heldByteCount }

    /// The value of the first field line with this name, or `nil` if there is none.
    ///
    /// Setting a value replaces the value of the first field line, which keeps its position and
    /// indexing, and removes the others with this name. If there is none, a field line is appended.
    /// Setting `nil` removes all field lines with this name.
    ///
    /// Use lowercase names: `headers["Content-Length"]` does not find `content-length`, although
    /// normalization makes both the same name when they are sent.
    public subscript(name: String) -> String? {
        get { firstIndex(ofName: name).map { self[$0].value } }
        set {
            let first = firstIndex(ofName: name)
            guard let newValue else {
                if let first { removeFields(ofName: name, from: first) }
                return
            }
            guard let first else { return append(name, newValue) }
            removeFields(ofName: name, from: first + 1)
            let indexing = self[first].indexing
            var field = H2Headers()
            field.append(name, newValue, indexing: indexing)
            replace(first..<first + 1, with: field)
        }
    }

    /// The values of all field lines with this name, in order.
    public subscript(all name: String) -> [String] {
        var values: [String] = []
        var next = 0
        while let index = firstIndex(ofName: name, from: next) {
            values.append(self[index].value)
            next = index + 1
        }
        return values
    }

    /// Returns the index of the first field line with this name, or `nil` if there is none.
    public func firstIndex(ofName name: String) -> Int? { firstIndex(ofName: name, from: 0) }

    private func firstIndex(ofName name: String, from first: Int) -> Int? {
        name.utf8.withBytes { section.firstIndex(ofName: $0, from: first) }
    }

    /// Returns the value of the first field line of this kind, or `nil` if there is none.
    func firstValue(of kind: FieldKind) -> H2Bytes? {
        section.firstIndex(of: kind).map { H2Bytes(section.value(at: $0)) }
    }
}

extension Collection<UInt8> {
    /// Calls `body` with the bytes, or with a copy if they are not contiguous.
    fileprivate func withBytes<R>(_ body: (Span<UInt8>) -> R) -> R {
        withContiguousStorageIfAvailable { unsafe body($0.span) } ?? body(Array(self).span)
    }
}

extension H2Headers: RandomAccessCollection, RangeReplaceableCollection {
    /// The index of the first field line, 0.
    public var startIndex: Int { 0 }
    /// The index after the last field line.
    public var endIndex: Int { count }
    /// The number of field lines.
    public var count: Int { section.count }

    /// The field line at an index.
    public subscript(position: Int) -> H2Header {
        precondition(0..<count ~= position, "position out of range")
        return H2Header(section, at: position)
    }

    /// Appends a field line.
    public mutating func append(_ header: H2Header) { header.append(to: &section) }

    /// Appends all field lines of another section in one operation.
    public mutating func append(contentsOf other: H2Headers) {
        replace(count..<count, with: other)
    }

    /// Replaces a range of field lines.
    public mutating func replaceSubrange(
        _ range: Range<Int>, with newElements: some Collection<H2Header>
    ) {
        replace(range, with: H2Headers(newElements))
    }

    /// Removes a field line and returns it. If no copy of the section shares its storage, the
    /// following field lines are usually moved in place, and the section is not copied.
    @discardableResult
    public mutating func remove(at position: Int) -> H2Header {
        // A view of the field line would share the section, so removing it would copy the section.
        let removed = self[position].copied
        removeSubrange(position..<position + 1)
        return removed
    }

    /// Removes the first field line and returns it. The section must not be empty.
    @discardableResult
    public mutating func removeFirst() -> H2Header { remove(at: 0) }
}

// MARK: - Editing

extension H2Headers {
    /// Replaces a range of field lines. The others are usually moved in place.
    private mutating func replace(_ range: Range<Int>, with new: H2Headers) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
        if range.count == count { return self = new }
        if !range.isEmpty { remove(range) }
        guard new.count != 0 else { return }
        let added = new.section
        FieldSection.reserve(fields: added.count, bytes: added.byteCount, in: &section)
        section.insert(added, at: range.lowerBound)
    }

    private mutating func remove(_ range: Range<Int>) {
        if !isKnownUniquelyReferenced(&section) { section = section.copy() }
        guard !section.remove(range) else { return }
        keep { !range.contains($0) }
    }

    /// Removes the field lines with this name whose index is `first` or higher.
    private mutating func removeFields(ofName name: String, from first: Int) {
        guard let index = firstIndex(ofName: name, from: first) else { return }
        guard firstIndex(ofName: name, from: index + 1) != nil else {
            return replace(index..<index + 1, with: [])
        }
        name.utf8.withBytes { name in
            keep { [section] index in index < first || !section.hasName(name, at: index) }
        }
    }

    /// Rebuilds the section from the field lines for whose index `isKept` returns true.
    private mutating func keep(_ isKept: (Int) -> Bool) {
        var next = H2Headers()
        for (index, header) in enumerated() where isKept(index) { next.append(header) }
        self = next
    }
}

extension H2Headers: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    /// Creates a section from a literal, keeping the order and repeated names.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// Creates a section from a literal, keeping the order and repeated names.
    public init(arrayLiteral elements: (String, String)...) { self.init(elements) }
}

// Sections are equal if they have equal field lines, including indexing, in the same order.
extension H2Headers: Hashable, CustomStringConvertible {
    /// `[name: value, …]`, for logs.
    public var description: String {
        "[" + map { $0.description }.joined(separator: ", ") + "]"
    }
}
