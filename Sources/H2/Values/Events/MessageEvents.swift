// SPDX-License-Identifier: MIT

extension H2Event {
    /// A client opened a stream with a request, RFC 9113 §8.3.1. In h2: `RequestReceived`.
    public struct RequestReceived: Hashable, Sendable {
        /// The new stream.
        public var streamID: H2StreamID
        /// The field section of the request, including pseudo-header fields.
        public var headers: H2Headers
        /// Whether the request has no body; `.streamEnded` follows.
        public var endsStream: Bool
        /// The RFC 7540 priority in the HEADERS frame, if any; `.priorityUpdated` follows.
        public var priority: H2Priority?

        /// Creates an event with these values.
        public init(
            streamID: H2StreamID, headers: H2Headers, endsStream: Bool = false,
            priority: H2Priority? = nil
        ) {
            self.streamID = streamID
            self.headers = headers
            self.endsStream = endsStream
            self.priority = priority
        }
    }

    /// The server sent the final response to a request, RFC 9113 §8.3.2. In h2: `ResponseReceived`.
    public struct ResponseReceived: Hashable, Sendable {
        /// The stream of the request.
        public var streamID: H2StreamID
        /// The field section of the response, including `:status`.
        public var headers: H2Headers
        /// Whether the response has no body; `.streamEnded` follows.
        public var endsStream: Bool
        /// The RFC 7540 priority in the HEADERS frame, if any; `.priorityUpdated` follows.
        public var priority: H2Priority?

        /// Creates an event with these values.
        public init(
            streamID: H2StreamID, headers: H2Headers, endsStream: Bool = false,
            priority: H2Priority? = nil
        ) {
            self.streamID = streamID
            self.headers = headers
            self.endsStream = endsStream
            self.priority = priority
        }
    }

    /// The server sent a 1xx response, RFC 9110 §15.2. In h2: `InformationalResponseReceived`.
    public struct InformationalResponseReceived: Hashable, Sendable {
        /// The stream of the request.
        public var streamID: H2StreamID
        /// The field section of the response, including `:status`.
        public var headers: H2Headers
        /// The RFC 7540 priority in the HEADERS frame, if any; `.priorityUpdated` follows.
        public var priority: H2Priority?

        /// Creates an event with these values.
        public init(streamID: H2StreamID, headers: H2Headers, priority: H2Priority? = nil) {
            self.streamID = streamID
            self.headers = headers
            self.priority = priority
        }
    }

    /// The peer sent trailers, RFC 9110 §6.5, which end its side of the stream: `.streamEnded`
    /// follows. In h2: `TrailersReceived`.
    public struct TrailersReceived: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The trailer section.
        public var headers: H2Headers
        /// The RFC 7540 priority in the HEADERS frame, if any; `.priorityUpdated` follows.
        public var priority: H2Priority?

        /// Creates an event with these values.
        public init(streamID: H2StreamID, headers: H2Headers, priority: H2Priority? = nil) {
            self.streamID = streamID
            self.headers = headers
            self.priority = priority
        }
    }

    /// The peer sent a DATA frame, RFC 9113 §6.1. In h2: `DataReceived`.
    public struct DataReceived: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The data, without padding.
        public var data: H2Bytes
        /// The number of bytes that count against the flow-control windows: `data.count`, plus the
        /// padding and its length byte, if any. Pass it to `acknowledgeReceivedData`.
        public var flowControlledLength: Int
        /// Whether the body ends with this frame; `.streamEnded` follows.
        public var endsStream: Bool

        /// Creates an event with these values.
        public init(
            streamID: H2StreamID, data: H2Bytes, flowControlledLength: Int,
            endsStream: Bool = false
        ) {
            self.streamID = streamID
            self.data = data
            self.flowControlledLength = flowControlledLength
            self.endsStream = endsStream
        }
    }

    /// The peer ended its side of a stream with END_STREAM, RFC 9113 §5.1. In h2: `StreamEnded`.
    public struct StreamEnded: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID

        /// Creates an event with these values.
        public init(streamID: H2StreamID) { self.streamID = streamID }
    }

    /// The peer reset or refused a stream, or H2 reset it because of a stream error, RFC 9113 §6.4.
    /// In h2: `StreamReset`.
    ///
    /// The stream is closed: nothing can be sent on it. `resetStream` does not cause this event.
    public struct StreamReset: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The reason. After a complete response, `.noError` from a server asks the client to stop
        /// its upload, RFC 9113 §8.1; the response is valid.
        public var errorCode: H2ErrorCode
        /// Whether the peer reset or refused the stream; otherwise H2 reset it. In h2:
        /// `remote_reset`.
        public var isRemote: Bool
        /// Whether the peer did not process the request, so that it can be sent again, RFC 9113
        /// §8.7. Limit the number of retries: if a GOAWAY with an error code refused the stream,
        /// the request itself may be the cause.
        public var isSafeToRetry: Bool

        /// Creates an event with these values.
        public init(
            streamID: H2StreamID, errorCode: H2ErrorCode, isRemote: Bool,
            isSafeToRetry: Bool = false
        ) {
            self.streamID = streamID
            self.errorCode = errorCode
            self.isRemote = isRemote
            self.isSafeToRetry = isSafeToRetry
        }
    }

    /// The server promised to push a response, RFC 9113 §8.4. In h2: `PushedStreamReceived`.
    public struct PushedStreamReceived: Hashable, Sendable {
        /// The promised stream, on which the response will be sent.
        public var pushedStreamID: H2StreamID
        /// The stream on which the promise arrived.
        public var parentStreamID: H2StreamID
        /// The field section of the promised request.
        public var headers: H2Headers

        /// Creates an event with these values.
        public init(
            pushedStreamID: H2StreamID, parentStreamID: H2StreamID, headers: H2Headers
        ) {
            self.pushedStreamID = pushedStreamID
            self.parentStreamID = parentStreamID
            self.headers = headers
        }
    }
}
