// SPDX-License-Identifier: MIT

/// Bytes of a frame or of a field: a random-access collection of `UInt8`.
///
/// Indices begin at 0, except in a slice, which keeps the indices of its base. A slice is also an
/// `H2Bytes`. Slicing copies nothing, and `sendData` accepts a slice.
///
/// The payload of a received frame shares the array that contains the frame if the payload is
/// longer than 1,024 bytes, and at least an eighth of the array and a sixteenth of its capacity.
/// Otherwise, and always with `receiveData(copying:)`, a payload is a copy, so that a small event
/// never keeps a large array alive. A slice keeps the storage of its base alive.
// Sendable: neither arrays nor field sections change while they are shared.
public struct H2Bytes: @unchecked Sendable {
    // No larger than a slice of an array, because events are copied and destroyed often. `.part` is
    // a separate case because only slices of `H2Bytes` have a start index.
    private enum Storage {
        case array(ArraySlice<UInt8>)
        case part(ContiguousArray<UInt8>, offset: Int, count: Int, startIndex: Int)
        case field(FieldSection, offset: UInt32, count: UInt32, startIndex: UInt32)
    }

    private let storage: Storage

    private init(_ storage: Storage) { self.storage = storage }

    /// Creates a collection that shares the storage of an array.
    public init(_ bytes: [UInt8]) { self.init(.array(bytes[...])) }

    /// Creates a collection that shares the storage of a slice; its indices begin at 0.
    public init(_ bytes: ArraySlice<UInt8>) { self.init(.array(bytes)) }

    /// Creates a collection with a copy of the bytes.
    public init(copying bytes: Span<UInt8>) {
        self.init(unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) })
    }

    /// Creates a collection with a copy of the bytes.
    init(copying bytes: UnsafeRawBufferPointer) { self.init(unsafe Array(bytes)) }

    /// Creates a view of a part of the bytes of a field section.
    init(_ section: FieldSection, _ range: Range<Int>) {
        self.init(
            .field(
                section, offset: UInt32(truncatingIfNeeded: range.lowerBound),
                count: UInt32(truncatingIfNeeded: range.count), startIndex: 0))
    }

    /// Creates an empty collection.
    public init() { self.init([]) }

    /// Calls `body` with the bytes as a span.
    public func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        switch storage {
        case .array(let slice): try body(slice.span)
        case .part(let array, let offset, let count, _):
            try body(array.span.extracting(offset..<offset &+ count))
        case .field(let section, let offset, let count, _):
            try section.withBytes(Int(offset)..<Int(offset) + Int(count), body)
        }
    }

    /// Calls `body` with a pointer to the bytes that is valid until `body` returns.
    @unsafe
    @inlinable
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        if let slice { return try unsafe slice.withUnsafeBytes(body) }
        return try withSpan { span in try unsafe span.withUnsafeBytes(body) }
    }

    /// The bytes as a slice of an array; `nil` if a field section holds them.
    @usableFromInline
    var slice: ArraySlice<UInt8>? {
        switch storage {
        case .array(let slice): slice
        case .part(let array, let offset, let count, _): array[offset..<offset + count]
        case .field: nil
        }
    }
}

extension H2Bytes: RandomAccessCollection {
    /// A slice, which has the same type.
    public typealias SubSequence = H2Bytes

    /// The index of the first byte: 0, or, in a slice, its index in the base.
    public var startIndex: Int {
        switch storage {
        case .array: 0
        case .part(_, _, _, let startIndex): startIndex
        case .field(_, _, _, let startIndex): Int(startIndex)
        }
    }

    /// The index after the last byte.
    public var endIndex: Int { startIndex &+ count }

    /// The number of bytes.
    public var count: Int {
        switch storage {
        case .array(let slice): slice.count
        case .part(_, _, let count, _): count
        case .field(_, _, let count, _): Int(count)
        }
    }

    /// The byte at an index.
    public subscript(position: Int) -> UInt8 {
        switch storage {
        case .array(let slice): slice[slice.startIndex &+ position]
        case .part, .field: byte(at: position)
        }
    }

    @inline(never)
    private func byte(at position: Int) -> UInt8 {
        let offset = position &- startIndex
        return withSpan { $0[offset] }
    }

