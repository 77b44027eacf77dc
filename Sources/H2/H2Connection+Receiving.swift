// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Takes bytes from the peer and returns what they mean, in order. In h2: `receive_data`.
    ///
    /// Bytes may be cut anywhere: part of a frame is kept until the rest arrives. Payloads of DATA
    /// above 1 KiB share the given array.
    ///
    /// - Parameter instant: The time on the caller's clock.
    /// - Throws: With `origin == .remote` what the peer did wrong. GOAWAY is queued, the connection
    ///   is over, and each further call throws the same; `precedingEvents` has the events from
    ///   before. With `origin == .local` `.notInitiated`, which changes nothing, or
    ///   `.internalError`.
    public func receiveData(
        _ bytes: [UInt8], at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try receiveData(bytes[...], at: instant)
    }

    /// Takes a slice of bytes from the peer; otherwise as with an array.
    public func receiveData(
        _ bytes: ArraySlice<UInt8>, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(bytes, at: instant, into: &events)
        }
    }

    /// Takes borrowed bytes from the peer; payloads are copied.
    public func receiveData(
        copying bytes: Span<UInt8>, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try receiveData(copying: bytes, at: instant, into: &events)
        }
    }

    /// Takes borrowed bytes from the peer; payloads are copied.
    @unsafe
    public func receiveData(
        copying bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil
    ) throws(H2Error) -> [H2Event] {
        try collecting { events throws(H2Error) in
            try unsafe receiveData(copying: bytes, at: instant, into: &events)
        }
    }

    /// Takes bytes from the peer and appends what they mean to `events`, which a caller can use
    /// again and again.
    ///
    /// When it throws, the events from before the error are in the array.
    public func receiveData(
        _ bytes: [UInt8], at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try receiveData(bytes[...], at: instant, into: &events)
    }

    /// Takes a slice of bytes from the peer and appends what they mean to `events`.
    public func receiveData(
        _ bytes: ArraySlice<UInt8>, at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe receive(UnsafeRawBufferPointer(buffer), owner: bytes, &events)
        }
    }

    /// Takes borrowed bytes from the peer and appends what they mean to `events`; payloads are
    /// copied.
    public func receiveData(
        copying bytes: Span<UInt8>, at instant: H2Instant? = nil, into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe bytes.withUnsafeBytes { buffer throws(H2Error) in
            try unsafe receive(buffer, owner: nil, &events)
        }
    }

    /// Takes borrowed bytes from the peer and appends what they mean to `events`; payloads are
    /// copied.
    @unsafe
    public func receiveData(
        copying bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil,
        into events: inout [H2Event]
    ) throws(H2Error) {
        try unsafe receive(bytes, owner: nil, &events)
    }

    /// Runs a receiving call with a fresh array, which an error takes along.
    private func collecting(
        _ body: (inout [H2Event]) throws(H2Error) -> Void
    ) throws(H2Error) -> [H2Event] {
        var events: [H2Event] = []
        do throws(H2Error) {
            try body(&events)
        } catch {
            var error = error
            error.precedingEvents = events
            throw error
        }
        return events
    }

    private func receive(
        _ input: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>?, _ events: inout [H2Event]
    ) throws(H2Error) {
        if let terminalError { throw terminalError }
        guard isInitiated else {
            throw .local(.notInitiated, "initiateConnection() comes first")
        }
        var position = 0
        guard unsafe reader.takePreface(input, &position) else {
            // Whoever this is does not speak HTTP/2, and would not understand a GOAWAY.
            let error = H2Error.remote(
                .protocolViolation, .protocolError, "not the client preface, RFC 9113 §3.4")
            end(with: error)
            throw error
        }
        do throws(H2Error) {
            while let found = try unsafe reader.next(
                in: input, &position,
                check: { header throws(H2Error) in try checkHeader(header) })
            {
                switch found {
                case .inPlace(let header, let offset):
                    let range = offset..<offset + FrameHeader.size + header.length
                    let slice = owner.map {
                        $0[$0.startIndex + range.lowerBound..<$0.startIndex + range.upperBound]
                    }
                    let frame = unsafe ReceivedFrame(
                        header, UnsafeRawBufferPointer(rebasing: input[range]), owner: slice,
                        ownerCount: owner?.count ?? 0)
                    try process(frame, &events)
                case .assembled(let header, let bytes):
                    var isShared = false
                    try unsafe bytes.withUnsafeBufferPointer { buffer throws(H2Error) in
                        let frame = unsafe ReceivedFrame(
                            header, UnsafeRawBufferPointer(buffer), owner: bytes[...],
                            ownerCount: bytes.count)
                        isShared = frame.isShared(header.length)
                        try process(frame, &events)
                    }
                    reader.recycle(bytes, isShared: isShared)
                }
            }
        } catch {
            fail(with: error)
            throw error
        }
    }

    /// Judges a frame as soon as its 9 bytes are there.
    private func checkHeader(_ header: FrameHeader) throws(H2Error) {
        guard hasPeerSettings || header.type == FrameType.settings && !header.isAck else {
            throw .remote(
                .protocolViolation, .protocolError,
                "the first frame is not SETTINGS, RFC 9113 §3.4")
        }
        try FrameRules.check(header, maxFrameSize: local.maxFrameSize)
        if let block {
            guard header.type == FrameType.continuation, header.streamID == block.header.streamID
            else {
                throw .remote(
                    .protocolViolation, .protocolError, on: H2StreamID(block.header.streamID),
                    "a header block is interrupted, RFC 9113 §4.3")
            }
        }
    }

    private func process(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        switch frame.header.type {
        case FrameType.data: try receiveDataFrame(frame, &events)
        case FrameType.headers: try receiveHeadersFrame(frame, &events)
        case FrameType.continuation: try receiveContinuationFrame(frame, &events)
        case FrameType.windowUpdate: try receiveWindowUpdateFrame(frame, &events)
        case FrameType.settings: try receiveSettingsFrame(frame, &events)
        case FrameType.ping: try receivePingFrame(frame, &events)
        case FrameType.rstStream: try receiveResetFrame(frame, &events)
        case FrameType.pushPromise: try receivePushPromiseFrame(frame, &events)
        case FrameType.priority: try receivePriorityFrame(frame, &events)
        case FrameType.goAway: try receiveGoAwayFrame(frame, &events)
        default:
            // RFC 9113 §5.5: an unknown frame has no effect.
            events.append(
                .unknownFrameReceived(
                    H2Event.UnknownFrameReceived(
                        type: frame.header.type, flags: frame.header.flags,
                        streamID: H2StreamID(frame.header.streamID),
                        payload: frame.payload(0..<frame.header.length))))
        }
    }

    /// Takes an input of the connection's state machine that the peer caused.
    func advance(_ input: ConnectionInput) throws(H2Error) {
        guard machine.process(input) else {
            throw .remote(
                .protocolViolation, .protocolError,
                "a frame is not allowed while the connection is \(connectionState)")
        }
    }

    /// Ends the connection because of an error: one GOAWAY, and nothing after it. RFC 9113 §5.4.1.
    func fail(with error: H2Error) {
        guard terminalError == nil else { return }
        RawFrames.goAway(error.errorCode, lastStream: inbound.highest, into: &output)
        end(with: error)
    }

    private func end(with error: H2Error) {
        terminalError = error
        session.condemn()
        machine = ConnectionStateMachine(.closed)
        reader.drop()
        block = nil
    }
}
