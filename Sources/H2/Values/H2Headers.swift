// SPDX-License-Identifier: MIT

/// A header or trailer section: fields in order, repeats kept, over one block of bytes.
///
/// A received section costs at most one allocation, however many fields it has; a `String` is made
/// when one is asked for. Names are compared byte by byte: in HTTP/2 they are lower case, RFC 9113
/// §8.2.
// Sendable: a block that is shared is never written to.
public struct H2Headers: @unchecked Sendable {
    /// Nil where there are no fields.
    private var block: FieldBlock?

    /// No fields.
    public init() {}

    /// Takes a block that nobody else holds.
    init(_ block: FieldBlock?) { self.block = block }

    /// Makes a section from pairs of text, encoded as UTF-8.
    public init(_ pairs: some Sequence<(String, String)>) {
        for (name, value) in pairs { append(name, value) }
    }

    /// Makes a section from fields.
    public init(_ headers: some Sequence<H2Header>) {
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
        unsafe name.withBytes { name in
            unsafe value.withBytes { value in
                unsafe append(name, value, isNeverIndexed: indexing == .never)
            }
        }
    }

    /// Appends a field of bytes that lie somewhere else.
    mutating func append(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>,
        isNeverIndexed: Bool
    ) {
        let length = name.count + value.count
        if block == nil {
            block = FieldBlock.make(fieldCapacity: 12, byteCapacity: length < 256 ? 256 : length)
        } else if !isKnownUniquelyReferenced(&block) || block?.hasRoom(for: length) == false {
            block = block?.grown(for: length)
        }
        unsafe block?.append(name: name, value: value, isNeverIndexed: isNeverIndexed)
    }

    /// The fields where they lie, for as long as somebody holds this section and does not change it.
    @inline(__always)
    var view: FieldView {
        guard let block else { return unsafe FieldBlock.empty.view }
        // Whoever holds this section holds the block: it need not be retained.
        return unsafe Unmanaged.passUnretained(block)._withUnsafeGuaranteedRef { $0.view }
    }

    /// Bytes allocated.
    var heldByteCount: Int { block?.heldByteCount ?? 0 }

    /// Lends the fields.
    func withView<R>(_ body: (FieldView) -> R) -> R {
        defer { withExtendedLifetime(block) {} }
        return body(view)
    }

    /// The value of the first field of that name.
    ///
    /// Setting a value replaces the first field of that name, keeping its position and indexing,
    /// and removes the others; if there is none, the new field is appended. Setting `nil` removes
    /// all fields of that name.
    ///
    /// Names compare byte by byte, so write them in lower case: `headers["Content-Length"]` does not
    /// find `content-length`, although both are the same name once they are sent.
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

    /// The values of all fields of that name, in order.
    public subscript(all name: String) -> [String] {
        var values: [String] = []
        var next = 0
        while let index = firstIndex(ofName: name, from: next) {
            values.append(self[index].value)
            next = index + 1
        }
        return values
    }

    /// The position of the first field of that name.
    public func firstIndex(ofName name: String) -> Int? { firstIndex(ofName: name, from: 0) }

    private func firstIndex(ofName name: String, from first: Int) -> Int? {
        unsafe name.utf8.withBytes { name in
            withView { view in
                (first..<view.count).first {
                    unsafe memory(view.name(of: view[$0]), equals: name)
                }
            }
        }
    }

    /// The bytes of the first field that a rule is about.
    func firstValue(of name: FieldKind) -> H2Bytes? {
        withView { view in
            unsafe view.fields.first { $0.name == name }.map {
                unsafe H2Bytes(copying: UnsafeRawBufferPointer(view.value(of: $0)))
            }
        }
    }
}

extension Collection<UInt8> {
    /// Lends the bytes, copied first where they do not lie together.
    fileprivate func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        unsafe withContiguousStorageIfAvailable(body)
            ?? Array(self).withUnsafeBufferPointer(body)
    }
}

