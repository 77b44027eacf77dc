// SPDX-License-Identifier: MIT

internal import CNghttp2

/// The storage in which the fields of a section are listed for nghttp2, used again for each section.
// Safe: it owns the storage, which its `deinit` frees.
@safe struct SentFields: ~Copyable {
    /// The largest number of fields for which the storage is kept.
    private static let keptFields = 256

    private var storage: UnsafeMutableBufferPointer<nghttp2_nv> = unsafe .init(start: nil, count: 0)

    deinit { unsafe Heap.free(storage.baseAddress) }

    /// Bytes allocated.
    var heldByteCount: Int { unsafe storage.count * MemoryLayout<nghttp2_nv>.stride }

    /// Lists the fields of a section, whose bytes must stay until nghttp2 has written them. The
    /// list is valid until the next call of a mutating method.
    mutating func list(
        _ lines: UnsafeBufferPointer<FieldLine>, _ bytes: UnsafeMutablePointer<UInt8>,
        protectsSensitiveFields: Bool
    ) -> UnsafePointer<nghttp2_nv>? {
        if unsafe lines.count > storage.count { replace(capacity: max(24, lines.count)) }
        for index in lines.indices {
            let line = unsafe lines[index]
            let name = unsafe bytes + line.nameOffset
            let isKept = line.isNeverIndexed || (protectsSensitiveFields && line.isSensitive)
            unsafe storage[index] = nghttp2_nv(
                name: name, value: name + Int(line.nameLength), namelen: Int(line.nameLength),
                valuelen: Int(line.valueLength),
                flags: isKept ? Self.copiedFlags | Self.keptFlag : Self.copiedFlags)
        }
        return unsafe UnsafePointer(storage.baseAddress)
    }

    /// Frees the storage after an unusually large section.
    @inline(__always)
    mutating func trim() {
        if unsafe storage.count > Self.keptFields { replace(capacity: 0) }
    }

    @inline(never)
    private mutating func replace(capacity: Int) {
        unsafe Heap.free(storage.baseAddress)
        let start = unsafe capacity == 0 ? nil : Heap.allocate(capacity, of: nghttp2_nv.self)
        unsafe storage = .init(start: start, count: capacity)
    }

    private static var copiedFlags: UInt8 {
        UInt8(
            truncatingIfNeeded: NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue
                | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
    }

    private static var keptFlag: UInt8 {
        UInt8(truncatingIfNeeded: NGHTTP2_NV_FLAG_NO_INDEX.rawValue)
    }
}
