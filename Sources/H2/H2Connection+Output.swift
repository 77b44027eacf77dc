// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Whether there are bytes for the peer.
    public var hasDataToSend: Bool { core.output.count != 0 }

    /// Bytes that are queued for the peer.
    public var outboundByteCount: Int { core.output.count }

    /// Takes bytes for the peer, oldest first. In h2: `data_to_send`.
    ///
    /// - Parameter limit: The most bytes to take; below 1 none are.
    public func dataToSend(upTo limit: Int = .max) -> [UInt8] {
        let taken = core.output.take(upTo: limit)
        core.budgets.output.taken(taken.count, pending: core.output.count)
        return taken
    }

    /// Lends the bytes for the peer, and drops as many from the front as `body` returns.
    ///
    /// The number is clamped to 0 and the count of the span; if `body` throws, none are dropped.
    /// The connection may be used inside: what that queues follows the lent bytes.
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

    /// Lends the bytes for the peer in pieces, oldest first, for a gathering write such as `writev`:
    /// DATA payloads of 4 KiB or more lie where the caller of `sendData` had them, and are never
    /// copied.
    ///
    /// Otherwise as `withDataToSend`. At most 129 pieces are lent at once: `hasDataToSend` tells
    /// whether there is more.
    @unsafe
    public func withSegmentsToSend<E: Error>(
        _ body: (Span<UnsafeRawBufferPointer>) throws(E) -> Int
    ) throws(E) -> Int {
        let lent = lend(isJoined: false)
        let taken: Int
        do throws(E) {
            taken = try unsafe lent.buffer.withSegments(body)
        } catch {
            _ = takeBack(lent, dropping: 0)
            throw error
        }
        return takeBack(lent, dropping: taken)
    }

    /// The output while it is lent.
    @usableFromInline
    struct LentOutput: ~Copyable {
        fileprivate var buffer: OutputBuffer
        fileprivate let generation: Int

        /// All bytes, if they were joined, as long as this is there.
        @usableFromInline
        @unsafe var bytes: UnsafeBufferPointer<UInt8> { unsafe buffer.written }
    }

    /// Moves the output out.
    ///
    /// - Parameter isJoined: Whether it is to lie in one piece.
    @usableFromInline
    func lend(isJoined: Bool) -> LentOutput {
        if isJoined { core.output.joinParts() }
        var lent = LentOutput(buffer: OutputBuffer(), generation: core.outputGeneration)
        swap(&lent.buffer, &core.output)
        core.budgets.lentOutput = lent.buffer.count
        return lent
    }

    /// Puts lent output back in front of what came meanwhile, unless all was dropped then; returns how
    /// much of it was taken.
    @usableFromInline
    func takeBack(_ lent: consuming LentOutput, dropping wanted: Int) -> Int {
        core.budgets.lentOutput = 0
        let taken = min(max(wanted, 0), lent.buffer.count)
        guard lent.generation == core.outputGeneration else { return taken }
        lent.buffer.drop(taken)
        core.output.prepend(&lent.buffer)
        core.budgets.output.taken(taken, pending: core.output.count)
        return taken
    }

    /// Drops all bytes for the peer. In h2: `clear_outbound_data_buffer`.
    ///
    /// The peer then misses frames that this side believes sent: of use only when the transport is
    /// gone.
    public func clearOutboundDataBuffer() {
        core.dropOutput()
    }
}
