// SPDX-License-Identifier: MIT

internal import CNghttp2

/// nghttp2's state, for comparison with H2's.
extension Session {
    /// nghttp2's state of a stream.
    struct StreamView {
        var isLocalClosed: Bool
        var isRemoteClosed: Bool
    }

    func view(of stream: UInt32) -> StreamView? {
        let id = Int32(bitPattern: stream)
        let isLocalClosed = unsafe nghttp2_session_get_stream_local_close(session, id)
        guard isLocalClosed >= 0 else { return nil }
        return unsafe StreamView(
            isLocalClosed: isLocalClosed == 1,
            isRemoteClosed: nghttp2_session_get_stream_remote_close(session, id) == 1)
    }

    var queueSize: Int { unsafe nghttp2_session_get_outbound_queue_size(session) }

    var nextStreamID: UInt32 { unsafe nghttp2_session_get_next_stream_id(session) }

    /// Returns nghttp2's value of a setting; `nil` for INITIAL_WINDOW_SIZE, NO_RFC7540_PRIORITIES
    /// and unknown settings, which H2 does not pass to nghttp2 unchanged.
    func setting(_ identifier: H2Settings.Identifier, isLocal: Bool) -> UInt32? {
        let id: nghttp2_settings_id
        switch identifier {
        case .headerTableSize: id = NGHTTP2_SETTINGS_HEADER_TABLE_SIZE
        case .enablePush: id = NGHTTP2_SETTINGS_ENABLE_PUSH
        case .maxConcurrentStreams: id = NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS
        case .maxFrameSize: id = NGHTTP2_SETTINGS_MAX_FRAME_SIZE
        case .maxHeaderListSize: id = NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE
        case .enableConnectProtocol: id = NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL
        default: return nil
        }
        return unsafe isLocal
            ? nghttp2_session_get_local_settings(session, id)
            : nghttp2_session_get_remote_settings(session, id)
    }
}
