// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Errors of calls into nghttp2.
///
/// H2 validates everything before it calls nghttp2. An error code therefore means a bug or a lack
/// of memory, and ends the connection with `.internalError`.
package enum EngineError {
    /// Returns the error for a failed call into nghttp2.
    static func failure(_ code: Int32, in operation: StaticString) -> H2Error {
        .local(
            .internalError, .internalError,
            "\(operation): \(meaning(of: code) ?? "unknown nghttp2 error \(code)")")
    }

    /// Returns the error for a difference between what nghttp2 did and what H2 expected.
    static func mismatch(_ what: String) -> H2Error { .local(.internalError, .internalError, what) }

    /// Returns the meaning of an error code; `nil` for an unknown code.
    package static func meaning(of code: Int32) -> String? {
        switch code {
        case NGHTTP2_ERR_NOMEM.rawValue: "out of memory"
        case NGHTTP2_ERR_CALLBACK_FAILURE.rawValue: "callback failure"
        case NGHTTP2_ERR_FATAL.rawValue: "fatal error"
        case NGHTTP2_ERR_FLOODED.rawValue: "too many queued frames"
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: "invalid client preface"
        // NGHTTP2_ERR_TOO_MANY_CONTINUATIONS, which headers of older releases do not define.
        case -905: "too many CONTINUATION frames"
        case NGHTTP2_ERR_INVALID_ARGUMENT.rawValue: "invalid argument"
        case NGHTTP2_ERR_BUFFER_ERROR.rawValue: "buffer error"
        case NGHTTP2_ERR_UNSUPPORTED_VERSION.rawValue: "unsupported version"
        case NGHTTP2_ERR_WOULDBLOCK.rawValue: "would block"
        case NGHTTP2_ERR_PROTO.rawValue: "protocol error"
        case NGHTTP2_ERR_INVALID_FRAME.rawValue: "invalid frame"
        case NGHTTP2_ERR_EOF.rawValue: "end of input"
        case NGHTTP2_ERR_DEFERRED.rawValue: "data deferred"
        case NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE.rawValue: "no stream identifier is available"
        case NGHTTP2_ERR_STREAM_CLOSED.rawValue: "stream closed"
        case NGHTTP2_ERR_STREAM_CLOSING.rawValue: "stream closing"
        case NGHTTP2_ERR_STREAM_SHUT_WR.rawValue: "stream is half-closed (local)"
        case NGHTTP2_ERR_INVALID_STREAM_ID.rawValue: "invalid stream identifier"
        case NGHTTP2_ERR_INVALID_STREAM_STATE.rawValue: "invalid stream state"
        case NGHTTP2_ERR_DEFERRED_DATA_EXIST.rawValue: "deferred data exists"
        case NGHTTP2_ERR_START_STREAM_NOT_ALLOWED.rawValue: "new streams are not allowed"
        case NGHTTP2_ERR_GOAWAY_ALREADY_SENT.rawValue: "GOAWAY already sent"
        case NGHTTP2_ERR_INVALID_HEADER_BLOCK.rawValue: "invalid field block"
        case NGHTTP2_ERR_INVALID_STATE.rawValue: "invalid state"
        case NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue: "temporary callback failure"
        case NGHTTP2_ERR_FRAME_SIZE_ERROR.rawValue: "frame size error"
        case NGHTTP2_ERR_HEADER_COMP.rawValue: "header compression error"
        case NGHTTP2_ERR_FLOW_CONTROL.rawValue: "flow control error"
        case NGHTTP2_ERR_INSUFF_BUFSIZE.rawValue: "buffer too small"
        case NGHTTP2_ERR_PAUSE.rawValue: "paused"
        case NGHTTP2_ERR_TOO_MANY_INFLIGHT_SETTINGS.rawValue: "too many SETTINGS in flight"
        case NGHTTP2_ERR_PUSH_DISABLED.rawValue: "push disabled"
        case NGHTTP2_ERR_DATA_EXIST.rawValue: "data is still attached to the stream"
        case NGHTTP2_ERR_SESSION_CLOSING.rawValue: "session closing"
        case NGHTTP2_ERR_HTTP_HEADER.rawValue: "invalid HTTP field"
        case NGHTTP2_ERR_HTTP_MESSAGING.rawValue: "invalid HTTP message"
        case NGHTTP2_ERR_REFUSED_STREAM.rawValue: "stream refused"
        case NGHTTP2_ERR_INTERNAL.rawValue: "internal error of nghttp2"
        case NGHTTP2_ERR_CANCEL.rawValue: "cancelled"
        case NGHTTP2_ERR_SETTINGS_EXPECTED.rawValue: "SETTINGS expected"
        case NGHTTP2_ERR_TOO_MANY_SETTINGS.rawValue: "too many settings"
        default: nil
        }
    }
}
