// SPDX-License-Identifier: MIT

/// Writes the frames that H2 does not leave to nghttp2, each for the reason given.
enum FrameWriter {
    /// Writes the header of a DATA frame. H2 sends DATA and keeps the send windows without nghttp2,
    /// which writes at most 16 KiB in a frame, and queues DATA that exceeds a window.
    static func data(
        length: Int, on stream: UInt32, endsStream: Bool, isPadded: Bool,
        into output: inout OutputBuffer
    ) {
        let flags = (endsStream ? FrameFlag.endStream : 0) | (isPadded ? FrameFlag.padded : 0)
        output.append(
            FrameHeader(length: length, type: FrameType.data, flags: flags, streamID: stream))
    }

    /// Writes WINDOW_UPDATE, RFC 9113 §6.9: H2 does flow control itself.
    static func windowUpdate(
        _ increment: Int, on stream: UInt32, into output: inout OutputBuffer
    ) {
        output.append(
            FrameHeader(length: 4, type: FrameType.windowUpdate, flags: 0, streamID: stream))
        output.append(UInt32(truncatingIfNeeded: increment))
    }

    /// Writes SETTINGS, RFC 9113 §6.5: H2 does not pass all settings to nghttp2.
    static func settings(_ settings: H2Settings, into output: inout OutputBuffer) {
        output.append(
            FrameHeader(
                length: settings.entries.count * SettingsPayload.entrySize,
                type: FrameType.settings, flags: 0, streamID: 0))
        for entry in settings.entries {
            output.append(UInt8(truncatingIfNeeded: entry.identifier.rawValue >> 8))
            output.append(UInt8(truncatingIfNeeded: entry.identifier.rawValue))
            output.append(entry.value)
        }
    }

    /// Writes the acknowledgement of a SETTINGS frame that H2 does not pass to nghttp2.
    static func settingsAcknowledgement(into output: inout OutputBuffer) {
        output.append(
            FrameHeader(length: 0, type: FrameType.settings, flags: FrameFlag.ack, streamID: 0))
    }

    /// Writes PING, RFC 9113 §6.7: nghttp2 would be slower.
    static func ping(_ data: H2PingData, isAck: Bool, into output: inout OutputBuffer) {
        output.append(
            FrameHeader(
                length: 8, type: FrameType.ping, flags: isAck ? FrameFlag.ack : 0, streamID: 0))
        output.append(UInt32(truncatingIfNeeded: data.value >> 32))
        output.append(UInt32(truncatingIfNeeded: data.value))
    }

    /// Writes RST_STREAM on a stream that nghttp2 has closed: newer releases of nghttp2 write none.
    static func reset(_ code: H2ErrorCode, on stream: UInt32, into output: inout OutputBuffer) {
        output.append(
            FrameHeader(length: 4, type: FrameType.rstStream, flags: 0, streamID: stream))
        output.append(code.rawValue)
    }

    /// Writes GOAWAY: nghttp2 adds debug data, sends another last stream identifier, and stops
    /// processing frames.
    static func goAway(
        _ code: H2ErrorCode, lastStream: UInt32, additionalData: [UInt8] = [],
        into output: inout OutputBuffer
    ) {
        output.append(
            FrameHeader(
                length: 8 + additionalData.count, type: FrameType.goAway, flags: 0, streamID: 0))
        output.append(lastStream)
        output.append(code.rawValue)
        output.append(additionalData[...])
    }

    /// Writes PRIORITY: newer releases of nghttp2 write none, and older ones none if the peer
    /// announced NO_RFC7540_PRIORITIES.
    static func priority(
        _ priority: H2Priority, of stream: UInt32, into output: inout OutputBuffer
    ) {
        output.append(
            FrameHeader(length: 5, type: FrameType.priority, flags: 0, streamID: stream))
        output.append(bytes(of: priority)[...])
    }

    private static func bytes(of priority: H2Priority) -> [UInt8] {
        let word = priority.dependsOn.rawValue | (priority.isExclusive ? 0x8000_0000 : 0)
        return (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
            + [UInt8(truncatingIfNeeded: priority.weight - 1)]
    }

    /// Inserts a priority into the HEADERS frame that begins after `count` bytes of the output:
    /// newer releases of nghttp2 write no priority, and older ones no default priority.
    ///
    /// If the frame would become too large, its last bytes move to a CONTINUATION frame of their
    /// own.
    static func insert(
        _ priority: H2Priority, behind count: Int, maxFrameSize: Int,
        into output: inout OutputBuffer
    ) {
        let written = output.removeLast(output.count - count)
        var first = unsafe written.withUnsafeBytes { unsafe FrameHeader(in: $0) }
        let end = FrameHeader.size + first.length
        let fragment = written[FrameHeader.size..<end]
        let excess = max(0, first.length + 5 - maxFrameSize)
        first.flags |= FrameFlag.priority
        first.length += 5 - excess
        let endsHeaders = first.flags & FrameFlag.endHeaders
        if excess > 0 { first.flags &= ~FrameFlag.endHeaders }
        output.append(first)
        output.append(bytes(of: priority)[...])
        output.append(fragment.dropLast(excess))
        if excess > 0 {
            output.append(
                FrameHeader(
                    length: excess, type: FrameType.continuation, flags: endsHeaders,
                    streamID: first.streamID))
            output.append(fragment.suffix(excess))
        }
        output.append(written[end...])
    }

    /// Writes PRIORITY_UPDATE, RFC 9218 §7.1, which changes no state of nghttp2.
    static func priorityUpdate(
        _ value: [UInt8], of stream: UInt32, into output: inout OutputBuffer
    ) {
        output.append(
            FrameHeader(
                length: 4 + value.count, type: FrameType.priorityUpdate, flags: 0, streamID: 0))
        output.append(stream)
        output.append(value[...])
    }

    /// Writes ALTSVC, RFC 7838 §4: nghttp2 writes at most 16 KiB, and h2 as much as the peer
    /// allows.
    static func alternativeService(
        _ fieldValue: [UInt8], origin: [UInt8], on stream: UInt32, into output: inout OutputBuffer
    ) {
        output.append(
            FrameHeader(
                length: 2 + origin.count + fieldValue.count, type: FrameType.alternativeService,
                flags: 0, streamID: stream))
        output.append(UInt8(truncatingIfNeeded: origin.count >> 8))
        output.append(UInt8(truncatingIfNeeded: origin.count))
        output.append(origin[...])
        output.append(fieldValue[...])
    }
}
