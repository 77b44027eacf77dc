// SPDX-License-Identifier: MIT

internal import CNghttp2

/// An `nghttp2_session`: HPACK, CONTINUATION, padding and acknowledgements.
///
/// The session makes no decisions. H2 feeds it whole, validated frames, and empties its queue with
/// `pump` after each frame and each submit, so an error appears at once. If nghttp2 does not do
/// what H2 expects, the session is *poisoned*: H2 never feeds or pumps it again, and only frees it.
// Safe: `init` creates `state` and `session`, `deinit` frees them, and they do not escape.
@safe struct Session: ~Copyable {
    let state: UnsafeMutablePointer<SessionState>
    let session: OpaquePointer?
    let isServer: Bool
    let memory = SessionMemory()

    /// How the session processes the next frame.
    private enum Mode {
        case feeds
        /// For tests: the session skips the next frame.
        case forgetsNextFrame
        /// The session is never fed or pumped again.
        case poisoned
    }

    private var mode = Mode.feeds
    var isPoisoned: Bool { mode == .poisoned }
    /// The number of times nghttp2 did not do what H2 expected, or a call into it failed.
    private(set) var unexpected = 0
    /// The number of field blocks whose first frame was fed.
    private(set) var fedBlocks = 0

    var sentFields = SentFields()

    /// The identifier that nghttp2 gives the next stream by default; 0 if unknown.
    var nextStream: UInt32 = 0

    /// The options of every session. They are never changed or freed.
    // Unsafe only because the type is a C pointer: it is written once, before it is shared.
    nonisolated(unsafe) private static let options: OpaquePointer? = {
        var options: OpaquePointer?
        guard unsafe nghttp2_option_new(&options) == 0 else { return nil }
        // `FrameReader` checks the preface. H2 implements the messaging rules itself, and remembers
        // closed streams itself.
        unsafe nghttp2_option_set_no_recv_client_magic(options, 1)
        unsafe nghttp2_option_set_no_http_messaging(options, 1)
        unsafe nghttp2_option_set_no_closed_streams(options, 1)
        unsafe nghttp2_option_set_peer_max_concurrent_streams(options, .max)
        unsafe nghttp2_option_set_max_settings(options, SettingsRules.maxEntries)
        unsafe nghttp2_option_set_max_send_header_block_length(options, 1 << 24)
        unsafe nghttp2_option_set_max_reserved_remote_streams(options, .max)
        unsafe cnghttp2_option_disable_rate_limits(options)
        return unsafe options
    }()

    /// Creates a session. If nghttp2 cannot, the session is poisoned.
    ///
    /// - Parameters:
    ///   - fieldLimit: The maximum number of fields of a section.
    ///   - hardLimitFactor: The multiple of a limit up to which a section is decoded. A larger
    ///     section ends the connection.
    init(isServer: Bool, fieldLimit: Int, hardLimitFactor: Int) {
        self.isServer = isServer
        unsafe state = memory.place(
            SessionState(fieldLimit: fieldLimit, hardLimitFactor: hardLimitFactor))
        var session: OpaquePointer?
        var functions = unsafe memory.functions
        let result =
            unsafe isServer
            ? nghttp2_session_server_new3(
                &session, SessionCallbacks.table, state, Self.options, &functions)
            : nghttp2_session_client_new3(
                &session, SessionCallbacks.table, state, Self.options, &functions)
        unsafe self.session = result == 0 ? session : nil
        memory.endStart()
        if result != 0 { poison() }
    }

    // nghttp2 owns only memory, and `memory` frees all of it, so there is no need to call
    // `nghttp2_session_del`, which would visit each block.
    deinit {
        #if H2_PLAIN_MALLOC
        unsafe nghttp2_session_del(session)
        precondition(memory.singleCount == 1, "nghttp2 leaked memory")
        #endif
        unsafe state.deinitialize(count: 1)
    }

    /// Prevents any further use of the session.
    mutating func poison() { mode = .poisoned }

    /// Poisons the session, and counts an unexpected outcome.
    mutating func fail(_ error: H2Error) -> H2Error {
        unexpected += 1
        poison()
        return error
    }

    /// For tests: makes the session skip the next frame.
    mutating func forgetNextFrame() { mode = .forgetsNextFrame }

    /// The maximum size of a header list: the bytes of names and values, plus 32 for each field.
    var headerListLimit: Int {
        get { unsafe state.pointee.listLimit }
        nonmutating set { unsafe state.pointee.listLimit = newValue }
    }

    /// Whether the fields of the next block are decoded only for the compression table, without a
    /// limit.
    var discardsFields: Bool {
        get { unsafe state.pointee.discardsFields }
        nonmutating set { unsafe state.pointee.discardsFields = newValue }
    }

