// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Removes and returns the events that no call has returned yet, in the order in which they
    /// arose.
    ///
    /// Such events arise in calls that return none: for example, the outcome of a stream that
    /// `resetStream` or END_STREAM of this side closed. `receiveData` returns them before its own
    /// events. Call this after other calls if you use ``H2Configuration/reportsStreamOutcomes``.
    public func takeEvents() -> [H2Event] { core.takeEvents() }

    /// Whether `takeEvents()` returns any events.
    public var hasEvents: Bool { core.hasEvents }

    /// Ends the connection because the transport ended, and returns the events that no call has
    /// returned yet.
    ///
    /// With ``H2Configuration/reportsStreamOutcomes``, they include the outcomes of all streams that
    /// were open: `.notProcessed` if the caller had not taken the whole HEADERS of the request from
    /// the output, otherwise `.cutOff`. H2 discards the output. Every later call throws
    /// `.connectionClosed`, except that `receiveData` throws the error that ended the connection
    /// before. Calling this again returns no events.
    public func connectionLost() -> [H2Event] { core.connectionLost() }
}
