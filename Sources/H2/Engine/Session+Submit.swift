// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Frames that are sent through nghttp2.
///
/// The core validates them first, so it is a bug if nghttp2 does not write a submitted frame at
/// once. The session is then poisoned, so that nghttp2 does not read the caller's bytes after they
/// go out of scope.
extension Session {
    mutating func submitReset(
        _ code: H2ErrorCode, on stream: UInt32, into output: inout OutputBuffer
    ) throws(H2Error) {
        try unsafe send(FrameType.rstStream, on: stream, "submit_rst_stream", into: &output) {
            session in
            unsafe nghttp2_submit_rst_stream(
                session, 0, Int32(bitPattern: stream), code.rawValue)
        }
    }

    /// Closes a stream in nghttp2, without sending RST_STREAM.
    mutating func forget(_ stream: UInt32) throws(H2Error) {
        try unsafe submitSilently(FrameType.rstStream, on: stream, "submit_rst_stream") { session in
            unsafe nghttp2_submit_rst_stream(
                session, 0, Int32(bitPattern: stream), NGHTTP2_STREAM_CLOSED.rawValue)
        }
    }

    /// Sends a field section without copying the fields: nghttp2 writes them before the call
    /// returns.
    ///
    /// - Parameter isNew: Whether the section opens the stream.
    mutating func submitHeaders(
        _ headers: FieldSection, on stream: UInt32, isNew: Bool, endsStream: Bool,
        protectsSensitiveFields: Bool, into output: inout OutputBuffer
    ) throws(H2Error) {
        let flags = endsStream ? UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) : 0
        let isNext = stream == nextStream
        if isNew { nextStream = stream &+ 2 }
        try unsafe withFields(of: headers, protectsSensitiveFields: protectsSensitiveFields) {
            session, fields throws(H2Error) in
            try unsafe session.send(
                FrameType.headers, on: stream, "submit_headers", into: &output
            ) { session in
                if isNew, !isNext {
                    let result = unsafe nghttp2_session_set_next_stream_id(
                        session, Int32(bitPattern: stream))
                    guard result == 0 else { return result }
                }
                let result = unsafe nghttp2_submit_headers(
                    session, flags, isNew ? -1 : Int32(bitPattern: stream), nil,
                    fields, headers.count, nil)
                return min(result, 0)
            }
        }
    }

    /// Sends PUSH_PROMISE without copying the fields.
    mutating func submitPromise(
        _ promise: UInt32, on parent: UInt32, _ headers: FieldSection,
        protectsSensitiveFields: Bool,
        into output: inout OutputBuffer
    ) throws(H2Error) {
        nextStream = promise &+ 2
        try unsafe withFields(of: headers, protectsSensitiveFields: protectsSensitiveFields) {
            session, fields throws(H2Error) in
            try unsafe session.send(
                FrameType.pushPromise, on: parent, "submit_push_promise", into: &output
            ) { session in
                let result = unsafe nghttp2_session_set_next_stream_id(
                    session, Int32(bitPattern: promise))
                guard result == 0 else { return result }
                return unsafe min(
                    0,
                    nghttp2_submit_push_promise(
                        session, 0, Int32(bitPattern: parent), fields, headers.count, nil))
            }
        }
    }

    /// Calls `body` with nghttp2's list of the fields of a section.
    @inline(__always)
    private mutating func withFields(
        of section: FieldSection, protectsSensitiveFields: Bool,
        _ body: (inout Session, UnsafePointer<nghttp2_nv>?) throws(H2Error) -> Void
    ) throws(H2Error) {
        try unsafe section.withPointers { lines, bytes throws(H2Error) in
            let fields = unsafe sentFields.list(
                UnsafeBufferPointer(start: lines, count: section.count), bytes,
                protectsSensitiveFields: protectsSensitiveFields && section.facts.hasSensitiveFields
            )
            defer { sentFields.trim() }
            try unsafe body(&self, fields)
        }
    }

    /// Submits one frame, and writes it to the output.
    @inline(__always)
    private mutating func send(
        _ type: UInt8, on stream: UInt32, _ operation: StaticString,
        into output: inout OutputBuffer, _ submit: (OpaquePointer?) -> Int32
    ) throws(H2Error) {
        let before = output.count
        do throws(H2Error) {
            try unsafe submitAndPump(
                type, on: stream, operation, submit, write: { unsafe output.append($0) })
        } catch {
            output.truncate(to: before)
            throw error
        }
    }

    /// Submits one frame to update nghttp2's state, and discards the frame.
    ///
    /// - Parameter type: The type of the frame that nghttp2 must write; `nil` if it must write
    ///   none.
    @inline(__always)
    mutating func submitSilently(
        _ type: UInt8?, on stream: UInt32, _ operation: StaticString,
        _ submit: (OpaquePointer?) -> Int32
    ) throws(H2Error) {
        try unsafe submitAndPump(type, on: stream, operation, submit, write: { _ in })
    }

    /// Submits one frame, and writes the frames in nghttp2's queue. Throws unless these were
    /// exactly the submitted frame, and the queue is empty.
    @inline(__always)
    private mutating func submitAndPump(
        _ type: UInt8?, on stream: UInt32, _ operation: StaticString,
        _ submit: (OpaquePointer?) -> Int32, write: (UnsafeRawBufferPointer) -> Void
    ) throws(H2Error) {
        guard !isPoisoned else {
            throw EngineError.mismatch("frame submitted to a poisoned session")
        }
        forgetReactions()
        unsafe state.pointee.submittedType = type
        unsafe state.pointee.submittedStream = stream
        unsafe state.pointee.refusal = 0
        let result = unsafe submit(session)
        guard result == 0 else { throw fail(EngineError.failure(result, in: operation)) }
        try unsafe pump(write)
        let isSent = unsafe state.pointee.submittedType == nil
        let isAlone = unsafe state.pointee.reactions.isEmpty
        let isEmpty = unsafe nghttp2_session_get_outbound_queue_size(session) == 0
        guard isSent, isAlone, isEmpty else {
            let refusal = unsafe state.pointee.refusal
            throw fail(
                refusal != 0
                    ? EngineError.failure(refusal, in: operation)
                    : EngineError.mismatch(
                        "\(operation): nghttp2 did not write exactly the submitted frame"))
        }
    }
}
