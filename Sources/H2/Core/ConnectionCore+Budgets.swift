// SPDX-License-Identifier: MIT

/// Charges the peer's actions to budgets, and checks sizes against bounds. Exceeding either is a
/// connection error.
extension ConnectionCore {
    // MARK: Budgets

    /// Charges an action of the peer to a budget.
    ///
    /// - Parameters:
    ///   - units: The cost.
    ///   - reserved: The part of `units` that may be taken from the reserve.
    ///   - id: The stream that the error names.
    mutating func charge(
        _ limit: FrequencyLimit, _ units: Int = 1, reserved: Int = .max, on id: UInt32? = nil
    ) throws(H2Error) {
        guard budgets.take(limit, units, reserved: reserved) else {
            throw budgets.exceeded(limit, on: id)
        }
    }

    /// Charges the decoding cost of a stream to a budget of resets.
    mutating func charge(
        _ limit: FrequencyLimit, _ cost: SectionCost, on id: UInt32
    ) throws(H2Error) {
        try charge(limit, cost.total, reserved: Int(cost.fields), on: id)
    }

    /// Charges a stream that the peer resets before its final response begins, if that is rapid.
    mutating func chargePeerReset(at slot: Int) throws(H2Error) {
        let stream = streams[slot]
        guard budgets.isRapid(since: stream.openedAt) else { return }
        try charge(.peerResets, stream.cost, on: stream.id)
    }

    /// Charges a DATA frame if it is small, and records the received data as work.
    ///
    /// - Parameters:
    ///   - length: The bytes of data, padding excluded.
    ///   - frameLength: The bytes of the payload, padding included.
    @inline(__always)
    mutating func chargeData(
        _ length: Int, ofFrame frameLength: Int, on id: UInt32, endsStream: Bool
    ) throws(H2Error) {
        if length < Budgets.smallData, !endsStream {
            try chargeSmallData(length, ofFrame: frameLength, on: id)
        }
        if length != 0 { budgets.dataReceived(length) }
    }

    /// Charges excused DATA on a stream that H2 reset because of the peer. Only small frames have a
    /// cost, because a window has room for many of them.
    mutating func chargeExcusedData(
        _ length: Int, ofFrame frameLength: Int, on id: UInt32
    ) throws(H2Error) {
        if length < Budgets.smallData { try chargeSmallData(length, ofFrame: frameLength, on: id) }
    }

    @inline(never)
    private mutating func chargeSmallData(
        _ length: Int, ofFrame frameLength: Int, on id: UInt32
    ) throws(H2Error) {
        if length == 0 {
            try charge(.emptyData, Budgets.weight(ofEmptyData: frameLength), on: id)
        } else {
            let window = flow.receive.maximum
            budgets.windowOffered(isPlain ? window : automatic.offered(window))
            try charge(.smallData, on: id)
        }
    }

    // MARK: Sizes

    /// Charges bytes that were appended to the output because of the peer.
    @inline(never)
    mutating func chargeOutput(_ count: Int) throws(H2Error) {
        outbox.chargePeer(count)
        bounds.record(.peerOutput, outbox.causedByPeer)
        try bounds.check(.peerOutput, outbox.causedByPeer)
    }

    /// Checks the memory in use. Call it before decoding each frame of a field block.
    @inline(__always)
    mutating func checkMemory() throws(H2Error) {
        let used = boundedMemory
        bounds.record(.memory, used)
        try bounds.check(.memory, used)
    }

    /// The number of bytes that count against `H2Limits.memory`.
    ///
    /// These are all bytes in use except the output, because the peer's share has its own bound;
    /// the incomplete frame, because MAX_FRAME_SIZE bounds it; and 1 KiB for each stream of the
    /// largest number that was open at once, because the caller decides on that number.
    var boundedMemory: Int {
        @inline(__always) get {
            let used =
                session.usedEngineByteCount &+ streams.usedByteCount &+ decodedByteCount
            return max(0, used &- streams.mostOpen &* Self.bytesOfStream)
        }
    }

    /// An upper bound on the bytes that one stream uses in nghttp2 and H2.
    private static let bytesOfStream = 1_024

    /// The number of bytes allocated for the decoded fields of an incomplete field block; 0 if
    /// there is none.
    var decodedByteCount: Int {
        @inline(__always) get { blocks.pending == nil ? 0 : session.decodingByteCount }
    }

    /// Checks the size of a field block, and the number of its CONTINUATION frames.
    mutating func check(_ block: PendingBlock) throws(H2Error) {
        let id = block.header.streamID
        try bounds.check(.continuationFrames, block.continuations, on: id)
        guard block.emptyContinuations <= bounds.emptyContinuations else {
            throw .exceeded(
                .continuationFrames, on: H2StreamID(id), bound: bounds.emptyContinuations,
                actual: block.emptyContinuations,
                "too many empty CONTINUATION frames in a field block")
        }
        try bounds.check(.headerBlockSize, block.byteCount, on: id)
    }
}
