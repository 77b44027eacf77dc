// SPDX-License-Identifier: MIT

/// One timer for each of many streams, all of the same length.
///
/// A stream has one entry. When its time comes, the core decides whether the timer starts again: an
/// event on a stream therefore costs nothing here.
struct StreamTimers {
    private struct Entry: HeapElement {
        let id: UInt32
        /// The time when it fires.
        let key: UInt64
    }

    /// The length in nanoseconds; 0 if the timers are off.
    let nanoseconds: UInt64
    /// The timers that run, the earliest first.
    private var heap = MinHeap<Entry>()
    /// The streams whose timers start at the next instant.
    private var waiting: [UInt32] = []

    init(_ duration: Duration?) {
        nanoseconds = duration.map { max(1, H2Instant($0).rawValue) } ?? 0
    }

    var isOn: Bool { nanoseconds != 0 }
    var count: Int { heap.count + waiting.count }
    /// The time of the next entry; `.max` if there is none.
    var next: UInt64 { heap.first?.key ?? .max }

    /// Adds a stream, whose timer starts at the next instant.
    mutating func add(_ id: UInt32) { waiting.append(id) }

    /// Starts the timers of the streams that were added.
    mutating func start(at now: UInt64) {
        guard !waiting.isEmpty else { return }
        for id in waiting { insert(id, from: now) }
        waiting.removeAll(keepingCapacity: waiting.capacity <= 64)
    }

    /// Starts the timer of a stream that has no entry.
    mutating func insert(_ id: UInt32, from now: UInt64) {
        let (end, overflow) = now.addingReportingOverflow(nanoseconds)
        heap.insert(Entry(id: id, key: overflow ? .max : end))
    }

    /// Removes and returns the first entry if its time has come.
    mutating func takeExpired(at now: UInt64) -> UInt32? {
        // A timer whose end would exceed the largest time never fires.
        guard let first = heap.first, first.key <= now, first.key != .max else { return nil }
        heap.removeFirst()
        return first.id
    }

    /// Removes the entries of closed streams.
    mutating func compact(_ isLive: (UInt32) -> Bool) {
        heap.filter { isLive($0.id) }
        waiting = waiting.filter(isLive)
    }
}
