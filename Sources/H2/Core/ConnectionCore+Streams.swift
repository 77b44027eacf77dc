// SPDX-License-Identifier: MIT

/// Closes streams: in the registry, in nghttp2 and, with RST_STREAM, at the peer.
extension ConnectionCore {
    /// Returns a record in the idle state, for a stream that is about to be opened.
    func newRecord(_ id: UInt32) -> StreamRecord {
        StreamRecord(
            id: id, sendWindow: remote.initialWindowSize, receiveWindow: local.initialWindowSize)
    }

    /// A kind of call that may have crossed the frame that closed its stream.
    enum LateCall {
        /// The call sends a part of a message.
        case sending
        /// The call resets the stream, enlarges its window or sets its priority, which has no
        /// purpose on a closed stream.
        case closing
    }

    /// Returns the slot of a live stream; `nil` if the call is to be ignored, because the stream
    /// was closed in the meantime.
    ///
    /// - Throws: As `StreamRegistry.slot(of:)`.
    @inline(__always)
    mutating func slot(of id: H2StreamID, for call: LateCall) throws(H2Error) -> Int? {
        if let slot = streams.find(id.rawValue) { return slot }
        if isIgnored(id, call) { return nil }
        return try streams.slot(of: id)
    }

    /// Returns whether a call on a stream that is not live is to be ignored.
    @inline(__always)
    mutating func isIgnored(_ id: H2StreamID, _ call: LateCall) -> Bool {
        !isPlain && isIgnoredLate(id, call)
    }

    @inline(never)
    private mutating func isIgnoredLate(_ id: H2StreamID, _ call: LateCall) -> Bool {
        guard features.options.lateCalls == .ignored, id <= .max,
            let reason = streams.closeReason(of: id.rawValue)
        else { return false }
        switch reason {
        case .receivedReset, .forcedReset: return true
        case .sentEndStream, .receivedEndStream, .sentReset: return call == .closing
        }
    }

    /// Throws if the state of a stream did not allow the caller's input.
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
            : .local(
                .protocolViolation, on: id, "this call is not allowed in the state of the stream")
    }

    /// Closes a stream in nghttp2 if both sides ended it, this side with DATA, which nghttp2 does
    /// not process.
    @inline(__always)
    mutating func forgetEnded(_ state: StreamStateMachine, at slot: Int) throws(H2Error) {
        guard state.isClosed, streams[slot].isEndedByData else { return }
        try session.forget(streams[slot].id)
    }

    /// Closes a stream in nghttp2, unless it is already closed there.
    mutating func forgetLive(_ id: UInt32) throws(H2Error) {
        if session.view(of: id) != nil { try session.forget(id) }
    }

    // MARK: Resets caused by the peer

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

    /// Does the same as `reset(onErrorAt:)`, but writes no RST_STREAM.
    mutating func close(
        onErrorAt slot: Int, _ code: H2ErrorCode, cost: SectionCost = .one,
        _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = streams[slot].id
        // The cost of decoding the peer's request counts, too, if it is larger.
        let request = streams[slot].state.headersReceived ? streams[slot].cost : .one
        try charge(.provokedResets, request.total > cost.total ? request : cost, on: id)
        excuseLateFrames(at: slot, .peer)
        try forgetLive(id)
        var state = streams[slot].state
        _ = state.process(.sendReset)
        commit(state, at: slot, .reset(code, by: .library))
        events.append(
            .streamReset(
                H2Event.StreamReset(streamID: H2StreamID(id), errorCode: code, isRemote: false)))
    }

    /// Refuses a stream of the peer that was not opened, and excuses frames that the peer may have
    /// sent on it. After its field block is decoded, `writeRefusal` writes RST_STREAM.
    ///
    /// - Parameter sections: The number of header sections that the peer may have sent.
    mutating func refuse(_ id: UInt32, sections: Int) {
        budgets.streamReset()
        excuse(
            window: local.initialWindowSize + local.announcedWindowGrowth, sections: sections,
            .peer)
        streams.refuse(id, isProcessed: !discardsNewStreams)
    }

    /// Closes a refused stream in nghttp2, and writes RST_STREAM.
    mutating func writeRefusal(
        _ id: UInt32, _ code: H2ErrorCode = .refusedStream
    ) throws(H2Error) {
        try forgetLive(id)
        FrameWriter.reset(code, on: id, into: &outbox.queue)
    }

    /// Writes RST_STREAM for a late frame on a stream that is not live, unless one was already
    /// sent.
    mutating func answerLateFrame(on id: UInt32) {
        if streams.answersLateFrame(on: id) {
            FrameWriter.reset(.streamClosed, on: id, into: &outbox.queue)
        }
    }

    // MARK: Frames that the peer may send before it receives RST_STREAM

    /// The number of header sections that a server may have sent before it receives its client's
    /// RST_STREAM: 1xx responses, the response, trailers and promises.
    private static let sectionsOfResponse = 32

    /// Excuses the frames that the peer may send on a live stream before it receives RST_STREAM.
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
        // The peer may acknowledge a larger INITIAL_WINDOW_SIZE before it reads the RST_STREAM.
        let window = streams[slot].flow.receive.available + local.announcedWindowGrowth
        excuse(window: window, sections: sections, cause)
    }

    private mutating func excuse(window: Int, sections: Int, _ cause: ResetGrace.Cause) {
        budgets.grace.add(
            window: window, connectionWindow: flow.receive.maximum, sections: sections,
            streams: streams.mostOpen, cause)
    }
}
