// SPDX-License-Identifier: MIT

/// Bytes of a frame or of a header field: a random-access collection of `UInt8`.
///
/// Indices begin at 0, except in a slice, which keeps the indices of its base. A slice is an
/// `H2Bytes` too; slicing copies nothing, and `sendData` accepts a slice.
///
/// The payload of a received frame shares the array that was passed to `receiveData` if the payload
/// is longer than 1,024 bytes, and at least an eighth of the array and a sixteenth of its capacity.
/// Otherwise the payload is a copy, so that a small event never keeps a large array alive. A slice
/// keeps the storage of its base alive.
// Sendable: neither arrays nor field blocks change while they are shared.
public struct H2Bytes: @unchecked Sendable {
    // No larger than a slice of an array, because events are copied and destroyed often. `.part` is
    // a separate case because only slices of `H2Bytes` have a start index.
    private enum Storage {
        case array(ArraySlice<UInt8>)
        case part(ContiguousArray<UInt8>, offset: Int, count: Int, startIndex: Int)
        case block(FieldBlock, offset: UInt32, count: UInt32, startIndex: UInt32)
    }

    private let storage: Storage

    private init(_ storage: Storage) { self.storage = storage }

    /// Wraps an array without copying it.
    public init(_ bytes: [UInt8]) { self.init(.array(bytes[...])) }

    /// Wraps a slice of an array without copying it; indices begin at 0.
    public init(_ bytes: ArraySlice<UInt8>) { self.init(.array(bytes)) }

    /// Copies borrowed bytes.
    public init(copying bytes: Span<UInt8>) {
        self.init(unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) })
    }

    /// Copies borrowed bytes.
    init(copying bytes: UnsafeRawBufferPointer) { self.init(unsafe Array(bytes)) }

    /// Refers to a part of a field block.
    init(_ block: FieldBlock, at offset: Int, count: Int) {
        self.init(
            .block(
                block, offset: UInt32(truncatingIfNeeded: offset),
                count: UInt32(truncatingIfNeeded: count), startIndex: 0))
    }

    /// Creates an empty collection.
    public init() { self.init([]) }

    /// Calls `body` with the bytes as a span.
    public func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        if case .array(let slice) = storage { return try body(slice.span) }
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(buffer.span)
    }

    /// Calls `body` with a pointer to the bytes that is valid until `body` returns.
    @unsafe
    @inlinable
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        if let slice { return try unsafe slice.withUnsafeBytes(body) }
        return try withSpan { span in try unsafe span.withUnsafeBytes(body) }
    }

    /// The bytes as a slice of an array, if an array holds them.
    @usableFromInline
    var slice: ArraySlice<UInt8>? {
        switch storage {
        case .array(let slice): slice
        case .part(let array, let offset, let count, _): array[offset..<offset + count]
        case .block: nil
        }
    }

    /// A view of the bytes, valid while this value is held: the storage never changes.
    fileprivate var buffer: UnsafeBufferPointer<UInt8> {
        switch storage {
        case .array(let slice): return unsafe slice.withUnsafeBufferPointer { unsafe $0 }
        case .part(let array, let offset, let count, _):
            return unsafe array.withUnsafeBufferPointer {
                unsafe UnsafeBufferPointer(rebasing: $0[offset..<offset + count])
            }
        case .block(let block, let offset, let count, _):
            let range = Int(offset)..<Int(offset) + Int(count)
            let part = unsafe UnsafeRawBufferPointer(rebasing: block.view.bytes[range])
            return unsafe part.bindMemory(to: UInt8.self)
        }
    }
}

extension H2Bytes: RandomAccessCollection {
    public typealias SubSequence = H2Bytes

    /// The index of the first byte: 0, or, in a slice, its index in the base.
    public var startIndex: Int {
        switch storage {
        case .array: 0
        case .part(_, _, _, let startIndex): startIndex
        case .block(_, _, _, let startIndex): Int(startIndex)
        }
    }

