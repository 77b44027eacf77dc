// SPDX-License-Identifier: MIT

/// What a frame that is fed should make nghttp2 say and do. Anything else is a defect, here or
/// there.
enum Expectation {
    /// One call that the frame is complete: HEADERS and PUSH_PROMISE included, if they carry the
    /// whole block.
    case frame(type: UInt8)
    /// A field block begins and goes on in CONTINUATION.
    case blockBegins
    /// The middle of a field block.
    case blockGoesOn
    /// The last CONTINUATION: the frame that began the block is complete.
    case blockEnds(type: UInt8)
    /// Decoded, for the sake of the compression table, or counted, for the sake of the window, and
    /// nothing else.
    case ignored
    /// As `ignored`, and the stream is reset with this code. The RST_STREAM is thrown away: H2
    /// writes its own.
    case refused(stream: UInt32, code: H2ErrorCode)
    /// DATA with a payload of so many bytes.
    case data(length: Int)
}

/// The table of all that nghttp2 may write unasked, each with its reason.
enum AllowedReaction {
    /// Each SETTINGS is acknowledged, RFC 9113 §6.5.3.
    case settingsAcknowledgement
    /// nghttp2 counts padding, and DATA that it ignores, as consumed, and credits it at half of its
    /// own window. H2 throws the WINDOW_UPDATE away.
    case credit
    /// A stream beyond a limit that is announced but not acknowledged, or a promise that nobody
    /// wants.
    case refusal
    /// A field block that HPACK cannot decode, RFC 9113 §4.3.
    case compressionFailure
    /// The answer to `terminate_session` in the header callback.
    case sectionTooLarge

    /// Looks a reaction up; nil where it is not in the table.
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
