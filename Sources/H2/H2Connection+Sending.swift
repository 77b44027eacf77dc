// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Returns the lowest identifier with which this side can open a stream, RFC 9113 §5.1.1.
    ///
    /// The identifier stays the same until this side opens or promises a stream. In h2:
    /// `get_next_available_stream_id`.
    ///
    /// - Throws: `.noAvailableStreamID` if no identifier is left.
    public func nextAvailableStreamID() throws(H2Error) -> H2StreamID {
        try core.nextAvailableStreamID()
    }

    /// Queues a header or trailer section as HEADERS and CONTINUATION frames, RFC 9113 §8.1.
    ///
    /// On a client, the first section of a stream is the request, which opens the stream, and the
    /// second the trailers. On a server, a stream has any number of 1xx responses, one final
    /// response, and then trailers. Only DATA needs a flow-control window. In h2: `send_headers`.
    ///
    /// - Parameters:
    ///   - headers: The fields, pseudo-header fields first: `:method`, `:scheme`, `:authority` and
    ///     `:path` in a request other than CONNECT, `:status` in a response, none in trailers.
    ///     Names must be in lower case if `normalizeOutboundHeaders`, which changes them, is off.
    ///   - id: The stream; for a request, `nextAvailableStreamID()` or any higher odd identifier.
    ///   - endStream: Whether the section ends the stream. It must be true for trailers and false
    ///     for 1xx responses.
    ///   - priority: The RFC 7540 priority of the stream; for clients only.
    /// - Throws:
    ///   - `.protocolViolation` if the state of the stream or the connection does not allow the
    ///     section; for a stream that this side cannot open, a new stream after GOAWAY of the peer,
    ///     a 1xx section from a client, HEADERS in a tunnel (§8.5), trailers of CONNECT before its
    ///     response, or a wrong `endStream`; for a priority that depends on `id` or whose weight is
    ///     not 1 to 256; unless `validateOutboundHeaders` is off, for fields that violate RFC 9113
    ///     §8.2, §8.3 or RFC 8441 §3, or a content-length that is not one number.
    ///   - `.tooManyStreams` if the peer's MAX_CONCURRENT_STREAMS allows no further stream: try
    ///     again when a stream has ended. A promised stream counts from its response.
    ///   - `.streamClosed` if the stream is closed; `.streamIDTooLow` for stream 0, or if the
    ///     stream was skipped or closed too long ago to be remembered (`limits.closedStreams`).
    ///   - `.invalidArgument` for an identifier above 2^31-1, also in `priority`, or for a request
    ///     or response without fields.
    ///   - `.invalidBodyLength` if `endStream` is true and fewer bytes were sent than
    ///     content-length specifies, unless `validateOutboundHeaders` is off.
    ///   - `.frameTooLarge` if the names and values, plus 16 bytes for each field and 16 more,
    ///     are 16 MiB or more.
    ///   - `.notPermitted` for a priority on a server; `.notInitiated`; `.internalError`.
    public func sendHeaders(
        _ headers: H2Headers, on id: H2StreamID, endStream: Bool = false,
        priority: H2Priority? = nil
    ) throws(H2Error) {
        try core.sendHeaders(headers, on: id, endStream: endStream, priority)
    }

    /// Ends this side of a stream with an empty DATA frame, which needs no flow-control window.
    /// In h2: `end_stream`.
    ///
    /// - Throws: `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an identifier above
    ///   2^31-1; `.protocolViolation` if this side already ended the stream or has not sent its
    ///   request or final response, if no stream was used yet, or if the connection is closed;
    ///   `.invalidBodyLength` if fewer bytes were sent than content-length specifies, unless
    ///   `validateOutboundHeaders` is off; `.notInitiated`; `.internalError`.
    public func endStream(_ id: H2StreamID) throws(H2Error) {
        try core.endStream(id)
    }

    /// Ends a stream abnormally with RST_STREAM, RFC 9113 §6.4. In h2: `reset_stream`.
    ///
    /// To cancel a request, pass `.cancel`; the default is that of h2. The call causes no event.
    /// HEADERS, DATA and PUSH_PROMISE that still arrive on the stream cause no events, and H2
    /// credits their DATA to the connection. Earlier `.dataReceived` events must still be
    /// acknowledged. To refuse an upload, send a complete response first, then reset the stream
    /// with `.noError`, §8.1.
    ///
    /// - Throws: `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an identifier above
    ///   2^31-1; `.protocolViolation` if no stream was used yet, or if the connection is closed;
    ///   `.notInitiated`; `.internalError`.
    public func resetStream(
        _ id: H2StreamID, errorCode: H2ErrorCode = .noError
    ) throws(H2Error) {
        try core.resetStream(id, errorCode)
    }

    /// Queues a PING frame, RFC 9113 §6.7. `.pingAckReceived` will report the same bytes. In h2:
    /// `ping`.
    ///
    /// - Throws: `.protocolViolation` if the connection is closed; `.notInitiated`.
    public func ping(_ opaqueData: H2PingData) throws(H2Error) {
        try core.ping(opaqueData)
    }

    /// Ends the connection with GOAWAY, RFC 9113 §6.8. In h2: `close_connection`.
    ///
    /// Call this after all streams have ended: H2 then ignores received bytes and, of the sending
    /// methods, only this one and `acknowledgeReceivedData` still work. To let open streams end
    /// first, call `startGracefulShutdown()`.
    ///
    /// - Parameters:
    ///   - errorCode: The reason.
    ///   - additionalData: Data for debugging.
    ///   - lastStreamID: The highest peer-initiated stream that was or might be processed. The
    ///     default is `highestInboundStreamID`, or the identifier of an earlier call if that is
    ///     lower.
    /// - Throws: `.frameTooLarge` if the data is longer than `maxOutboundFrameSize` - 8 bytes;
    ///   `.invalidArgument` for an identifier above 2^31-1 or above that of an earlier call;
    ///   `.protocolViolation` if an error has ended the connection; `.notInitiated`.
    public func closeConnection(
        errorCode: H2ErrorCode = .noError, additionalData: [UInt8] = [],
        lastStreamID: H2StreamID? = nil
    ) throws(H2Error) {
        try core.closeConnection(errorCode, additionalData, lastStreamID)
    }

    /// Queues a SETTINGS frame, RFC 9113 §6.5.
    ///
    /// The values take effect when `.settingsAcknowledged` reports them. In h2: `update_settings`.
    ///
    /// - Throws: `.invalidSettingsValue`, with the error code that the peer would use, if a value
    ///   is out of range, revokes ENABLE_CONNECT_PROTOCOL on a server, or changes
    ///   NO_RFC7540_PRIORITIES (identifier 0x9, which has no constant here); `.flowControl` if a
    ///   stream's receive window, which `incrementFlowControlWindow` enlarged, would exceed 2^31-1
    ///   bytes; `.frameTooLarge` for more than 2,730 settings; a local `.denialOfService` if
    ///   `limits.unacknowledgedSettings` frames await acknowledgement; `.protocolViolation` if the
    ///   connection is closed; `.notInitiated`; `.internalError`.
    public func updateSettings(_ changes: H2Settings) throws(H2Error) {
        try core.updateSettings(changes)
    }
}
