// SPDX-License-Identifier: MIT

/// How the most recently opened streams of one side ended: 4 bits each for the last 65,536
/// identifiers, as many as h2 remembers, or as many as the caller says. It grows on demand and needs
/// no hashing.
///
/// Three bits are the `CloseReason`; the fourth records whether a late frame was answered with
/// RST_STREAM.
// Safe: the storage is made and freed here, and each place is below its count.
@safe package struct ClosedStreams: ~Copyable {
    /// A power of two.
    package let capacity: Int
    /// Two entries a byte; 0 means that the stream is still open, or was never used.
    private var entries: UnsafeMutablePointer<UInt8>?
    private var byteCount = 0
    /// The identifiers that the last skip of at least `capacity` of them left out. These streams
    /// were never used.
    private var passedOver: Range<UInt32> = 0..<0
    /// The highest identifier of this side that was used.
    package private(set) var highest: UInt32 = 0

    package init(capacity: Int = 65_536) {
        let wanted = min(max(capacity, 64), 1 << 24)
        self.capacity = 1 << (Int.bitWidth - (wanted - 1).leadingZeroBitCount)
    }

    deinit { unsafe Heap.free(entries) }

    /// Bytes allocated.
    package var heldByteCount: Int { @inline(__always) get { byteCount } }

    /// Notes that a stream was opened. Those between the last one and this one were skipped, and
    /// never can be.
    package mutating func open(_ id: UInt32) {
        let previous = Int(highest / 2)
        let skipped = Int(id / 2) - previous
        if skipped >= capacity { passedOver = highest + 1..<id }
        highest = id
        guard byteCount != 0 else { return }
        if skipped == 1 {
            // Mostly there is nothing yet.
            let slot = (previous &+ 1) & (capacity &- 1)
            let place = slot &>> 1
            if self[place] != 0 { set(0, at: slot) }
            return
        }
        guard skipped < capacity else { return forgetAll() }
        var first = previous + 1
        var end = previous + skipped + 1
        // The odd ones at the ends, and then whole bytes, which may wrap around.
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

    /// Clears whole bytes, of those that there are.
    private mutating func clear(_ places: Range<Int>) {
        guard let entries = unsafe entries, places.lowerBound < byteCount else { return }
        let count = min(places.upperBound, byteCount) - places.lowerBound
        unsafe (entries + places.lowerBound).update(repeating: 0, count: count)
    }

    /// Notes how a stream ended.
    package mutating func close(_ id: UInt32, _ reason: CloseReason) {
        // Beyond reach, its place belongs to a newer stream.
        guard !isBeyondReach(id) else { return }
        set(reason.rawValue, at: Int(id / 2))
    }

    /// How a stream ended, or nil where it was never used, or so long ago that it is forgotten.
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
        guard entry & Self.answered == 0, entry != CloseReason.sentReset.rawValue else {
            return false
        }
        guard isRemembered(id) else { return true }
        set(entry | Self.answered, at: Int(id / 2))
        return true
    }

    private static let answered: UInt8 = 0x8

    /// Whether a stream may have been used and is so old that its end is no longer remembered.
    package func isForgotten(_ id: UInt32) -> Bool {
        isBeyondReach(id) && !passedOver.contains(id)
    }

    /// Whether a stream is so old that its place belongs to a newer one.
    @inline(__always)
    private func isBeyondReach(_ id: UInt32) -> Bool {
        Int(highest / 2) - Int(id / 2) >= capacity
    }

    private func isRemembered(_ id: UInt32) -> Bool {
        id <= highest && !isBeyondReach(id)
    }

    /// The four bits of a stream; 0 if it was never used or is no longer remembered.
    private func entry(of id: UInt32) -> UInt8 {
        guard isRemembered(id) else { return 0 }
        let slot = Int(id / 2) & (capacity - 1)
        return self[slot / 2] >> (slot & 1 == 0 ? 0 : 4) & 0xf
    }

    /// A byte; 0 beyond those that there are.
    private subscript(place: Int) -> UInt8 {
        @inline(__always)
        get {
            guard place < byteCount, let entries = unsafe entries else { return 0 }
            return unsafe entries[place]
        }
        @inline(__always)
        nonmutating set {
            guard place < byteCount, let entries = unsafe entries else { return }
            unsafe entries[place] = newValue
        }
    }

    private mutating func set(_ value: UInt8, at index: Int) {
        let slot = index & (capacity - 1)
        let place = slot &>> 1
        if place >= byteCount {
            guard value != 0 else { return }
            grow(to: min(capacity / 2, max(64, byteCount * 2, place + 1)))
        }
        guard let entries = unsafe entries else { return }
        let shift: UInt8 = slot & 1 == 0 ? 0 : 4
        unsafe entries[place] = entries[place] & ~(0xf &<< shift) | value &<< shift
    }

    @inline(never)
    private mutating func grow(to count: Int) {
        let grown = unsafe Heap.allocate(count, of: UInt8.self)
        unsafe grown.initialize(repeating: 0, count: count)
        if let entries = unsafe entries { unsafe grown.update(from: entries, count: byteCount) }
        unsafe Heap.free(entries)
        unsafe entries = unsafe grown
        byteCount = count
    }

    private mutating func forgetAll() {
        unsafe Heap.free(entries)
        unsafe entries = nil
        byteCount = 0
    }
}
