// SPDX-License-Identifier: MIT

/// Bytes for the peer: appended at the end, taken from the front.
struct OutputBuffer: ~Copyable {
    private var bytes: [UInt8] = []
    /// Where the bytes begin that were not taken yet.
    private var head = 0

    init() {}

    var count: Int { bytes.count - head }

    mutating func append(_ more: UnsafeRawBufferPointer) { unsafe bytes.append(contentsOf: more) }

    mutating func append(_ more: ArraySlice<UInt8>) { bytes.append(contentsOf: more) }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(zeros count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    mutating func append(_ value: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }

    /// Drops all but the first bytes: what was appended since `count` was that.
    mutating func truncate(to count: Int) { bytes.removeLast(self.count - count) }

    /// Takes bytes back from the end.
    mutating func removeLast(_ count: Int) -> ArraySlice<UInt8> {
        let taken = Array(bytes.suffix(count))
        bytes.removeLast(count)
        return taken[...]
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        head = 0
    }

    /// Takes up to so many bytes from the front.
    mutating func take(upTo limit: Int) -> [UInt8] {
        guard limit > 0, count > 0 else { return [] }
        if head == 0, limit >= bytes.count {
            // All of it: hand the storage over instead of copying it.
            let all = bytes
            bytes = []
            return all
        }
        let taken = Array(bytes[head...].prefix(limit))
        drop(taken.count)
        return taken
    }

    /// Drops bytes from the front, and the dropped part of the storage once it is more than half of
    /// it.
    mutating func drop(_ count: Int) {
        head += min(max(count, 0), self.count)
        if head == bytes.count {
            removeAll()
        } else if head > bytes.count / 2 {
            bytes.removeSubrange(..<head)
            head = 0
        }
    }

    /// Puts bytes that were lent back in front of those that came meanwhile, and keeps the larger
    /// storage.
    mutating func prepend(_ lent: consuming OutputBuffer) {
        if count != 0 { lent.append(bytes[head...]) }
        self = lent
    }

    /// Lends the bytes.
    borrowing func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let left = bytes[head...]
        return try body(left.span)
    }
}
