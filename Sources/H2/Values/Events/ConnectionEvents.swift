// SPDX-License-Identifier: MIT

extension H2Event {
    /// The peer takes more data, RFC 9113 §6.9. In h2: `WindowUpdated`.
    public struct WindowUpdated: Hashable, Sendable {
        /// The stream, or 0 for the connection.
        public var streamID: H2StreamID
        /// The bytes added to the window. In h2: `delta`.
        public var delta: Int

        public init(streamID: H2StreamID, delta: Int) {
            self.streamID = streamID
            self.delta = delta
        }
    }

    /// The peer sent settings, RFC 9113 §6.5. In h2: `RemoteSettingsChanged`.
    public struct RemoteSettingsChanged: Hashable, Sendable {
        /// Each setting of the frame in its order, also where the value is the same as before.
        public var changes: [H2SettingChange]

        public init(changes: [H2SettingChange]) { self.changes = changes }
    }

    /// The peer acknowledged one SETTINGS frame of ours, RFC 9113 §6.5.3. In h2:
    /// `SettingsAcknowledged`.
    public struct SettingsAcknowledged: Hashable, Sendable {
        /// Each setting of that frame; empty if no frame was waiting.
        public var changes: [H2SettingChange]

        public init(changes: [H2SettingChange]) { self.changes = changes }
    }

    /// The peer sent a PING, RFC 9113 §6.7. In h2: `PingReceived`.
    public struct PingReceived: Hashable, Sendable {
        /// The 8 bytes of the frame.
        public var data: H2PingData

        public init(data: H2PingData) { self.data = data }
    }

    /// The peer acknowledged a PING, RFC 9113 §6.7. In h2: `PingAckReceived`.
    public struct PingAckReceived: Hashable, Sendable {
        /// The 8 bytes of the frame.
        public var data: H2PingData

        public init(data: H2PingData) { self.data = data }
    }

    /// The peer set the RFC 7540 priority of a stream. In h2: `PriorityUpdated`.
    public struct PriorityUpdated: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// Its place in the tree.
        public var priority: H2Priority

        public init(streamID: H2StreamID, priority: H2Priority) {
            self.streamID = streamID
            self.priority = priority
        }
    }

    /// The peer sent GOAWAY, RFC 9113 §6.8. In h2: `ConnectionTerminated`.
    public struct ConnectionTerminated: Hashable, Sendable {
        /// The reason.
        public var errorCode: H2ErrorCode
        /// The last stream of ours that the peer did or may do something with.
        public var lastStreamID: H2StreamID
        /// Data for debugging; in h2 `None` where it is empty.
        public var additionalData: H2Bytes

        public init(
            errorCode: H2ErrorCode, lastStreamID: H2StreamID, additionalData: H2Bytes = []
        ) {
            self.errorCode = errorCode
            self.lastStreamID = lastStreamID
            self.additionalData = additionalData
        }
    }

    /// A server can be reached elsewhere, too, RFC 7838. In h2: `AlternativeServiceAvailable`.
    public struct AlternativeServiceAvailable: Hashable, Sendable {
        /// The origin that it is about; of the request, where the frame came on its stream.
        public var origin: H2Bytes
        /// What Alt-Svc would say.
        public var fieldValue: H2Bytes

        public init(origin: H2Bytes, fieldValue: H2Bytes) {
            self.origin = origin
            self.fieldValue = fieldValue
        }
    }

    /// A frame of an unknown type, RFC 9113 §5.5. It has no other effect. In h2:
    /// `UnknownFrameReceived`.
    public struct UnknownFrameReceived: Hashable, Sendable {
        /// The type.
        public var type: UInt8
        /// The flags.
        public var flags: UInt8
        /// The stream, or 0 for the connection.
        public var streamID: H2StreamID
        /// The payload.
        public var payload: H2Bytes

        public init(type: UInt8, flags: UInt8, streamID: H2StreamID, payload: H2Bytes) {
            self.type = type
            self.flags = flags
            self.streamID = streamID
            self.payload = payload
        }
    }
}
