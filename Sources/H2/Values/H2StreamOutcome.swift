// SPDX-License-Identifier: MIT

/// How a stream ended, for `.streamClosed`.
@nonexhaustive
public enum H2StreamOutcome: Hashable, Sendable {
    /// Both sides sent complete messages; or a side sent RST_STREAM(NO_ERROR) after the complete
    /// response, which cuts off only the request, RFC 9113 §8.1.
    case completed
    /// A side sent RST_STREAM, RFC 9113 §6.4: the peer if `isRemote`; otherwise the caller, or H2
    /// because of a stream error or a deadline.
    case reset(H2ErrorCode, isRemote: Bool)
    /// The peer did not process the request, so the request can be sent again on another
    /// connection, RFC 9113 §8.7.
    ///
    /// Before any part of a response, the peer refused the stream with REFUSED_STREAM or with a
    /// GOAWAY whose last stream identifier is lower; or the connection ended before the caller had
    /// taken all HEADERS of the request from the output. Limit the number of retries.
    case notProcessed
    /// The connection ended before the stream did, or a GOAWAY refused a stream whose response had
    /// begun. The peer may have acted on the request.
    case cutOff

    /// Whether the peer did not process the request: the outcome is `.notProcessed`.
    public var isSafeToRetry: Bool { self == .notProcessed }
}
