// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Removes and returns the pending events, in order.
    ///
    /// Calls that return no events can cause some: for example, `resetStream` and `endStream` cause
    /// `.streamClosed` if they close the stream, and taking output causes `.sendQueueDrained`. The
    /// next `receiveData`, `handleDeadlines` or `takeEvents` returns them, `receiveData` before the
    /// events of the received bytes. Call this method before you wait for bytes if you use
    /// `enqueueData`, ``H2Configuration/reportsStreamOutcomes`` or a graceful shutdown: the peer may
    /// send no bytes until you have handled the events.
    public func takeEvents() -> [H2Event] { core.takeEvents() }

    /// Whether events are pending, which `takeEvents()` returns.
    public var hasEvents: Bool { core.hasEvents }

    /// Ends the connection because the transport ended, and returns the pending events.
    ///
    /// With ``H2Configuration/reportsStreamOutcomes``, the events include the outcomes of all
    /// streams that were open: `.notProcessed` if the caller had not taken all HEADERS of the
    /// request from the output, otherwise `.cutOff`. H2 discards the output. Later calls that need
    /// an open connection throw `.connectionClosed`; if an error ended the connection before,
    /// `receiveData` throws that error. Calling this method again returns no events.
    public func connectionLost() -> [H2Event] { core.connectionLost() }
}
