// SPDX-License-Identifier: MIT

/// Limits on what a peer can make a connection do and hold.
///
/// All limits apply by default, and the defaults leave room for ordinary peers. Exceeding a limit
/// is a connection error, ENHANCE_YOUR_CALM, and `H2Error.limit` names the limit. The exceptions:
///
/// - `headerFields` and `headerListSize` reset the stream unless ``H2Configuration/excess`` is
///   `.connectionError`. More than four times the limit is a connection error in any case.
/// - `reservedStreams` refuses the promise.
/// - `settingsPerFrame` makes `initiateUpgradeConnection` throw without changing anything.
/// - `unacknowledgedSettings` makes `updateSettings` throw a local error that changes nothing.
/// - `closedStreams` only bounds what H2 remembers.
///
/// `connection.usage` reports the use of each limit, except `closedStreams`. The article Security
/// explains the defaults.
public struct H2Limits: Hashable, Sendable {
    /// A limit on how often something may happen: an allowance that useful work and time restore.
    ///
    /// Each occurrence uses up units of the allowance. The properties of `H2Limits` describe the
    /// costs, and the useful work that restores units, such as completed requests and DATA.
    ///
    /// If you pass `at:` to `receiveData`, each second restores `perSecond` units, up to the
    /// allowance. Useful work always restores units. Units beyond the allowance become credit for
    /// later calls: at most 1,000 for resets and 65,536 for frames. `smallData` has no credit.
    ///
    /// A call without `at:` can also use a reserve. The reserve starts with the units that 600
    /// seconds would restore, and receives the units that exceed the credit. You can mix calls with
    /// and without `at:`. A call with `at:` never uses the reserve.
    public struct Budget: Hashable, Sendable {
        /// The units that can be used up at once. A negative value counts as 0.
        public var allowance: Int
        /// The units that each second restores. A negative value counts as 0.
        public var perSecond: Int

        /// Creates a budget.
        ///
        /// - Parameters:
        ///   - allowance: The units that can be used up at once.
        ///   - perSecond: The units that each second restores.
        public init(_ allowance: Int, perSecond: Int) {
            self.allowance = allowance
            self.perSecond = perSecond
        }

        /// A budget without a limit.
        public static let unlimited = Budget(.max, perSecond: 0)
    }

    // MARK: Budgets

    /// Streams that the peer opens and resets before the final response begins: the HTTP/2 rapid
    /// reset.
    ///
    /// A request, a promise and trailers each cost 1, plus 1 for each 16 field lines, for each 4
    /// KiB of the uncompressed size and for each KiB of the field block. The reset costs nothing if
    /// the calls that opened and reset the stream were both passed a time, and the times are at
    /// least 0.5 s apart. A completed request, one that both sides ended, restores twice its cost,
    /// and 16 KiB of DATA in either direction restore 1.
    ///
    /// The allowance is for 100 streams. If the caller announces a larger MAX_CONCURRENT_STREAMS,
    /// H2 raises the allowance in proportion, for up to 100,000 streams, and to at least twice the
    /// number of streams.
    public var peerResets = Budget(1_000, perSecond: 25)

    /// Streams that H2 resets because of what the peer sent, and late frames: DATA or HEADERS on a
    /// closed stream or after END_STREAM, a WINDOW_UPDATE that overflows the window of a stream, a
    /// stream, promise or section beyond a limit, a malformed message.
    ///
    /// Each costs 1. A malformed section, a section beyond a limit and a promise beyond
    /// `reservedStreams` cost 1 more for each 16 field lines, for each 4 KiB of the uncompressed
    /// size and for each KiB of the field block. Any other section that is decoded but not needed
    /// costs 1 more for each 40 bytes of its field block. If the peer's request on the reset stream
    /// cost more, its cost in `peerResets` applies. A late frame counts although a stream gets only
    /// one RST_STREAM.
    ///
    /// This budget excuses frames that the peer may have sent before it received RST_STREAM:
    ///
    /// - DATA up to the rest of the stream's window, computed with the largest announced
    ///   INITIAL_WINDOW_SIZE. If the peer caused the resets, at most twice the largest window of
    ///   the connection plus 64 KiB are excused at a time, and small or empty DATA costs
    ///   `smallData` or `emptyData` instead. If the caller reset the streams, the bytes have no
    ///   such bound, but at most twice as many frames of 1 to 63 bytes as that window has bytes are
    ///   excused at a time.
    /// - Field sections: one at a server; at a client 32, promises included, if the caller reset
    ///   the stream, otherwise 1 or 2. At most 2,048 sections are excused at a time, or 8 for each
    ///   stream of the largest number that was open at once, if that is more.
    /// - After each announcement of MAX_CONCURRENT_STREAMS or ENABLE_PUSH, the first 1,000 streams
    ///   or promises that exceed the new limit before the peer acknowledges it.
    ///
    /// The field block of an excused stream, promise or section uses up one excused section for
    /// each 128 bytes. If none is left, each 512 bytes cost 1. Useful work restores this budget,
    /// and MAX_CONCURRENT_STREAMS raises it, as with `peerResets`.
    public var provokedResets = Budget(1_000, perSecond: 25)

