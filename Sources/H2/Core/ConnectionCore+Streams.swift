// SPDX-License-Identifier: MIT

/// Finding, opening and closing streams.
extension ConnectionCore {
    /// Whether streams with this identifier are opened by this side.
    @inline(__always)
    func isOutbound(_ id: UInt32) -> Bool { (id & 1 == 1) != isServer }

    /// Whether a stream was neither used nor passed over yet.
    @inline(__always)
    func isIdle(_ id: UInt32) -> Bool {
        id > (isOutbound(id) ? outbound.highest : inbound.highest)
    }

    /// How a stream that is not live ended; nil where it was never used.
    @inline(__always)
    func closeReason(of id: UInt32) -> CloseReason? {
        isOutbound(id) ? outbound.closeReason(of: id) : inbound.closeReason(of: id)
    }

    /// Whether this side may have reset a stream that is not live: it did, or the stream is so old
    /// that its end is forgotten.
    mutating func mayBeReset(_ id: UInt32) -> Bool {
        closeReason(of: id) == .sentReset
            || (isOutbound(id) ? outbound.isForgotten(id) : inbound.isForgotten(id))
    }

    /// Writes RST_STREAM for a late frame on a stream that is not live, unless this side already
    /// sent one on that stream. RFC 9113 §5.4.2.
    mutating func answerLateFrame(on id: UInt32) {
        let isFirst = isOutbound(id) ? outbound.answer(id) : inbound.answer(id)
        if isFirst { FrameWriter.reset(.streamClosed, on: id, into: &output) }
    }

    /// Refuses identifiers that cannot exist.
    @inline(__always)
    func checkRange(of id: H2StreamID) throws(H2Error) {
        guard id <= .max else { throw Self.outOfRange(id) }
    }

    @inline(never)
    private static func outOfRange(_ id: H2StreamID) -> H2Error {
        .local(.invalidArgument, on: id, "a stream identifier is above 2^31-1")
    }

    /// The live stream that a caller names.
    ///
    /// - Throws: `.noSuchStream` or `.streamClosed`, `.invalidArgument` above 2^31-1.
    @inline(__always)
    func slot(of id: H2StreamID) throws(H2Error) -> Int {
        try checkRange(of: id)
        if let slot = streams.find(id.rawValue) { return slot }
        throw Self.notLive(id, isIdle: id == .connection || isIdle(id.rawValue))
    }

    @inline(never)
    private static func notLive(_ id: H2StreamID, isIdle: Bool) -> H2Error {
        isIdle
            ? .local(.noSuchStream, on: id, "there is no such stream")
            : .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
    }

    /// Makes the record of a stream that is being opened, in the idle state.
    func makeRecord(_ id: UInt32) -> StreamRecord {
        StreamRecord(
            id: id, sendWindow: remote.initialWindowSize, receiveWindow: local.initialWindowSize)
    }

    /// Notes that a stream was opened or reserved by one side.
    mutating func noteOpened(_ id: UInt32) {
        if isOutbound(id) { outbound.open(id) } else { inbound.open(id) }
    }

    /// Adds the record of a stream that was just opened or reserved.
    ///
    /// - Parameter request: At a client, the request: ALTSVC may come and be about its authority.
    mutating func add(_ record: StreamRecord, requested request: H2Headers? = nil) {
        count(record.id, wasOpen: false, isOpen: record.machine.isOpen)
        if record.machine.state == .reservedRemote {
            reservedInbound += 1
            bounds.note(.reservedStreams, reservedInbound)
        }
        streams.insert(record, requested: request)
    }

    /// Puts a stream into its next state; if that is closed, only how it ended is remembered.
    @inline(__always)
    mutating func commit(_ machine: StreamStateMachine, at slot: Int) {
        let before = streams[slot].machine
        streams[slot].machine = machine
        // Mostly one of the flags is what changes.
        if before.state != machine.state { moved(from: before, to: machine, at: slot) }
    }

    @inline(never)
    private mutating func moved(
        from before: StreamStateMachine, to machine: StreamStateMachine, at slot: Int
    ) {
        let id = streams[slot].id
        count(id, wasOpen: before.isOpen, isOpen: machine.isOpen)
        if before.state == .reservedRemote && machine.state != .reservedRemote {
            reservedInbound -= 1
        }
        guard machine.isClosed, let reason = machine.closeReason else { return }
        if reason == .sentEndStream || reason == .receivedEndStream {
            budgets.requestCompleted(streams[slot].cost)
        }
        if isOutbound(id) { outbound.close(id, reason) } else { inbound.close(id, reason) }
        streams.remove(at: slot)
    }

    /// Closes in nghttp2 what both sides ended, where it cannot know that this side did.
    @inline(__always)
    mutating func forgetEnded(_ machine: StreamStateMachine, at slot: Int) throws(H2Error) {
        guard machine.isClosed, streams[slot].isEndedByData else { return }
        try session.forget(streams[slot].id)
    }

    /// Closes a stream in nghttp2, which has none any more where both sides had ended it.
    mutating func forgetLive(_ id: UInt32) throws(H2Error) {
        if session.view(of: id) != nil { try session.forget(id) }
    }

    private mutating func count(_ id: UInt32, wasOpen: Bool, isOpen: Bool) {
        guard wasOpen != isOpen else { return }
        if isOutbound(id) {
            openOutbound += isOpen ? 1 : -1
        } else {
            openInbound += isOpen ? 1 : -1
        }
        if isOpen { mostOpen = max(mostOpen, openOutbound + openInbound) }
    }

    /// Closes a stream because of what the peer sent, tells both nghttp2 and the peer, and reports
    /// it.
    ///
    /// - Parameters:
    ///   - writesReset: Whether the calling function writes RST_STREAM itself.
    ///   - cost: The cost of the section that caused it.
    mutating func resetOnError(
        at slot: Int, _ code: H2ErrorCode, writesReset: Bool = false, cost: SectionCost = .one,
        _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = streams[slot].id
        // Decoding the request had a cost, too.
        let request = streams[slot].machine.headersReceived ? streams[slot].cost : .one
        try countProvokedReset(id, request.total > cost.total ? request : cost)
        noteReset(at: slot, isProvoked: true)
        try forgetLive(id)
        var machine = streams[slot].machine
        _ = machine.process(.sendReset)
        commit(machine, at: slot)
        if !writesReset { FrameWriter.reset(code, on: id, into: &output) }
        events.append(
            .streamReset(
                H2Event.StreamReset(streamID: H2StreamID(id), errorCode: code, isRemote: false)))
    }
}
