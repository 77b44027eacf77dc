// SPDX-License-Identifier: MIT

internal import CNghttp2

/// SETTINGS, of which nghttp2 is told all but INITIAL_WINDOW_SIZE: windows are H2's alone, and for
/// each such entry nghttp2 would walk over its whole table of streams.
extension Session {
    /// Tells nghttp2 of settings of this side, and writes the frame that announces them.
    mutating func submit(settings: H2Settings, into output: inout OutputBuffer) throws(H2Error) {
        let entries = settings.entries
        try unsafe submitSilently(FrameType.settings, on: 0, "submit_settings") { session in
            unsafe withUnsafeTemporaryAllocation(
                of: nghttp2_settings_entry.self, capacity: entries.count
            ) { copies in
                var count = 0
                for entry in entries where entry.identifier != .initialWindowSize {
                    unsafe copies.initializeElement(
                        at: count,
                        to: nghttp2_settings_entry(
                            settings_id: Int32(entry.identifier.rawValue), value: entry.value))
                    count += 1
                }
                return unsafe nghttp2_submit_settings(session, 0, copies.baseAddress, count)
            }
        }
        RawFrames.settings(settings, into: &output)
    }

    /// Feeds SETTINGS, which were found right.
    ///
    /// - Parameter hasWindowSize: Whether INITIAL_WINDOW_SIZE is among them.
    mutating func feedSettings(
        _ frame: ReceivedFrame, hasWindowSize: Bool, into output: inout OutputBuffer
    ) throws(H2Error) {
        guard hasWindowSize else {
            return try feed(frame, expecting: .frame(type: FrameType.settings), into: &output)
        }
        let size = SettingsRules.entrySize
        let result = unsafe withUnsafeTemporaryAllocation(
            byteCount: frame.bytes.count, alignment: 8
        ) { copy -> Result<Void, H2Error> in
            var end = FrameHeader.size
            for offset in stride(from: 0, to: frame.header.length, by: size)
            where frame.word(at: offset) >> 16 != H2Settings.Identifier.initialWindowSize.rawValue {
                for index in offset..<offset + size {
                    unsafe copy[end] = frame[index]
                    end += 1
                }
            }
            let header = FrameHeader(
                length: end - FrameHeader.size, type: FrameType.settings, flags: 0, streamID: 0)
            unsafe copy.storeBytes(of: header.word.bigEndian, as: UInt64.self)
            unsafe copy[FrameHeader.size - 1] = 0
            let rest = unsafe UnsafeRawBufferPointer(rebasing: copy[..<end])
            do throws(H2Error) {
                return .success(
                    try feed(
                        unsafe ReceivedFrame(header, rest, at: 0),
                        expecting: .frame(type: FrameType.settings), into: &output))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Opens stream 1 for the request that went over HTTP/1.1, RFC 7540 §3.2, with the settings
    /// that went along.
    mutating func upgrade(_ settings: [UInt8], isClient: Bool) throws(H2Error) {
        try unsafe submitSilently(isClient ? FrameType.settings : nil, on: 0, "upgrade") {
            session in
            unsafe settings.withUnsafeBufferPointer {
                unsafe nghttp2_session_upgrade2(session, $0.baseAddress, $0.count, 0, nil)
            }
        }
    }
}
