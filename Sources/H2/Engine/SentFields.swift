// SPDX-License-Identifier: MIT

internal import CNghttp2

/// The list of the fields of a section for nghttp2. Its storage is reused for each section.
// Safe: the list owns its storage, and `deinit` frees it.
@safe struct SentFields: ~Copyable {
    /// The number of fields up to which the storage is kept.
    private static let maxKeptFields = 256

    private var storage: UnsafeMutableBufferPointer<nghttp2_nv> = unsafe .init(start: nil, count: 0)

    deinit { unsafe Heap.free(storage.baseAddress) }

    /// The number of bytes allocated.
    var heldByteCount: Int { unsafe storage.count * MemoryLayout<nghttp2_nv>.stride }

    /// Returns the list of the fields of a section, which is valid until the next call of a
    /// mutating method. It refers to `bytes`, which must stay valid until nghttp2 has written them.
    mutating func list(
        _ lines: UnsafeBufferPointer<FieldLine>, _ bytes: UnsafeMutablePointer<UInt8>,
        protectsSensitiveFields: Bool
    ) -> UnsafePointer<nghttp2_nv>? {
        if unsafe lines.count > storage.count { replace(capacity: max(24, lines.count)) }
        for index in lines.indices {
            let line = unsafe lines[index]
            let name = unsafe bytes + line.nameOffset
            let isNeverIndexed =
                line.isNeverIndexed || (protectsSensitiveFields && line.isSensitive)
            unsafe storage[index] = nghttp2_nv(
                name: name, value: name + Int(line.nameLength), namelen: Int(line.nameLength),
                valuelen: Int(line.valueLength),
                flags: isNeverIndexed ? Self.copiedFlags | Self.noIndexFlag : Self.copiedFlags)
        }
        return unsafe UnsafePointer(storage.baseAddress)
    }

    /// Frees the storage after an unusually large section.
    @inline(__always)
    mutating func trim() {
        if unsafe storage.count > Self.maxKeptFields { replace(capacity: 0) }
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

    private static var noIndexFlag: UInt8 {
        UInt8(truncatingIfNeeded: NGHTTP2_NV_FLAG_NO_INDEX.rawValue)
    }
}
