// SPDX-License-Identifier: MIT

/// How much a peer may cost: one named bound for each thing that it can make grow or repeat.
///
/// All are on by default, and the defaults leave room for what real peers do. Exceeding a limit is
/// a connection error, ENHANCE_YOUR_CALM, whose `H2Error.limit` names the limit. Exceptions:
/// `headerFields` and `headerListSize` reset the stream unless ``H2Configuration/excess`` is
/// `.connectionError`, `reservedStreams` refuses the promise, `unacknowledgedSettings` makes
/// `updateSettings` throw, and `closedStreams` only bounds what is remembered. H2 checks a limit
/// when a frame arrives, whether or not the output was taken. `connection.usage` reports how much
/// of each is used, except `closedStreams`.
public struct H2Limits: Hashable, Sendable {
    /// How often something may happen: so often at once, and again as it is paid back.
    ///
    /// Useful work pays back: requests that complete, and DATA. So does time, once `receiveData` is
    /// told it: until then `perSecond` has no effect.
    public struct Budget: Hashable, Sendable {
        /// How often it may happen at once. Below 0 counts as 0.
        public var allowance: Int
        /// How much of the allowance comes back in a second.
        public var perSecond: Int

        /// - Parameters:
        ///   - allowance: How often it may happen at once.
        ///   - perSecond: How much of that comes back in a second.
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
    /// A completed request pays one back, and so do 16 KiB of DATA in either direction.
    public var peerResets = Budget(200, perSecond: 20)

    /// Streams that this side resets because of what the peer sent, and frames on streams that have
    /// ended: DATA or HEADERS on a closed stream or after END_STREAM, a WINDOW_UPDATE that overflows
    /// a stream, a stream or promise beyond a limit, a section beyond a limit, a malformed message.
    ///
    /// A late frame counts although a stream gets only one RST_STREAM. After this side resets a
    /// stream, frames that the peer may already have sent do not count: DATA up to the remaining
    /// window, trailers and, at a client, the response. A completed request pays one back, and so do
    /// 16 KiB of DATA in either direction.
    public var provokedResets = Budget(200, perSecond: 20)

    /// Frames that carry no message: PING, SETTINGS, PRIORITY, ALTSVC, GOAWAY, unknown ones,
    /// RST_STREAM on closed streams, acknowledgements of nothing, and 1xx responses.
    ///
    /// A completed request pays 8 back, a DATA frame that is not empty 1 in either direction, a
    /// stream that this side resets 4.
    public var controlFrames = Budget(1_000, perSecond: 100)

    /// WINDOW_UPDATE, on any stream and on the connection.
    ///
    /// Sending DATA pays back, one for each 512 bytes, and two more for each frame that leaves at
    /// least 1,024 bytes of the window: who opens it byte by byte gets nothing for that. A completed
    /// request pays 4 back.
    public var windowUpdates = Budget(1_000, perSecond: 100)

    /// DATA without data, whatever its padding, that does not end the stream.
    ///
    /// A DATA frame that is not empty pays one back, a completed request 8.
    public var emptyData = Budget(64, perSecond: 10)

    /// DATA of less than 64 bytes that does not end the stream: as an event it takes much more.
    ///
    /// Each byte that is acknowledged, or by which a window is opened by hand, pays one back: it is
    /// used up only by a peer that is not kept up with. So does a DATA frame that is sent; a
    /// completed request pays 8.
    public var smallData = Budget(8_192, perSecond: 1_000)

    // MARK: How large a header section may be

    /// Fields of a received section; each piece of a cookie counts. Nil for no bound.
    public var headerFields: Int? = 1_200

    /// Bytes of a received header list, 32 added for each field, RFC 9113 §6.5.2. Nil for no bound.
    ///
    /// It holds unless the caller announces MAX_HEADER_LIST_SIZE: then that does, as soon as it is
    /// acknowledged. What is announced otherwise is 65,536, as in h2; the setting is advice, and a
    /// browser's cookies of 64 KiB in a thousand pieces are still taken.
    public var headerListSize: Int? = 131_072

    /// CONTINUATION frames of a header block; one for each 16 KiB of MAX_HEADER_LIST_SIZE where the
    /// caller announces so much that this is more. Nil for as many as h2 takes: 63, and then it is
    /// a protocol violation.
    public var continuationFrames: Int? = 8

    /// Bytes of a header block as it comes, compressed, over all its frames; MAX_HEADER_LIST_SIZE
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

    /// Bytes that the connection uses: `memory.inUse` without the output and the incomplete frame.
    /// Memory that is only kept for reuse does not count: see `H2Memory.spare`. H2 checks this
    /// limit before it decodes a frame of a header block. `nil` for no bound.
    public var memory: Int? = 16 << 20

    /// The defaults.
    public init() {}

    /// No bounds but those of the protocol.
    public static var unlimited: H2Limits {
        var limits = H2Limits()
        limits.peerResets = .unlimited
        limits.provokedResets = .unlimited
        limits.controlFrames = .unlimited
        limits.windowUpdates = .unlimited
        limits.emptyData = .unlimited
        limits.smallData = .unlimited
        limits.headerFields = nil
        limits.headerListSize = nil
        limits.continuationFrames = nil
        limits.headerBlockSize = nil
        limits.settingsPerFrame = nil
        limits.reservedStreams = nil
        limits.unacknowledgedSettings = nil
        limits.peerOutput = nil
        limits.memory = nil
        return limits
    }
}
