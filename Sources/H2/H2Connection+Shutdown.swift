// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Begins a graceful shutdown, RFC 9113 §6.8: open streams continue to their end, and then
    /// `.connectionDrained` reports that the transport can be closed. <doc:ShuttingDown> describes
    /// how to close it without losing responses.
    ///
    /// A server sends GOAWAY with the last stream identifier 2^31-1, and a PING. When the client
    /// acknowledges the PING, or ``H2Deadlines/shutdownAnnouncement`` passes, the server sends
    /// GOAWAY with the last stream that it processes, and discards later streams. A client opens no
    /// more streams; it sends GOAWAY only with ``H2Configuration/sendsClientGoAway``. Receiving
    /// GOAWAY does not begin a shutdown: a client can call this method after
    /// `.connectionTerminated`. A second call has no effect.
    ///
    /// - Throws: `.protocolViolation` or `.connectionClosed` if the connection is closed;
    ///   `.notInitiated`.
    public func startGracefulShutdown() throws(H2Error) { try core.startGracefulShutdown() }

    // MARK: Time

    /// Passes the current time, and starts and stops deadlines, but acts on none.
    ///
    /// A deadline starts at the first time passed after its wait begins, for example after a call
    /// that sends. Therefore call this method before you read `nextDeadline`. If the time is
    /// earlier than a previous one, H2 uses the previous one.
    public func advance(to instant: H2Instant) { core.advance(to: instant) }

    /// The time at which to call `handleDeadlines(at:)`, or `nil` if no deadline is running.
    ///
    /// It can be earlier than the actual deadline: then `handleDeadlines` has nothing to do, and
    /// `nextDeadline` is later afterward.
    public var nextDeadline: H2Instant? { core.nextDeadline }

    /// Passes the current time, acts on the deadlines of ``H2Configuration/deadlines`` that have
    /// passed, and returns all pending events.
    ///
    /// Write the output after the call.
    ///
    /// - Throws: `.deadlineExpired` if a deadline ended the connection: `deadline` is its name, and
    ///   `precedingEvents` contains the pending events. Write the output, which ends in GOAWAY
    ///   except after `.keepalive` and `.output`, and close the transport. `.internalError`.
    public func handleDeadlines(at instant: H2Instant) throws(H2Error) -> [H2Event] {
        try core.handleDeadlines(at: instant)
    }
}