    /// The bytes in a range of indices, which are not copied.
    public subscript(bounds: Range<Int>) -> H2Bytes {
        precondition(
            bounds.lowerBound >= startIndex && bounds.upperBound <= endIndex, "range out of bounds")
        let distance = bounds.lowerBound - startIndex
        switch storage {
        case .array(let slice):
            let (array, offset) = slice.wholeArray
            return H2Bytes(
                .part(
                    array, offset: offset + distance, count: bounds.count,
                    startIndex: bounds.lowerBound))
        case .part(let array, let offset, _, _):
            return H2Bytes(
                .part(
                    array, offset: offset + distance, count: bounds.count,
                    startIndex: bounds.lowerBound))
        case .field(let section, let offset, _, _):
            return H2Bytes(
                .field(
                    section, offset: offset + UInt32(truncatingIfNeeded: distance),
                    count: UInt32(truncatingIfNeeded: bounds.count),
                    startIndex: UInt32(truncatingIfNeeded: bounds.lowerBound)))
        }
    }

    /// Calls `body` with the bytes, which are always contiguous.
    public func withContiguousStorageIfAvailable<R>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R? {
        try withSpan { span in try unsafe span.withUnsafeBufferPointer(body) }
    }

    /// Copies all bytes in one operation: `array += bytes` calls this.
    public func _copyContents(
        initializing target: UnsafeMutableBufferPointer<UInt8>
    ) -> (Iterator, UnsafeMutableBufferPointer<UInt8>.Index) {
        let length = Swift.min(count, target.count)
        withSpan { span in
            unsafe span.withUnsafeBufferPointer { source in
                if length > 0, let from = source.baseAddress, let to = target.baseAddress {
                    unsafe to.initialize(from: from, count: length)
                }
            }
        }
        return (Iterator(self, from: length), length)
    }

    /// Copies all bytes in one operation: `Array(bytes)` calls this.
    public func _copyToContiguousArray() -> ContiguousArray<UInt8> {
        withSpan { span in
            unsafe span.withUnsafeBufferPointer { unsafe ContiguousArray($0) }
        }
    }

    /// Searches all bytes in one operation: `firstIndex(of:)` calls this.
    public func _customIndexOfEquatableElement(_ element: UInt8) -> Int?? {
        .some(withSpan { $0.firstIndex(of: element) }.map { startIndex + $0 })
    }

    /// Searches all bytes in one operation: `contains(_:)` calls this.
    public func _customContainsEquatableElement(_ element: UInt8) -> Bool? {
        _customIndexOfEquatableElement(element) != .some(nil)
    }

    /// Returns an iterator over the bytes.
    public func makeIterator() -> Iterator { Iterator(self, from: 0) }

    /// An iterator over the bytes that keeps them alive.
    // Safe: `position` stays within the bytes, which do not move while `bytes` is held.
    @safe public struct Iterator: IteratorProtocol {
        @usableFromInline let bytes: H2Bytes
        @usableFromInline let start: UnsafePointer<UInt8>?
        @usableFromInline let end: Int
        @usableFromInline var position: Int

        fileprivate init(_ bytes: H2Bytes, from position: Int) {
            self.bytes = bytes
            unsafe self.start = bytes.withSpan { span in
                unsafe span.withUnsafeBufferPointer { $0.baseAddress }
            }
            self.end = bytes.count
            self.position = position
        }

        /// Returns the next byte, or `nil` after the last one.
        // Uses only operators that the compiler also inlines without optimization.
        @inlinable
        public mutating func next() -> UInt8? {
            guard position != end, let start = unsafe start else { return nil }
            let byte = unsafe start[position]
            position = position &+ 1
            _fixLifetime(bytes)
            return byte
        }
    }
}

extension H2Bytes: Hashable, ExpressibleByArrayLiteral {
    /// Creates bytes from a literal.
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }

    /// Returns whether the bytes are equal, even if the indices begin at different numbers.
    public static func == (a: H2Bytes, b: H2Bytes) -> Bool {
        a.withSpan { a in b.withSpan { a.isEqual(to: $0) } }
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        withSpan { span in
            hasher.combine(span.count)
            unsafe span.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
    }
}

extension H2Bytes: CustomStringConvertible, CustomDebugStringConvertible {
    /// The number of bytes, such as `H2Bytes(1024 bytes)`, without their values.
    public var description: String { count == 1 ? "H2Bytes(1 byte)" : "H2Bytes(\(count) bytes)" }

    /// The same as `description`.
    public var debugDescription: String { description }
}
