// SPDX-License-Identifier: MIT

/// How the latest streams of one side ended: an array with 4 bits for each identifier, which grows
/// on demand. The default capacity, 65,536 identifiers, is that of h2.
///
/// Three bits are the `CloseReason`; the fourth records whether a late frame was answered with
/// RST_STREAM.
package struct ClosedStreams: ~Copyable {
    /// The number of identifiers to remember, a power of two.
    package let capacity: Int
    /// Two entries per byte; 0 means that the stream is live or was never used.
    private var entries: [UInt8] = []
    /// The identifiers that were skipped when at least `capacity` were last skipped at once. They
    /// were never used.
    private var skippedRange: Range<UInt32> = 0..<0
    /// The highest identifier of this side that was used.
    package private(set) var highest: UInt32 = 0

    package init(capacity: Int = 65_536) {
        let clamped = min(max(capacity, 64), 1 << 24)
        self.capacity = 1 << (Int.bitWidth - (clamped - 1).leadingZeroBitCount)
    }

    /// The number of bytes of all entries.
    package var heldByteCount: Int { @inline(__always) get { entries.count } }

    /// Records that a stream was opened. The identifiers between the last one and this one were
    /// skipped, and can no longer be used.
    package mutating func open(_ id: UInt32) {
        let previous = Int(highest / 2)
        let skipped = Int(id / 2) - previous
        if skipped == 1 {
            highest = id
            // Usually the byte is still 0.
            let slot = (previous &+ 1) & (capacity &- 1)
            if byte(at: slot &>> 1) != 0 { set(0, at: slot) }
            return
        }
        if skipped >= capacity { skippedRange = highest + 1..<id }
        highest = id
        guard !entries.isEmpty else { return }
        guard skipped < capacity else { return entries = [] }
        var first = previous + 1
        var end = previous + skipped + 1
        // Clear an entry that shares a byte at each end, then whole bytes, which may wrap around.
        if first & 1 == 1 {
            set(0, at: first)
            first += 1
        }
        if end & 1 == 1, end > first {
            end -= 1
            set(0, at: end)
        }
        let start = (first & (capacity - 1)) / 2
        let count = max(0, end - first) / 2
        let beforeWrap = min(count, capacity / 2 - start)
        clear(start..<start + beforeWrap)
        clear(0..<count - beforeWrap)
    }

    /// Clears bytes, except those beyond the end of the array.
    private mutating func clear(_ places: Range<Int>) {
        let places = places.clamped(to: entries.indices)
        unsafe entries.withUnsafeMutableBufferPointer { bytes in
            unsafe bytes[places].update(repeating: 0)
        }
    }

    /// Records how a stream ended.
    package mutating func close(_ id: UInt32, _ reason: CloseReason) {
        // The entry of a stream beyond reach belongs to a newer stream.
        guard !isOverwritten(id) else { return }
        set(reason.rawValue, at: Int(id / 2))
    }

    /// Returns how a stream ended; `nil` if it is live, was never used or is no longer remembered.
    package func closeReason(of id: UInt32) -> CloseReason? {
        CloseReason(rawValue: entry(of: id) & 0x7)
    }

    /// Records that a late frame on a stream is answered with RST_STREAM.
    ///
    /// Returns false if this side already reset the stream or answered a late frame on it: RFC 9113
    /// §5.4.2 allows one RST_STREAM per stream. Always returns true for a stream that is no longer
    /// remembered.
    package mutating func answer(_ id: UInt32) -> Bool {
        let entry = entry(of: id)
        guard entry & Self.answered == 0, CloseReason(rawValue: entry)?.isSentReset != true else {
            return false
        }
        guard isRemembered(id) else { return true }
        set(entry | Self.answered, at: Int(id / 2))
        return true
    }

    private static let answered: UInt8 = 0x8

    /// Returns whether a stream may have been used and is so old that its end is no longer
    /// remembered.
    package func isForgotten(_ id: UInt32) -> Bool {
        isOverwritten(id) && !skippedRange.contains(id)
    }

    /// Returns whether a stream is so old that its entry belongs to a newer one.
    @inline(__always)
    private func isOverwritten(_ id: UInt32) -> Bool {
        Int(highest / 2) - Int(id / 2) >= capacity
    }

    private func isRemembered(_ id: UInt32) -> Bool {
        id <= highest && !isOverwritten(id)
    }

    /// Returns the four bits of a stream; 0 if it was never used or is no longer remembered.
    private func entry(of id: UInt32) -> UInt8 {
        guard isRemembered(id) else { return 0 }
        let slot = Int(id / 2) & (capacity - 1)
        return byte(at: slot / 2) >> (slot & 1 == 0 ? 0 : 4) & 0xf
    }

    /// Returns a byte; 0 beyond the end of the array.
    @inline(__always)
    private func byte(at place: Int) -> UInt8 { place < entries.count ? entries[place] : 0 }

    private mutating func set(_ value: UInt8, at index: Int) {
        let slot = index & (capacity - 1)
        let place = slot &>> 1
        if place >= entries.count {
            guard value != 0 else { return }
            let count = min(capacity / 2, max(64, entries.count * 2, place + 1))
            let previous = entries
            entries = [UInt8](repeating: 0, count: count)
            for index in previous.indices { entries[index] = previous[index] }
        }
        let shift: UInt8 = slot & 1 == 0 ? 0 : 4
        entries[place] = entries[place] & ~(0xf &<< shift) | value &<< shift
    }
}
