// SPDX-License-Identifier: MIT

extension H2Connection {
    /// The identifier for the next stream that this side opens: it stays the same until that stream
    /// is opened. RFC 9113 §5.1.1. In h2: `get_next_available_stream_id`.
    ///
    /// - Throws: `.noAvailableStreamID` when all 2^30 are used up.
    public func nextAvailableStreamID() throws(H2Error) -> H2StreamID {
        let next = outbound.highest == 0 ? (isServer ? 2 : 1) : outbound.highest + 2
        guard next <= H2StreamID.max.rawValue else {
            throw .local(.noAvailableStreamID, "all stream identifiers are used up")
        }
        return H2StreamID(next)
    }

    /// Sends a header section: for a client a request, which opens the stream, and then trailers;
    /// for a server any number of 1xx responses, one final response, and then trailers. RFC 9113
    /// §8.1. In h2: `send_headers`.
    ///
    /// - Parameters:
    ///   - headers: The fields, pseudo-header fields first, names in lower case.
    ///   - id: The stream; for a request, `nextAvailableStreamID()` or any higher odd identifier.
    ///   - endStream: Whether nothing more is sent on the stream. Trailers must say so, 1xx
    ///     responses must not.
    /// - Throws: `.tooManyStreams` beyond the peer's MAX_CONCURRENT_STREAMS; `.streamIDTooLow`,
    ///   `.streamClosed`, `.noSuchStream` or `.invalidArgument` for a stream that cannot be used;
    ///   `.protocolViolation` where the state of stream or connection does not allow it, also for a
    ///   new stream after a GOAWAY; `.frameTooLarge` above 16 MiB; `.notInitiated`.
    public func sendHeaders(
        _ headers: H2Headers, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        var machine = try ready(for: .sendHeaders)
        try checkRange(of: id)
        // nghttp2 reckons with the worst case: 12 bytes for the lengths of each field, and no
        // compression.
        let size = headers.bytes.count + headers.fields.count * 16
        guard size < 1 << 24 else {
            throw .local(
                .frameTooLarge, .frameSizeError, on: id, expected: 1 << 24, actual: size,
                "the header section is too large")
        }
        guard let slot = streams.find(id.rawValue) else {
            try sendRequest(headers, on: id, endStream: endStream)
            _ = machine.process(.sendHeaders)
            self.machine = machine
            return
        }
        let isInformational = isServer && MessageRules.isInformational(headers)
        guard !(isInformational && endStream) else {
            throw .local(.protocolViolation, on: id, "a 1xx response cannot end the stream")
        }
        var stream = streams[slot].machine
        let outcome = stream.process(isInformational ? .sendInformationalHeaders : .sendHeaders)
        try check(outcome, on: id)
        guard outcome == .trailers || !headers.isEmpty else {
            throw .local(.invalidArgument, on: id, "a response needs fields")
        }
        guard outcome != .trailers || endStream else {
            throw .local(.protocolViolation, on: id, "trailers must end the stream")
        }
        if endStream { try check(stream.process(.sendEndStream), on: id) }
        try sending { () throws(H2Error) in
            try session.submit(
                headers: headers, on: id.rawValue, isNew: false, endsStream: endStream,
                into: &output)
        }
        commit(stream, at: slot)
    }

    private func sendRequest(
        _ headers: H2Headers, on id: H2StreamID, endStream: Bool
    ) throws(H2Error) {
        let limit = remote.maxConcurrentStreams
        guard isServer || openOutbound < limit else {
            throw .local(
                .tooManyStreams, on: id, expected: limit, actual: openOutbound,
                "the peer allows no more streams, RFC 9113 §5.1.2")
        }
        guard isIdle(id.rawValue) else {
            guard closure(of: id.rawValue) == nil else {
                throw .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
            }
            throw .local(.streamIDTooLow, on: id, "a higher stream was used before")
        }
        guard !isServer, isOutbound(id.rawValue), id != .connection else {
            throw .local(.protocolViolation, on: id, "this side may not open that stream")
        }
        guard goAwayLimit == nil else {
            throw .local(.protocolViolation, on: id, "the peer sent GOAWAY: no new streams")
        }
        guard !headers.isEmpty else {
            throw .local(.invalidArgument, on: id, "a request needs fields")
        }
        var record = makeRecord(id.rawValue)
        _ = record.machine.process(.sendHeaders)
        if endStream { _ = record.machine.process(.sendEndStream) }
        record.isHeadRequest = MessageRules.isHead(headers)
        try sending { () throws(H2Error) in
            try session.submit(
                headers: headers, on: id.rawValue, isNew: true, endsStream: endStream,
                into: &output)
        }
        noteOpened(id.rawValue)
        add(record)
    }

