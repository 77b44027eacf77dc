// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Keeps nghttp2's flow control out of the way of H2's, which is `FlowControl`.
///
/// nghttp2 counts received DATA as well, and ends the connection at DATA beyond a window of its own.
/// Each of its windows is 65,535 bytes at first, whatever H2's are, and nghttp2 refills it when half
/// of it is used: a frame of 16,384 bytes always fits. H2 discards the WINDOW_UPDATE frame that
/// nghttp2 writes for that, and makes the window as large as can be, so that the next refill follows
/// after a GiB. It does the same before a larger frame.
extension Session {
    /// DATA frames of more bytes may not fit nghttp2's first windows.
    static let largestDataInFirstWindow = 16_384

    /// Makes nghttp2's window for a stream, or with 0 for the connection, as large as can be.
    mutating func openWindow(of stream: UInt32) throws(H2Error) {
        let id = Int32(bitPattern: stream)
        let size =
            unsafe stream == 0
            ? nghttp2_session_get_effective_local_window_size(session)
            : nghttp2_session_get_stream_effective_local_window_size(session, id)
        // Below 0 there is no such stream.
        guard 0..<Int32.max ~= size else { return }
        try unsafe submitSilently(FrameType.windowUpdate, on: stream, "set_local_window_size") {
            session in
            unsafe nghttp2_session_set_local_window_size(session, 0, id, .max)
        }
    }
}
