// SPDX-License-Identifier: MIT

/// Queued bytes for the peer, with the number of bytes that the caller has borrowed, and the number
/// that the peer caused.
///
/// Bytes leave only through `take`, `drop`, `endBorrowing` and `removeAll`, so the number that the
/// peer caused is correct however the caller removes them.
struct Outbox: ~Copyable {
    private var buffer = OutputBuffer()
    private var caused = PeerOutput()
    /// Counts calls of `removeAll`, which also drops borrowed bytes.
    private var generation = 0
    /// The number of borrowed bytes. They come before those in `buffer`.
    private var borrowedCount = 0

    init() {}

    /// The number of queued bytes, without the borrowed ones.
    @inline(__always) var count: Int { buffer.count }
    var heldByteCount: Int { buffer.heldByteCount }

    // MARK: Appending

    @inline(__always)
    mutating func append(_ more: UnsafeRawBufferPointer) { unsafe buffer.append(more) }

    @inline(__always)
    mutating func append(_ more: ArraySlice<UInt8>) { buffer.append(more) }

    @inline(__always)
    mutating func append(_ byte: UInt8) { buffer.append(byte) }

    @inline(__always)
    mutating func append(_ value: UInt32) { buffer.append(value) }

    /// Appends the 9 bytes of a frame header.
    @inline(__always)
    mutating func append(_ word: UInt64, _ byte: UInt8) { buffer.append(word, byte) }

    @inline(__always)
    mutating func append(zeros count: Int) { buffer.append(zeros: count) }

    /// Appends a payload, without copying it if it is large enough: see `OutputBuffer`.
    ///
    /// - Parameter owner: The payload as a slice of an array that may be kept, or nil.
    @inline(__always)
    mutating func append(_ payload: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>?) {
        unsafe buffer.append(payload, owner: owner)
    }

    /// Undoes appending: keeps the first `count` bytes.
    @inline(__always)
    mutating func truncate(to count: Int) { buffer.truncate(to: count) }

    /// Undoes appending: removes and returns the last `count` bytes, none of which may be a payload
    /// that was not copied.
    mutating func removeLast(_ count: Int) -> ArraySlice<UInt8> { buffer.removeLast(count) }

    // MARK: What the peer caused

    /// The number of bytes that the peer caused and that may still be queued or borrowed.
    var causedByPeer: Int { caused.count }

    /// Records that the peer caused the last `count` bytes.
    mutating func chargePeer(_ count: Int) {
        caused.add(count, pending: buffer.count + borrowedCount)
    }

    // MARK: Taking

    /// Removes and returns up to `limit` bytes from the front.
    mutating func take(upTo limit: Int) -> [UInt8] {
        let bytes = buffer.take(upTo: limit)
        account(forTaken: bytes.count)
        return bytes
    }

    /// Removes `count` bytes from the front; returns false, without any effect, if there are fewer.
    @inline(__always)
    mutating func drop(_ count: Int) -> Bool {
        guard count >= 0, count <= buffer.count else { return false }
        buffer.drop(count)
        account(forTaken: count)
        return true
    }

    /// Removes all bytes, including the borrowed ones.
    mutating func removeAll() {
        buffer.removeAll()
        generation += 1
        borrowedCount = 0
        caused.removeAll()
    }

    /// Accounts for bytes that were removed from the front of the queue, after the borrowed ones.
    @inline(__always)
    private mutating func account(forTaken count: Int) {
        caused.taken(count, after: borrowedCount, pending: buffer.count + borrowedCount)
    }

    // MARK: Borrowing

    /// Bytes that were moved out for the caller to borrow.
    struct Borrowed: ~Copyable {
        fileprivate(set) var buffer = OutputBuffer()
        fileprivate let generation: Int
    }

    /// Moves all bytes out.
    ///
    /// - Parameter isJoined: Whether the bytes are to be contiguous.
    @inline(__always)
    mutating func borrow(isJoined: Bool) -> Borrowed {
        if isJoined { buffer.joinParts() }
        var borrowed = Borrowed(generation: generation)
        swap(&borrowed.buffer, &buffer)
        borrowedCount += borrowed.buffer.count
        return borrowed
    }

    /// Puts borrowed bytes, without the first `wanted`, back before those that were queued in the
    /// meantime; returns the number of bytes removed. After `removeAll`, none are put back.
    @inline(__always)
    mutating func endBorrowing(_ borrowed: consuming Borrowed, dropping wanted: Int) -> Int {
        let taken = min(max(wanted, 0), borrowed.buffer.count)
        guard borrowed.generation == generation else { return taken }
        borrowedCount -= borrowed.buffer.count
        borrowed.buffer.drop(taken)
        buffer.prepend(&borrowed.buffer)
        account(forTaken: taken)
        return taken
    }

    /// All bytes, contiguous; the address is nil if there are none. The view is valid until the
    /// next call that may queue or remove bytes.
    @unsafe var joined: UnsafeRawBufferPointer {
        @inline(__always) mutating get {
            guard buffer.count != 0 else {
                return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
            }
            buffer.joinParts()
            return unsafe UnsafeRawBufferPointer(buffer.written)
        }
    }
}
