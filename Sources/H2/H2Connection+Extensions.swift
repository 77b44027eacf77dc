// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Queues a PUSH_PROMISE frame, RFC 9113 §8.4; for servers only.
    ///
    /// The call reserves the promised stream. Send the response there with `sendHeaders` and
    /// `sendData`. In h2: `push_stream`.
    ///
    /// - Parameters:
    ///   - promised: The stream to reserve: `nextAvailableStreamID()` or any higher even
    ///     identifier.
    ///   - parent: The client-initiated stream on which to send the promise.
    ///   - requestHeaders: The fields of the promised request, a GET or HEAD without content:
    ///     `:method`, `:scheme`, `:authority` and `:path`, then others.
    /// - Throws: `.protocolViolation` for a client, if the client disabled push or sent GOAWAY, if
    ///   the state of `parent` or of the connection does not allow a push, if `parent` is a pushed
    ///   stream or a tunnel (§8.5), if `promised` is 0 or odd or, unless `validateOutboundHeaders`
    ///   is off, if `requestHeaders` is not a valid GET or HEAD without content; `.noSuchStream` or
    ///   `.streamClosed` for `parent`; `.streamIDTooLow` if `promised` or a higher even identifier
    ///   was used; `.invalidArgument` for an identifier above 2^31-1 or no fields; `.frameTooLarge`
    ///   if the names and values, plus 16 bytes for each field and 16 more, are 16 MiB or more;
    ///   `.notInitiated`; `.internalError`.
    public func pushStream(
        _ promised: H2StreamID, on parent: H2StreamID, requestHeaders: H2Headers
    ) throws(H2Error) {
        try core.pushStream(promised, on: parent, requestHeaders)
    }

    /// Queues a PRIORITY frame, RFC 7540 §6.3; for clients only.
    ///
    /// The stream may be in any state. RFC 9113 §5.3.2 deprecates the frame. In h2: `prioritize`.
    ///
    /// - Throws: `.notPermitted` for a server; `.invalidArgument` for stream 0 or an identifier
    ///   above 2^31-1, also in `priority.dependsOn`; `.protocolViolation` if the stream depends on
    ///   itself, if the weight is not 1 to 256, or if the connection is closed; `.notInitiated`.
    public func prioritize(_ id: H2StreamID, _ priority: H2Priority) throws(H2Error) {
        try core.prioritize(id, priority)
    }

    /// Queues an ALTSVC frame for an origin, RFC 7838 §4; for servers only. In h2:
    /// `advertise_alternative_service`.
    ///
    /// - Parameters:
    ///   - fieldValue: A value in the syntax of the Alt-Svc field; H2 does not validate it.
    ///   - origin: The origin that has the alternative service, such as `https://example.com`.
    /// - Throws: `.protocolViolation` for a client, or if the connection is closed;
    ///   `.invalidArgument` for an origin that is empty or longer than 65,535 bytes;
    ///   `.frameTooLarge` if both, plus 2 bytes, exceed `maxOutboundFrameSize`; `.notInitiated`.
    public func advertiseAlternativeService(
        _ fieldValue: String, origin: String
    ) throws(H2Error) {
        try core.advertiseAlternativeService(Array(fieldValue.utf8), origin: Array(origin.utf8))
    }

    /// Queues an ALTSVC frame for the origin of a request, RFC 7838 §4; for servers only, and
    /// before the final response. In h2: `advertise_alternative_service`.
    ///
    /// - Parameters:
    ///   - fieldValue: A value in the syntax of the Alt-Svc field; H2 does not validate it.
    ///   - id: The stream of the request.
    /// - Throws: `.protocolViolation` for a client, after the final response was sent, or if the
    ///   connection is closed; `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an
    ///   identifier above 2^31-1; `.frameTooLarge` if the value, plus 2 bytes, exceeds
    ///   `maxOutboundFrameSize`; `.notInitiated`.
    public func advertiseAlternativeService(
        _ fieldValue: String, on id: H2StreamID
    ) throws(H2Error) {
        try core.advertiseAlternativeService(Array(fieldValue.utf8), on: id)
    }

    /// Initiates a client connection that is upgraded from HTTP/1.1, RFC 7540 §3.2. Call it instead
    /// of `initiateConnection()`.
    ///
    /// Send the returned value with the HTTP/1.1 request, and the queued preface after the 101
    /// response. That request becomes stream 1, half-closed (local). In h2:
    /// `initiate_upgrade_connection`.
    ///
    /// - Returns: The value for the HTTP2-Settings field of the request.
    /// - Throws: As `initiateConnection()`, and `.protocolViolation` for a server.
    public func initiateUpgradeConnection() throws(H2Error) -> String {
        try core.initiateUpgradeClient()
    }

    /// Initiates a server connection that is upgraded from HTTP/1.1, RFC 7540 §3.2. Call it instead
    /// of `initiateConnection()`.
    ///
    /// The HTTP/1.1 request becomes stream 1, half-closed (remote): send its response there. The
    /// client's settings take effect at once. In h2: `initiate_upgrade_connection`.
    ///
    /// - Parameter settingsHeader: The value of the HTTP2-Settings field of the request: base64url,
    ///   with or without padding; `nil` for no settings.
    /// - Throws: As `initiateConnection()`; `.protocolViolation` for a client; `.invalidArgument`
    ///   if the value is not base64url of settings; with `origin == .remote`, `.denialOfService`
    ///   for more settings than `limits.settingsPerFrame`, and `.invalidSettingsValue` if one is
    ///   out of range. An error other than `.internalError` changes nothing and queues no GOAWAY.
    public func initiateUpgradeConnection(settingsHeader: String?) throws(H2Error) {
        try core.initiateUpgradeServer(settingsHeader)
    }
}
