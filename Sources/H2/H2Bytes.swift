// SPDX-License-Identifier: MIT

/// Bytes of a frame, received or to be sent: a random-access collection of `UInt8` with indices
/// from 0.
///
/// A received payload above 1,024 bytes shares the array that was given to `receiveData`, unless it
/// is less than an eighth of it; a smaller one is a copy, so that a small event never keeps a large
/// buffer alive.
// Sendable: neither arrays nor header blocks change while they are shared.
public struct H2Bytes: @unchecked Sendable {
    private enum Storage {
        case array(ArraySlice<UInt8>)
        case block(HeaderBlock, offset: UInt32, count: UInt32)
    }

    private let storage: Storage

    /// Wraps an array without copying it.
    public init(_ bytes: [UInt8]) { self.storage = .array(bytes[...]) }

    /// Wraps a slice without copying it.
    public init(_ bytes: ArraySlice<UInt8>) { self.storage = .array(bytes) }

    /// Copies borrowed bytes.
    public init(copying bytes: Span<UInt8>) {
        self.init(unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) })
    }

    /// Copies borrowed bytes.
    init(copying bytes: UnsafeRawBufferPointer) { self.init(unsafe Array(bytes)) }

    /// Names a part of a header block.
    init(_ block: HeaderBlock, at offset: Int, count: Int) {
        self.storage = .block(
            block, offset: UInt32(truncatingIfNeeded: offset),
            count: UInt32(truncatingIfNeeded: count))
    }

    /// No bytes.
    public init() { self.init([]) }

    /// The bytes as a slice of an array, whose indices start anywhere.
    var slice: ArraySlice<UInt8> {
        switch storage {
        case .array(let slice): slice
        case .block:
            withSpan { span in unsafe span.withUnsafeBufferPointer { unsafe Array($0)[...] } }
        }
    }

    /// Lends the bytes as a span.
    public func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        switch storage {
        case .array(let slice): return try body(slice.span)
        case .block(let block, let offset, let count):
            defer { withExtendedLifetime(block) {} }
            let range = Int(offset)..<Int(offset) + Int(count)
            let part = unsafe UnsafeRawBufferPointer(rebasing: block.view.bytes[range])
            return try unsafe body(part.bindMemory(to: UInt8.self).span)
        }
    }

    /// Lends the bytes as a pointer that is valid until `body` returns.
    @unsafe
    @inlinable
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        if let array { return try unsafe array.withUnsafeBytes(body) }
        return try withSpan { span in try unsafe span.withUnsafeBytes(body) }
    }

    /// The bytes, if they are those of an array, as the payload of DATA is.
    @usableFromInline
    var array: ArraySlice<UInt8>? {
        if case .array(let slice) = storage { slice } else { nil }
    }
}

extension H2Bytes: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public var count: Int {
        switch storage {
        case .array(let slice): slice.count
        case .block(_, _, let count): Int(count)
        }
    }

    public subscript(position: Int) -> UInt8 {
        switch storage {
        case .array(let slice): slice[slice.startIndex + position]
        case .block: withSpan { $0[position] }
        }
    }

    public func withContiguousStorageIfAvailable<R>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R? {
        try withSpan { span in try unsafe span.withUnsafeBufferPointer(body) }
    }
}

extension H2Bytes: Hashable, ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }

    public static func == (a: H2Bytes, b: H2Bytes) -> Bool {
        a.count == b.count && a.elementsEqual(b)
    }

    public func hash(into hasher: inout Hasher) {
        withSpan { span in
            hasher.combine(span.count)
            unsafe span.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
    }
}
