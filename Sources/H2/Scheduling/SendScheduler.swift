// SPDX-License-Identifier: MIT

/// The order in which streams send their queued data, RFC 9218 §10: by urgency; within an urgency,
/// non-incremental streams by identifier, then incremental ones in turn.
///
/// The scheduler contains the streams whose own windows allow at least a byte of their queued data.
/// Removing a stream leaves a stale entry, which is removed when it comes first or when most
/// entries are stale.
package struct SendScheduler {
    /// A stream's place in the order. The entry is stale if the stream's ticket differs.
    package struct Entry: HeapElement, BitwiseCopyable {
        package let id: UInt32
        package let ticket: UInt32

        package var key: UInt32 { id }
    }

    /// The streams of one urgency.
    private struct Lane {
        /// Non-incremental streams, the lowest identifier first.
        var inOrder = MinHeap<Entry>()
        /// Incremental streams.
        var inTurn = Fifo<Entry>()
        /// The number of bytes that the first incremental stream has sent in its turn.
        var turnLength = 0

        var isEmpty: Bool { inOrder.isEmpty && inTurn.isEmpty }
    }

    /// The lanes, by urgency; empty until the first stream is inserted.
    private var lanes: [Lane] = []
    /// A bit for each lane with entries.
    private var occupied: UInt8 = 0
    private var lastTicket: UInt32 = 0
    private var entryCount = 0
    /// The number of streams.
    package private(set) var count = 0

    package init() {}

    /// Inserts a stream; returns its ticket, which is not 0.
    package mutating func insert(_ id: UInt32, _ priority: SendPriority) -> UInt32 {
        if lanes.isEmpty { lanes = Array(repeating: Lane(), count: 8) }
        lastTicket = lastTicket == .max ? 1 : lastTicket + 1
        let lane = priority.urgency
        let entry = Entry(id: id, ticket: lastTicket)
        if priority.isIncremental {
            lanes[lane].inTurn.append(entry)
        } else {
            lanes[lane].inOrder.insert(entry)
        }
        occupied |= 1 << lane
        entryCount += 1
        count += 1
        return lastTicket
    }

    /// Records that a stream can no longer send. Its entry becomes stale.
    package mutating func removed() { count -= 1 }

    /// Whether most entries are stale, so that `compact` is worth its cost.
    package var needsCompacting: Bool { entryCount > 2 * count + 64 }

    /// Removes the stale entries.
    package mutating func compact(_ isCurrent: (Entry) -> Bool) {
        entryCount = 0
        for lane in lanes.indices {
            lanes[lane].inOrder.filter(isCurrent)
            lanes[lane].inTurn.filter(isCurrent)
            lanes[lane].turnLength = 0
            entryCount += lanes[lane].inOrder.count + lanes[lane].inTurn.count
            if lanes[lane].isEmpty { occupied &= ~(1 << lane) }
        }
    }

    /// The entry that comes first.
    package var first: Entry? {
        guard occupied != 0 else { return nil }
        let lane = occupied.trailingZeroBitCount
        return lanes[lane].inOrder.first ?? lanes[lane].inTurn.first
    }

    /// Removes the entry that comes first.
    package mutating func removeFirst() {
        guard occupied != 0 else { return }
        let lane = occupied.trailingZeroBitCount
        entryCount -= 1
        if lanes[lane].inOrder.isEmpty {
            removeTurn(in: lane)
        } else {
            lanes[lane].inOrder.removeFirst()
        }
        if lanes[lane].isEmpty { occupied &= ~(1 << lane) }
    }

    /// The number of bytes that the stream that comes first has sent in its turn; 0 if it is not
    /// incremental.
    package var turnLength: Int {
        guard occupied != 0 else { return 0 }
        let lane = occupied.trailingZeroBitCount
        return lanes[lane].inOrder.isEmpty ? lanes[lane].turnLength : 0
    }

    /// Records that the stream that comes first sent `length` bytes. If it is incremental and its
    /// turn ends, it moves to the end of its lane.
    package mutating func sent(_ length: Int, endsTurn: Bool) {
        guard occupied != 0 else { return }
        let lane = occupied.trailingZeroBitCount
        // A single stream needs no turns.
        guard lanes[lane].inOrder.isEmpty, lanes[lane].inTurn.count > 1,
            let entry = lanes[lane].inTurn.first
        else { return }
        guard endsTurn else { return lanes[lane].turnLength += length }
        lanes[lane].inTurn.append(entry)
        removeTurn(in: lane)
    }

    private mutating func removeTurn(in lane: Int) {
        lanes[lane].turnLength = 0
        lanes[lane].inTurn.removeFirst()
    }
}
