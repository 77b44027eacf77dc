// SPDX-License-Identifier: MIT

/// The payloads in an `OutputBuffer` that are not copied, in order.
struct OutputParts {
    struct Part {
        /// The offset in the storage of written bytes at which the payload is inserted.
        var position: Int
        var bytes: SharedBytes
    }

    /// An array with room for more parts is freed when the last part is removed.
    private static let maxKeptCapacity = 128

    /// Empty if there are no parts. The first `removed` elements are placeholders for removed
    /// parts. They leave the array once there are at least 32 and they are half of it, so that
    /// removing a part has constant cost on average.
    private var parts: [Part] = []
    private var removed = 0
    private(set) var byteCount = 0

    @inline(__always) var isEmpty: Bool { parts.isEmpty }
    var count: Int { parts.count - removed }
    var firstPosition: Int? { isEmpty ? nil : parts[removed].position }
    var lastPosition: Int? { parts.last?.position }

    subscript(index: Int) -> Part { _read { yield parts[removed + index] } }

    @inline(__always)
    mutating func append(_ bytes: SharedBytes, at position: Int) {
        parts.append(Part(position: position, bytes: bytes))
        byteCount += bytes.count
    }

    /// Adjusts the positions after the written bytes moved down by `distance`.
    mutating func move(by distance: Int) {
        guard distance != 0 else { return }
        for index in removed..<parts.count { parts[index].position -= distance }
    }

    /// Removes up to `limit` bytes from the front of the first part; returns the number removed.
    mutating func removeFirst(upTo limit: Int) -> Int {
        let length = min(limit, parts[removed].bytes.count)
        byteCount -= length
        guard length == parts[removed].bytes.count else {
            parts[removed].bytes.removeFirst(length)
            return length
        }
        parts[removed].bytes = SharedBytes([])
        removed += 1
        if removed == parts.count {
            removeAll()
        } else if removed >= 32, removed * 2 >= parts.count {
            parts.removeFirst(removed)
            removed = 0
        }
        return length
    }

    /// Removes up to `limit` bytes from the end of the last part; returns the number removed.
    mutating func removeLast(upTo limit: Int) -> Int {
        let last = parts.count - 1
        let length = min(limit, parts[last].bytes.count)
        byteCount -= length
        if length < parts[last].bytes.count {
            parts[last].bytes.removeLast(length)
        } else {
            parts.removeLast()
            if parts.count == removed { removeAll() }
        }
        return length
    }

    mutating func removeAll() {
        parts.removeAll(keepingCapacity: parts.capacity <= Self.maxKeptCapacity)
        removed = 0
        byteCount = 0
    }
}
