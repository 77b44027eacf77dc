// SPDX-License-Identifier: MIT

extension H2Event {
    /// The stream of the event; `nil` for an event of the connection.
    ///
    /// For `.pushedStreamReceived`, this is the promised stream. `.windowUpdated` and
    /// `.unknownFrameReceived` are events of the connection if their frame was on stream 0, and
    /// `.alternativeServiceAvailable` always is.
    public var streamID: H2StreamID? {
        switch self {
        case .requestReceived(let event): event.streamID
        case .responseReceived(let event): event.streamID
        case .informationalResponseReceived(let event): event.streamID
        case .trailersReceived(let event): event.streamID
        case .dataReceived(let event): event.streamID
        case .streamEnded(let event): event.streamID
        case .streamReset(let event): event.streamID
        case .pushedStreamReceived(let event): event.pushedStreamID
        case .priorityUpdated(let event): event.streamID
        case .streamClosed(let event): event.streamID
        case .sendQueueDrained(let event): event.streamID
        case .priorityUpdateReceived(let event): event.streamID
        case .deadlineExpired(let event): event.streamID
        case .windowUpdated(let event): Self.stream(event.streamID)
        case .unknownFrameReceived(let event): Self.stream(event.streamID)
        case .remoteSettingsChanged, .settingsAcknowledged, .pingReceived, .pingAckReceived,
            .connectionTerminated, .alternativeServiceAvailable, .sendWindowsOpened,
            .connectionDrained:
            nil
        }
    }

    private static func stream(_ id: H2StreamID) -> H2StreamID? { id == .connection ? nil : id }
}
