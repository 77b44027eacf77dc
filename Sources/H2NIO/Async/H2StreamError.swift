// SPDX-License-Identifier: MIT

#if NIO
public import H2

/// The reason why a request or response could not be completed.
public struct H2StreamError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons.
    @nonexhaustive
    public enum Reason: Hashable, Sendable {
        /// The stream ended before its messages were complete, or before the call.
        case streamClosed(H2StreamOutcome)
        /// The connection has ended or is shutting down, so that no stream could be opened.
        case connectionUnavailable
        /// The deadline of the request passed.
        case deadlineExceeded
        /// A body is longer than the limit, in bytes.
        case bodyTooLarge(limit: Int)
        /// Another task already waits for the same part of the message.
        case concurrentRead
    }

    /// The reason.
    public let reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    /// Returns an error that resets the stream with `errorCode` if a server's handler throws it.
    public static func reset(_ errorCode: H2ErrorCode) -> H2StreamError {
        H2StreamError(.streamClosed(.reset(errorCode, isRemote: false)))
    }

    /// Whether the request can be sent again on another connection, because the server did not
    /// process it, RFC 9113 §8.7. Limit the number of retries.
    public var isSafeToRetry: Bool {
        switch reason {
        case .streamClosed(let outcome): outcome.isSafeToRetry
        case .connectionUnavailable: true
        case .deadlineExceeded, .bodyTooLarge, .concurrentRead: false
        }
    }

    /// A description of the reason, for logs.
    public var description: String {
        switch reason {
        case .streamClosed(.reset(let code, let isRemote)):
            "\(isRemote ? "the peer" : "this side") reset the stream: \(code)"
        case .streamClosed(.notProcessed): "the peer did not process the request"
        case .streamClosed(.cutOff): "the connection ended before the stream"
        case .streamClosed(.completed): "the stream has ended"
        case .streamClosed: "the stream has been closed"
        case .connectionUnavailable: "the connection opens no more streams"
        case .deadlineExceeded: "the deadline of the request passed"
        case .bodyTooLarge(let limit): "the body is longer than \(limit) bytes"
        case .concurrentRead: "another task waits for this part of the message"
        }
    }
}
#endif
