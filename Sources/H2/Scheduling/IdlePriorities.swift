// SPDX-License-Identifier: MIT

/// The priorities of streams that the client has not opened yet, from PRIORITY_UPDATE frames, RFC
/// 9218 §7.1.
struct IdlePriorities {
    /// The number of streams whose priorities are kept without a MAX_CONCURRENT_STREAMS.
    private static let maxKept = 1_000

    /// By ascending identifier.
    private var entries: [(id: UInt32, priority: SendPriority)] = []

    var count: Int { entries.count }

    func contains(_ id: UInt32) -> Bool { entries.contains { $0.id == id } }

    /// Records the priority of an idle stream.
    mutating func set(_ priority: SendPriority, of id: UInt32) {
        let index = entries.firstIndex { $0.id >= id } ?? entries.endIndex
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
        let priority = entries.first { $0.id == id }?.priority
        forget(upTo: id)
        return priority
    }

    /// Removes the priorities of streams up to `id`.
    mutating func forget(upTo id: UInt32) {
        entries.removeFirst(entries.prefix { $0.id <= id }.count)
    }
}
