// SPDX-License-Identifier: MIT

/// A queue of small values in one array.
///
/// Removed values leave the array once there are at least 32 and they are half of it, so that
/// removing a value has constant cost on average.
struct Fifo<Element: BitwiseCopyable> {
    /// A larger array is freed when the queue becomes empty.
    private static var maxKeptCapacity: Int { 128 }

    /// The first `removed` values have been removed.
    private var values: [Element] = []
    private var removed = 0

    var count: Int { values.count - removed }
    var isEmpty: Bool { removed == values.count }
    var first: Element? { isEmpty ? nil : values[removed] }
    /// The values, oldest first.
    var contents: ArraySlice<Element> { values[removed...] }

    mutating func append(_ value: Element) { values.append(value) }

    /// Removes the oldest value; there must be one.
    mutating func removeFirst() {
        removed += 1
        if removed >= 32, removed * 2 >= values.count { compact() }
    }

    mutating func removeAll() {
        removed = values.count
        compact()
    }

    @inline(never)
    private mutating func compact() {
        if isEmpty, values.capacity > Self.maxKeptCapacity {
            values = []
        } else {
            values.removeFirst(removed)
        }
        removed = 0
    }

    /// The `count` newest values, oldest first.
    func newest(_ count: Int) -> ArraySlice<Element> { values.suffix(count) }

    /// Changes the `count` newest values.
    mutating func updateNewest(_ count: Int, _ change: (inout Element) -> Void) {
        for index in values.count - count..<values.count { change(&values[index]) }
    }

    /// Removes the values that do not satisfy `isKept`.
    mutating func filter(_ isKept: (Element) -> Bool) {
        values.removeFirst(removed)
        removed = 0
        values.removeAll { !isKept($0) }
    }
}
