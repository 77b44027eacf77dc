// SPDX-License-Identifier: MIT

/// What is counted against the limits, and the end of the connection where one is exceeded.
extension ConnectionCore {
    // MARK: How often

    /// Counts a stream that the peer opened and resets before its final response began.
    mutating func countPeerReset(at slot: Int) throws(H2Error) {
        let stream = streams[slot]
        guard budgets.takePeerReset(stream.cost, openedAt: stream.openedAt) else {
            throw Self.exceeded(
                .peerResets, budgets.peerResetCount, on: streams[slot].id,
                "the peer opens streams and resets them before they are answered")
        }
    }

    /// Counts a RST_STREAM that is written because of the peer, or a frame that would have caused
    /// one.
    ///
    /// - Parameter cost: The cost of what this side decoded for it.
    mutating func countProvokedReset(_ id: UInt32, _ cost: SectionCost = .one) throws(H2Error) {
        guard budgets.takeProvokedReset(cost) else {
            throw Self.exceeded(
                .provokedResets, budgets.provokedResetCount, on: id,
                "the peer makes us reset streams")
        }
    }

    /// Counts a frame that carries no message.
    ///
    /// - Parameters:
    ///   - weight: Its cost, in PINGs.
    ///   - reserved: The part of `weight` that may be taken from the reserve.
    mutating func countControl(weight: Int = 1, reserved: Int = .max) throws(H2Error) {
        guard budgets.takeControlFrame(weight, reserved: reserved) else {
            throw Self.exceeded(
                .controlFrames, budgets.controlFrameCount,
                "the peer sends frames that carry no message")
        }
    }

    mutating func countWindowUpdate() throws(H2Error) {
        guard budgets.takeWindowUpdate() else {
            throw Self.exceeded(
                .windowUpdates, budgets.windowUpdateCount,
                "the peer sends WINDOW_UPDATE but lets little be sent")
        }
    }

    /// Counts DATA of so many bytes, padding left out, and what it restores.
    @inline(__always)
    mutating func countData(
        _ length: Int, ofFrame frameLength: Int, on id: UInt32, endsStream: Bool
    ) throws(H2Error) {
        if length < Budgets.smallData, !endsStream {
            try countSmallData(length, ofFrame: frameLength, on: id)
        }
        if length != 0 { budgets.dataReceived(length) }
    }

    /// Counts DATA that is excused because H2 reset its stream because of the peer. Only small
    /// frames cost something: a window has room for many.
    mutating func countExcusedData(
        _ length: Int, ofFrame frameLength: Int, on id: UInt32
    ) throws(H2Error) {
        if length < Budgets.smallData { try countSmallData(length, ofFrame: frameLength, on: id) }
    }

    @inline(never)
    private mutating func countSmallData(
        _ length: Int, ofFrame frameLength: Int, on id: UInt32
    ) throws(H2Error) {
        if length == 0 {
            guard budgets.takeEmptyData(frameLength) else {
                throw Self.exceeded(
                    .emptyData, budgets.emptyDataCount, on: id,
                    "the peer sends DATA without data")
            }
        } else {
            guard budgets.takeSmallData(window: flow.receive.maximum) else {
                throw Self.exceeded(
                    .smallData, budgets.smallDataCount, on: id,
                    "the peer sends more small DATA frames than are acknowledged")
            }
        }
    }

    @inline(never)
    private static func exceeded(
        _ limit: H2Limit, _ count: H2LimitUsage.Count, on id: UInt32? = nil, _ reason: String
    ) -> H2Error {
        .exceeded(
            limit, on: id.map { H2StreamID($0) }, bound: count.allowance, actual: count.used,
            reason)
    }

    // MARK: How much

    /// Counts bytes that were appended to the output because of the peer.
    @inline(never)
    mutating func countOutput(_ count: Int) throws(H2Error) {
        outbox.chargePeer(count)
        budgets.mostPeerOutput = max(budgets.mostPeerOutput, outbox.causedByPeer)
        guard outbox.causedByPeer > budgets.peerOutput else { return }
        throw .exceeded(
            .peerOutput, bound: budgets.peerOutput, actual: outbox.causedByPeer,
            "the peer makes us answer, and the answers are not taken")
    }

    /// Checks the memory in use before a field block, or more of it, is decoded.
    @inline(__always)
    mutating func checkMemory() throws(H2Error) {
        let used = boundedMemory
        budgets.mostMemory = max(budgets.mostMemory, used)
        guard used <= budgets.memory else { throw Self.tooMuchMemory(used, budgets.memory) }
    }

    @inline(never)
    private static func tooMuchMemory(_ used: Int, _ bound: Int) -> H2Error {
        .exceeded(.memory, bound: bound, actual: used, "the connection uses too much memory")
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
        let id = H2StreamID(block.header.streamID)
        guard block.continuations <= budgets.sections.continuations else {
            throw .exceeded(
                .continuationFrames, on: id, bound: budgets.sections.continuations,
                actual: block.continuations, "a field block has too many CONTINUATION frames")
        }
        guard block.emptyContinuations <= budgets.sections.emptyContinuations else {
            throw .exceeded(
                .continuationFrames, on: id, bound: budgets.sections.emptyContinuations,
                actual: block.emptyContinuations,
                "a field block has too many empty CONTINUATION frames")
        }
        guard block.byteCount <= budgets.sections.blockSize else {
            throw .exceeded(
                .headerBlockSize, on: id, bound: budgets.sections.blockSize,
                actual: block.byteCount, "a field block is too long")
        }
    }
}
