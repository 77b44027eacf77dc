// SPDX-License-Identifier: MIT

/// Received DATA, RFC 9113 §6.1.
extension ConnectionCore {
    mutating func receiveData(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let id = header.streamID
        let padding = try FrameRules.padding(of: frame)
        let length = header.length - padding
        try lifecycle.advance(.receiveData)
        guard flow.receive.fits(header.length) else {
            throw .remote(
                .flowControl, .flowControlError, expected: flow.receive.available,
                actual: header.length, "DATA exceeds the connection's window, RFC 9113 §6.9.1")
        }
        guard let slot = streams.find(id) else { return try receiveLateData(frame, length) }
        var state = streams[slot].state
        guard state.process(.receiveData) == .done else {
            return try receiveMisplacedData(frame, at: slot, &events)
        }
        guard streams[slot].flow.receive.fits(header.length) else {
            throw .remote(
                .flowControl, .flowControlError, on: H2StreamID(id),
                expected: streams[slot].flow.receive.available, actual: header.length,
                "DATA exceeds the stream's window, RFC 9113 §6.9.1")
        }
        guard streams[slot].contentLength.receive(length),
            !header.endsStream || streams[slot].isBodyComplete
        else {
            let error = Self.invalidBodyLength(streams[slot].contentLength, on: id)
            return try receiveMalformedData(frame, at: slot, error, &events)
        }
        try chargeData(length, ofFrame: header.length, on: id, endsStream: header.endsStream)
        try session.feed(frame, expecting: .data(length: length), into: &outbox.queue)
        flow.receive.receive(header.length)
        streams[slot].flow.receive.receive(header.length)
        if !isPlain { noteData(header, at: slot) }
        let data =
            length == 0
            ? H2Bytes()
            : payloads.make(session.dataRange(in: frame), of: frame, owner, forEvent: events.count)
        events.append(
            .dataReceived(
                H2Event.DataReceived(
                    streamID: H2StreamID(id), data: consume data,
                    flowControlledLength: header.length, endsStream: header.endsStream)))
        guard header.endsStream else { return }
        _ = state.process(.receiveEndStream)
        events.append(.streamEnded(H2Event.StreamEnded(streamID: H2StreamID(id))))
        try forgetEnded(state, at: slot)
        commit(state, at: slot)
    }

    /// Updates the features that depend on received DATA.
    @inline(never)
    private mutating func noteData(_ header: FrameHeader, at slot: Int) {
        recordActivity(at: slot)
        guard automatic.isOn else { return }
        creditReceived(header.length, at: slot, endsStream: header.endsStream)
    }

    /// Handles DATA on a stream that is not live. Its bytes are credited to the connection. The
    /// frame counts as a provoked reset, unless the peer may not have received the RST_STREAM yet.
    private mutating func receiveLateData(
        _ frame: ReceivedFrame, _ length: Int
    ) throws(H2Error) {
        let id = frame.header.streamID
        guard !streams.isIdle(id) else {
            throw .remote(
                .noSuchStream, .protocolError, on: H2StreamID(id),
                "DATA on an idle stream, RFC 9113 §5.1")
        }
        let excuse =
            streams.mayBeReset(id) ? budgets.grace.takeData(frame.header.length) : nil
        switch excuse {
        case .program: break
        case .peer: try chargeExcusedData(length, ofFrame: frame.header.length, on: id)
        case nil: try charge(.provokedResets, on: id)
        }
        try discardData(frame)
        if excuse == nil { answerLateFrame(on: id) }
    }

    /// Handles DATA that the state of its stream does not allow.
    private mutating func receiveMisplacedData(
        _ frame: ReceivedFrame, at slot: Int, _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = H2StreamID(frame.header.streamID)
        var state = streams[slot].state
        if state.process(.receiveData) == .streamClosed {
            return try resetForData(frame, .streamClosed, at: slot, &events)
        }
        guard state.isOpen else {
            throw .remote(
                .protocolViolation, .protocolError, on: id,
                "DATA while the stream is \(state.current)")
        }
        let error = H2Error.remote(
            .protocolViolation, .protocolError, on: id,
            "DATA before the final response, RFC 9113 §8.1")
        try receiveMalformedData(frame, at: slot, error, &events)
    }

    /// Handles DATA that makes a message malformed, according to `malformedMessages`. RFC 9113
    /// §8.1.1.
    private mutating func receiveMalformedData(
        _ frame: ReceivedFrame, at slot: Int, _ error: H2Error, _ events: inout [H2Event]
    ) throws(H2Error) {
        guard configuration.malformedMessages == .resetStream else { throw error }
        try resetForData(frame, error.errorCode, at: slot, &events)
    }

    /// Resets a stream because of a DATA frame, and discards the frame.
    private mutating func resetForData(
        _ frame: ReceivedFrame, _ code: H2ErrorCode, at slot: Int, _ events: inout [H2Event]
    ) throws(H2Error) {
        try close(onErrorAt: slot, code, &events)
        try discardData(frame)
        FrameWriter.reset(code, on: frame.header.streamID, into: &outbox.queue)
    }

    /// Discards DATA. Its bytes count against the connection window, so they are credited at once.
    private mutating func discardData(_ frame: ReceivedFrame) throws(H2Error) {
        try session.feed(frame, expecting: .ignored, into: &outbox.queue)
        flow.receive.receiveIgnored(frame.header.length)
        creditConnection()
    }

    @inline(never)
    static func invalidBodyLength(_ content: ContentLength, on id: UInt32) -> H2Error {
        .remote(
            .invalidBodyLength, .protocolError, on: H2StreamID(id), expected: content.expected,
            actual: content.received,
            "body length differs from content-length, or no body is allowed, RFC 9113 §8.1.1")
    }
}
