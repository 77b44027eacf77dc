// SPDX-License-Identifier: MIT

/// The current and the largest use of each limit of `H2Limits`, except `closedStreams`.
public struct H2LimitUsage: Hashable, Sendable {
    /// The use of a budget, in units except for `total`.
    public struct Count: Hashable, Sendable {
        /// The units that are used up now.
        public var used = 0
        /// The number of charges since the connection was created. Occurrences that cost nothing
        /// are not counted.
        public var total = 0
        /// The most units that were ever used up at once.
        public var mostUsed = 0
        /// The units that can be used up: the allowance of `H2Limits.Budget`, raised by announced
        /// streams or windows, plus the initial reserve if no call was passed a time. `Int.max`
        /// means no limit.
        public var allowance = 0
    }

    /// Streams that the peer opened and reset before the final response began.
    public var peerResets = Count()
    /// Streams that H2 reset because of the peer, and late frames on ended streams.
    public var provokedResets = Count()
    /// Frames that carry no message.
    public var controlFrames = Count()
    /// WINDOW_UPDATE frames.
    public var windowUpdates = Count()
    /// DATA frames without data.
    public var emptyData = Count()
    /// DATA frames of 1 to 63 bytes.
    public var smallData = Count()

    /// The most field lines in a received section.
    public var headerFields = 0
    /// The largest uncompressed size of a received section in bytes, including 32 for each field
    /// line.
    public var headerListSize = 0
    /// The most CONTINUATION frames in a received field block.
    public var continuationFrames = 0
    /// The largest received field block in bytes, padding included.
    public var headerBlockSize = 0
    /// The most entries in a received SETTINGS frame or HTTP2-Settings value.
    public var settingsPerFrame = 0

    /// The current number of promised streams whose response has not begun.
    public var reservedStreams = 0
    /// The current number of SETTINGS frames that the peer has not acknowledged.
    public var unacknowledgedSettings = 0
    /// The current number of queued output bytes that the peer caused. It may include removed bytes
    /// until the output that was queued after them is removed, too.
    public var peerOutput = 0
    /// The current number of bytes that count against `H2Limits.memory`.
    public var memory = 0

    /// The largest value of `reservedStreams`.
    public var mostReservedStreams = 0
    /// The largest value of `unacknowledgedSettings`.
    public var mostUnacknowledgedSettings = 0
    /// The largest value of `peerOutput`.
    public var mostPeerOutput = 0
    /// The largest value of `memory` at the start of a frame of a field block, or its current value
    /// if that is larger.
    public var mostMemory = 0
}
