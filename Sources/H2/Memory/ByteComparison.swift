// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Whether two buffers have the same bytes, by `memcmp`.
@unsafe func memory(
    _ a: UnsafeBufferPointer<UInt8>, equals b: UnsafeBufferPointer<UInt8>
) -> Bool {
    guard a.count == b.count else { return false }
    guard let start = a.baseAddress, let other = b.baseAddress else { return true }
    return unsafe start == other || memcmp(start, other, a.count) == 0
}

/// The offset of the first byte with this value, by `memchr`.
@unsafe func memory(
    _ start: UnsafePointer<UInt8>, firstIndexOf byte: UInt8, count: Int
) -> Int? {
    unsafe memchr(start, Int32(byte), count).map {
        unsafe UnsafeRawPointer($0) - UnsafeRawPointer(start)
    }
}
