// SPDX-License-Identifier: MIT

/// The rules for frames that do not depend on the state of their streams, RFC 9113 §4.1, §4.2 and
/// §6.
struct FrameRules {
    let maxFrameSize: Int
    /// Whether no frame was received yet.
    let isFirst: Bool
    /// The stream of the incomplete field block; 0 if there is none.
    let blockStream: UInt32

    /// Checks the header of a frame, before its payload arrives.
    @inline(__always)
    func check(_ header: FrameHeader) throws(H2Error) {
        // Fast path for most frames: DATA and HEADERS without padding and priority, whose length
        // has no other limit.
        if header.type <= FrameType.headers, header.streamID != 0, header.length <= maxFrameSize,
            header.flags & (FrameFlag.padded | FrameFlag.priority) == 0, !isFirst, blockStream == 0
        {
            return
        }
        // Fast path: WINDOW_UPDATE is nearly as frequent as the DATA that this side sends.
        if header.type == FrameType.windowUpdate, header.length == 4, !isFirst, blockStream == 0 {
            return
        }
        try checkClosely(header)
    }

    @inline(never)
    private func checkClosely(_ header: FrameHeader) throws(H2Error) {
        guard !isFirst || header.type == FrameType.settings && !header.isAck else {
            // If the type is right, the frame is an acknowledgement.
            let isAck = header.type == FrameType.settings
            throw .remote(
                .protocolViolation, .protocolError,
                "the first frame is \(header.typeName)\(isAck ? " with ACK" : ""), "
                    + "not SETTINGS, RFC 9113 §3.4")
        }
        guard header.length <= maxFrameSize else {
            throw .remote(
                .frameTooLarge, .frameSizeError, on: Self.stream(header), expected: maxFrameSize,
                actual: header.length,
                "payload of \(header.typeName) exceeds MAX_FRAME_SIZE, RFC 9113 §4.2")
        }
        try Self.checkStream(header)
        try Self.checkLength(header)
        if blockStream != 0 {
            guard header.type == FrameType.continuation, header.streamID == blockStream else {
                throw .remote(
                    .protocolViolation, .protocolError, on: H2StreamID(blockStream),
                    "field block interrupted by \(header.typeName) on stream "
                        + "\(header.streamID), RFC 9113 §4.3")
            }
        }
    }

    /// Checks that frames of streams have a stream identifier, and frames of the connection do not.
    private static func checkStream(_ header: FrameHeader) throws(H2Error) {
        let isOfStream: Bool
        switch header.type {
        case FrameType.data, FrameType.headers, FrameType.priority, FrameType.rstStream,
            FrameType.pushPromise, FrameType.continuation:
            isOfStream = true
        case FrameType.settings, FrameType.ping, FrameType.goAway:
            isOfStream = false
        default:
            return
        }
        guard isOfStream == (header.streamID != 0) else {
            throw .remote(
                .protocolViolation, .protocolError, on: stream(header),
                isOfStream
                    ? "\(header.typeName) with stream identifier 0"
                    : "\(header.typeName) with a stream identifier other than 0")
        }
    }

    private static func checkLength(_ header: FrameHeader) throws(H2Error) {
        let isValid: Bool
        switch header.type {
        case FrameType.priority: isValid = header.length == 5
        case FrameType.rstStream, FrameType.windowUpdate: isValid = header.length == 4
        case FrameType.ping: isValid = header.length == 8
        case FrameType.goAway: isValid = header.length >= 8
        case FrameType.alternativeService: isValid = header.length >= 2
        case FrameType.settings:
            isValid = header.isAck ? header.length == 0 : header.length % 6 == 0
        case FrameType.data, FrameType.headers, FrameType.pushPromise:
            isValid = header.length >= fixedLength(header)
        default: isValid = true
        }
        guard isValid else {
            throw .remote(
                .frameDataMissing, .frameSizeError, on: stream(header), actual: header.length,
                "\(header.typeName) with an invalid length of \(header.length) bytes")
        }
    }

    /// Returns the number of payload bytes before the data or field block fragment: pad length,
    /// priority, promised stream.
    private static func fixedLength(_ header: FrameHeader) -> Int {
        let padding = header.has(FrameFlag.padded) ? 1 : 0
        switch header.type {
        case FrameType.headers: return padding + (header.has(FrameFlag.priority) ? 5 : 0)
        case FrameType.pushPromise: return padding + 4
        default: return padding
        }
    }

    /// Checks the padding of a frame, RFC 9113 §6.1, and returns its length in bytes, including the
    /// pad-length byte.
    @inline(__always)
    static func padding(of frame: ReceivedFrame) throws(H2Error) -> Int {
        frame.header.has(FrameFlag.padded) ? try checkedPadding(of: frame) : 0
    }

    private static func checkedPadding(of frame: ReceivedFrame) throws(H2Error) -> Int {
        let header = frame.header
        let padLength = Int(frame[0])
        guard padLength <= header.length - fixedLength(header) else {
            throw .remote(
                .protocolViolation, .protocolError, on: stream(header),
                "pad length of \(padLength) exceeds the rest of the payload, RFC 9113 §6.1")
        }
        return padLength + 1
    }

    /// Returns the field block fragment of HEADERS or PUSH_PROMISE, whose padding must be valid.
    @unsafe static func fragment(of frame: ReceivedFrame) -> UnsafeRawBufferPointer {
        let header = frame.header
        let padLength = header.has(FrameFlag.padded) ? Int(frame[0]) : 0
        return unsafe frame.payload(fixedLength(header)..<header.length - padLength)
    }

    private static func stream(_ header: FrameHeader) -> H2StreamID? {
        header.streamID == 0 ? nil : H2StreamID(header.streamID)
    }
}
