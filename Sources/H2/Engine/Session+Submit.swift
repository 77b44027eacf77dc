// SPDX-License-Identifier: MIT

internal import CNghttp2

/// What is sent through nghttp2. Everything was checked before, so a submit that does not write its
/// frame at once is a defect: it poisons the session, before the caller's bytes go out of scope.
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

    /// Makes nghttp2 close a stream without a word to the peer.
    mutating func forget(_ stream: UInt32) throws(H2Error) {
        try unsafe submitSilently(FrameType.rstStream, on: stream, "submit_rst_stream") { session in
            unsafe nghttp2_submit_rst_stream(
                session, 0, Int32(bitPattern: stream), NGHTTP2_STREAM_CLOSED.rawValue)
        }
    }

    /// Sends a field block. The fields are not copied: nghttp2 has written them when this returns.
    ///
    /// - Parameter isNew: Whether it opens a stream of this side, with just this identifier.
    mutating func submitHeaders(
        _ headers: FieldView, on stream: UInt32, isNew: Bool, endsStream: Bool,
        protectsSensitiveFields: Bool, into output: inout OutputBuffer
    ) throws(H2Error) {
        fill(headers, protectsSensitiveFields: protectsSensitiveFields)
        let flags = endsStream ? UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) : 0
        let fields = unsafe fieldScratch.baseAddress
        let isNext = stream == nextStream
        if isNew { nextStream = stream &+ 2 }
        defer { releaseFields() }
        try unsafe send(FrameType.headers, on: stream, "submit_headers", into: &output) {
            session in
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

    /// Sends PUSH_PROMISE; the fields are not copied.
    mutating func submitPromise(
        _ promise: UInt32, on parent: UInt32, _ headers: FieldView, protectsSensitiveFields: Bool,
        into output: inout OutputBuffer
    ) throws(H2Error) {
        fill(headers, protectsSensitiveFields: protectsSensitiveFields)
        let fields = unsafe fieldScratch.baseAddress
        nextStream = promise &+ 2
        defer { releaseFields() }
        try unsafe send(
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

    /// The largest number of fields for which the array is kept.
    private static let keptFields = 256

    /// Frees the field array after an unusually large header section.
    @inline(__always)
    private mutating func releaseFields() {
        guard unsafe fieldScratch.count > Self.keptFields else { return }
        unsafe Heap.free(fieldScratch.baseAddress)
        unsafe fieldScratch = UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    /// Makes room for the fields of a header section.
    private mutating func reserveFields(_ count: Int) {
        guard unsafe count > fieldScratch.count else { return }
        unsafe Heap.free(fieldScratch.baseAddress)
        let capacity = max(24, count)
        unsafe fieldScratch = UnsafeMutableBufferPointer(
            start: Heap.allocate(capacity, of: nghttp2_nv.self), count: capacity)
    }

    /// Points at the fields of a block; the bytes must stay until nghttp2 has written them.
    private mutating func fill(_ headers: FieldView, protectsSensitiveFields: Bool) {
        reserveFields(headers.count)
        guard let fields = unsafe fieldScratch.baseAddress,
            let bytes = unsafe headers.bytes.baseAddress
        else { return }
        let start = unsafe UnsafeMutablePointer(
            mutating: bytes.assumingMemoryBound(to: UInt8.self))
        for index in 0..<headers.count {
            let field = headers[index]
            let name = unsafe start + field.nameOffset
            let flags = Self.copiedFlags | (field.isNeverIndexed ? Self.keptFlag : 0)
            unsafe (fields + index).initialize(
                to: nghttp2_nv(
                    name: name, value: name + Int(field.nameLength),
                    namelen: Int(field.nameLength), valuelen: Int(field.valueLength),
                    flags: flags))
        }
        guard protectsSensitiveFields, headers.facts.hasSensitiveFields else { return }
        for index in 0..<headers.count where headers[index].isSensitive {
            unsafe fields[index].flags = Self.copiedFlags | Self.keptFlag
        }
    }

    private static var copiedFlags: UInt8 {
        UInt8(
            truncatingIfNeeded: NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue
                | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
    }

    private static var keptFlag: UInt8 {
        UInt8(truncatingIfNeeded: NGHTTP2_NV_FLAG_NO_INDEX.rawValue)
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

    /// Submits one frame for what nghttp2 makes of it, and throws the frame away.
    ///
    /// - Parameter type: The frame to be seen; nil for none.
    @inline(__always)
    mutating func submitSilently(
        _ type: UInt8?, on stream: UInt32, _ operation: StaticString,
        _ submit: (OpaquePointer?) -> Int32
    ) throws(H2Error) {
        try unsafe submitAndPump(type, on: stream, operation, submit, write: { _ in })
    }

    /// Submits one frame, pumps, and requires that just this frame was written and nothing is left.
    @inline(__always)
    private mutating func submitAndPump(
        _ type: UInt8?, on stream: UInt32, _ operation: StaticString,
        _ submit: (OpaquePointer?) -> Int32, write: (UnsafeRawBufferPointer) -> Void
    ) throws(H2Error) {
        guard !isPoisoned else { throw EngineError.drift("a poisoned session was written to") }
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
                    : EngineError.drift("\(operation): nghttp2 held a frame back or wrote another"))
        }
    }
}
