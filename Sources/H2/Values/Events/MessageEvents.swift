// SPDX-License-Identifier: MIT

extension H2Event {
    /// A client opened a stream with a request, RFC 9113 §8.3.1. In h2: `RequestReceived`.
    public struct RequestReceived: Hashable, Sendable {
        /// The new stream.
        public var streamID: H2StreamID
        /// The fields of the request, pseudo-header fields first.
        public var headers: H2Headers
        /// Whether the request has no body; `.streamEnded` follows.
        public var endsStream: Bool
        /// The RFC 7540 priority that came with it; `.priorityUpdated` follows.
        public var priority: H2Priority?

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

    /// The final response to a request, RFC 9113 §8.3.2. In h2: `ResponseReceived`.
    public struct ResponseReceived: Hashable, Sendable {
        /// The stream of the request.
        public var streamID: H2StreamID
        /// The fields of the response, `:status` first.
        public var headers: H2Headers
        /// Whether the response has no body; `.streamEnded` follows.
        public var endsStream: Bool
        /// The RFC 7540 priority that came with it; `.priorityUpdated` follows.
        public var priority: H2Priority?

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

    /// A 1xx response, RFC 9110 §15.2. In h2: `InformationalResponseReceived`.
    public struct InformationalResponseReceived: Hashable, Sendable {
        /// The stream of the request.
        public var streamID: H2StreamID
        /// The fields of the response, `:status` first.
        public var headers: H2Headers
        /// The RFC 7540 priority that came with it; `.priorityUpdated` follows.
        public var priority: H2Priority?

        public init(streamID: H2StreamID, headers: H2Headers, priority: H2Priority? = nil) {
            self.streamID = streamID
            self.headers = headers
            self.priority = priority
        }
    }

    /// Trailers, RFC 9110 §6.5. They end the stream: `.streamEnded` follows. In h2:
    /// `TrailersReceived`.
    public struct TrailersReceived: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The fields of the trailer section.
        public var headers: H2Headers
        /// The RFC 7540 priority that came with it; `.priorityUpdated` follows.
        public var priority: H2Priority?

        public init(streamID: H2StreamID, headers: H2Headers, priority: H2Priority? = nil) {
            self.streamID = streamID
            self.headers = headers
            self.priority = priority
        }
    }

    /// A DATA frame, RFC 9113 §6.1. In h2: `DataReceived`.
    public struct DataReceived: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The payload, padding excluded.
        public var data: H2Bytes
        /// Bytes that the frame took from the flow-control windows, padding included: what to
        /// acknowledge.
        public var flowControlledLength: Int
        /// Whether the body ends here; `.streamEnded` follows.
        public var endsStream: Bool

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

    /// The peer sends nothing more on a stream, RFC 9113 §5.1. In h2: `StreamEnded`.
    public struct StreamEnded: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID

        public init(streamID: H2StreamID) { self.streamID = streamID }
    }

    /// A stream was ended abnormally, RFC 9113 §6.4. In h2: `StreamReset`.
    public struct StreamReset: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The reason. `.noError` from a server after its complete response asks the client to stop
        /// its upload, RFC 9113 §8.1: the response is valid.
        public var errorCode: H2ErrorCode
        /// Whether the peer ended it; otherwise this side did, because of what the peer sent. In
        /// h2: `remote_reset`.
        public var isRemote: Bool
        /// Whether the peer did nothing with the request, so that it may be sent again, RFC 9113
        /// §8.7. After a GOAWAY with an error code, that request may be what the peer refuses: limit
        /// the number of retries.
        public var isSafeToRetry: Bool

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

    /// A server promised to push a response, RFC 9113 §8.4. In h2: `PushedStreamReceived`.
    public struct PushedStreamReceived: Hashable, Sendable {
        /// The stream on which the response will come.
        public var pushedStreamID: H2StreamID
        /// The stream that the promise belongs to.
        public var parentStreamID: H2StreamID
        /// The fields of the request that the server answers unasked.
        public var headers: H2Headers

        public init(
            pushedStreamID: H2StreamID, parentStreamID: H2StreamID, headers: H2Headers
        ) {
            self.pushedStreamID = pushedStreamID
            self.parentStreamID = parentStreamID
            self.headers = headers
        }
    }
}
