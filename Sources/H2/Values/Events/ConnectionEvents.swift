// SPDX-License-Identifier: MIT

extension H2Event {
    /// The peer enlarged a flow-control window with WINDOW_UPDATE, RFC 9113 §6.9. In h2:
    /// `WindowUpdated`.
    ///
    /// A larger INITIAL_WINDOW_SIZE enlarges the windows of all streams, and causes
    /// `.remoteSettingsChanged` instead.
    public struct WindowUpdated: Hashable, Sendable {
        /// The stream, or 0 for the connection.
        public var streamID: H2StreamID
        /// The number of bytes added to the window. In h2: `delta`.
        public var delta: Int

        /// Creates an event with these values.
        public init(streamID: H2StreamID, delta: Int) {
            self.streamID = streamID
            self.delta = delta
        }
    }

    /// The peer sent SETTINGS, RFC 9113 §6.5. In h2: `RemoteSettingsChanged`.
    public struct RemoteSettingsChanged: Hashable, Sendable {
        /// The settings of the frame, in its order, each once, even if the value did not change.
        public var changes: [H2SettingChange]

        /// Creates an event with these values.
        public init(changes: [H2SettingChange]) { self.changes = changes }
    }

    /// The peer acknowledged a SETTINGS frame, RFC 9113 §6.5.3. In h2: `SettingsAcknowledged`.
    public struct SettingsAcknowledged: Hashable, Sendable {
        /// The settings of that frame. Empty if no SETTINGS frame was unacknowledged, and at a
        /// client for the first frame of an upgraded connection, whose values were already in
        /// force.
        public var changes: [H2SettingChange]

        /// Creates an event with these values.
        public init(changes: [H2SettingChange]) { self.changes = changes }
    }

    /// The peer sent a PING, RFC 9113 §6.7. In h2: `PingReceived`.
    public struct PingReceived: Hashable, Sendable {
        /// The 8 bytes of the frame.
        public var data: H2PingData

        /// Creates an event with these values.
        public init(data: H2PingData) { self.data = data }
    }

    /// The peer acknowledged a PING, RFC 9113 §6.7. In h2: `PingAckReceived`.
    public struct PingAckReceived: Hashable, Sendable {
        /// The 8 bytes of the frame.
        public var data: H2PingData

        /// Creates an event with these values.
        public init(data: H2PingData) { self.data = data }
    }

    /// The peer sent the RFC 7540 priority of a stream. In h2: `PriorityUpdated`.
    public struct PriorityUpdated: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The position of the stream in the priority tree.
        public var priority: H2Priority

        /// Creates an event with these values.
        public init(streamID: H2StreamID, priority: H2Priority) {
            self.streamID = streamID
            self.priority = priority
        }
    }

    /// The peer sent GOAWAY, RFC 9113 §6.8. In h2: `ConnectionTerminated`.
    ///
    /// With `GoAwayPolicy.finishStreams`, the default, streams up to `lastStreamID` continue, and
    /// opening or promising a new one throws `.protocolViolation`. Use another connection for new
    /// requests, and close this one when its streams have ended.
    public struct ConnectionTerminated: Hashable, Sendable {
        /// The reason.
        public var errorCode: H2ErrorCode
        /// The highest stream opened by this side that the peer processed or might process; 0 for
        /// none.
        public var lastStreamID: H2StreamID
        /// Data for debugging. In h2: `None` if it is empty.
        public var additionalData: H2Bytes

        /// Creates an event with these values.
        public init(
            errorCode: H2ErrorCode, lastStreamID: H2StreamID, additionalData: H2Bytes = []
        ) {
            self.errorCode = errorCode
            self.lastStreamID = lastStreamID
            self.additionalData = additionalData
        }
    }

    /// The server advertised an alternative service for an origin, RFC 7838 §4. In h2:
    /// `AlternativeServiceAvailable`.
    public struct AlternativeServiceAvailable: Hashable, Sendable {
        /// The origin in the frame. For a frame on the stream of a request, the `:authority` of the
        /// request; empty if there is none, or if that of a promised request exceeds 512 bytes.
        public var origin: H2Bytes
        /// The alternative services, in the syntax of an Alt-Svc field value.
        public var fieldValue: H2Bytes

        /// Creates an event with these values.
        public init(origin: H2Bytes, fieldValue: H2Bytes) {
            self.origin = origin
            self.fieldValue = fieldValue
        }
    }

    /// The peer sent a frame of an unknown type, which H2 ignores, RFC 9113 §5.5. In h2:
    /// `UnknownFrameReceived`.
    public struct UnknownFrameReceived: Hashable, Sendable {
        /// The frame type.
        public var type: UInt8
        /// The flags.
        public var flags: UInt8
        /// The stream, or 0 for the connection.
        public var streamID: H2StreamID
        /// The payload.
        public var payload: H2Bytes

        /// Creates an event with these values.
        public init(type: UInt8, flags: UInt8, streamID: H2StreamID, payload: H2Bytes) {
            self.type = type
            self.flags = flags
            self.streamID = streamID
            self.payload = payload
        }
    }
}
