// SPDX-License-Identifier: MIT

/// What is counted against the limits, and the end of the connection where one is exceeded.
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

    /// Counts a stream that the peer opened and resets before its final response began.
    mutating func countPeerReset(at slot: Int) throws(H2Error) {
        let stream = streams[slot]
        guard budgets.isRapid(since: stream.openedAt) else { return }
        try charge(.peerResets, stream.cost, on: stream.id)
    }

    /// Counts a RST_STREAM that is written because of the peer, or a frame that would have caused
    /// one.
    ///
    /// - Parameter cost: The cost of what this side decoded for it.
    mutating func countProvokedReset(_ id: UInt32, _ cost: SectionCost = .one) throws(H2Error) {
        try charge(.provokedResets, cost, on: id)
    }

    /// Counts a frame that carries no message.
    mutating func countControl(weight: Int = 1, reserved: Int = .max) throws(H2Error) {
        try charge(.controlFrames, weight, reserved: reserved)
    }

    mutating func countWindowUpdate() throws(H2Error) { try charge(.windowUpdates) }

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
            try charge(.emptyData, Budgets.weight(ofEmptyData: frameLength), on: id)
        } else {
            budgets.windowOffered(receiveWindow.maximum)
            try charge(.smallData, on: id)
        }
    }

    // MARK: How much

    /// Counts bytes that were appended to the output because of the peer.
    @inline(never)
    mutating func countOutput(_ count: Int) throws(H2Error) {
        output.noteCaused(count)
        bounds.note(.peerOutput, output.causedByPeer)
        try bounds.check(.peerOutput, output.causedByPeer)
    }

    /// Checks the memory in use before a field block, or more of it, is decoded.
    @inline(__always)
    mutating func checkMemory() throws(H2Error) {
        let used = boundedMemory
        bounds.note(.memory, used)
        try bounds.check(.memory, used)
    }

    /// Bytes that count against the bound: all bytes in use except three: the output, because the
    /// peer's share has its own bound; the incomplete frame, because MAX_FRAME_SIZE bounds it; and
    /// 1 KiB for each stream of the largest number that was open at once, because the caller
    /// decides on that number.
    var boundedMemory: Int {
        @inline(__always) get {
            let used =
                session.usedEngineByteCount &+ streams.usedByteCount &+ inbound.heldByteCount
                &+ outbound.heldByteCount &+ decodedByteCount
            return max(0, used &- mostOpen &* Self.bytesOfStream)
        }
    }

    /// More than one stream uses in nghttp2 and in H2.
    private static let bytesOfStream = 1_024

    /// Bytes of the storage that an incomplete field block is decoded to.
    var decodedByteCount: Int {
        @inline(__always) get { block == nil ? 0 : session.decodingByteCount }
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

    // MARK: Streams that this side resets

    /// Header sections that a server may have sent before it learns that its client reset the stream:
    /// 1xx responses, the response, trailers and promises.
    private static let sectionsOfResponse = 32

    /// Notes that this side resets a live stream: what the peer sent before it knows is no offence.
    ///
    /// - Parameter isProvoked: Whether the peer caused it.
    mutating func noteReset(at slot: Int, isProvoked: Bool) {
        budgets.streamReset()
        let machine = streams[slot].machine
        // The peer may acknowledge a larger window before it reads the reset.
        let window = streams[slot].receiveWindow.available + local.announcedWindowGrowth
        switch machine.state {
        case .open, .halfClosedLocal, .reservedRemote:
            // From a client, the trailers; from a server that caused the reset, the response and
            // the trailers.
            let sections =
                if !isProvoked && !isServer {
                    Self.sectionsOfResponse
                } else {
                    machine.headersReceived ? 1 : 2
                }
            excuse(window: window, sections: sections, isProvoked ? .peer : .program)
        case .idle, .reservedLocal, .halfClosedRemote, .closed: break
        }
    }

    /// Notes that this side refuses a stream before it knows anything of it.
    mutating func noteRefused(sections: Int) {
        budgets.streamReset()
        excuse(
            window: local.initialWindowSize + local.announcedWindowGrowth, sections: sections,
            .peer)
    }

    private mutating func excuse(window: Int, sections: Int, _ cause: ResetGrace.Cause) {
        budgets.grace.add(
            window: window, connectionWindow: receiveWindow.maximum, sections: sections,
            streams: mostOpen, cause)
    }
}
