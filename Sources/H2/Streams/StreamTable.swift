// SPDX-License-Identifier: MIT

/// The live streams of a connection, by identifier: open addressing with the records in place, so
/// that finding one costs a multiplication and, nearly always, one look.
///
/// Handles are slots: they are valid until the next insertion or removal.
package struct StreamTable: Sendable {
    private var slots: [StreamRecord?] = []
    package private(set) var count = 0
    /// `slots.count - 1`; the number of slots is a power of two, at least 4/3 of `count`.
    private var mask = 0

    package init() {}

    /// The slot of a stream.
    package func find(_ id: UInt32) -> Int? {
        guard count != 0 else { return nil }
        var slot = home(of: id)
        while let record = slots[slot] {
            if record.id == id { return slot }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The record in a slot that `find` or `insert` gave.
    package subscript(slot: Int) -> StreamRecord {
        get {
            guard let record = slots[slot] else { preconditionFailure("an empty slot was used") }
            return record
        }
        _modify {
            guard var record = slots[slot] else { preconditionFailure("an empty slot was used") }
            slots[slot] = nil
            defer { slots[slot] = record }
            yield &record
        }
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
        slots[hole] = nil
        count -= 1
        while true {
            next = (next + 1) & mask
            guard let record = slots[next] else { return }
            let distance = (next - home(of: record.id)) & mask
            guard distance >= (next - hole) & mask else { continue }
            slots[hole] = record
            slots[next] = nil
            hole = next
        }
    }

    /// All records, in no order.
    package var records: some Sequence<StreamRecord> { slots.lazy.compactMap { $0 } }

    /// Changes each record, in no order.
    package mutating func forEach(_ body: (inout StreamRecord) -> Void) {
        for slot in slots.indices where slots[slot] != nil { body(&self[slot]) }
    }

    private func home(of id: UInt32) -> Int {
        // The golden ratio spreads identifiers that differ in few bits, which streams do.
        Int(truncatingIfNeeded: (id &* 0x9e37_79b1) >> 15) & mask
    }

    private mutating func place(_ record: StreamRecord) -> Int {
        var slot = home(of: record.id)
        while slots[slot] != nil { slot = (slot + 1) & mask }
        slots[slot] = record
        return slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: nil, count: max(8, old.count * 2))
        mask = slots.count - 1
        for record in old.lazy.compactMap({ $0 }) { _ = place(record) }
    }
}
