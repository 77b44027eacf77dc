// SPDX-License-Identifier: MIT

/// The priorities of streams that the client has not opened yet, from PRIORITY_UPDATE frames that it
/// sent, RFC 9218 §7.1.
struct IdlePriorities {
    /// The maximum number of streams whose priorities are kept if MAX_CONCURRENT_STREAMS is not
    /// set.
    private static let maxKept = 1_000

    /// By ascending identifier.
    private var entries: [(id: UInt32, priority: SendPriority)] = []

    var count: Int { entries.count }

    func contains(_ id: UInt32) -> Bool {
        let index = index(of: id)
        return index < entries.endIndex && entries[index].id == id
    }

    /// Records the priority of an idle stream.
    mutating func set(_ priority: SendPriority, of id: UInt32) {
        let index = index(of: id)
        if index < entries.endIndex, entries[index].id == id {
            entries[index].priority = priority
        } else if entries.count < Self.maxKept {
            entries.insert((id, priority), at: index)
        }
    }

    /// Removes and returns the priority of a stream that is opened. Streams with lower identifiers
    /// can no longer be opened.
    mutating func open(_ id: UInt32) -> SendPriority? {
        guard !entries.isEmpty else { return nil }
        let index = index(of: id)
        let isKnown = index < entries.endIndex && entries[index].id == id
        let priority = isKnown ? entries[index].priority : nil
        forget(upTo: id)
        return priority
    }

    /// Removes the priorities of streams up to `id`.
    mutating func forget(upTo id: UInt32) {
        let count = index(of: id + 1)
        if count > 0 { entries.removeFirst(count) }
    }

    /// Returns the index of the first entry whose identifier is not below `id`.
    private func index(of id: UInt32) -> Int {
        var (lower, upper) = (0, entries.endIndex)
        while lower < upper {
            let middle = (lower + upper) / 2
            if entries[middle].id < id { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
