// SPDX-License-Identifier: MIT

/// The data that one stream has queued, and what follows it.
struct SendQueue {
    /// The maximum size of the tail after a small piece is appended to it.
    private static let maxTailSize = 16_384

    /// The pieces before the tail. The first `taken` elements are empty placeholders.
    private var chunks: [SharedBytes] = []
    private var taken = 0
    /// Small pieces at the end, which were copied.
    private var tail: [UInt8] = []
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
    var isUsed: Bool {
        chunks.capacity != 0 || tail.capacity != 0 || endsStream || isHigh || trailers != nil
    }

    /// Appends data, which may be empty.
    ///
    /// The queue shares a large piece unless the piece is a small part of its array. It copies any
    /// other piece, so that the piece neither keeps a larger array alive nor needs a separate
    /// chunk.
    ///
    /// - Parameter owner: What keeps the data, if the queue may share it.
    mutating func append(_ data: UnsafeRawBufferPointer, owner: PayloadOwner?) {
        guard data.count > 0 else { return }
        byteCount += data.count
        if data.count >= OutputBuffer.minPartSize, let shared = unsafe owner?.share(data) {
            closeTail()
            chunks.append(shared)
        } else {
            if tail.count + data.count > Self.maxTailSize { closeTail() }
            unsafe tail.append(contentsOf: data)
        }
    }

    private mutating func closeTail() {
        guard !tail.isEmpty else { return }
        chunks.append(SharedBytes(tail[...]))
        tail = []
    }

    /// Removes the first `count` bytes, which must be queued, and passes their pieces to `body`.
    mutating func take(_ count: Int, _ body: (SharedBytes) -> Void) {
        byteCount -= count
        var left = count
        while left > 0 {
            if taken == chunks.count { closeTail() }
            let chunk = chunks[taken]
            guard chunk.count <= left else {
                body(chunk.prefix(left))
                chunks[taken].removeFirst(left)
                return
            }
            left -= chunk.count
            chunks[taken] = SharedBytes([])
            body(chunk)
            taken += 1
        }
        if taken == chunks.count {
            chunks.removeAll(keepingCapacity: chunks.capacity <= 64)
            taken = 0
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
