// SPDX-License-Identifier: MIT

/// Frames that H2 writes itself, each because nghttp2's writer cannot.
enum RawFrames {
    static func header(_ header: FrameHeader, into output: inout OutputBuffer) {
        output.append(UInt32(truncatingIfNeeded: header.length) << 8 | UInt32(header.type))
        output.append(header.flags)
        output.append(header.streamID)
    }

    /// The head of a DATA frame. nghttp2 writes at most 16 KiB in one, and none at all where the
    /// window is closed.
    static func data(
        length: Int, on stream: UInt32, endsStream: Bool, isPadded: Bool,
        into output: inout OutputBuffer
    ) {
        let flags = (endsStream ? FrameFlag.endStream : 0) | (isPadded ? FrameFlag.padded : 0)
        header(
            FrameHeader(length: length, type: FrameType.data, flags: flags, streamID: stream),
            into: &output)
    }

    /// RST_STREAM on a stream that is closed: newer releases of nghttp2 write none.
    static func reset(_ code: H2ErrorCode, on stream: UInt32, into output: inout OutputBuffer) {
        header(
            FrameHeader(length: 4, type: FrameType.rstStream, flags: 0, streamID: stream),
            into: &output)
        output.append(code.rawValue)
    }

    /// GOAWAY: H2 is its only author. nghttp2 adds texts, names another last stream, and stops to
    /// work.
    static func goAway(
        _ code: H2ErrorCode, lastStream: UInt32, additionalData: [UInt8] = [],
        into output: inout OutputBuffer
    ) {
        header(
            FrameHeader(
                length: 8 + additionalData.count, type: FrameType.goAway, flags: 0, streamID: 0),
            into: &output)
        output.append(lastStream)
        output.append(code.rawValue)
        output.append(additionalData[...])
    }
}
