// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Whether there are bytes for the peer.
    public var hasDataToSend: Bool { core.outbox.queue.count != 0 }

    /// Bytes that are queued for the peer.
    public var outboundByteCount: Int { core.outbox.queue.count }

    /// Removes bytes for the peer, oldest first, and returns a copy of them. In h2: `data_to_send`.
    ///
    /// - Parameter limit: The maximum number of bytes; below 1, none are removed.
    public func dataToSend(upTo limit: Int = .max) -> [UInt8] {
        core.outbox.take(upTo: limit)
    }

    /// Calls `body` with all bytes for the peer, and removes as many from the front as it returns.
    ///
    /// Bytes are copied only to make them contiguous: the next call copies each DATA payload that
    /// `sendData` did not copy, once, however many calls it takes to send the payload. To avoid
    /// that copy, use `withSegmentsToSend`.
    ///
    /// A returned number below 0 or above the count of the span is clamped; if `body` throws, no
    /// bytes are removed. `body` may use the connection: bytes queued there follow those of the
    /// span.
    ///
    /// `send` returns -1 if it fails: let `body` throw then. A loop `while hasDataToSend` that
    /// ignores the failure never ends.
    ///
    /// - Returns: The number of bytes removed.
    @inlinable
    public func withDataToSend<E: Error>(
        _ body: (Span<UInt8>) throws(E) -> Int
    ) throws(E) -> Int {
        let borrowed = borrow(isJoined: true)
        let taken: Int
        do throws(E) {
            taken = try unsafe body(borrowed.bytes.span)
        } catch {
            _ = endBorrowing(borrowed, dropping: 0)
            throw error
        }
        return endBorrowing(borrowed, dropping: taken)
    }

    /// Calls `body` with the first bytes for the peer in pieces, oldest first, for a gathering write
    /// such as `writev`, and removes as many bytes from the front as it returns.
    ///
    /// Nothing is copied: a DATA payload that `sendData` did not copy is a separate piece. A call
    /// passes at most 129 pieces: if `hasDataToSend` is still true, call again. The returned number
    /// is clamped to the bytes of the pieces. Otherwise as `withDataToSend`; `writev` returns -1 if it
    /// fails, too.
    ///
    /// - Returns: The number of bytes removed.
    @unsafe
    public func withSegmentsToSend<E: Error>(
        _ body: (Span<UnsafeRawBufferPointer>) throws(E) -> Int
    ) throws(E) -> Int {
        let borrowed = borrow(isJoined: false)
        let taken: Int
        do throws(E) {
            let wanted = try unsafe borrowed.output.queue.withSegments(body)
            taken = min(wanted, borrowed.output.queue.segmentByteCount)
        } catch {
            _ = endBorrowing(borrowed, dropping: 0)
            throw error
        }
        return endBorrowing(borrowed, dropping: taken)
    }

    /// The output while the caller borrows it.
    @usableFromInline
    struct BorrowedOutput: ~Copyable {
        fileprivate var output: Outbox.Borrowed

        /// All bytes, if they were joined, as long as this is there.
        @usableFromInline
        @unsafe var bytes: UnsafeBufferPointer<UInt8> { unsafe output.queue.written }
    }

    /// Moves the output out.
    ///
    /// - Parameter isJoined: Whether it is to be contiguous.
    @usableFromInline
    func borrow(isJoined: Bool) -> BorrowedOutput {
        BorrowedOutput(output: core.outbox.borrow(isJoined: isJoined))
    }

    /// Puts borrowed output back, without its first `wanted` bytes; returns the number of bytes
    /// removed.
    @usableFromInline
    func endBorrowing(_ borrowed: consuming BorrowedOutput, dropping wanted: Int) -> Int {
        core.outbox.endBorrowing(borrowed.output, dropping: wanted)
    }

    /// Drops all bytes for the peer. In h2: `clear_outbound_data_buffer`.
    ///
    /// The peer then misses frames that this side believes sent: of use only when the transport is
    /// gone.
    public func clearOutboundDataBuffer() {
        core.outbox.removeAll()
    }
}