    public var endIndex: Int { startIndex &+ count }

    public var count: Int {
        switch storage {
        case .array(let slice): slice.count
        case .part(_, _, let count, _): count
        case .block(_, _, let count, _): Int(count)
        }
    }

    public subscript(position: Int) -> UInt8 {
        switch storage {
        case .array(let slice): slice[slice.startIndex &+ position]
        case .part, .block: byte(at: position)
        }
    }

    @inline(never)
    private func byte(at position: Int) -> UInt8 {
        defer { withExtendedLifetime(self) {} }
        let (buffer, offset) = unsafe (buffer, position &- startIndex)
        precondition(offset >= 0 && offset < buffer.count, "out of bounds")
        return unsafe buffer[offset]
    }

    /// The bytes in a range of indices, without copying them.
    public subscript(bounds: Range<Int>) -> H2Bytes {
        precondition(
            bounds.lowerBound >= startIndex && bounds.upperBound <= endIndex, "out of bounds")
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
        case .block(let block, let offset, _, _):
            return H2Bytes(
                .block(
                    block, offset: offset + UInt32(truncatingIfNeeded: distance),
                    count: UInt32(truncatingIfNeeded: bounds.count),
                    startIndex: UInt32(truncatingIfNeeded: bounds.lowerBound)))
        }
    }

    public func withContiguousStorageIfAvailable<R>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R? {
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(buffer)
    }

    /// Copies all bytes in one operation: `array += bytes` calls this.
    public func _copyContents(
        initializing target: UnsafeMutableBufferPointer<UInt8>
    ) -> (Iterator, UnsafeMutableBufferPointer<UInt8>.Index) {
        defer { withExtendedLifetime(self) {} }
        let source = unsafe buffer
        let length = Swift.min(source.count, target.count)
        if length > 0, let from = source.baseAddress, let to = target.baseAddress {
            unsafe to.initialize(from: from, count: length)
        }
        return (Iterator(self, from: length), length)
    }

    /// Copies all bytes in one operation: `Array(bytes)` calls this.
    public func _copyToContiguousArray() -> ContiguousArray<UInt8> {
        defer { withExtendedLifetime(self) {} }
        return unsafe ContiguousArray(buffer)
    }

    /// Searches all bytes in one operation: `firstIndex(of:)` calls this.
    public func _customIndexOfEquatableElement(_ element: UInt8) -> Int?? {
        defer { withExtendedLifetime(self) {} }
        let bytes = unsafe buffer
        guard let start = bytes.baseAddress else { return .some(nil) }
        return .some(
            unsafe memory(start, firstIndexOf: element, count: bytes.count).map { startIndex + $0 })
    }

    /// Searches all bytes in one operation: `contains(_:)` calls this.
    public func _customContainsEquatableElement(_ element: UInt8) -> Bool? {
        _customIndexOfEquatableElement(element) != .some(nil)
    }

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
            let buffer = unsafe bytes.buffer
            unsafe self.start = buffer.baseAddress
            self.end = buffer.count
            self.position = position
        }

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
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }

    /// Whether the bytes are equal, wherever their indices begin.
    public static func == (a: H2Bytes, b: H2Bytes) -> Bool {
        defer { withExtendedLifetime((a, b)) {} }
        return unsafe memory(a.buffer, equals: b.buffer)
    }

    public func hash(into hasher: inout Hasher) {
        withSpan { span in
            hasher.combine(span.count)
            unsafe span.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
    }
}

extension H2Bytes: CustomStringConvertible, CustomDebugStringConvertible {
    /// The number of bytes, such as `H2Bytes(1024 bytes)`; never their values.
    public var description: String { count == 1 ? "H2Bytes(1 byte)" : "H2Bytes(\(count) bytes)" }

    /// The same as `description`.
    public var debugDescription: String { description }
}