    /// Feeds one whole frame to nghttp2, then writes the acknowledgement of SETTINGS to `output`.
    ///
    /// A section that exceeds a hard limit poisons the session, but throws no error: see
    /// `exceededLimit`.
    ///
    /// - Throws: `.internalError` if nghttp2 does not do what H2 expects; with `origin == .remote`,
    ///   `.protocolViolation` if nghttp2 cannot decode a field block. Both poison the session.
    mutating func feed(
        _ frame: ReceivedFrame, expecting expectation: Expectation, into output: inout OutputBuffer
    ) throws(H2Error) {
        let header = frame.header
        assert(unsafe !state.pointee.isInside, "nghttp2 was entered from a callback")
        if header.type == FrameType.data, header.length > Self.largestDataInFirstWindow {
            try openWindow(of: 0)
            try openWindow(of: header.streamID)
        }
        unsafe state.pointee.begunBlocks = 0
        unsafe state.pointee.completedFrames = 0
        unsafe state.pointee.dataChunks = 0
        unsafe state.pointee.dataLength = 0
        forgetReactions()
        let beginsBlock =
            header.type == FrameType.headers || header.type == FrameType.pushPromise
        if beginsBlock { beginBlock() }
        guard mode == .feeds else { return try skipFrame() }
        if beginsBlock { fedBlocks += 1 }
        unsafe state.pointee.isInside = true
        let taken = unsafe nghttp2_session_mem_recv(
            session, frame.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            frame.bytes.count)
        unsafe state.pointee.isInside = false
        guard unsafe taken == frame.bytes.count else {
            throw fail(EngineError.failure(Int32(truncatingIfNeeded: taken), in: "mem_recv"))
        }
        let before = output.count
        if hasQueue { try unsafe pump { unsafe output.append($0) } }
        // Fast path: nghttp2 wrote nothing.
        if unsafe state.pointee.reactions.isEmpty, header.type != FrameType.settings,
            isAsExpected(expectation)
        {
            return
        }
        try verifyReactions(header, expectation, &output, keeping: before)
    }

    /// Prepares for the fields of a block.
    private func beginBlock() {
        let isDiscarded = unsafe state.pointee.discardsFields
        unsafe state.pointee.section.begin(listLimit: isDiscarded ? -1 : state.pointee.listLimit)
        unsafe state.pointee.exceeded = nil
    }

    @inline(never)
    private mutating func skipFrame() throws(H2Error) {
        guard mode == .forgetsNextFrame else {
            throw EngineError.mismatch("frame passed to a poisoned session")
        }
        mode = .feeds
    }

    /// Removes the reactions to the previous frame.
    @inline(__always)
    func forgetReactions() {
        if unsafe !state.pointee.reactions.isEmpty {
            let isSmall = unsafe state.pointee.reactions.capacity <= 64
            unsafe state.pointee.reactions.removeAll(keepingCapacity: isSmall)
        }
    }

    /// Compares what nghttp2 did with the expectation for the frame.
    @inline(never)
    private mutating func verifyReactions(
        _ header: FrameHeader, _ expectation: Expectation, _ output: inout OutputBuffer,
        keeping before: Int
    ) throws(H2Error) {
        var acknowledgements = 0
        var isDiscarded = false
        var isRefilled = (connection: false, stream: false)
        for reaction in unsafe state.pointee.reactions {
            let allowed = unsafe AllowedReaction.find(
                reaction, toFrame: header, expectation,
                isOverLimit: state.pointee.exceeded != nil)
            switch allowed {
            case .settingsAcknowledgement: acknowledgements += 1
            case .credit:
                isDiscarded = true
                if reaction.streamID == 0 {
                    isRefilled.connection = true
                } else {
                    isRefilled.stream = true
                }
            case .refusal: isDiscarded = true
            case .compressionFailure:
                output.truncate(to: before)
                poison()
                throw .remote(
                    .protocolViolation, .compressionError,
                    "invalid field block, RFC 9113 §4.3")
            case .sectionTooLarge:
                output.truncate(to: before)
                return poison()
            case nil:
                output.truncate(to: before)
                throw fail(
                    EngineError.mismatch(
                        "unexpected frame from nghttp2: type \(reaction.type), "
                            + "value \(reaction.value), stream \(reaction.streamID), after "
                            + "type \(header.type), stream \(header.streamID)"))
            }
        }
        // H2 writes its own RST_STREAM for a refusal, and its own WINDOW_UPDATE when one is due.
        if isDiscarded { output.truncate(to: before) }
        let needsAck = header.type == FrameType.settings && !header.isAck
        guard acknowledgements == (needsAck ? 1 : 0), isAsExpected(expectation) else {
            output.truncate(to: before)
            throw fail(
                EngineError.mismatch(
                    "nghttp2 did not process frame type \(header.type) on stream "
                        + "\(header.streamID) as expected"))
        }
        if isRefilled.connection { try openWindow(of: 0) }
        if isRefilled.stream { try openWindow(of: header.streamID) }
    }

