// SPDX-License-Identifier: MIT

/// What is counted against the limits, and the end of the connection where one is exceeded.
extension ConnectionCore {
    // MARK: How often

    /// Counts a stream that the peer opened and resets before its final response began.
    mutating func countPeerReset(_ id: UInt32) throws(H2Error) {
        guard budgets.takePeerReset() else {
            throw Self.exceeded(
                .peerResets, budgets.peerResets, on: id,
                "the peer opens streams and resets them before they are answered")
        }
    }

    /// Counts a RST_STREAM that is written because of the peer.
    mutating func countProvokedReset(_ id: UInt32) throws(H2Error) {
        guard budgets.takeProvokedReset() else {
            throw Self.exceeded(
                .provokedResets, budgets.provokedResets, on: id,
                "the peer makes us reset streams")
        }
    }

    /// Counts a frame that carries no message.
    mutating func countControl() throws(H2Error) {
        guard budgets.takeControlFrame() else {
            throw Self.exceeded(
                .controlFrames, budgets.controlFrames,
                "the peer sends frames that carry no message")
        }
    }

    mutating func countWindowUpdate() throws(H2Error) {
        guard budgets.takeWindowUpdate() else {
            throw Self.exceeded(
                .windowUpdates, budgets.windowUpdates,
                "the peer sends WINDOW_UPDATE but lets little be sent")
        }
    }

    /// Counts DATA of so many bytes, padding left out, and what it pays back.
    @inline(__always)
    mutating func countData(_ length: Int, on id: UInt32, endsStream: Bool) throws(H2Error) {
        if length < Budgets.smallData, !endsStream { try countSmallData(length, on: id) }
        if length != 0 { budgets.dataReceived(length) }
    }

    @inline(never)
    private mutating func countSmallData(_ length: Int, on id: UInt32) throws(H2Error) {
        if length == 0 {
            guard budgets.takeEmptyData() else {
                throw Self.exceeded(
                    .emptyData, budgets.emptyData, on: id, "the peer sends DATA without data")
            }
        } else {
            guard budgets.takeSmallData() else {
                throw Self.exceeded(
                    .smallData, budgets.smallData, on: id,
                    "the peer sends more small DATA frames than are acknowledged")
            }
        }
    }

    @inline(never)
    private static func exceeded(
        _ limit: H2Limit, _ bucket: TokenBucket, on id: UInt32? = nil, _ reason: String
    ) -> H2Error {
        .exceeded(
            limit, on: id.map { H2StreamID($0) }, bound: bucket.allowance, actual: bucket.used,
            reason)
    }

    // MARK: How much

    /// Counts bytes that were appended to the output because of the peer.
    @inline(never)
    mutating func countOutput(_ count: Int) throws(H2Error) {
        output.noteCaused(count)
        guard output.causedByPeer > budgets.peerOutput else { return }
        throw .exceeded(
            .peerOutput, bound: budgets.peerOutput, actual: output.causedByPeer,
            "the peer makes us answer, and the answers are not taken")
    }

    /// Checks the memory in use before a header block, or more of it, is decoded.
    @inline(__always)
    mutating func checkMemory() throws(H2Error) {
        let used = boundedMemory
        guard used <= budgets.memory else { throw Self.tooMuchMemory(used, budgets.memory) }
    }

    @inline(never)
    private static func tooMuchMemory(_ used: Int, _ bound: Int) -> H2Error {
        .exceeded(.memory, bound: bound, actual: used, "the connection uses too much memory")
    }

    /// Bytes that count against the bound: all that are in use, except the output, of which the
    /// peer's share has its own bound, and the incomplete frame, which MAX_FRAME_SIZE bounds.
    var boundedMemory: Int {
        @inline(__always) get {
            session.usedEngineByteCount &+ streams.usedByteCount &+ inbound.heldByteCount
                &+ outbound.heldByteCount &+ decodedByteCount
        }
    }

    /// Bytes of the storage that an incomplete header block is decoded to.
    var decodedByteCount: Int {
        @inline(__always) get { block == nil ? 0 : session.decodingByteCount }
    }

    /// Checks how long a header block is that goes on.
    mutating func check(_ block: PendingBlock) throws(H2Error) {
        let id = H2StreamID(block.header.streamID)
        guard block.continuations <= budgets.sections.continuations else {
            throw .exceeded(
                .continuationFrames, on: id, bound: budgets.sections.continuations,
                actual: block.continuations, "a header block has too many CONTINUATION frames")
        }
        guard block.continuations <= FrameRules.maxContinuations else {
            throw .remote(
                .protocolViolation, .protocolError, on: id, expected: FrameRules.maxContinuations,
                actual: block.continuations, "too many CONTINUATION frames")
        }
        guard block.byteCount <= budgets.sections.blockSize else {
            throw .exceeded(
                .headerBlockSize, on: id, bound: budgets.sections.blockSize,
                actual: block.byteCount, "a header block is too long")
        }
    }

    // MARK: Streams that this side resets

    /// Notes that this side resets a live stream: what the peer sent before it knows is no offence.
    mutating func noteReset(at slot: Int) {
        budgets.streamReset()
        let machine = streams[slot].machine
        // The peer may acknowledge a larger window before it reads the reset.
        let window = streams[slot].receiveWindow.available + local.announcedWindowGrowth
        switch machine.state {
        case .open, .halfClosedLocal, .reservedRemote:
            // Response and trailers, or trailers only.
            budgets.grace.add(window: window, sections: machine.headersReceived ? 1 : 2)
        case .idle, .reservedLocal, .halfClosedRemote, .closed: break
        }
    }

    /// Notes that this side refuses a stream before it knows anything of it.
    mutating func noteRefused(sections: Int) {
        budgets.streamReset()
        budgets.grace.add(
            window: local.initialWindowSize + local.announcedWindowGrowth, sections: sections)
    }
}
