// SPDX-License-Identifier: MIT

/// A header or trailer section: fields in order, repeats kept, over one block of bytes.
///
/// A received section costs at most one allocation, however many fields it has; a `String` is made
/// when one is asked for. Names are compared byte by byte: in HTTP/2 they are lower case, RFC 9113
/// §8.2.
// Sendable: a block that is shared is never written to.
public struct H2Headers: @unchecked Sendable {
    /// Nil where there are no fields.
    private var block: HeaderBlock?

    /// No fields.
    public init() {}

    /// Takes a block that nobody else holds.
    init(_ block: HeaderBlock?) { self.block = block }

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
            block = HeaderBlock.make(fieldCapacity: 12, byteCapacity: length < 256 ? 256 : length)
        } else if !isKnownUniquelyReferenced(&block) || block?.hasRoom(for: length) == false {
            block = block?.grown(for: length)
        }
        unsafe block?.append(name: name, value: value, isNeverIndexed: isNeverIndexed)
    }

    /// The fields where they lie, for as long as somebody holds this section and does not change it.
    @inline(__always)
    var view: HeaderView {
        guard let block else { return unsafe HeaderBlock.empty.view }
        // Whoever holds this section holds the block: it need not be retained.
        return unsafe Unmanaged.passUnretained(block)._withUnsafeGuaranteedRef { $0.view }
    }

    /// Bytes allocated.
    var heldByteCount: Int { block?.heldByteCount ?? 0 }

    /// Lends the fields.
    func withView<R>(_ body: (HeaderView) -> R) -> R {
        defer { withExtendedLifetime(block) {} }
        return body(view)
    }

    /// The value of the first field of that name.
    public subscript(name: String) -> String? {
        firstIndex(ofName: name).map { self[$0].value }
    }

    /// The values of all fields of that name, in order.
    public subscript(all name: String) -> [String] {
        indices(ofName: name).map { self[$0].value }
    }

    /// The position of the first field of that name.
    public func firstIndex(ofName name: String) -> Int? { indices(ofName: name).first }

    private func indices(ofName name: String) -> [Int] {
        unsafe name.utf8.withBytes { name in
            withView { view in
                (0..<view.count).filter { unsafe view.name(of: view[$0]).elementsEqual(name) }
            }
        }
    }

    /// The bytes of the first field that a rule is about.
    func firstValue(of name: FieldName) -> H2Bytes? {
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

    public mutating func replaceSubrange(
        _ range: Range<Int>, with newElements: some Collection<H2Header>
    ) {
        // The block is written anew, so that removed fields leave nothing behind in it.
        var next = H2Headers()
        for header in self[..<range.lowerBound] { next.append(header) }
        for header in newElements { next.append(header) }
        for header in self[range.upperBound...] { next.append(header) }
        self = next
    }
}

extension H2Headers: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    /// Keeps order and repeats.
    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    public init(arrayLiteral elements: (String, String)...) { self.init(elements) }
}

extension H2Headers: Hashable, CustomStringConvertible {
    public static func == (a: H2Headers, b: H2Headers) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy(==)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for header in self { hasher.combine(header) }
    }

    /// `[name: value, …]`, for a log line.
    public var description: String {
        "[" + map { $0.description }.joined(separator: ", ") + "]"
    }
}
