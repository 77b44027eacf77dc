// SPDX-License-Identifier: MIT

/// One timer for each of many streams, all of the same length.
///
/// A stream has one entry. When its time comes, the core decides whether the timer starts again: an
/// event on a stream therefore costs nothing here.
struct StreamTimers {
    struct Entry {
        let id: UInt32
        /// The time when it fires.
        let end: UInt64
    }

    /// The length in nanoseconds; 0 if the timers are off.
    let nanoseconds: UInt64
    /// A binary heap, with the earliest entry first.
    private var heap: [Entry] = []
    /// The streams whose timers start at the next instant.
    private var waiting: [UInt32] = []

    init(_ duration: Duration?) {
        nanoseconds = duration.map { max(1, H2Instant($0).rawValue) } ?? 0
    }

    var isOn: Bool { nanoseconds != 0 }
    var count: Int { heap.count + waiting.count }
    /// The time of the next entry; `.max` if there is none.
    var next: UInt64 { heap.first?.end ?? .max }

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
        heap.append(Entry(id: id, end: overflow ? .max : end))
        siftUp(from: heap.count - 1)
    }

    /// Removes and returns the first entry if its time has come.
    mutating func takeExpired(at now: UInt64) -> UInt32? {
        // A timer whose end would exceed the largest time never fires.
        guard let first = heap.first, first.end <= now, first.end != .max else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return first.id
    }

    /// Removes the entries of closed streams.
    mutating func compact(_ isLive: (UInt32) -> Bool) {
        // A sorted array is a heap.
        heap = heap.filter { isLive($0.id) }.sorted { $0.end < $1.end }
        waiting = waiting.filter(isLive)
    }

    private mutating func siftUp(from index: Int) {
        var child = index
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].end < heap[parent].end else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var first = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].end < heap[first].end { first = child }
            }
            guard first != parent else { return }
            heap.swapAt(parent, first)
            parent = first
        }
    }
}
