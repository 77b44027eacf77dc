// SPDX-License-Identifier: MIT

extension H2Connection {
    /// The identifier for the next stream that this side opens: it stays the same until that stream
    /// is opened. RFC 9113 §5.1.1. In h2: `get_next_available_stream_id`.
    ///
    /// - Throws: `.noAvailableStreamID` when all 2^30 are used up.
    public func nextAvailableStreamID() throws(H2Error) -> H2StreamID {
        try core.nextAvailableStreamID()
    }

    /// Sends a header section: for a client a request, which opens the stream, and then trailers;
    /// for a server any number of 1xx responses, one final response, and then trailers. RFC 9113
    /// §8.1. In h2: `send_headers`.
    ///
    /// - Parameters:
    ///   - headers: The fields, pseudo-header fields first, names in lower case.
    ///   - id: The stream; for a request, `nextAvailableStreamID()` or any higher odd identifier.
    ///   - priority: The RFC 7540 priority of the stream, which a client may send along.
    ///   - endStream: Whether nothing more is sent on the stream. Trailers must say so, 1xx
    ///     responses must not.
    /// - Throws: `.protocolViolation` for fields that RFC 9113 §8.2 and §8.3 do not allow;
    ///   `.notPermitted` for a priority at a server; `.tooManyStreams` beyond the peer's
    ///   MAX_CONCURRENT_STREAMS; `.streamIDTooLow`, `.streamClosed`, `.noSuchStream` or
    ///   `.invalidArgument` for a stream that cannot be used; `.protocolViolation` where the state
    ///   of stream or connection does not allow it, also for a new stream after a GOAWAY, in a
    ///   tunnel (§8.5), or for trailers of a CONNECT before its response; `.invalidBodyLength` for
    ///   `endStream` if fewer bytes were sent than content-length announced; `.frameTooLarge` above
    ///   16 MiB; `.notInitiated`.
    public func sendHeaders(
        _ headers: H2Headers, on id: H2StreamID, endStream: Bool = false,
        priority: H2Priority? = nil
    ) throws(H2Error) {
        try core.sendHeaders(headers, on: id, endStream: endStream, priority)
    }

    /// Ends a stream without more data: an empty DATA frame with END_STREAM, also where the window
    /// is closed. In h2: `end_stream`.
    ///
    /// - Throws: `.noSuchStream`; `.streamClosed`; `.protocolViolation` if this side already ended the
    ///   stream or sent no final header section yet; `.invalidBodyLength` if fewer bytes were sent
    ///   than content-length announced.
    public func endStream(_ id: H2StreamID) throws(H2Error) {
        try core.endStream(id)
    }

    /// Ends a stream abnormally with RST_STREAM, RFC 9113 §6.4. In h2: `reset_stream`.
    ///
    /// What still arrives on the stream makes no event, and its DATA is credited to the connection at
    /// once: there is nothing to acknowledge. To refuse an upload, send a complete response first, then
    /// reset the stream with `.noError`, §8.1.
    ///
    /// - Throws: `.noSuchStream`, `.streamClosed`, or `.protocolViolation` where no stream was
    ///   opened yet.
    public func resetStream(
        _ id: H2StreamID, errorCode: H2ErrorCode = .noError
    ) throws(H2Error) {
        try core.resetStream(id, errorCode)
    }

    /// Sends a PING, RFC 9113 §6.7; `.pingAckReceived` brings the same bytes back. In h2: `ping`.
    ///
    /// - Throws: `.protocolViolation` after the connection is closed; `.notInitiated`.
    public func ping(_ opaqueData: H2PingData) throws(H2Error) {
        try core.ping(opaqueData)
    }

    /// Ends the connection with GOAWAY, RFC 9113 §6.8: nothing else can be sent or received after
    /// it. Close it when the streams are done, not before. In h2: `close_connection`.
    ///
    /// - Parameters:
    ///   - errorCode: The reason.
    ///   - additionalData: Data for debugging.
    ///   - lastStreamID: The highest peer-initiated stream that was or might be processed. The default
    ///     is `highestInboundStreamID`, or the stream that an earlier call named if that is lower.
    /// - Throws: `.frameTooLarge` for data beyond `maxOutboundFrameSize` - 8; `.invalidArgument`
    ///   for an identifier above 2^31-1 or above that of an earlier call; `.protocolViolation` if an
    ///   error has ended the connection; `.notInitiated`.
    public func closeConnection(
        errorCode: H2ErrorCode = .noError, additionalData: [UInt8] = [],
        lastStreamID: H2StreamID? = nil
    ) throws(H2Error) {
        try core.closeConnection(errorCode, additionalData, lastStreamID)
    }

    /// Sends SETTINGS; the values are in force when `.settingsAcknowledged` says so. RFC 9113 §6.5.
    /// In h2: `update_settings`.
    ///
    /// - Throws: `.flowControl` where a window that was opened by hand would become larger than
    ///   2^31-1; `.invalidSettingsValue`, with the error code that the peer would use, where a
    ///   value is out of range; `.frameTooLarge` for more than 2,730 settings; a local
    ///   `.denialOfService` if `limits.unacknowledgedSettings` frames wait for an acknowledgement;
    ///   `.protocolViolation` after the connection is closed; `.notInitiated`.
    public func updateSettings(_ changes: H2Settings) throws(H2Error) {
        try core.updateSettings(changes)
    }
}
