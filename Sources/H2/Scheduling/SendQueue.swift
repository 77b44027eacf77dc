// SPDX-License-Identifier: MIT

/// The data that one stream has queued, and what follows it.
struct SendQueue {
    /// The maximum size of the last chunk after a small piece is appended to it.
    private static let maxTailSize = 16_384

    /// The queued pieces. The first `taken` elements are empty placeholders.
    private var chunks: [ArraySlice<UInt8>] = []
    private var taken = 0
    /// Whether the last chunk belongs to the queue, so that small pieces can be appended to it.
    private var hasTail = false
    /// The number of queued bytes.
    private(set) var byteCount = 0
    /// Whether END_STREAM follows the data: with the last DATA frame, or with the trailers.
    var endsStream = false
    /// The trailers that follow the data.
    var trailers: FieldSection?
    /// Whether the queue exceeded the high-water mark and has not fallen to the low-water mark
    /// since.
    private(set) var isHigh = false

    /// Whether anything was ever queued.
    var isUsed: Bool { chunks.capacity != 0 || endsStream || isHigh || trailers != nil }

    /// Appends data, which may be empty.
    ///
    /// The queue shares a large piece unless the piece is a small part of its array. It copies any
    /// other piece, so that the piece neither keeps a larger array alive nor needs a separate
    /// chunk.
    ///
    /// - Parameter owner: The data as a slice of an array that the queue may share, or `nil`.
    mutating func append(_ data: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>?) {
        guard data.count > 0 else { return }
        byteCount += data.count
        if data.count >= OutputBuffer.minPartSize, let owner, data.count >= owner.minPartSize {
            chunks.append(owner)
            hasTail = false
        } else if hasTail, chunks[chunks.count - 1].count + data.count <= Self.maxTailSize {
            // The chunk has no other reference, so appending does not copy it.
            unsafe chunks[chunks.count - 1].append(contentsOf: data)
        } else {
            unsafe chunks.append(ArraySlice(data))
            hasTail = data.count < Self.maxTailSize
        }
    }

    /// Removes the first `count` bytes, which must be queued, and passes their pieces to `body`.
    mutating func take(_ count: Int, _ body: (ArraySlice<UInt8>) -> Void) {
        byteCount -= count
        var left = count
        while left > 0 {
            let chunk = chunks[taken]
            guard chunk.count <= left else {
                body(chunk.prefix(left))
                chunks[taken] = chunk.dropFirst(left)
                return
            }
            left -= chunk.count
            chunks[taken] = []
            body(chunk)
            taken += 1
        }
        if taken == chunks.count {
            chunks.removeAll(keepingCapacity: chunks.capacity <= 64)
            taken = 0
            hasTail = false
        } else if taken >= 32, taken * 2 >= chunks.count {
            chunks.removeFirst(taken)
            taken = 0
        }
    }

    /// Records that the queue exceeds the high-water mark, if it does.
    mutating func checkHigh(_ mark: Int) { if byteCount > mark { isHigh = true } }

    /// Returns whether the queue has just fallen to the low-water mark.
    mutating func hasDrained(to mark: Int) -> Bool {
        guard isHigh, byteCount <= mark else { return false }
        isHigh = false
        return true
    }
}
