// SPDX-License-Identifier: MIT

/// A field block from its first frame to END_HEADERS.
struct PendingBlock {
    /// What becomes of the block. It is decoded in any case: the compression table needs it, RFC
    /// 9113 §4.3.
    enum Disposition {
        /// A message on a live stream.
        case message
        /// A request that opens a stream.
        case newRequest
        /// A promise on a live stream.
        case promise
        /// A promise that nghttp2 refuses, too: H2 resets its stream.
        case refused(stream: UInt32, isExcused: Bool)
        /// HEADERS of a stream beyond MAX_CONCURRENT_STREAMS: H2 decodes them, then refuses the
        /// stream.
        case surplus(isExcused: Bool)
        /// A promise beyond `reservedStreams`: H2 decodes it, then refuses the stream.
        case promiseTooMany
        /// A block on a closed stream, which is answered with RST_STREAM.
        case tooLate(isExcused: Bool)
        /// A block that made H2 reset its stream.
        case dropped

        /// Whether the block is useless, and the peer could have known that.
        var isOffence: Bool {
            switch self {
            case .refused(_, let isExcused), .surplus(let isExcused), .tooLate(let isExcused):
                !isExcused
            case .promiseTooMany, .dropped: true
            case .message, .newRequest, .promise: false
            }
        }
    }

    /// The first frame, HEADERS or PUSH_PROMISE.
    let header: FrameHeader
    let disposition: Disposition
    var promised: UInt32 = 0
    var priority: H2Priority?
    var continuations = 0
    /// The number of empty frames among them.
    var emptyContinuations = 0
    /// Bytes of its frames so far.
    var byteCount: Int
}

/// The field block that is being received.
struct BlockAssembly {
    /// The block of which CONTINUATION frames are still to come.
    var pending: PendingBlock?
    /// Finds a name or value in the block that is too long for nghttp2.
    var literals = LiteralScanner()
    /// The number of blocks that began, for `audit`.
    var begun = 0
}
