// SPDX-License-Identifier: MIT

/// Bytes of a payload that are not copied, and the object that keeps them.
// Safe: nobody changes or moves the bytes while `owner` is retained.
@safe struct SharedBytes {
    /// The storage of an array, or an object of the transport.
    let owner: AnyObject?
    private var start: UnsafeRawPointer?
    private(set) var count: Int

    /// Creates bytes that `owner` keeps at their address.
    @unsafe
    init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        self.owner = owner
        unsafe start = bytes.baseAddress
        count = bytes.count
    }

    /// Creates the bytes of a slice, which shares its storage.
    init(_ slice: ArraySlice<UInt8>) {
        owner = slice.owner
        unsafe start = slice.withUnsafeBytes { $0.baseAddress }
        count = slice.count
    }

    /// The bytes, valid as long as this value or a copy of it exists.
    @unsafe var bytes: UnsafeRawBufferPointer {
        @inline(__always) get { unsafe UnsafeRawBufferPointer(start: start, count: count) }
    }

    func prefix(_ length: Int) -> SharedBytes {
        var prefix = self
        prefix.count = min(length, count)
        return prefix
    }

    mutating func removeFirst(_ length: Int) {
        unsafe start = start.map { unsafe $0 + length }
        count -= length
    }

    mutating func removeLast(_ length: Int) { count -= length }
}

/// What keeps the bytes of a payload that the caller passes.
enum PayloadOwner {
    /// The payload is this slice.
    case array(ArraySlice<UInt8>)
    /// An object of the transport, which neither changes nor moves the payload.
    case transport(AnyObject)

    /// Returns a payload that shares its storage; `nil` if it has to be copied, because it is a
    /// small part of its array.
    @inline(__always)
    func share(_ payload: UnsafeRawBufferPointer) -> SharedBytes? {
        switch self {
        case .array(let slice):
            return payload.count >= slice.minPartSize ? SharedBytes(slice) : nil
        case .transport(let owner):
            return unsafe SharedBytes(payload, owner: owner)
        }
    }
}
