// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Whether there is output: queued frames, or data from `enqueueData` that the windows allow.
    public var hasDataToSend: Bool { core.outbox.queue.count != 0 || core.canWriteQueued }

    /// The number of bytes of queued frames, plus the number of bytes of data from `enqueueData`
    /// that the windows allow.
    ///
    /// While such data is queued, the output can be larger: H2 adds frame headers and trailers when
    /// the caller takes it.
    public var outboundByteCount: Int { core.outbox.queue.count + core.writableQueuedBytes }

    /// Removes queued bytes, oldest first, and returns a copy of them. In h2: `data_to_send`.
    ///
    /// - Parameter limit: The maximum number of bytes; below 1, none are removed.
    public func dataToSend(upTo limit: Int = .max) -> [UInt8] {
        core.writeQueued(upTo: limit)
        return core.outbox.take(upTo: limit)
    }

    /// Calls `body` with all queued bytes, and removes as many of the first bytes as `body`
    /// returns.
    ///
    /// To make the bytes contiguous, the call copies each DATA payload that `sendData` did not
    /// copy. Later calls do not copy it again, however many it takes to send the payload. To avoid
    /// that copy, use `withSegmentsToSend`.
    ///
    /// The returned number is clamped to the span; if `body` throws, no bytes are removed. `body`
    /// may use the connection: bytes that it queues follow those of the span.
    ///
    /// If the transport fails, `body` must throw. POSIX `send` returns -1, which removes no bytes:
    /// a loop `while hasDataToSend` that ignores the failure never ends.
    ///
    /// - Returns: The number of bytes removed.
    /// - Throws: Only errors of `body`.
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

    /// Calls `body` with the queued bytes in segments, oldest first, for a gathering write such as
    /// `writev`, and removes as many of the first bytes as `body` returns.
    ///
    /// Nothing is copied: a DATA payload that `sendData` did not copy is a separate segment. A call
    /// passes at most 129 segments: if `hasDataToSend` is still true, call again. The returned
    /// number is clamped to the bytes of the segments. Errors of `body` and failures of the
    /// transport are handled as in `withDataToSend`.
    ///
    /// - Returns: The number of bytes removed.
    /// - Throws: Only errors of `body`.
    @unsafe
    public func withSegmentsToSend<E: Error>(
        _ body: (Span<UnsafeRawBufferPointer>) throws(E) -> Int
    ) throws(E) -> Int {
        let borrowed = borrow(isJoined: false)
        let taken: Int
        do throws(E) {
            let count = try unsafe borrowed.output.queue.withSegments(body)
            taken = min(count, borrowed.output.queue.segmentByteCount)
        } catch {
            _ = endBorrowing(borrowed, dropping: 0)
            throw error
        }
        return endBorrowing(borrowed, dropping: taken)
    }

    /// The output while a closure of the caller borrows it.
    @usableFromInline
    struct BorrowedOutput: ~Copyable {
        fileprivate var output: Outbox.Borrowed

        /// All bytes, if they were joined. The view is valid as long as this value exists.
        @usableFromInline
        @unsafe var bytes: UnsafeBufferPointer<UInt8> { unsafe output.queue.written }
    }

    /// Moves the output out of the connection.
    ///
    /// - Parameter isJoined: Whether to make the bytes contiguous.
    @usableFromInline
    func borrow(isJoined: Bool) -> BorrowedOutput {
        if !core.isPlain {
            core.writeQueued(upTo: isJoined ? Outbox.maxJoinedQueue : Outbox.maxSegmentQueue)
        }
        return BorrowedOutput(output: core.outbox.borrow(isJoined: isJoined))
    }

    /// Puts borrowed output back, without its first `count` bytes; returns the number of bytes
    /// removed.
    @usableFromInline
    func endBorrowing(_ borrowed: consuming BorrowedOutput, dropping count: Int) -> Int {
        core.outbox.endBorrowing(borrowed.output, dropping: count)
    }

    /// Discards all queued bytes. In h2: `clear_outbound_data_buffer`.
    ///
    /// Data from `enqueueData` that is not in frames yet remains queued.
    ///
    /// The peer never receives the discarded frames, although the state of the connection includes
    /// them. Call this only if the transport is closed.
    public func clearOutboundDataBuffer() {
        core.discardOutput()
    }
}
