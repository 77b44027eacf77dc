// SPDX-License-Identifier: MIT

import H2

/// The future actions of a `SimulatedPath`, ordered by instant. Actions at the same instant are in
/// the order in which they were added.
struct ActionQueue {
    /// Something that happens at an instant.
    enum Action {
        /// A side has sent a segment completely.
        case sent(ArraySlice<UInt8>, from: SimulatedPath.Side)
        /// A segment arrives at a side.
        case delivery(ArraySlice<UInt8>, to: SimulatedPath.Side)
        /// A time that the test set has been reached.
        case timer(SimulatedPath.Action)
        /// The next deadline of this side may have passed.
        case deadline(SimulatedPath.Side)
    }

    private struct Entry {
        let instant: H2Instant
        let number: Int
        let action: Action

        func precedes(_ other: Entry) -> Bool {
            let (a, b) = (instant.rawValue, other.instant.rawValue)
            return a == b ? number < other.number : a < b
        }
    }

    /// A binary heap: with indexes from 1, no entry precedes the entry at half its index.
    private var heap: [Entry] = []
    private var nextNumber = 0

    /// Adds an action.
    mutating func add(_ action: Action, at instant: H2Instant) {
        let entry = Entry(instant: instant, number: nextNumber, action: action)
        nextNumber += 1
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard entry.precedes(heap[parent]) else { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    /// Removes and returns the first action unless it is later than an instant.
    mutating func removeFirst(until last: H2Instant) -> (instant: H2Instant, action: Action)? {
        guard let first = heap.first, first.instant <= last else { return nil }
        let entry = heap.removeLast()
        guard !heap.isEmpty else { return (first.instant, first.action) }
        var index = 0
        while 2 * index + 1 < heap.count {
            var child = 2 * index + 1
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(entry) else { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = entry
        return (first.instant, first.action)
    }
}
