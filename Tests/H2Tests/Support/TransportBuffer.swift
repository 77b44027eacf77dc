// SPDX-License-Identifier: MIT

import H2

/// A buffer of a transport.
// Safe: it owns the bytes, which nothing changes.
@safe final class TransportBuffer {
    /// The number of buffers that exist.
    final class Count { fileprivate(set) var value = 0 }

    @unsafe let bytes: UnsafeRawBufferPointer
    private let count: Count

    init(_ content: some Collection<UInt8>, _ count: Count) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 1)
        unsafe copy.copyBytes(from: content)
        unsafe bytes = UnsafeRawBufferPointer(copy)
        self.count = count
        count.value += 1
    }

    deinit {
        unsafe bytes.deallocate()
        count.value -= 1
    }

    /// Returns the offset of a segment in the buffer; `nil` if it lies outside.
    func offset(of segment: UnsafeRawBufferPointer) -> Int? {
        guard let start = segment.baseAddress, let first = unsafe bytes.baseAddress else {
            return nil
        }
        let offset = unsafe start - first
        return unsafe 0...(bytes.count - segment.count) ~= offset ? offset : nil
    }
}
