// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Begins a graceful shutdown, RFC 9113 §6.8: open streams continue to their end, and then
    /// `.connectionDrained` reports that the transport can be closed.
    ///
    /// A server sends GOAWAY with the last stream identifier 2^31-1, and a PING. When the client
    /// answers it, or ``H2Deadlines/shutdownAnnouncement`` passes, the server sends GOAWAY with the
    /// last stream that it processes, and discards later ones. A client opens no more streams; it
    /// sends GOAWAY only with ``H2Configuration/sendsClientGoAway``. A second call has no effect.
    ///
    /// - Throws: `.protocolViolation` or `.connectionClosed` if the connection is closed;
    ///   `.notInitiated`.
    public func startGracefulShutdown() throws(H2Error) { try core.startGracefulShutdown() }

    // MARK: Time

    /// Tells the time, and fires no deadline.
    ///
    /// Deadlines count from the first instant after their reason: after calls that send, tell the
    /// time with this call or another, before you read `nextDeadline`. An earlier instant than the
    /// last one counts as the last one.
    public func advance(to instant: H2Instant) { core.advance(to: instant) }

    /// When to call `handleDeadlines(at:)`, or `nil` if no deadline is armed.
    ///
    /// The instant may be earlier than the deadline: then `handleDeadlines` has nothing to do, and
    /// `nextDeadline` is later.
    public var nextDeadline: H2Instant? { core.nextDeadline }

    /// Tells the time, acts on the deadlines of ``H2Configuration/deadlines`` that have passed, and
    /// returns all events that no call has returned yet.
    ///
    /// Afterwards, write the output.
    ///
    /// - Throws: `.deadlineExpired` if a deadline ended the connection; `deadline` names it, and
    ///   `precedingEvents` contains the events before the error. Write the output, which ends in
    ///   GOAWAY unless the transport does not work, and close the transport. `.internalError`.
    public func handleDeadlines(at instant: H2Instant) throws(H2Error) -> [H2Event] {
        try core.handleDeadlines(at: instant)
    }
}
