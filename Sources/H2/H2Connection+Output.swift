// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Whether there are bytes for the peer.
    public var hasDataToSend: Bool { core.output.count != 0 }

    /// Bytes that are queued for the peer.
    public var outboundByteCount: Int { core.output.count }

    /// Removes and returns bytes for the peer, oldest first; copies each once. In h2: `data_to_send`.
    ///
    /// - Parameter limit: The maximum number of bytes; below 1, none are removed.
    public func dataToSend(upTo limit: Int = .max) -> [UInt8] {
        core.output.take(upTo: limit)
    }

    /// Calls `body` with all bytes for the peer, and removes as many from the front as it returns.
    ///
    /// Bytes are copied only to make them contiguous: a DATA payload that `sendData` did not copy is
    /// copied by the first call after it, once, however many calls it takes to send it. To copy none,
    /// use `withSegmentsToSend`.
    ///
    /// The returned number is clamped to 0 and the count of the span; if `body` throws, no bytes are
    /// removed. `body` may use the connection: what that queues follows the bytes of the span.
    @inlinable
    public func withDataToSend<E: Error>(
        _ body: (Span<UInt8>) throws(E) -> Int
    ) throws(E) -> Int {
        let lent = lend(isJoined: true)
        let taken: Int
        do throws(E) {
            taken = try unsafe body(lent.bytes.span)
        } catch {
            _ = takeBack(lent, dropping: 0)
            throw error
        }
        return takeBack(lent, dropping: taken)
    }

    /// Calls `body` with the first bytes for the peer in pieces, oldest first, for a gathering write
    /// such as `writev`, and removes as many bytes from the front as it returns.
    ///
    /// Nothing is copied: a DATA payload that `sendData` did not copy is a piece by itself. There are
    /// at most 129 pieces in a call; if `hasDataToSend` is true after it, call again. Otherwise as
    /// `withDataToSend`.
    @unsafe
    public func withSegmentsToSend<E: Error>(
        _ body: (Span<UnsafeRawBufferPointer>) throws(E) -> Int
    ) throws(E) -> Int {
        let lent = lend(isJoined: false)
        let taken: Int
        do throws(E) {
            taken = try unsafe lent.output.buffer.withSegments(body)
        } catch {
            _ = takeBack(lent, dropping: 0)
            throw error
        }
        return takeBack(lent, dropping: taken)
    }

    /// The output while it is lent.
    @usableFromInline
    struct LentOutput: ~Copyable {
        fileprivate var output: Outbox.Lent

        /// All bytes, if they were joined, as long as this is there.
        @usableFromInline
        @unsafe var bytes: UnsafeBufferPointer<UInt8> { unsafe output.buffer.written }
    }

    /// Moves the output out.
    ///
    /// - Parameter isJoined: Whether it is to be contiguous.
    @usableFromInline
    func lend(isJoined: Bool) -> LentOutput {
        LentOutput(output: core.output.lend(isJoined: isJoined))
    }

    /// Puts lent output back, without the first `wanted` bytes; returns how many of them those are.
    @usableFromInline
    func takeBack(_ lent: consuming LentOutput, dropping wanted: Int) -> Int {
        core.output.takeBack(lent.output, dropping: wanted)
    }

    /// Drops all bytes for the peer. In h2: `clear_outbound_data_buffer`.
    ///
    /// The peer then misses frames that this side believes sent: of use only when the transport is
    /// gone.
    public func clearOutboundDataBuffer() {
        core.output.removeAll()
    }
}
