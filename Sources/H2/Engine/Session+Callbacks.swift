// SPDX-License-Identifier: MIT

internal import CNghttp2

/// nghttp2's callbacks. Each records what happened in `SessionState` and returns 0. None throws,
/// runs code of the caller, or calls `mem_recv` or `mem_send`.
///
/// There is one exception: if a section exceeds a hard limit, `onHeader` terminates the session to
/// stop decoding. H2 discards the GOAWAY that nghttp2 then writes.
///
/// The callbacks are C functions instead of closures: nghttp2 would call a closure through another
/// function, which takes 13 instructions for each field.
enum SessionCallbacks {
    /// The table of callbacks, which each session copies. It is never changed or freed.
    // Unsafe only because the type is a C pointer: it is written once, before it is shared.
    nonisolated(unsafe) static let table: OpaquePointer? = {
        var table: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&table) == 0 else { return nil }
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(table, onBeginHeaders)
        unsafe nghttp2_session_callbacks_set_on_header_callback(table, onHeader)
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, onDataChunk)
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(table, onFrameReceived)
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(table, onFrameSent)
        unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(table, onFrameNotSent)
        return unsafe table
    }()
}

@inline(__always)
private func state(_ user: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<SessionState>? {
    unsafe user?.assumingMemoryBound(to: SessionState.self)
}

@inline(__always)
@_cdecl("h2_engine_on_begin_headers")
private func onBeginHeaders(
    _: OpaquePointer?, _: UnsafePointer<nghttp2_frame>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let state = unsafe state(user) else { return 0 }
    unsafe state.pointee.begunBlocks += 1
    return 0
}

@inline(__always)
@_cdecl("h2_engine_on_header")
private func onHeader(
    _ session: OpaquePointer?, _: UnsafePointer<nghttp2_frame>?, _ name: UnsafePointer<UInt8>?,
    _ nameLength: Int, _ value: UnsafePointer<UInt8>?, _ valueLength: Int, _ flags: UInt8,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let state = unsafe state(user) else { return 0 }
    let name = unsafe UnsafeBufferPointer(start: name, count: nameLength).span
    let value = unsafe UnsafeBufferPointer(start: value, count: valueLength).span
    let isNeverIndexed = flags & UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue) != 0
    if unsafe state.pointee.section.isReady {
        if unsafe state.pointee.section.append(name, value, isNeverIndexed: isNeverIndexed) {
            return 0
        }
    } else if unsafe state.pointee.section.takeEqual(name, value, isNeverIndexed: isNeverIndexed) {
        return 0
    }
    return unsafe storeField(session, state, name, value, isNeverIndexed)
}

/// Stores a field that `onHeader` could neither match with the previous section nor append. If the
/// field would exceed a limit, counts it instead, and terminates the session at the hard limit. Does
/// nothing if the fields of the block are discarded.
@inline(never)
private func storeField(
    _ session: OpaquePointer?, _ state: UnsafeMutablePointer<SessionState>, _ name: Span<UInt8>,
    _ value: Span<UInt8>, _ isNeverIndexed: Bool
) -> Int32 {
    if unsafe state.pointee.discardsFields { return 0 }
    if unsafe state.pointee.exceeded == nil {
        let exceeded = unsafe state.pointee.section.store(
            name, value, isNeverIndexed: isNeverIndexed)
        guard let exceeded else { return 0 }
        unsafe state.pointee.exceeded = exceeded
        unsafe state.pointee.excessListSize = state.pointee.section.listSize
        unsafe state.pointee.excessFields = state.pointee.section.fieldCount
        unsafe state.pointee.section.stop()
    }
    unsafe state.pointee.excessListSize += name.count + value.count + 32
    unsafe state.pointee.excessFields += 1
    let factor = unsafe state.pointee.hardLimitFactor
    func hard(_ limit: Int) -> Int {
        let (product, overflow) = limit.multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
    if unsafe state.pointee.excessListSize <= hard(state.pointee.listLimit)
        && state.pointee.excessFields <= hard(state.pointee.section.fieldLimit)
    {
        return 0
    }
    _ = unsafe nghttp2_session_terminate_session(
        session, NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
}

@inline(__always)
@_cdecl("h2_engine_on_data_chunk")
private func onDataChunk(
    _: OpaquePointer?, _: UInt8, _: Int32, _ data: UnsafePointer<UInt8>?, _ length: Int,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let state = unsafe state(user) else { return 0 }
    if unsafe state.pointee.dataChunks == 0 {
        unsafe state.pointee.dataAddress = UInt(bitPattern: data)
    }
    unsafe state.pointee.dataChunks += 1
    unsafe state.pointee.dataLength += length
    return 0
}

@inline(__always)
@_cdecl("h2_engine_on_frame_received")
private func onFrameReceived(
    _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let state = unsafe state(user), let frame = unsafe frame else { return 0 }
    unsafe state.pointee.completedFrames += 1
    unsafe state.pointee.completedType = frame.pointee.hd.type
    if unsafe frame.pointee.hd.type == FrameType.rstStream {
        unsafe state.pointee.resetCode = frame.pointee.rst_stream.error_code
    }
    return 0
}

@inline(__always)
@_cdecl("h2_engine_on_frame_sent")
private func onFrameSent(
    _: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let state = unsafe state(user), let frame = unsafe frame else { return 0 }
    let header = unsafe frame.pointee.hd
    let streamID = UInt32(bitPattern: header.stream_id)
    if unsafe state.pointee.submittedType == header.type
        && state.pointee.submittedStream == streamID
    {
        unsafe state.pointee.submittedType = nil
        return 0
    }
    var value: UInt32 = 0
    switch header.type {
    case FrameType.rstStream: value = unsafe frame.pointee.rst_stream.error_code
    case FrameType.goAway: value = unsafe frame.pointee.goaway.error_code
    case FrameType.windowUpdate:
        value = unsafe UInt32(bitPattern: frame.pointee.window_update.window_size_increment)
    default: break
    }
    unsafe state.pointee.reactions.append(
        Reaction(type: header.type, flags: header.flags, streamID: streamID, value: value))
    return 0
}

@inline(__always)
@_cdecl("h2_engine_on_frame_not_sent")
private func onFrameNotSent(
    _: OpaquePointer?, _: UnsafePointer<nghttp2_frame>?, _ error: Int32,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let state = unsafe state(user) else { return 0 }
    unsafe state.pointee.refusal = error
    return 0
}
