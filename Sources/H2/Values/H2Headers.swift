// SPDX-License-Identifier: MIT

/// A header or trailer section: its field lines in order, including repeated ones.
///
/// All field lines are in one allocation, which copies and connections can share. Reading `name` or
/// `value` of a field line creates a `String`. Names are compared byte by byte: in HTTP/2 they are
/// lowercase, RFC 9113 §8.2.
// Sendable: a field section that is shared never changes.
public struct H2Headers: @unchecked Sendable {
    /// The field lines. Editing replaces the section with a copy if it is shared.
    var section: FieldSection

    /// Creates an empty section.
    public init() { section = .empty }

    init(_ section: FieldSection) { self.section = section }

    /// Creates a section from names and values, encoded as UTF-8.
    // Not only for sequences: other modules cannot specialize the generic initializer.
    public init(_ pairs: [(String, String)]) {
        var byteCount = 0
        for (name, value) in pairs { byteCount += name.utf8.count + value.utf8.count }
        let section = FieldSection.make(forFields: pairs.count, bytes: byteCount)
        for (name, value) in pairs {
            name.utf8.withBytes { name in
                value.utf8.withBytes { section.add(name, RecognizedName(name), $0) }
            }
        }
        section.finish(0..<byteCount)
        self.section = section
    }

    /// Creates a section from names and values, which are encoded as UTF-8.
    public init(_ pairs: [(H2FieldName, String)]) {
        var byteCount = 0
        for (name, value) in pairs { byteCount += name.byteCount + value.utf8.count }
        let section = FieldSection.make(forFields: pairs.count, bytes: byteCount)
        for (name, value) in pairs {
            // A closure that uses `name` would copy it, which takes 60 instructions.
            if let known = name.known {
                value.utf8.withBytes { value in
                    known.withBytes { section.add($0, RecognizedName(known), value) }
                }
            } else {
                name.withBytes { name in
                    value.utf8.withBytes { section.add(name, RecognizedName(unknown: name), $0) }
                }
            }
        }
        section.finish(0..<byteCount)
        self.section = section
    }

    /// Creates a section from names and values, encoded as UTF-8.
    public init(_ pairs: some Sequence<(String, String)>) { self.init(Array(pairs)) }

    /// Creates a section from names and values, which are encoded as UTF-8.
    public init(_ pairs: some Sequence<(H2FieldName, String)>) { self.init(Array(pairs)) }

    /// Creates a section from field lines.
    public init(_ headers: some Sequence<H2Header>) {
        self.init()
        for header in headers { append(header) }
    }

    /// Reserves room for `count` field lines in total. The room for names and values grows as
    /// needed.
    public mutating func reserveCapacity(_ count: Int) {
        guard !section.hasCapacity(forFields: count, bytes: 0) else { return }
        FieldSection.reserve(fields: count - self.count, bytes: 0, in: &section)
    }

    /// The number of bytes allocated.
    var heldByteCount: Int { section.heldByteCount }

    /// Returns the value of the first field line of this kind, or `nil` if there is none.
    func firstValue(of kind: FieldKind) -> H2Bytes? {
        section.firstIndex(of: kind).map { H2Bytes(section.value(at: $0)) }
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

extension H2Headers: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    /// Creates a section from a literal such as `["x-tenant": tenant]`, keeping the order and
    /// repeated names.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    /// Creates a section from a literal such as `[(.method, "GET"), ("x-tenant", tenant)]`, keeping
    /// the order and repeated names.
    public init(arrayLiteral elements: (H2FieldName, String)...) { self.init(elements) }
}

// Sections are equal if they have equal field lines, including indexing, in the same order.
extension H2Headers: Hashable, CustomStringConvertible {
    /// `[name: value, …]`, for logs.
    public var description: String {
        "[" + map { $0.description }.joined(separator: ", ") + "]"
    }
}
