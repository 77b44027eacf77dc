// SPDX-License-Identifier: MIT

/// What the peer did, in the order in which it did it.
///
/// In h2: the classes of `h2.events`, without their cross links: `endsStream` and `priority` say
/// what `stream_ended` and `priority_updated` point to there, and the separate events follow all
/// the same.
@nonexhaustive
public enum H2Event: Hashable, Sendable {
    /// A client opened a stream with a request.
    case requestReceived(RequestReceived)
    /// The final response to a request.
    case responseReceived(ResponseReceived)
    /// A 1xx response; the final one is still to come.
    case informationalResponseReceived(InformationalResponseReceived)
    /// Trailers: a header section after the body.
    case trailersReceived(TrailersReceived)
    /// A piece of a body. It is to be acknowledged with `acknowledgeReceivedData`.
    case dataReceived(DataReceived)
    /// The peer sends nothing more on a stream.
    case streamEnded(StreamEnded)
    /// A stream was ended abnormally, by the peer or by this side.
    case streamReset(StreamReset)
    /// The peer takes more data.
    case windowUpdated(WindowUpdated)
    /// The peer sent settings; they are in force and acknowledged.
    case remoteSettingsChanged(RemoteSettingsChanged)
    /// The peer acknowledged one SETTINGS frame of ours, whose values are now in force.
    case settingsAcknowledged(SettingsAcknowledged)
    /// The peer sent a PING; its acknowledgement is queued.
    case pingReceived(PingReceived)
    /// The peer acknowledged a PING.
    case pingAckReceived(PingAckReceived)
    /// A server promised to push a response.
    case pushedStreamReceived(PushedStreamReceived)
    /// The peer set the RFC 7540 priority of a stream.
    case priorityUpdated(PriorityUpdated)
    /// The peer sent GOAWAY.
    case connectionTerminated(ConnectionTerminated)
    /// A server can be reached elsewhere, too.
    case alternativeServiceAvailable(AlternativeServiceAvailable)
    /// A frame of a type that this library does not know.
    case unknownFrameReceived(UnknownFrameReceived)
}
