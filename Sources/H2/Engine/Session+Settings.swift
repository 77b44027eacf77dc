// SPDX-License-Identifier: MIT

internal import CNghttp2

/// SETTINGS. H2 passes nghttp2 only the settings that it needs.
///
/// H2 omits or replaces unknown settings and three others:
/// * INITIAL_WINDOW_SIZE, because H2 implements flow control itself, and nghttp2 would update every
///   stream for each new value.
/// * MAX_CONCURRENT_STREAMS of this side, because nghttp2 would end the connection for a stream
///   that exceeds it. H2 refuses the stream.
/// * NO_RFC7540_PRIORITIES: for this side, nghttp2 always gets 1, so that it builds no priority
///   tree.
extension Session {
    private static let withoutPriorities = H2Settings.Entry(.noRFC7540Priorities, 1)

    private static func isForwarded(_ entry: H2Settings.Entry) -> Bool {
        entry.identifier.isDefined && entry.identifier != .initialWindowSize
            && entry.identifier != .noRFC7540Priorities
    }

    /// Returns whether H2 passes a setting of this side to nghttp2.
    private static func isForwardedLocal(_ entry: H2Settings.Entry) -> Bool {
        isForwarded(entry) && entry.identifier != .maxConcurrentStreams
    }

    /// Returns whether H2 passes any of these settings of the peer to nghttp2.
    static func needs(_ settings: SettingsPayload) -> Bool { settings.contains(where: isForwarded) }

    /// Passes settings of this side to nghttp2, and writes the SETTINGS frame with all of them.
    mutating func submitSettings(_ settings: H2Settings, into output: inout OutputBuffer)
        throws(H2Error)
    {
        let entries = settings.entries
        try unsafe submitSilently(FrameType.settings, on: 0, "submit_settings") { session in
            unsafe withUnsafeTemporaryAllocation(
                of: nghttp2_settings_entry.self, capacity: entries.count + 1
            ) { forwarded in
                unsafe forwarded.initializeElement(
                    at: 0, to: nghttp2_settings_entry(Self.withoutPriorities))
                var count = 1
                for entry in entries where Self.isForwardedLocal(entry) {
                    unsafe forwarded.initializeElement(at: count, to: nghttp2_settings_entry(entry))
                    count += 1
                }
                return unsafe nghttp2_submit_settings(session, 0, forwarded.baseAddress, count)
            }
        }
        FrameWriter.settings(settings, into: &output)
    }

    /// Feeds a validated SETTINGS frame to nghttp2, and writes the acknowledgement.
    ///
    /// - Parameter isFirst: Whether this is the peer's first frame, which nghttp2 requires.
    mutating func feedSettings(
        _ settings: SettingsPayload, isFirst: Bool, into output: inout OutputBuffer
    ) throws(H2Error) {
        guard isFirst || Self.needs(settings) else {
            return FrameWriter.settingsAcknowledgement(into: &output)
        }
        let result = unsafe withUnsafeTemporaryAllocation(
            byteCount: FrameHeader.size + settings.count * SettingsPayload.entrySize, alignment: 8
        ) { frame -> Result<Void, H2Error> in
            let payload = unsafe UnsafeMutableRawBufferPointer(rebasing: frame[FrameHeader.size...])
            let count = unsafe Self.write(settings.lazy.filter(Self.isForwarded), to: payload)
            let header = FrameHeader(
                length: count, type: FrameType.settings, flags: 0, streamID: 0)
            unsafe frame.storeBytes(of: header.word.bigEndian, as: UInt64.self)
            unsafe frame[FrameHeader.size - 1] = 0
            let bytes = unsafe UnsafeRawBufferPointer(
                rebasing: frame[..<(FrameHeader.size + count)])
            do throws(H2Error) {
                try feed(
                    unsafe ReceivedFrame(header, bytes, at: 0),
                    expecting: .frame(type: FrameType.settings), into: &output)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Applies the oldest pending settings of this side in nghttp2, as if the peer had acknowledged
    /// them.
    mutating func acknowledgeSettings(into output: inout OutputBuffer) throws(H2Error) {
        let header = FrameHeader(
            length: 0, type: FrameType.settings, flags: FrameFlag.ack, streamID: 0)
        let frame: [UInt8] = [0, 0, 0, FrameType.settings, FrameFlag.ack, 0, 0, 0, 0]
        try unsafe frame.withUnsafeBufferPointer { bytes throws(H2Error) in
            try feed(
                unsafe ReceivedFrame(header, UnsafeRawBufferPointer(bytes), at: 0),
                expecting: .frame(type: FrameType.settings), into: &output)
        }
    }

    /// Opens stream 1 for a request that was sent over HTTP/1.1, RFC 7540 §3.2, with the settings
    /// in its HTTP2-Settings field.
    mutating func upgrade(_ settings: [H2Settings.Entry], isClient: Bool) throws(H2Error) {
        // The settings are those of the client: local ones on a client, remote ones on a server.
        let forwarded =
            isClient
            ? settings.filter(Self.isForwardedLocal) + [Self.withoutPriorities]
            : settings.filter(Self.isForwarded)
        try unsafe submitSilently(isClient ? FrameType.settings : nil, on: 0, "upgrade") {
            session in
            unsafe withUnsafeTemporaryAllocation(
                byteCount: forwarded.count * SettingsPayload.entrySize, alignment: 8
            ) { payload in
                let count = unsafe Self.write(forwarded, to: payload)
                return unsafe nghttp2_session_upgrade2(
                    session, payload.baseAddress?.assumingMemoryBound(to: UInt8.self), count, 0,
                    nil)
            }
        }
    }

    /// Writes settings in the format of a SETTINGS payload; returns the number of bytes written.
    private static func write(
        _ settings: some Sequence<H2Settings.Entry>, to payload: UnsafeMutableRawBufferPointer
    ) -> Int {
        var count = 0
        for entry in settings {
            unsafe payload.storeBytes(
                of: entry.identifier.rawValue.bigEndian, toByteOffset: count, as: UInt16.self)
            unsafe payload.storeBytes(
                of: entry.value.bigEndian, toByteOffset: count + 2, as: UInt32.self)
            count += SettingsPayload.entrySize
        }
        return count
    }
}

extension nghttp2_settings_entry {
    fileprivate init(_ entry: H2Settings.Entry) {
        self.init(settings_id: Int32(entry.identifier.rawValue), value: entry.value)
    }
}
