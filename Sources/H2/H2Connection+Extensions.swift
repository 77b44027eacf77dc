// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Promises to answer a request that the client did not make, RFC 9113 §8.4; a server only. The
    /// response is then sent on the promised stream. In h2: `push_stream`.
    ///
    /// - Parameters:
    ///   - promised: The stream of the response: `nextAvailableStreamID()`, or any higher even one.
    ///   - parent: The stream of a request that the client did make.
    ///   - requestHeaders: The fields of the request that is answered: a GET or HEAD without content.
    /// - Throws: `.protocolViolation` if the client accepts no pushes, if `requestHeaders` is
    ///   another request, or if the state of the stream or the connection does not allow a push,
    ///   such as in a tunnel (§8.5); `.streamIDTooLow`, `.noSuchStream`, `.streamClosed`,
    ///   `.invalidArgument`, `.frameTooLarge`, `.notInitiated`.
    public func pushStream(
        _ promised: H2StreamID, on parent: H2StreamID, requestHeaders: H2Headers
    ) throws(H2Error) {
        try core.pushStream(promised, on: parent, requestHeaders)
    }

    /// Tells the server about the RFC 7540 priority of a stream, in whatever state that is; a
    /// client only. RFC 9113 §5.3.2 deprecates it. In h2: `prioritize`.
    ///
    /// - Throws: `.notPermitted` for a server; `.protocolViolation` for a stream that depends on
    ///   itself or a weight that is not 1 to 256; `.invalidArgument` for stream 0 or one above
    ///   2^31-1; `.notInitiated`.
    public func prioritize(_ id: H2StreamID, _ priority: H2Priority) throws(H2Error) {
        try core.prioritize(id, priority)
    }

    /// Tells a client that an origin can be reached elsewhere, too, RFC 7838 §4; a server only.
    /// In h2: `advertise_alternative_service`.
    ///
    /// - Parameters:
    ///   - fieldValue: What Alt-Svc would say; it is not looked at.
    ///   - origin: The origin that it is about, as in `https://example.com`.
    /// - Throws: `.protocolViolation` for a client, or after the connection is closed;
    ///   `.frameTooLarge`; `.invalidArgument` for an origin that is empty or above 65,535 bytes;
    ///   `.notInitiated`.
    public func advertiseAlternativeService(
        _ fieldValue: String, origin: String
    ) throws(H2Error) {
        try core.advertiseAlternativeService(Array(fieldValue.utf8), origin: Array(origin.utf8))
    }

    /// Tells a client that the origin of its request can be reached elsewhere, too, RFC 7838 §4; a
    /// server only, and before it sends the final response. In h2: `advertise_alternative_service`.
    ///
    /// - Parameters:
    ///   - fieldValue: What Alt-Svc would say; it is not looked at.
    ///   - id: The stream of the request.
    /// - Throws: `.protocolViolation` for a client, or where the state of the stream or the
    ///   connection does not allow it; `.noSuchStream`, `.streamClosed`, `.frameTooLarge`,
    ///   `.notInitiated`.
    public func advertiseAlternativeService(
        _ fieldValue: String, on id: H2StreamID
    ) throws(H2Error) {
        try core.advertiseAlternativeService(Array(fieldValue.utf8), on: id)
    }

    /// Starts a connection that was upgraded from HTTP/1.1, RFC 7540 §3.2, at a client: instead of
    /// `initiateConnection()`. Stream 1 is the request that asked for the upgrade; it is
    /// half-closed. In h2: `initiate_upgrade_connection`.
    ///
    /// - Returns: The value of the HTTP2-Settings field of that request.
    /// - Throws: As `initiateConnection()`, and `.protocolViolation` for a server.
    public func initiateUpgradeConnection() throws(H2Error) -> String {
        try core.initiateUpgradeClient()
    }

    /// Starts a connection that was upgraded from HTTP/1.1, RFC 7540 §3.2, at a server: instead of
    /// `initiateConnection()`. Stream 1 is the request that asked for the upgrade; its response is
    /// sent there. The client's settings are in force. In h2: `initiate_upgrade_connection`.
    ///
    /// - Parameter settingsHeader: The value of the HTTP2-Settings field: base64url, with or
    ///   without padding; nil for none.
    /// - Throws: As `initiateConnection()`; `.invalidArgument` if the value is not valid base64url
    ///   of settings; with `origin == .remote`, `.denialOfService` for more settings than
    ///   `limits.settingsPerFrame`, and `.invalidSettingsValue` for a setting that is out of range;
    ///   `.protocolViolation` at a client. An error changes nothing.
    public func initiateUpgradeConnection(settingsHeader: String?) throws(H2Error) {
        try core.initiateUpgradeServer(settingsHeader)
    }
}
