// SPDX-License-Identifier: MIT

internal import CNghttp2

/// What nghttp2 takes of DATA, at least, before its own window is full.
///
/// The windows that count are H2's, each a `ReceiveWindow`. nghttp2 counts as well, for each stream
/// and for the connection, and would end the connection where a window is too small: so it believes
/// in 65,535 bytes everywhere, and, before that is too little, in as many as a window can have.
package struct EngineWindow: Hashable, Sendable {
    package private(set) var left: Int32 = 65_535

    /// Takes DATA of that length, padding included; false where there is too little room.
    @inline(__always)
    mutating func take(_ length: Int) -> Bool {
        guard length <= Int(left) else { return false }
        left &-= Int32(truncatingIfNeeded: length)
        return true
    }

    /// Notes that the window is as large as can be, and takes DATA of that length.
    package mutating func open(taking length: Int) { left = .max - Int32(clamping: length) }
}

extension Session {
    /// Makes nghttp2's window for a stream, or with 0 for the connection, as large as can be,
    /// without a word to the peer.
    mutating func openWindow(of stream: UInt32) throws(H2Error) {
        let id = Int32(bitPattern: stream)
        let size: Int32
        let used: Int32
        if stream == 0 {
            size = unsafe nghttp2_session_get_effective_local_window_size(session)
            used = unsafe nghttp2_session_get_effective_recv_data_length(session)
        } else {
            size = unsafe nghttp2_session_get_stream_effective_local_window_size(session, id)
            used = unsafe nghttp2_session_get_stream_effective_recv_data_length(session, id)
        }
        let increment = Int64(Int32.max) - Int64(size) + Int64(used)
        guard increment > 0 else { return }
        try unsafe submitSilently(FrameType.windowUpdate, on: stream, "submit_window_update") {
            session in
            unsafe nghttp2_submit_window_update(session, 0, id, Int32(clamping: increment))
        }
    }
}
