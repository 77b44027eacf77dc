// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Prevents nghttp2's flow control from interfering with H2's, which is `FlowControl`.
///
/// nghttp2 also counts received DATA, and ends the connection if DATA exceeds its own window. Each
/// of its windows starts at 65,535 bytes, independent of H2's windows. nghttp2 refills a window
/// when half of it is used, so a frame of 16,384 bytes always fits. H2 discards the WINDOW_UPDATE
/// frame for the refill and enlarges the window to its maximum, so that the next refill comes only
/// after 1 GiB. Before a larger frame, H2 enlarges the windows in the same way.
extension Session {
    /// The size in bytes above which a DATA frame may exceed nghttp2's initial windows.
    static let largestDataInFirstWindow = 16_384

    /// Enlarges nghttp2's window for a stream, or for the connection if `stream` is 0, to 2^31-1.
    mutating func openWindow(of stream: UInt32) throws(H2Error) {
        let id = Int32(bitPattern: stream)
        let size =
            unsafe stream == 0
            ? nghttp2_session_get_effective_local_window_size(session)
            : nghttp2_session_get_stream_effective_local_window_size(session, id)
        // The size is negative if nghttp2 does not have the stream.
        guard 0..<Int32.max ~= size else { return }
        try unsafe submitSilently(FrameType.windowUpdate, on: stream, "set_local_window_size") {
            session in
            unsafe nghttp2_session_set_local_window_size(session, 0, id, .max)
        }
    }
}
