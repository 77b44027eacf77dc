// SPDX-License-Identifier: MIT

/// An upper bound on the output bytes that the peer caused and that are still queued.
///
/// The queue mixes these bytes with output of the caller, and their positions are not recorded. But
/// once as many bytes were removed as the queue contained at some time, all bytes of that time are
/// gone. Two sums are therefore enough: `older`, whose bytes are gone after `olderRemaining`
/// further bytes, and `newer`.
package struct PeerOutput: Hashable, Sendable {
    private var older = 0
    private var newer = 0
    /// The number of bytes to remove until all bytes of `older` are gone.
    private var olderRemaining = 0

    package init() {}

    /// The number of bytes that the peer caused and that may still be queued.
    package var count: Int { older + newer }

    /// Adds bytes that were just appended. `pending` is the number of bytes in the queue with them.
    package mutating func add(_ count: Int, pending: Int) {
        guard older == 0 else { return newer += count }
        older = count
        olderRemaining = pending
    }

    /// Records that `count` bytes were removed, and that `pending` bytes remain.
    ///
    /// - Parameter first: The number of bytes before them that remain, because they are borrowed.
    @inline(__always)
    package mutating func taken(_ count: Int, after first: Int = 0, pending: Int) {
        olderRemaining -= min(count, max(0, olderRemaining - first))
        guard olderRemaining <= 0 || pending == 0 else { return }
        older = pending == 0 ? 0 : newer
        newer = 0
        olderRemaining = pending
    }

    /// Records that the queue is empty.
    package mutating func removeAll() { self = PeerOutput() }
}
