// SPDX-License-Identifier: MIT

/// All that is counted of what a peer does, and what pays for it. Plain numbers: the hot path adds
/// and compares, and nothing more.
package struct Budgets: Sendable {
    /// DATA of fewer bytes is small.
    static let smallData = 64
    /// A DATA frame of fewer bytes that the window may have cut short restores no WINDOW_UPDATE by
    /// itself, so that opening windows byte by byte restores too little.
    private static let usefulData = 32
    /// Resetting a request that is this old is not a rapid reset.
    private static let rapidNanoseconds: UInt64 = 500_000_000
    /// The largest number of announced streams that raises a budget.
    private static let mostScaledStreams = 100_000
    /// Units of credit beyond the allowance that any call can use.
    private static let keptFrames = 65_536
    private static let keptResets = 1_000
    /// The size of the smallest message that may fill the whole window: an empty gRPC message.
    private static let smallestMessage = 5

    /// The configured allowances of resets, at most a million.
    private let resets: (peer: Int, provoked: Int)
    private var peerResets: TokenBucket
    private var provokedResets: TokenBucket
    private var controlFrames: TokenBucket
    private var windowUpdates: TokenBucket
    private var emptyData: TokenBucket
    private var smallData: TokenBucket
    package private(set) var work = Work()
    package var grace = ResetGrace()
    package var sections: SectionBounds

    /// Nanoseconds since the first instant that the connection was told; 0 until then.
    private var now: UInt64 = 0
    private var start: UInt64?
    /// Whether the current call was passed a time.
    private var isTimed = false

    /// PINGs of this side that were not acknowledged.
    var unansweredPings = 0
    /// The most entries that a SETTINGS frame had.
    var mostSettings = 0
    var mostReservedStreams = 0
    var mostUnacknowledgedSettings = 0
    var mostPeerOutput = 0
    var mostMemory = 0

    /// Where there is no bound, the largest number.
    let settingsPerFrame: Int
    let reservedStreams: Int
    let unacknowledgedSettings: Int
    let peerOutput: Int
    let memory: Int

    package init(_ limits: H2Limits) {
        resets = (
            min(max(0, limits.peerResets.allowance), 1_000_000),
            min(max(0, limits.provokedResets.allowance), 1_000_000)
        )
        peerResets = TokenBucket(
            limits.peerResets, price: Work.resetPrice, keptUnits: Self.keptResets)
        provokedResets = TokenBucket(
            limits.provokedResets, price: Work.resetPrice, keptUnits: Self.keptResets)
        controlFrames = TokenBucket(limits.controlFrames, keptUnits: Self.keptFrames)
        windowUpdates = TokenBucket(
            limits.windowUpdates, price: Work.windowUpdatePrice, keptUnits: Self.keptFrames)
        emptyData = TokenBucket(limits.emptyData, keptUnits: Self.keptFrames)
        smallData = TokenBucket(limits.smallData)
        sections = SectionBounds(limits)
        settingsPerFrame = min(limits.settingsPerFrame ?? .max, SettingsRules.maxEntries)
        reservedStreams = limits.reservedStreams ?? .max
        unacknowledgedSettings = limits.unacknowledgedSettings ?? .max
        peerOutput = limits.peerOutput ?? .max
        memory = limits.memory ?? .max
    }

    // MARK: Time

    /// Begins a call. A call without a time, or with an earlier one, does not advance the time.
    @inline(__always)
    package mutating func beginCall(at instant: H2Instant?) {
        isTimed = instant != nil
        if let instant { tell(instant) }
    }

    private mutating func tell(_ instant: H2Instant) {
        guard let start else { return start = instant.rawValue }
        if instant.rawValue > start { now = max(now, instant.rawValue - start) }
    }

    /// Whether any call was passed a time.
    var hasClock: Bool { start != nil }

    /// When the current call began, in milliseconds, starting at 1; 0 if that is not known. It
    /// wraps after 49 days.
    @inline(__always)
    var callTime: UInt32 {
        isTimed ? UInt32(truncatingIfNeeded: now / 1_000_000 + 1) : 0
    }

    /// Whether resetting a request that arrived at `time` is a rapid reset: the time since then is
    /// short or unknown.
    private func isRapid(since time: UInt32) -> Bool {
        guard isTimed, time != 0 else { return true }
        return UInt64(callTime &- time) * 1_000_000 < Self.rapidNanoseconds
    }

    // MARK: What is taken; false where the allowance is used up

    /// The cost of decoding a 1xx response, in PINGs: for its fields, and for its field block.
    static func weight(
        ofInformational count: Int, listSize: Int, blockSize: Int
    ) -> (fields: Int, block: Int) {
        (1 + count / 4 + listSize / 1_024, blockSize / 32)
    }

    /// The cost, in PINGs, of a frame whose payload H2 only copies.
    static func weight(ofOpaque length: Int) -> Int { 1 + length / 1_024 }

    /// - Parameters:
    ///   - cost: The cost of the stream's sections.
    ///   - time: The time of the call that received it, as `callTime`.
    package mutating func takePeerReset(_ cost: SectionCost, openedAt time: UInt32) -> Bool {
        guard isRapid(since: time) else { return true }
        return peerResets.take(
            cost.total, reserved: Int(cost.fields), earned: work.forResets, at: now,
            isTimed: isTimed)
    }

    package mutating func takeProvokedReset(_ cost: SectionCost) -> Bool {
        provokedResets.take(
            cost.total, reserved: Int(cost.fields), earned: work.forResets, at: now,
            isTimed: isTimed)
    }

    package mutating func takeControlFrame(_ weight: Int, reserved: Int = .max) -> Bool {
        controlFrames.take(
            weight, reserved: reserved, earned: work.forControlFrames, at: now, isTimed: isTimed)
    }

    package mutating func takeWindowUpdate() -> Bool {
        windowUpdates.take(earned: work.forWindowUpdates, at: now, isTimed: isTimed)
    }

    /// - Parameter frameLength: The length of the frame: the padding and its length byte.
    package mutating func takeEmptyData(_ frameLength: Int) -> Bool {
        let weight = 1 + frameLength / 128
        return emptyData.take(weight, earned: work.forEmptyData, at: now, isTimed: isTimed)
    }

    /// - Parameter window: The largest size of the connection's window.
    package mutating func takeSmallData(window: Int) -> Bool {
        smallData.raise(to: window / Self.smallestMessage)
        return smallData.take(earned: work.forSmallData, at: now, isTimed: isTimed)
    }

    // MARK: What restores

    /// A request that both sides ended.
    ///
    /// - Parameter cost: The cost of the sections that the peer sent.
    @inline(__always)
    package mutating func requestCompleted(_ cost: SectionCost) { work.requests &+= cost.total }

    /// A header section of a message arrived.
    @inline(__always)
    package mutating func sectionReceived() { work.sections &+= 1 }

    @inline(__always)
    package mutating func requestSent() { work.sentRequests &+= 1 }

    /// DATA that is not empty came, and was handed to the caller.
    @inline(__always)
    package mutating func dataReceived(_ length: Int) {
        work.receivedFrames &+= 1
        work.receivedBytes &+= length
    }

    /// DATA that is not empty was sent.
    ///
    /// - Parameter window: What is left of the windows.
    @inline(__always)
    package mutating func dataSent(_ length: Int, leaving window: Int) {
        work.sentFrames &+= 1
        work.sentBytes &+= length
        if length >= Self.usefulData || window >= length { work.creditedFrames &+= 1 }
    }

    /// The caller is done with bytes that it received, or lets more come.
    @inline(__always)
    package mutating func windowOpened(_ length: Int) { work.acknowledgedBytes &+= length }

    /// This side resets a stream.
    package mutating func streamReset() { work.resets &+= 1 }

    // MARK: What the caller announces

    /// The caller announces MAX_CONCURRENT_STREAMS. The allowances are for 100 streams, and grow in
    /// proportion; the peer may cancel that many streams twice at once in any case.
    package mutating func streamsAnnounced(_ count: Int) {
        let streams = min(count, Self.mostScaledStreams)
        peerResets.raise(to: max(streams * 2, resets.peer * streams / 100))
        provokedResets.raise(to: max(streams * 2, resets.provoked * streams / 100))
    }

    // MARK: What can be seen

    var peerResetCount: H2LimitUsage.Count { count(peerResets, work.forResets) }
    var provokedResetCount: H2LimitUsage.Count { count(provokedResets, work.forResets) }
    var controlFrameCount: H2LimitUsage.Count { count(controlFrames, work.forControlFrames) }
    var windowUpdateCount: H2LimitUsage.Count { count(windowUpdates, work.forWindowUpdates) }
    var emptyDataCount: H2LimitUsage.Count { count(emptyData, work.forEmptyData) }
    var smallDataCount: H2LimitUsage.Count { count(smallData, work.forSmallData) }

    private func count(_ bucket: TokenBucket, _ earned: Int) -> H2LimitUsage.Count {
        H2LimitUsage.Count(
            used: bucket.used(earned: earned, at: now, hasClock: hasClock), total: bucket.total,
            mostUsed: bucket.mostUsed(hasClock: hasClock),
            allowance: bucket.allowance(hasClock: hasClock))
    }
}
