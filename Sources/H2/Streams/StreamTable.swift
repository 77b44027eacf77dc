// SPDX-License-Identifier: MIT

/// The live streams of a connection, by identifier: open addressing with the records in place, so
/// that finding one costs a multiplication and, nearly always, one look.
///
/// Handles are slots: they are valid until the next insertion or removal.
package struct StreamTable: Sendable {
    /// Stream 0 is the connection: a record with that identifier marks a free slot.
    private static let free = StreamRecord(id: 0, sendWindow: 0, receiveWindow: 0)

    private var slots: [StreamRecord] = []
    package private(set) var count = 0
    /// `slots.count - 1`; the number of slots is a power of two, at least 4/3 of `count`.
    private var mask = 0

    package init() {}

    /// The slot of a stream.
    package func find(_ id: UInt32) -> Int? {
        guard count != 0, id != 0 else { return nil }
        var slot = home(of: id)
        while true {
            let found = slots[slot].id
            if found == id { return slot }
            if found == 0 { return nil }
            slot = (slot + 1) & mask
        }
    }

    /// The record in a slot that `find` or `insert` gave.
    package subscript(slot: Int) -> StreamRecord {
        get { slots[slot] }
        _modify { yield &slots[slot] }
    }

    /// Adds a record that is not there yet.
    @discardableResult
    package mutating func insert(_ record: StreamRecord) -> Int {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        count += 1
        return place(record)
    }

    /// Removes a record, and moves those behind it up, so that no mark is left.
    package mutating func remove(at slot: Int) {
        var hole = slot
        var next = slot
        slots[hole] = Self.free
        count -= 1
        while true {
            next = (next + 1) & mask
            guard slots[next].id != 0 else { return }
            let distance = (next - home(of: slots[next].id)) & mask
            guard distance >= (next - hole) & mask else { continue }
            slots.swapAt(hole, next)
            hole = next
        }
    }

    /// All records, in no order.
    package var records: some Sequence<StreamRecord> { slots.lazy.filter { $0.id != 0 } }

    /// Changes each record, in no order.
    package mutating func forEach(_ body: (inout StreamRecord) -> Void) {
        for slot in slots.indices where slots[slot].id != 0 { body(&slots[slot]) }
    }

    private func home(of id: UInt32) -> Int {
        // The golden ratio spreads identifiers that differ in few bits, which streams do.
        Int(truncatingIfNeeded: (id &* 0x9e37_79b1) >> 15) & mask
    }

    private mutating func place(_ record: StreamRecord) -> Int {
        var slot = home(of: record.id)
        while slots[slot].id != 0 { slot = (slot + 1) & mask }
        slots[slot] = record
        return slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Self.free, count: max(8, old.count * 2))
        mask = slots.count - 1
        for record in old where record.id != 0 { _ = place(record) }
    }
}