extension H2Headers: RandomAccessCollection, RangeReplaceableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }
    public var count: Int { view.count }

    public subscript(position: Int) -> H2Header {
        guard let block, 0..<endIndex ~= position else {
            preconditionFailure("there is no such field")
        }
        return H2Header(block, block.view[position])
    }

    public mutating func append(_ header: H2Header) {
        unsafe header.withNameAndValue { name, value in
            unsafe append(name, value, isNeverIndexed: header.indexing == .never)
        }
    }

    /// Appends all fields of another section in one operation.
    public mutating func append(contentsOf other: H2Headers) {
        replace(count..<count, with: other)
    }

    public mutating func replaceSubrange(
        _ range: Range<Int>, with newElements: some Collection<H2Header>
    ) {
        replace(range, with: H2Headers(newElements))
    }

    /// Removes a field and returns it. If no copy of the section shares its storage, the fields
    /// after it are usually moved in place, and the section is not copied.
    @discardableResult
    public mutating func remove(at position: Int) -> H2Header {
        // A view into this block would share it, and removing the field would then copy it.
        let removed = self[position].copied
        removeSubrange(position..<position + 1)
        return removed
    }

    /// Removes the first field and returns it; the section must not be empty.
    @discardableResult
    public mutating func removeFirst() -> H2Header { remove(at: 0) }
}

// MARK: - Editing

extension H2Headers {
    /// Replaces fields. The others are usually moved in place, not written again.
    private mutating func replace(_ range: Range<Int>, with new: H2Headers) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "out of bounds")
        if range.count == count { return self = new }
        if !range.isEmpty { remove(range) }
        guard let added = new.block, new.count != 0 else { return }
        let bytes = added.view.byteCount
        if !isKnownUniquelyReferenced(&block)
            || block?.hasRoom(forFields: new.count, bytes: bytes) == false
        {
            block = block?.grown(forFields: new.count, bytes: bytes)
        }
        new.withView { block?.insert($0, at: range.lowerBound) }
    }

    private mutating func remove(_ range: Range<Int>) {
        if !isKnownUniquelyReferenced(&block) { block = block?.grown(forFields: 0, bytes: 0) }
        guard block?.remove(range) == false else { return }
        keep { !range.contains($0) }
    }

    /// Removes the fields of that name whose index is `first` or higher.
    private mutating func removeFields(ofName name: String, from first: Int) {
        guard let index = firstIndex(ofName: name, from: first) else { return }
        guard firstIndex(ofName: name, from: index + 1) != nil else {
            return replace(index..<index + 1, with: [])
        }
        let view = view
        unsafe name.utf8.withBytes { name in
            keep { index in
                unsafe index < first || !memory(view.name(of: view[index]), equals: name)
            }
        }
    }

    /// Rebuilds the section from the fields for which `isKept` returns true.
    private mutating func keep(_ isKept: (Int) -> Bool) {
        var next = H2Headers()
        for (index, header) in enumerated() where isKept(index) { next.append(header) }
        self = next
    }
}

extension H2Headers: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    /// Keeps order and repeats.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    public init(arrayLiteral elements: (String, String)...) { self.init(elements) }
}

extension H2Headers: Hashable, CustomStringConvertible {
    /// Whether the sections have equal fields, with equal indexing, in the same order.
    public static func == (a: H2Headers, b: H2Headers) -> Bool {
        a.withView { first in
            b.withView { second in
                guard first.count == second.count, first.byteCount == second.byteCount else {
                    return false
                }
                return (0..<first.count).allSatisfy {
                    let (field, other) = (first[$0], second[$0])
                    return unsafe field.isNeverIndexed == other.isNeverIndexed
                        && memory(first.name(of: field), equals: second.name(of: other))
                        && memory(first.value(of: field), equals: second.value(of: other))
                }
            }
        }
    }

    public func hash(into hasher: inout Hasher) {
        withView { view in
            hasher.combine(view.count)
            for index in 0..<view.count {
                let field = view[index]
                hasher.combine(field.nameLength)
                hasher.combine(field.valueLength)
                hasher.combine(field.isNeverIndexed)
                unsafe hasher.combine(bytes: UnsafeRawBufferPointer(view.name(of: field)))
                unsafe hasher.combine(bytes: UnsafeRawBufferPointer(view.value(of: field)))
            }
        }
    }

    /// `[name: value, …]`, for a log line.
    public var description: String {
        "[" + map { $0.description }.joined(separator: ", ") + "]"
    }
}
