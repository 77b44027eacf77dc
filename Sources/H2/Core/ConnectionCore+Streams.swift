// SPDX-License-Identifier: MIT

/// Streams that this side closes: in the registry, in nghttp2 and for the peer.
extension ConnectionCore {
    /// Makes the record of a stream that is about to be opened, in the idle state.
    func newRecord(_ id: UInt32) -> StreamRecord {
        StreamRecord(
            id: id, sendWindow: remote.initialWindowSize, receiveWindow: local.initialWindowSize)
    }

    /// Throws if a stream does not allow what the caller wants.
    @inline(__always)
    func check(_ transition: StreamTransition, on id: H2StreamID) throws(H2Error) {
        switch transition {
        case .done, .request, .response, .trailers: return
        case .streamClosed, .violation, .ignored: throw Self.notAllowed(transition, id)
        }
    }

    @inline(never)
    private static func notAllowed(_ transition: StreamTransition, _ id: H2StreamID) -> H2Error {
        transition == .streamClosed
            ? .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
            : .local(.protocolViolation, on: id, "not allowed in this state of the stream")
    }

    /// Closes a stream in nghttp2 if both sides ended it and nghttp2 does not know that this side
    /// did.
    @inline(__always)
    mutating func forgetEnded(_ state: StreamStateMachine, at slot: Int) throws(H2Error) {
        guard state.isClosed, streams[slot].isEndedByData else { return }
        try session.forget(streams[slot].id)
    }

    /// Closes a stream in nghttp2, unless nghttp2 closed it when both sides had ended it.
    mutating func forgetLive(_ id: UInt32) throws(H2Error) {
        if session.view(of: id) != nil { try session.forget(id) }
    }

    // MARK: Resets that the peer causes

    /// Resets a stream because of what the peer sent, and reports it.
    ///
    /// - Parameter cost: The cost of the section that caused it.
    mutating func reset(
        onErrorAt slot: Int, _ code: H2ErrorCode, cost: SectionCost = .one,
        _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = streams[slot].id
        try close(onErrorAt: slot, code, cost: cost, &events)
        FrameWriter.reset(code, on: id, into: &outbox.queue)
    }

    /// Does what `reset(onErrorAt:)` does, except writing RST_STREAM.
    mutating func close(
        onErrorAt slot: Int, _ code: H2ErrorCode, cost: SectionCost = .one,
        _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = streams[slot].id
        // Decoding the request had a cost, too.
        let request = streams[slot].state.headersReceived ? streams[slot].cost : .one
        try charge(.provokedResets, request.total > cost.total ? request : cost, on: id)
        excuseLateFrames(at: slot, .peer)
        try forgetLive(id)
        var state = streams[slot].state
        _ = state.process(.sendReset)
        streams.commit(state, at: slot, &budgets)
        events.append(
            .streamReset(
                H2Event.StreamReset(streamID: H2StreamID(id), errorCode: code, isRemote: false)))
    }

    /// Refuses a stream of the peer that was not opened, and excuses what the peer may have sent on
    /// it. RST_STREAM is written after its field block was decoded: see `writeRefusal`.
    ///
    /// - Parameter sections: The number of header sections that the peer may have sent.
    mutating func refuse(_ id: UInt32, sections: Int) {
        budgets.streamReset()
        excuse(
            window: local.initialWindowSize + local.announcedWindowGrowth, sections: sections,
            .peer)
        streams.refuse(id)
    }

    /// Closes a refused stream in nghttp2, and writes its RST_STREAM.
    mutating func writeRefusal(
        _ id: UInt32, _ code: H2ErrorCode = .refusedStream
    ) throws(H2Error) {
        try forgetLive(id)
        FrameWriter.reset(code, on: id, into: &outbox.queue)
    }

    /// Writes RST_STREAM for a late frame on a stream that is not live, if none was sent on it.
    mutating func answerLateFrame(on id: UInt32) {
        if streams.answersLateFrame(on: id) {
            FrameWriter.reset(.streamClosed, on: id, into: &outbox.queue)
        }
    }

    // MARK: What the peer may send before it knows of a reset

    /// Header sections that a server may have sent before it learns that its client reset the
    /// stream: 1xx responses, the response, trailers and promises.
    private static let sectionsOfResponse = 32

    /// Excuses the frames that the peer may send on a live stream before it learns that this side
    /// resets it.
    mutating func excuseLateFrames(at slot: Int, _ cause: ResetGrace.Cause) {
        budgets.streamReset()
        let state = streams[slot].state
        switch state.current {
        case .open, .halfClosedLocal, .reservedRemote: break
        case .idle, .reservedLocal, .halfClosedRemote, .closed: return
        }
        // From a client, the trailers; from a server that caused the reset, the response and the
        // trailers.
        let sections =
            if cause == .program && !isServer {
                Self.sectionsOfResponse
            } else {
                state.headersReceived ? 1 : 2
            }
        // The peer may acknowledge a larger window before it reads the reset.
        let window = streams[slot].flow.receive.available + local.announcedWindowGrowth
        excuse(window: window, sections: sections, cause)
    }

    private mutating func excuse(window: Int, sections: Int, _ cause: ResetGrace.Cause) {
        budgets.grace.add(
            window: window, connectionWindow: flow.receive.maximum, sections: sections,
            streams: streams.mostOpen, cause)
    }
}
