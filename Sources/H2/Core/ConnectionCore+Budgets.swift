// SPDX-License-Identifier: MIT

/// Charges the limits for what the peer does, and ends the connection if one is exceeded.
extension ConnectionCore {
    // MARK: How often

    /// Charges a budget for something that the peer did.
    ///
    /// - Parameters:
    ///   - units: The cost.
    ///   - reserved: The part of `units` that may be taken from the reserve.
    mutating func charge(
        _ limit: FrequencyLimit, _ units: Int = 1, reserved: Int = .max, on id: UInt32? = nil
    ) throws(H2Error) {
        guard budgets.take(limit, units, reserved: reserved) else {
            throw budgets.exceeded(limit, on: id)
        }
    }

    /// Charges a budget of resets: what this side decoded for the stream is its cost.
    mutating func charge(
        _ limit: FrequencyLimit, _ cost: SectionCost, on id: UInt32
    ) throws(H2Error) {
        try charge(limit, cost.total, reserved: Int(cost.fields), on: id)
    }

    /// Charges a stream that the peer resets before its final response began.
    mutating func chargePeerReset(at slot: Int) throws(H2Error) {
        let stream = streams[slot]
        guard budgets.isRapid(since: stream.openedAt) else { return }
        try charge(.peerResets, stream.cost, on: stream.id)
    }

    /// Charges DATA of that many bytes, padding excluded, if it is small, and records what it
    /// restores.
    @inline(__always)
    mutating func chargeData(
        _ length: Int, ofFrame frameLength: Int, on id: UInt32, endsStream: Bool
    ) throws(H2Error) {
        if length < Budgets.smallData, !endsStream {
            try chargeSmallData(length, ofFrame: frameLength, on: id)
        }
        if length != 0 { budgets.dataReceived(length) }
    }

    /// Charges DATA that is excused because H2 reset its stream because of the peer. Only small
    /// frames cost something: a window has room for many.
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
            budgets.windowOffered(flow.receive.maximum)
            try charge(.smallData, on: id)
        }
    }

    // MARK: How much

    /// Charges bytes that were appended to the output because of the peer.
    @inline(never)
    mutating func chargeOutput(_ count: Int) throws(H2Error) {
        outbox.chargePeer(count)
        bounds.record(.peerOutput, outbox.causedByPeer)
        try bounds.check(.peerOutput, outbox.causedByPeer)
    }

    /// Checks the memory in use before a field block, or more of it, is decoded.
    @inline(__always)
    mutating func checkMemory() throws(H2Error) {
        let used = boundedMemory
        bounds.record(.memory, used)
        try bounds.check(.memory, used)
    }

    /// Bytes that count against the bound: all bytes in use except three: the output, because the
    /// peer's share has its own bound; the incomplete frame, because MAX_FRAME_SIZE bounds it; and
    /// 1 KiB for each stream of the largest number that was open at once, because the caller
    /// decides on that number.
    var boundedMemory: Int {
        @inline(__always) get {
            let used =
                session.usedEngineByteCount &+ streams.usedByteCount &+ decodedByteCount
            return max(0, used &- streams.mostOpen &* Self.bytesOfStream)
        }
    }

    /// More than one stream uses in nghttp2 and in H2.
    private static let bytesOfStream = 1_024

    /// Bytes of the storage that an incomplete field block is decoded to.
    var decodedByteCount: Int {
        @inline(__always) get { blocks.pending == nil ? 0 : session.decodingByteCount }
    }

    /// Checks how long a field block is that goes on.
    mutating func check(_ block: PendingBlock) throws(H2Error) {
        let id = block.header.streamID
        try bounds.check(.continuationFrames, block.continuations, on: id)
        guard block.emptyContinuations <= bounds.emptyContinuations else {
            throw .exceeded(
                .continuationFrames, on: H2StreamID(id), bound: bounds.emptyContinuations,
                actual: block.emptyContinuations,
                "a field block has too many empty CONTINUATION frames")
        }
        try bounds.check(.headerBlockSize, block.byteCount, on: id)
    }
}
