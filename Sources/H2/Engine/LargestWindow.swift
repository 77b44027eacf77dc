// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Keeps nghttp2's flow control out of the way of H2's, which is `FlowControl`.
///
/// nghttp2 counts received DATA as well, and ends the connection at DATA beyond a window of its own.
/// H2 therefore makes nghttp2 believe that each window is 2^31-1 bytes. nghttp2 refills its windows
/// by itself when they are half empty, and H2 discards the WINDOW_UPDATE frames that it writes for
/// that: a pair of them for each GiB.
///
/// The setting takes effect when the peer acknowledges the first SETTINGS frame. Until then nghttp2
/// refills windows of 65,535 bytes, and no frame is larger than 16,384 bytes.
enum LargestWindow {
    static let setting = H2Settings.Entry(.initialWindowSize, UInt32(FlowControl.largestWindow))
}

extension Session {
    /// Makes nghttp2's window for the connection as large as can be.
    mutating func openConnectionWindow() throws(H2Error) {
        hasOpenWindow = true
        try unsafe submitSilently(FrameType.windowUpdate, on: 0, "set_local_window_size") {
            session in
            unsafe nghttp2_session_set_local_window_size(
                session, 0, 0, Int32(FlowControl.largestWindow))
        }
    }
}
