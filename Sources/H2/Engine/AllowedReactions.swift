// SPDX-License-Identifier: MIT

/// What nghttp2 must do with a frame that is fed. Anything else is a bug in H2 or nghttp2.
enum Expectation {
    /// Report the complete frame once. HEADERS and PUSH_PROMISE contain the whole field block.
    case frame(type: UInt8)
    /// Begin a field block that continues in CONTINUATION.
    case blockBegins
    /// Report nothing: the field block continues.
    case blockContinues
    /// Report the frame that began the field block, which this CONTINUATION completes.
    case blockEnds(type: UInt8)
    /// Report nothing, and only decode the frame for the compression table or count it for the
    /// window.
    case ignored
    /// As `ignored`, and reset the stream with this code. H2 discards the RST_STREAM and writes its
    /// own.
    case refused(stream: UInt32, code: H2ErrorCode)
    /// Report a DATA frame with `length` bytes of data, padding excluded.
    case data(length: Int)
}

/// The frames that nghttp2 may write on its own, each with its reason.
enum AllowedReaction {
    /// nghttp2 acknowledges each SETTINGS frame, RFC 9113 §6.5.3.
    case settingsAcknowledgement
    /// nghttp2 writes WINDOW_UPDATE when half of its own window is used. H2 discards the frame: see
    /// `Session+Windows.swift`.
    case credit
    /// nghttp2 resets the stream of a promise that H2 also refuses.
    case refusal
    /// nghttp2 ends the connection if it cannot decode a field block, RFC 9113 §4.3.
    case compressionFailure
    /// The header callback terminated the session, because the section exceeds a hard limit.
    case sectionTooLarge

    /// Returns the case for a reaction; `nil` if nghttp2 must not write this frame.
    static func find(
        _ reaction: Reaction, toFrame fed: FrameHeader, _ expectation: Expectation,
        isOverLimit: Bool
    ) -> AllowedReaction? {
        let isBlock =
            fed.type == FrameType.headers || fed.type == FrameType.pushPromise
            || fed.type == FrameType.continuation
        switch reaction.type {
        case FrameType.settings where fed.type == FrameType.settings && !fed.isAck:
            return .settingsAcknowledgement
        case FrameType.windowUpdate where fed.type == FrameType.data:
            return reaction.streamID == 0 || reaction.streamID == fed.streamID ? .credit : nil
        case FrameType.rstStream:
            guard case .refused(let stream, let code) = expectation else { return nil }
            return reaction.streamID == stream && reaction.value == code.rawValue ? .refusal : nil
        case FrameType.goAway
        where isBlock && reaction.value == H2ErrorCode.compressionError.rawValue:
            return .compressionFailure
        case FrameType.goAway where isBlock && isOverLimit:
            return .sectionTooLarge
        default:
            return nil
        }
    }
}
