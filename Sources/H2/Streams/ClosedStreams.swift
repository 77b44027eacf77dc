// SPDX-License-Identifier: MIT

/// How the most recently opened streams of one side ended: 4 bits each for the last 65,536
/// identifiers, as many as h2 remembers, or as many as the caller says. It grows on demand and needs
/// no hashing.
package struct ClosedStreams: Sendable {
    /// A power of two.
    package let capacity: Int
    /// Two entries a byte; 0 means that the stream is still open, or was never used.
    private var entries: [UInt8] = []
    /// The highest identifier of this side that was used.
    package private(set) var highest: UInt32 = 0

    package init(capacity: Int = 65_536) {
        let wanted = min(max(capacity, 64), 1 << 24)
        self.capacity = 1 << (Int.bitWidth - (wanted - 1).leadingZeroBitCount)
    }

    /// Bytes allocated.
    var heldByteCount: Int { @inline(__always) get { entries.capacity } }

    /// Notes that a stream was opened. Those between the last one and this one were skipped, and
    /// never can be.
    package mutating func open(_ id: UInt32) {
        let previous = Int(highest / 2)
        let skipped = Int(id / 2) - previous
        highest = id
        guard !entries.isEmpty else { return }
        if skipped == 1 {
            // Mostly there is nothing yet.
            let slot = (previous &+ 1) & (capacity &- 1)
            let place = slot &>> 1
            if place < entries.count, entries[place] != 0 { set(0, at: slot) }
            return
        }
        guard skipped < capacity else {
            entries = []
            return
        }
        var index = previous + 1
        while index <= previous + skipped {
            // Two at a time where both are skipped.
            let slot = index & (capacity - 1)
            if slot & 1 == 0, index < previous + skipped {
                if slot / 2 < entries.count { entries[slot / 2] = 0 }
                index += 2
            } else {
                set(0, at: index)
                index += 1
            }
        }
    }

    /// Notes how a stream ended.
    package mutating func close(_ id: UInt32, _ closure: StreamClosure) {
        // Beyond reach, its place belongs to a newer stream.
        guard Int(highest / 2) - Int(id / 2) < capacity else { return }
        set(closure.rawValue, at: Int(id / 2))
    }

    /// How a stream ended, or nil where it was never used, or so long ago that it is forgotten.
    package func closure(of id: UInt32) -> StreamClosure? {
        let index = Int(id / 2)
        guard id <= highest, Int(highest / 2) - index < capacity else { return nil }
        let slot = index & (capacity - 1)
        guard slot / 2 < entries.count else { return nil }
        return StreamClosure(rawValue: entries[slot / 2] >> (slot & 1 == 0 ? 0 : 4) & 0xf)
    }

    @inline(never)
    private mutating func grow(to count: Int) {
        let old = entries
        entries = [UInt8](repeating: 0, count: count)
        for index in old.indices { entries[index] = old[index] }
    }

    private mutating func set(_ value: UInt8, at index: Int) {
        let slot = index & (capacity - 1)
        let place = slot &>> 1
        if place >= entries.count {
            guard value != 0 else { return }
            let grown = min(capacity / 2, max(64, entries.count * 2, place + 1))
            grow(to: grown)
        }
        let shift: UInt8 = slot & 1 == 0 ? 0 : 4
        let before = entries[place]
        entries[place] = before & ~(0xf &<< shift) | value &<< shift
    }
}
