// SPDX-License-Identifier: MIT

/// How much of each limit of `H2Limits` is used, and the most that was ever used.
public struct H2LimitUsage: Hashable, Sendable {
    /// How often something happened.
    public struct Count: Hashable, Sendable {
        /// How much of the allowance is used up now.
        public var used = 0
        /// How often it happened in all. What costs nothing is not counted.
        public var total = 0
        /// The most of the allowance that was ever used up at once.
        public var mostUsed = 0
        /// How much can be used up: the allowance of `H2Limits.Budget`, raised by announced streams or
        /// windows. If no call was ever passed a time, the initial reserve is added. `Int.max` for no
        /// bound.
        public var allowance = 0
    }

    /// Streams that the peer reset before their response began.
    public var peerResets = Count()
    /// Resets that the peer provoked.
    public var provokedResets = Count()
    /// Frames that carry no message.
    public var controlFrames = Count()
    /// WINDOW_UPDATE frames.
    public var windowUpdates = Count()
    /// DATA frames without data.
    public var emptyData = Count()
    /// DATA frames with little data.
    public var smallData = Count()

    /// The most fields that a received section had.
    public var headerFields = 0
    /// Bytes of the largest header list that was received, 32 added for each field.
    public var headerListSize = 0
    /// The most CONTINUATION frames that a received field block had.
    public var continuationFrames = 0
    /// Bytes of the largest field block that was received.
    public var headerBlockSize = 0
    /// The most entries that a received SETTINGS frame or HTTP2-Settings value had.
    public var settingsPerFrame = 0

    /// Promised streams whose response has not begun, now.
    public var reservedStreams = 0
    /// SETTINGS that the peer did not acknowledge, now.
    public var unacknowledgedSettings = 0
    /// Bytes of output that the peer caused and nobody took, now; it may be too many by as much as
    /// the peer caused while the rest of the output was taken.
    public var peerOutput = 0
    /// Bytes that count against `H2Limits.memory`, now.
    public var memory = 0

    /// The largest value that `reservedStreams` had.
    public var mostReservedStreams = 0
    /// The largest value that `unacknowledgedSettings` had.
    public var mostUnacknowledgedSettings = 0
    /// The largest value that `peerOutput` had when something was added.
    public var mostPeerOutput = 0
    /// The largest value that `memory` had when a frame of a field block arrived, or has now.
    public var mostMemory = 0
}