    @inline(__always)
    private func isAsExpected(_ expectation: Expectation) -> Bool {
        let begun = unsafe state.pointee.begunBlocks
        let completed = unsafe state.pointee.completedFrames
        let type = unsafe state.pointee.completedType
        switch expectation {
        case .frame(let expected):
            let isBlock = expected == FrameType.headers || expected == FrameType.pushPromise
            return completed == 1 && type == expected && begun == (isBlock ? 1 : 0)
        case .blockBegins: return begun == 1 && completed == 0
        case .blockContinues: return begun == 0 && completed == 0
        case .blockEnds(let expected): return begun == 0 && completed == 1 && type == expected
        case .ignored, .refused: return begun == 0 && completed == 0
        case .data(let length):
            return unsafe completed == 1 && type == FrameType.data
                && state.pointee.dataLength == length
                && state.pointee.dataChunks == (length == 0 ? 0 : 1)
        }
    }

    /// Writes all frames in nghttp2's queue.
    ///
    /// It stops when the queue is empty after a frame, which saves a last call of `mem_send`.
    @inline(__always)
    mutating func pump(_ write: (UnsafeRawBufferPointer) -> Void) throws(H2Error) {
        assert(unsafe !state.pointee.isInside, "nghttp2 was entered from a callback")
        unsafe state.pointee.isInside = true
        defer { unsafe state.pointee.isInside = false }
        while true {
            var bytes: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(session, &bytes)
            guard count != 0 else { return }
            guard count > 0 else {
                throw fail(EngineError.failure(Int32(truncatingIfNeeded: count), in: "mem_send"))
            }
            let written = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
            unsafe write(written)
            if unsafe Self.isWhole(written), !hasQueue { return }
        }
    }

    /// Returns whether a frame is not followed by CONTINUATION.
    @inline(__always)
    private static func isWhole(_ frame: UnsafeRawBufferPointer) -> Bool {
        guard frame.count >= FrameHeader.size else { return false }
        let type = unsafe frame[3]
        let isBlock =
            type == FrameType.headers || type == FrameType.pushPromise
            || type == FrameType.continuation
        return unsafe !isBlock || frame[4] & FrameFlag.endHeaders != 0
    }

    /// Whether nghttp2's queue contains frames.
    @inline(__always)
    private var hasQueue: Bool {
        unsafe nghttp2_session_get_outbound_queue_size(session) != 0
    }
}

// MARK: The fed frame

extension Session {
    /// The decoded field section, valid until the next field block begins.
    var receivedFields: FieldSection {
        @inline(__always) get { unsafe state.pointee.section.fields }
    }

    /// The limit that the decoded section exceeds. If it exceeds the hard limit, the session is
    /// poisoned.
    var exceededLimit: SizeLimit? {
        @inline(__always) get { unsafe state.pointee.exceeded }
    }

    /// The number of decoded fields of the section, those beyond its limits included.
    var receivedFieldCount: Int {
        unsafe state.pointee.exceeded == nil
            ? state.pointee.section.fieldCount : state.pointee.excessFields
    }

    /// The size of the decoded list: the bytes of names and values, plus 32 for each field.
    var receivedListSize: Int {
        unsafe state.pointee.exceeded == nil
            ? state.pointee.section.listSize : state.pointee.excessListSize
    }

    /// Returns the decoded field section for the caller to keep.
    ///
    /// - Parameters:
    ///   - fields: The value of `receivedFields`.
    ///   - joiningCookies: Whether to join all cookies into one last field, RFC 9113 §8.2.3.
    func share(_ fields: consuming FieldSection, joiningCookies: Bool) -> H2Headers {
        let facts = fields.facts
        // Moving a cookie can remove a violation, such as a pseudo-header field after it, so gather
        // the facts again.
        if joiningCookies, facts.cookies > 1 || (facts.cookies == 1 && facts.violation != nil) {
            return H2Headers(FieldNormalization.joiningCookies(fields))
        }
        return unsafe H2Headers(
            state.pointee.section.share(
                fields, movingCookie: joiningCookies && facts.cookies == 1))
    }

    /// The error code of the completed RST_STREAM.
    var resetCode: UInt32 { unsafe state.pointee.resetCode }

    /// Returns the range of the data in the payload of the completed DATA frame, which must contain
    /// data.
    @inline(__always)
    func dataRange(in frame: ReceivedFrame) -> Range<Int> {
        let payload = unsafe UInt(bitPattern: frame.bytes.baseAddress) + UInt(FrameHeader.size)
        let start = unsafe Int(state.pointee.dataAddress - payload)
        return unsafe start..<start + state.pointee.dataLength
    }
}
