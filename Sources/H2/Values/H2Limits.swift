// SPDX-License-Identifier: MIT

/// How much a peer may cost: one named bound for each thing that it can make grow or repeat.
///
/// All are on by default, and the defaults leave room for what real peers do. Exceeding a limit is
/// a connection error, ENHANCE_YOUR_CALM, whose `H2Error.limit` names the limit. Exceptions:
/// `headerFields` and `headerListSize` reset the stream unless ``H2Configuration/excess`` is
/// `.connectionError`, `reservedStreams` refuses the promise, `unacknowledgedSettings` makes
/// `updateSettings` throw, and `closedStreams` only bounds what is remembered. H2 checks a limit
/// when a frame arrives, whether or not the output was taken. `connection.usage` reports how much
/// of each is used, except `closedStreams`. The article Security has the reasons for the defaults.
public struct H2Limits: Hashable, Sendable {
    /// How often something may happen: an allowance that useful work and time restore.
    ///
    /// If you pass `at:` to `receiveData`, each second restores `perSecond` units, up to the allowance.
    /// Useful work always restores units. Units beyond the allowance become credit for later calls:
    /// at most 1,000 for resets and 65,536 for frames. `smallData` has no credit.
    ///
    /// A call without `at:` can also use a reserve. The reserve starts with the units that 600 seconds
    /// would restore, and receives the units that exceed the credit. You can mix calls with and
    /// without `at:`. A call with `at:` never uses the reserve.
    public struct Budget: Hashable, Sendable {
        /// How often it may happen at once. Below 0 counts as 0.
        public var allowance: Int
        /// How much of the allowance is restored in a second. Below 0 counts as 0.
        public var perSecond: Int

        /// - Parameters:
        ///   - allowance: How often it may happen at once.
        ///   - perSecond: How much of that is restored in a second.
        public init(_ allowance: Int, perSecond: Int) {
            self.allowance = allowance
            self.perSecond = perSecond
        }

        /// No bound.
        public static let unlimited = Budget(.max, perSecond: 0)
    }

    // MARK: What may happen so often

    /// Streams that the peer opens and resets before the final response begins: the HTTP/2 rapid
    /// reset.
    ///
    /// A stream costs 1, and 1 more for each 16 fields, for each 4 KiB of its header lists and for
    /// each KiB of its field blocks. It costs nothing if the calls that opened and reset it were
    /// both passed a time, and these are at least 0.5 s apart. A completed request restores twice
    /// its cost, and 16 KiB of DATA in either direction restore 1.
    ///
    /// The allowance is for 100 streams: H2 raises it in proportion if the caller announces a larger
    /// MAX_CONCURRENT_STREAMS, up to 100,000, and in any case to twice that number of streams.
    public var peerResets = Budget(1_000, perSecond: 25)

    /// Streams that H2 resets because of what the peer sent, and frames on streams that have ended:
    /// DATA or HEADERS on a closed stream or after END_STREAM, a WINDOW_UPDATE that overflows a
    /// stream, a stream or promise beyond a limit, a section beyond a limit, a malformed message.
    ///
    /// Each costs 1. A malformed section, a section beyond a limit and a promise beyond
    /// `reservedStreams` cost 1 more for each 16 fields, for each 4 KiB of the list and for each
    /// KiB of the field block. Any other section that is decoded but not needed costs 1 more for
    /// each 40 bytes of its field block. A late frame counts although a stream gets only one
    /// RST_STREAM.
    ///
    /// This budget excuses frames that the peer may have sent before it received a RST_STREAM:
    ///
    /// - DATA up to the rest of the stream's window, computed with the largest announced
    ///   INITIAL_WINDOW_SIZE. If the peer caused the resets, at most twice the largest window of
    ///   the connection plus 64 KiB are excused at a time, and small or empty DATA costs
    ///   `smallData` or `emptyData` instead. If the program reset the streams, the bytes have no
    ///   such bound, but of frames of 1 to 63 bytes, at most twice as many as that window has bytes
    ///   are excused at a time.
    /// - Header sections: one at a server; at a client 32, promises included, if the program reset
    ///   the stream, otherwise 1 or 2. At most 2,048 sections are excused at a time, or 8 for each
    ///   stream of the largest number that was open at once, if that is more.
    ///
    /// After each announcement of MAX_CONCURRENT_STREAMS or ENABLE_PUSH, the first 1,000 streams or
    /// promises that exceed the new limit before the peer acknowledges it are excused, too.
    ///
    /// The field block of an excused stream, promise or section uses up one excused section for
    /// each 128 bytes. If none is left, each 512 bytes cost 1. Useful work restores this budget,
    /// and MAX_CONCURRENT_STREAMS raises it, as with `peerResets`.
    public var provokedResets = Budget(1_000, perSecond: 25)