    /// Frames that carry no message: PING, SETTINGS, PRIORITY, ALTSVC, GOAWAY, unknown frames,
    /// RST_STREAM on closed streams, unsolicited acknowledgements, 1xx responses, and CONTINUATION
    /// frames beyond the first and one per 512 bytes of the field block.
    ///
    /// Each frame costs 1, unless it is in this list:
    /// - The first SETTINGS frame costs nothing. Any other costs 2, plus 1 for each 4 entries, 1
    ///   for each 128 slots of the stream table if it contains INITIAL_WINDOW_SIZE, and 3 if it
    ///   contains another setting of RFC 9113 or RFC 8441.
    /// - A 1xx response costs 1, plus 1 for each 4 field lines, for each KiB of its uncompressed
    ///   size and for each 32 bytes of its field block.
    /// - GOAWAY, ALTSVC and unknown frames cost 1, plus 1 for each KiB. A GOAWAY that refuses
    ///   streams costs 1 more for each 16 slots of the stream table.
    ///
    /// The number of slots is a power of two, at least 4/3 of the number of streams that are open,
    /// half-closed or reserved.
    ///
    /// A completed request restores 8 times its cost in `peerResets`, and the cost of each of its
    /// 1xx responses, rounded down to a multiple of 8. A request that this side sends restores 4,
    /// and so does a stream that this side resets. A nonempty DATA frame in either direction
    /// restores 1.
    public var controlFrames = Budget(40_000, perSecond: 100)

    /// WINDOW_UPDATE frames, on any stream and on the connection.
    ///
    /// Each 32 bytes of DATA that this side sends restore 1. A DATA frame restores 2 more if it has
    /// at least 32 bytes, or if the remaining window is at least as large as the frame. A peer that
    /// opens its window byte by byte therefore uses more than it restores. A completed request
    /// restores 4 times its cost in `peerResets`, and each stream that this side resets restores 4.
    public var windowUpdates = Budget(40_000, perSecond: 50)

    /// DATA frames without data that do not end the stream.
    ///
    /// Each costs 1, and 1 more for each 128 bytes of padding. A received nonempty DATA frame
    /// restores 1, a received field section 1, a completed request 8 times its cost in
    /// `peerResets`.
    public var emptyData = Budget(10_000, perSecond: 100)

    /// DATA frames of 1 to 63 bytes that do not end the stream and that the caller has not
    /// acknowledged. Their events use much more memory than the frames use of the window.
    ///
    /// Each frame costs 1. Each byte that the caller acknowledges, or by which it enlarges a window
    /// with `incrementFlowControlWindow`, restores 1. A completed request restores 8 times its cost
    /// in `peerResets`. H2 raises the allowance to a fifth of the connection's largest window in
    /// bytes, plus ``H2FlowControl/Automatic/maxUnacknowledged`` if flow control is automatic, so
    /// that messages of 5 bytes can fill any window. The default, 13,107, is a fifth of 65,535.
    /// Shorter messages use up the allowance before they fill the window: acknowledge them earlier.
    public var smallData = Budget(13_107, perSecond: 10)

    // MARK: Field sections

    /// Field lines of a received section; each piece of a split cookie counts. `nil` for no limit.
    public var headerFields: Int? = 1_200

    /// The uncompressed size of a received section in bytes, including 32 for each field line, RFC
    /// 9113 §6.5.2. `nil` for no limit.
    ///
    /// If the caller announces MAX_HEADER_LIST_SIZE, that value replaces this one when the peer
    /// acknowledges it, unless this one is `nil`. By default, H2 announces 65,536, as h2 does, but
    /// accepts more, because the setting is advisory: 64 KiB of cookies in a thousand pieces, as
    /// browsers send them, fit.
    public var headerListSize: Int? = 131_072

    /// CONTINUATION frames of a field block, at most 8 of them empty. If the caller announces
    /// MAX_HEADER_LIST_SIZE, one frame for each 512 bytes of it is allowed, if that is more. `nil`
    /// for no limit, also on empty frames.
    public var continuationFrames: Int? = 256

    /// Bytes of a field block as received: the payloads of all its frames, padding included. If the
    /// caller announces a larger MAX_HEADER_LIST_SIZE, that is the limit. `nil` for no limit.
    public var headerBlockSize: Int? = 131_072

    // MARK: Memory

    /// Entries of a SETTINGS frame or HTTP2-Settings value. `nil` allows 4,096, the maximum that H2
    /// configures in nghttp2.
    public var settingsPerFrame: Int? = 32

    /// Promised streams whose response has not begun. `nil` for no limit.
    ///
    /// H2 refuses a promise beyond the limit, which uses units of `provokedResets`.
    public var reservedStreams: Int? = 200

    /// The most recent stream identifiers of each side for which H2 remembers how the stream ended,
    /// to distinguish late frames from invalid ones.
    ///
    /// The number is rounded up to a power of two, from 64 to 16,777,216. Each takes half a byte.
    /// In h2: `MAX_CLOSED_STREAMS`, which is a constant.
    public var closedStreams = 65_536

    /// SETTINGS frames of this side that the peer has not acknowledged. `nil` for no limit.
    ///
    /// H2 keeps the settings of each. At the limit, `updateSettings` throws and changes nothing.
    public var unacknowledgedSettings: Int? = 64

    /// Bytes of queued output that the peer caused: acknowledgements of PING and SETTINGS, and
    /// RST_STREAM and WINDOW_UPDATE for frames that H2 rejects. Output of the caller does not
    /// count. Bytes count until the output is removed with `dataToSend` or a related method. `nil`
    /// for no limit.
    public var peerOutput: Int? = 262_144

    /// Bytes of memory that the connection uses: `memory.inUse` without the output, the incomplete
    /// frame, and 1,024 bytes for each stream of the largest number that was open at once.
    ///
    /// The caller decides how many streams can be open: it opens them or announces
    /// MAX_CONCURRENT_STREAMS. Memory that is only kept for reuse does not count: see
    /// `H2Memory.spare`. H2 checks this limit before it decodes a frame of a field block. `nil` for
    /// no limit.
    public var memory: Int? = 16 << 20

    /// Creates the default limits.
    public init() {}
}
