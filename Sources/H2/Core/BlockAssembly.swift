// SPDX-License-Identifier: MIT

/// A field block from its first frame to END_HEADERS.
struct PendingBlock {
    /// How H2 processes the block. nghttp2 decodes every block, because decoding updates the
    /// compression table, RFC 9113 §4.3.
    enum Disposition {
        /// A header or trailer section on a live stream.
        case message
        /// A request that opens a stream.
        case newRequest
        /// A promise on a live stream.
        case promise
        /// A promise that both H2 and nghttp2 refuse: on a closed stream, in a tunnel, or after
        /// this side announced ENABLE_PUSH 0. H2 resets the promised stream.
        case refused(stream: UInt32, isExcused: Bool)
        /// HEADERS of a stream beyond MAX_CONCURRENT_STREAMS: H2 decodes them, then refuses the
        /// stream.
        case surplus(isExcused: Bool)
        /// A promise beyond `reservedStreams`, or after this side's GOAWAY: H2 decodes it, then
        /// refuses the stream.
        case excessPromise
        /// A block on a closed stream. If it is not excused, H2 responds with RST_STREAM, once per
        /// stream.
        case late(isExcused: Bool)
        /// A block whose first frame made H2 reset the stream.
        case dropped

        /// Whether the block is not needed, and the peer could have known that.
        var isOffence: Bool {
            switch self {
            case .refused(_, let isExcused), .surplus(let isExcused), .late(let isExcused):
                !isExcused
            case .excessPromise, .dropped: true
            case .message, .newRequest, .promise: false
            }
        }
    }

    /// The header of the first frame, HEADERS or PUSH_PROMISE.
    let header: FrameHeader
    let disposition: Disposition
    /// The promised stream of PUSH_PROMISE; 0 for HEADERS.
    var promised: UInt32 = 0
    var priority: H2Priority?
    /// The number of CONTINUATION frames so far.
    var continuations = 0
    /// The number of empty CONTINUATION frames.
    var emptyContinuations = 0
    /// The number of payload bytes in its frames so far, padding included.
    var byteCount: Int
}

/// The field block that is being received.
struct BlockAssembly {
    /// The block that awaits CONTINUATION frames.
    var pending: PendingBlock?
    /// Finds a name or value in the block that is too long for nghttp2.
    var literals = LiteralScanner()
    /// The number of blocks begun so far, for `audit`.
    var begun = 0

    /// The stream that the pending block will open; `nil` if it opens none.
    var pendingRequest: UInt32? {
        guard let pending, case .newRequest = pending.disposition else { return nil }
        return pending.header.streamID
    }
}