    /// Ends a stream without more data: an empty DATA frame with END_STREAM, also where the window
    /// is closed. In h2: `end_stream`.
    ///
    /// - Throws: `.noSuchStream`, `.streamClosed`, or `.protocolViolation` where this side ended it
    ///   already or sent no final header section yet.
    public func endStream(_ id: H2StreamID) throws(H2Error) {
        _ = try ready(for: .sendData)
        let slot = try slot(of: id)
        var stream = streams[slot].machine
        try check(stream.process(.sendEndStream), on: id)
        try sending { () throws(H2Error) in
            try unsafe writeData(
                UnsafeRawBufferPointer(start: nil, count: 0), at: slot, endStream: true,
                padLength: nil)
        }
        commit(stream, at: slot)
    }

    /// Ends a stream abnormally with RST_STREAM, RFC 9113 §6.4. In h2: `reset_stream`.
    ///
    /// - Throws: `.noSuchStream`, `.streamClosed`, or `.protocolViolation` where no stream was
    ///   opened yet.
    public func resetStream(
        _ id: H2StreamID, errorCode: H2ErrorCode = .noError
    ) throws(H2Error) {
        _ = try ready(for: .sendReset)
        let slot = try slot(of: id)
        var stream = streams[slot].machine
        try check(stream.process(.sendReset), on: id)
        try sending { () throws(H2Error) in
            try session.submit(reset: errorCode, on: id.rawValue, into: &output)
        }
        commit(stream, at: slot)
    }

    /// Sends a PING, RFC 9113 §6.7; `.pingAckReceived` brings the same bytes back. In h2: `ping`.
    ///
    /// - Throws: `.protocolViolation` after the connection is closed; `.notInitiated`.
    public func ping(_ opaqueData: H2PingData) throws(H2Error) {
        _ = try ready(for: .sendPing)
        try sending { () throws(H2Error) in
            try session.submit(ping: opaqueData, into: &output)
        }
    }

    /// Ends the connection with GOAWAY, RFC 9113 §6.8: nothing else can be sent or received after
    /// it. Close it when the streams are done, not before. In h2: `close_connection`.
    ///
    /// - Parameters:
    ///   - errorCode: The reason.
    ///   - additionalData: Data for debugging.
    ///   - lastStreamID: The last stream of the peer that was or may be acted on; unless given, the
    ///     highest that the peer opened.
    /// - Throws: `.frameTooLarge` for data beyond `maxOutboundFrameSize` - 8; `.invalidArgument`
    ///   for an identifier above 2^31-1; `.protocolViolation` when an error ended the connection
    ///   before; `.notInitiated`.
    public func closeConnection(
        errorCode: H2ErrorCode = .noError, additionalData: [UInt8] = [],
        lastStreamID: H2StreamID? = nil
    ) throws(H2Error) {
        let machine = try ready(for: .sendGoAway)
        let last = lastStreamID ?? highestInboundStreamID
        try checkRange(of: last)
        guard additionalData.count <= maxOutboundFrameSize - 8 else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: maxOutboundFrameSize,
                actual: additionalData.count + 8, "the additional data does not fit a frame")
        }
        RawFrames.goAway(
            errorCode, lastStream: last.rawValue, additionalData: additionalData, into: &output)
        self.machine = machine
    }

    // MARK: Shared by all that sends

    /// Checks that something may be sent; the state of the connection after it.
    func ready(for input: ConnectionInput) throws(H2Error) -> ConnectionStateMachine {
        guard isInitiated else { throw .local(.notInitiated, "initiateConnection() comes first") }
        var machine = machine
        guard terminalError == nil, machine.process(input) else {
            throw .local(
                .protocolViolation, "not allowed while the connection is \(connectionState)")
        }
        return machine
    }

    /// Throws where a stream does not allow what a caller wants.
    func check(_ outcome: StreamOutcome, on id: H2StreamID) throws(H2Error) {
        switch outcome {
        case .done, .request, .response, .trailers: return
        case .streamClosed:
            throw .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
        case .violation, .ignored:
            throw .local(.protocolViolation, on: id, "not allowed in this state of the stream")
        }
    }

    /// Runs what cannot fail any more; if it does, the connection is over.
    func sending(_ body: () throws(H2Error) -> Void) throws(H2Error) {
        do throws(H2Error) {
            try body()
        } catch {
            fail(with: error)
            throw error
        }
    }
}
