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
    public func withDataToSend<E: Error>(
        _ body: (Span<UInt8>) throws(E) -> Int
    ) throws(E) -> Int {
        try lending { lent throws(E) in try lent.withSpan(body) }
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
        try lending { lent throws(E) in try unsafe lent.withSegments(body) }
    }

    /// Moves the output out while `body` uses it, and drops as much as that says.
    @inline(__always)
    private func lending<E: Error>(
        _ body: (inout OutputBuffer) throws(E) -> Int
    ) throws(E) -> Int {
        var lent = OutputBuffer()
        swap(&lent, &core.output)
        let generation = core.outputGeneration
        let count = lent.count
        core.budgets.lentOutput = count
        defer { core.budgets.lentOutput = 0 }
        let taken: Int
        do throws(E) {
            taken = min(max(try body(&lent), 0), count)
        } catch {
            if generation == core.outputGeneration { core.output.prepend(lent) }
            throw error
        }
        guard generation == core.outputGeneration else { return taken }
        lent.drop(taken)
        core.output.prepend(lent)
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
