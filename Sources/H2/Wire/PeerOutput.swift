// SPDX-License-Identifier: MIT

/// How much of the output the peer caused.
///
/// The output is a queue in which that is mixed with what the caller sends. What is in it at some
/// moment is gone when as many bytes were taken: so two sums are enough, an older one that is known
/// to go by then, and a newer one. They tell at most what the peer caused in the time that it took
/// the queue to go by twice.
package struct PeerOutput: Hashable, Sendable {
    private var older = 0
    private var newer = 0
    /// Bytes that are still to be taken until all of `older` is.
    private var untilOlderIsTaken = 0

    package init() {}

    /// Bytes that the peer caused and that may still be there.
    package var count: Int { older + newer }

    /// Adds bytes that were just appended; with them there are `pending` in all.
    package mutating func add(_ count: Int, pending: Int) {
        guard older == 0 else { return newer += count }
        older = count
        untilOlderIsTaken = pending
    }

    /// Records that `count` bytes were removed, and that `pending` bytes remain.
    ///
    /// - Parameter first: Bytes before them that remain, because the caller has borrowed them.
    @inline(__always)
    package mutating func taken(_ count: Int, after first: Int = 0, pending: Int) {
        untilOlderIsTaken -= min(count, max(0, untilOlderIsTaken - first))
        guard untilOlderIsTaken <= 0 || pending == 0 else { return }
        older = pending == 0 ? 0 : newer
        newer = 0
        untilOlderIsTaken = pending
    }

    /// Notes that nothing is left.
    package mutating func removeAll() { self = PeerOutput() }
}
