// SPDX-License-Identifier: MIT

/// Bytes of a frame, received or to be sent: a random-access collection of `UInt8` with indices
/// from 0.
///
/// A received payload above 1,024 bytes shares the array that was given to `receiveData`, unless it
/// is less than an eighth of it; a smaller one is a copy, so that a small event never keeps a large
/// buffer alive.
public struct H2Bytes: Sendable {
    private let storage: ArraySlice<UInt8>

    /// Wraps an array without copying it.
    public init(_ bytes: [UInt8]) { self.storage = bytes[...] }

    /// Wraps a slice without copying it.
    public init(_ bytes: ArraySlice<UInt8>) { self.storage = bytes }

    /// Copies borrowed bytes.
    public init(copying bytes: Span<UInt8>) {
        self.storage = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0)[...] }
    }

    /// Copies borrowed bytes.
    init(copying bytes: UnsafeRawBufferPointer) { self.storage = unsafe Array(bytes)[...] }

    /// No bytes.
    public init() { self.storage = [] }

    /// The bytes as a slice of the array that holds them; its indices start anywhere.
    var slice: ArraySlice<UInt8> { storage }

    /// Lends the bytes as a span.
    public func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(storage.span)
    }

    /// Lends the bytes as a pointer that is valid until `body` returns.
    @unsafe
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe storage.withUnsafeBytes(body)
    }
}

extension H2Bytes: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { storage.count }
    public var count: Int { storage.count }

    public subscript(position: Int) -> UInt8 { storage[storage.startIndex + position] }

    public func withContiguousStorageIfAvailable<R>(
        _ body: (UnsafeBufferPointer<UInt8>) throws -> R
    ) rethrows -> R? {
        try unsafe storage.withContiguousStorageIfAvailable(body)
    }
}

extension H2Bytes: Hashable, ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }

    public static func == (a: H2Bytes, b: H2Bytes) -> Bool { a.storage == b.storage }

    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }
}