    /// Frames that carry no message: PING, SETTINGS, PRIORITY, ALTSVC, GOAWAY, unknown frames,
    /// RST_STREAM on closed streams, unexpected acknowledgements, 1xx responses, and CONTINUATION
    /// frames beyond the first and one per 512 bytes of the block.
    ///
    /// Each frame costs 1, unless it is in this list:
    /// - The first SETTINGS frame costs nothing. Any other costs 2, plus 1 for each 4 entries, 1 for
    ///   each 128 places of the stream table if it contains INITIAL_WINDOW_SIZE, and 3 if nghttp2 has
    ///   to process it.
    /// - A 1xx response costs 1, plus 1 for each 4 fields, for each KiB of its list and for each 32
    ///   bytes of its field block.
    /// - GOAWAY, ALTSVC and unknown frames cost 1, plus 1 for each KiB. A GOAWAY that refuses streams
    ///   costs 1 more for each 16 places of the stream table.
    ///
    /// A completed request restores 8 times its cost in `peerResets`, and the cost of each of its 1xx
    /// responses, rounded down to a multiple of 8. A request that this side sends restores 4, and so
    /// does a stream that this side resets. A DATA frame that is not empty restores 1, in either
    /// direction.
    public var controlFrames = Budget(40_000, perSecond: 100)

    /// WINDOW_UPDATE, on any stream and on the connection.
    ///
    /// Each 32 bytes of DATA that this side sends restore 1. A DATA frame restores 2 more if it has at
    /// least 32 bytes, or if the window that is left is at least as large as the frame. A peer that
    /// opens its window byte by byte therefore uses more than it restores. A completed request
    /// restores 4 times its cost in `peerResets`, and each stream that this side resets restores 4.
    public var windowUpdates = Budget(40_000, perSecond: 50)

    /// DATA frames without data that do not end the stream.
    ///
    /// Each costs 1, and 1 more for each 128 bytes of padding. A received DATA frame that is not empty
    /// restores 1, a received header section 1, a completed request 8 times its cost in `peerResets`.
    public var emptyData = Budget(10_000, perSecond: 100)

    /// DATA frames of less than 64 bytes that do not end the stream and are not acknowledged. Their
    /// events take much more memory than their bytes take of the window.
    ///
    /// Each byte that is acknowledged, or by which a window is opened with
    /// `incrementFlowControlWindow`, restores 1. A completed request restores 8 times its cost in
    /// `peerResets`. H2 raises the allowance to a fifth of the connection's largest window in
    /// bytes, so that messages of 5 bytes can fill any window. The default, 13,107, is a fifth of
    /// 65,535. Shorter messages use up the allowance before they fill the window: acknowledge them
    /// earlier.
    public var smallData = Budget(13_107, perSecond: 10)

    // MARK: How large a header section may be

    /// Fields of a received section; each piece of a cookie counts. Nil for no bound.
    public var headerFields: Int? = 1_200

    /// Bytes of a received header list, 32 added for each field, RFC 9113 §6.5.2. Nil for no bound.
    ///
    /// It holds unless the caller announces MAX_HEADER_LIST_SIZE: then that does, as soon as it is
    /// acknowledged. What is announced otherwise is 65,536, as in h2; the setting is advice, and a
    /// browser's cookies of 64 KiB in a thousand pieces are still taken.
    public var headerListSize: Int? = 131_072

    /// CONTINUATION frames of a field block, at most 8 of them empty. If the caller announces
    /// MAX_HEADER_LIST_SIZE, one for each 512 bytes of it is allowed, if that is more. `nil` for no
    /// bound, empty ones included.
    public var continuationFrames: Int? = 256

    /// Bytes of a field block as it comes, compressed, over all its frames; MAX_HEADER_LIST_SIZE
    /// where the caller announces more. Nil for no bound.
    public var headerBlockSize: Int? = 131_072

    // MARK: How much may be held

    /// Entries of a SETTINGS frame, or of an HTTP2-Settings value. `nil` allows 4,096, the maximum of
    /// nghttp2 as H2 configures it.
    public var settingsPerFrame: Int? = 32

    /// Promised streams whose response has not begun. Nil for no bound.
    ///
    /// A promise too many is refused, and the refusal counts as one of `provokedResets`.
    public var reservedStreams: Int? = 200

    /// Closed streams of either side whose end is remembered, to distinguish a late frame from a
    /// wrong one; rounded up to a power of two, 64 at least. Each takes half a byte.
    public var closedStreams = 65_536

    /// SETTINGS of this side that the peer did not acknowledge. Nil for no bound.
    ///
    /// It bounds what a peer can make a caller hold: `updateSettings` throws, and nothing is changed.
    public var unacknowledgedSettings: Int? = 64

    /// Bytes in the output that the peer caused, by PING, SETTINGS, DATA or what had to be reset,
    /// and that were not taken yet. What the caller queues never counts. Nil for no bound.
    public var peerOutput: Int? = 262_144

    /// Bytes that the connection uses: `memory.inUse` without the output and the incomplete frame,
    /// and without 1,024 bytes for each stream of the largest number that was open at once.
    ///
    /// The caller decides how many streams can be open: it opens them or announces
    /// MAX_CONCURRENT_STREAMS. Memory that is only kept for reuse does not count: see
    /// `H2Memory.spare`. H2 checks this limit before it decodes a frame of a field block. `nil` for
    /// no bound.
    public var memory: Int? = 16 << 20

    /// The defaults.
    public init() {}
}
