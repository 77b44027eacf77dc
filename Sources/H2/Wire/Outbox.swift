// SPDX-License-Identifier: MIT

/// Queued bytes for the peer, with the number of bytes that the caller has borrowed, and the number
/// that the peer caused.
///
/// Bytes leave only through `take`, `drop`, `endBorrowing` and `removeAll`, so the number that the
/// peer caused is correct however the caller removes them.
struct Outbox: ~Copyable {
    /// The sizes of the output up to which queued data becomes frames when the caller borrows the
    /// output, contiguous or in segments. Frames that the caller does not take precede urgent data.
    static let maxJoinedQueue = 65_536
    static let maxSegmentQueue = 1 << 20

    /// The queued bytes, without the borrowed ones. To remove bytes, use the methods of this type.
    var queue = OutputBuffer()
    private var caused = PeerOutput()
    /// The number of calls of `removeAll`, which also drops borrowed bytes: if it has changed,
    /// `endBorrowing` puts none back.
    private var generation = 0
    /// The number of borrowed bytes. They come before those in `queue`.
    private var borrowedCount = 0
    /// The number of bytes removed since the start of the connection, including discarded bytes.
    private(set) var removedCount = 0

    init() {}

    /// The number of bytes queued since the start of the connection.
    var writtenCount: Int { takenCount + queue.count }

    /// The number of bytes that were removed since the start of the connection or are borrowed.
    var takenCount: Int { removedCount + borrowedCount }

    // MARK: What the peer caused

    /// The number of bytes that the peer caused and that may still be queued or borrowed.
    var causedByPeer: Int { caused.count }

    /// Records that the peer caused the last `count` bytes.
    mutating func chargePeer(_ count: Int) {
        caused.add(count, pending: queue.count + borrowedCount)
    }

    // MARK: Removing

    /// Removes and returns up to `limit` bytes from the front.
    mutating func take(upTo limit: Int) -> [UInt8] {
        let bytes = queue.take(upTo: limit)
        account(forTaken: bytes.count)
        return bytes
    }

    /// Removes `count` bytes from the front; returns false, without any effect, if there are fewer.
    @inline(__always)
    mutating func drop(_ count: Int) -> Bool {
        guard count >= 0, count <= queue.count else { return false }
        queue.drop(count)
        account(forTaken: count)
        return true
    }

    /// Removes all bytes, including the borrowed ones.
    mutating func removeAll() {
        removedCount = writtenCount
        queue.removeAll()
        generation += 1
        borrowedCount = 0
        caused.removeAll()
    }

    /// Accounts for bytes that were removed from the front of the queue, after the borrowed ones.
    @inline(__always)
    private mutating func account(forTaken count: Int) {
        removedCount &+= count
        caused.taken(count, after: borrowedCount, pending: queue.count + borrowedCount)
    }

    // MARK: Borrowing

    /// Bytes that were moved out for the caller to borrow.
    struct Borrowed: ~Copyable {
        fileprivate(set) var queue = OutputBuffer()
        fileprivate let generation: Int
    }

    /// Moves all bytes out.
    ///
    /// - Parameter isJoined: Whether the bytes are to be contiguous.
    @inline(__always)
    mutating func borrow(isJoined: Bool) -> Borrowed {
        if isJoined { queue.joinParts() }
        var borrowed = Borrowed(generation: generation)
        swap(&borrowed.queue, &queue)
        borrowedCount += borrowed.queue.count
        return borrowed
    }

    /// Puts borrowed bytes, without the first `count`, back before those that were queued in the
    /// meantime; returns the number of bytes removed. After `removeAll`, none are put back.
    @inline(__always)
    mutating func endBorrowing(_ borrowed: consuming Borrowed, dropping count: Int) -> Int {
        let taken = min(max(count, 0), borrowed.queue.count)
        guard borrowed.generation == generation else { return taken }
        borrowedCount -= borrowed.queue.count
        borrowed.queue.drop(taken)
        queue.prepend(&borrowed.queue)
        account(forTaken: taken)
        return taken
    }

    /// All bytes, contiguous; the address is `nil` if there are none. The view is valid until the
    /// next call that may queue or remove bytes.
    @unsafe var joined: UnsafeRawBufferPointer {
        @inline(__always) mutating get {
            guard queue.count != 0 else {
                return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
            }
            queue.joinParts()
            return unsafe UnsafeRawBufferPointer(queue.written)
        }
    }
}
