// SPDX-License-Identifier: MIT

/// An event. `receiveData` returns the events of the received frames in the order of the frames.
///
/// Calls that return no events can cause `.streamClosed`, `.sendQueueDrained` and
/// `.connectionDrained`, too: the next `receiveData`, `handleDeadlines` or
/// ``H2Connection/takeEvents()`` returns these events.
///
/// In h2: the classes of `h2.events`. `endsStream` and `priority` replace the references
/// `stream_ended` and `priority_updated` to other events; these events are reported, too.
@nonexhaustive
public enum H2Event: Hashable, Sendable {
    /// A client opened a stream with a request.
    case requestReceived(RequestReceived)
    /// The server sent the final response to a request.
    case responseReceived(ResponseReceived)
    /// The server sent a 1xx response, which precedes the final response.
    case informationalResponseReceived(InformationalResponseReceived)
    /// The peer sent trailers: a field section after the body.
    case trailersReceived(TrailersReceived)
    /// The peer sent DATA. Acknowledge it with `acknowledgeReceivedData`.
    case dataReceived(DataReceived)
    /// The peer ended its side of a stream.
    case streamEnded(StreamEnded)
    /// The peer reset a stream, or H2 did because of the peer.
    case streamReset(StreamReset)
    /// The peer enlarged a flow-control window with WINDOW_UPDATE.
    case windowUpdated(WindowUpdated)
    /// The peer sent SETTINGS. The values are in force, and the acknowledgement is queued.
    case remoteSettingsChanged(RemoteSettingsChanged)
    /// The peer acknowledged a SETTINGS frame, whose values are now in force.
    case settingsAcknowledged(SettingsAcknowledged)
    /// The peer sent a PING. The acknowledgement is queued.
    case pingReceived(PingReceived)
    /// The peer acknowledged a PING.
    case pingAckReceived(PingAckReceived)
    /// The server promised to push a response.
    case pushedStreamReceived(PushedStreamReceived)
    /// The peer sent the RFC 7540 priority of a stream.
    case priorityUpdated(PriorityUpdated)
    /// The peer sent GOAWAY: this side can open no more streams. By default, open ones continue.
    case connectionTerminated(ConnectionTerminated)
    /// The server advertised an alternative service.
    case alternativeServiceAvailable(AlternativeServiceAvailable)
    /// The peer sent a frame of an unknown type.
    case unknownFrameReceived(UnknownFrameReceived)
    /// A stream ended: the last event of each stream. Only with
    /// ``H2Configuration/reportsStreamOutcomes``.
    case streamClosed(StreamClosed)
    /// The peer's larger INITIAL_WINDOW_SIZE allows DATA on streams whose windows were used up.
    /// Only with ``H2Configuration/reportsStreamOutcomes``.
    case sendWindowsOpened(SendWindowsOpened)
    /// The size of a stream's queued data has fallen to the low-water mark.
    case sendQueueDrained(SendQueueDrained)
    /// A client changed the priority of a stream, RFC 9218. Only with
    /// ``H2Configuration/PriorityScheme/extensible``.
    case priorityUpdateReceived(PriorityUpdateReceived)
    /// A deadline passed, but did not end the connection at once.
    case deadlineExpired(DeadlineExpired)
    /// The last stream ended after `startGracefulShutdown`: write the output, and close the
    /// transport as described in <doc:ShuttingDown>.
    case connectionDrained
}
