// SPDX-License-Identifier: MIT

/// How often a peer may do what has a limit, and the work and the time that restore it. Plain
/// numbers: the hot path adds and compares, and nothing more.
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
    /// The size of the smallest message that may fill the whole window: an empty gRPC message.
    private static let smallestMessage = 5

    /// The configured allowances of resets, at most a million.
    private let resets: (peer: Int, provoked: Int)
    private var buckets: PerFrequency<TokenBucket>
    package private(set) var work = Work()
    package var grace = ResetGrace()

    /// Nanoseconds since the first instant that the connection was told; 0 until then.
    private var now: UInt64 = 0
    private var start: UInt64?
    /// Whether the current call was passed a time.
    private var isTimed = false

    package init(_ limits: H2Limits) {
        resets = (
            min(max(0, limits.peerResets.allowance), 1_000_000),
            min(max(0, limits.provokedResets.allowance), 1_000_000)
        )
        buckets = PerFrequency { index in
            let limit = FrequencyLimit.allCases[index]
            return TokenBucket(
                limits[limit], price: limit.rule.price, keptUnits: limit.rule.keptUnits)
        }
    }

    // MARK: Time

    /// Begins a call. A call without a time, or with an earlier one, does not advance the time.
    @inline(__always)
    package mutating func beginCall(at instant: H2Instant?) {
        isTimed = instant != nil
        if let instant { advanceClock(to: instant) }
    }

    private mutating func advanceClock(to instant: H2Instant) {
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
    func isRapid(since time: UInt32) -> Bool {
        guard isTimed, time != 0 else { return true }
        return UInt64(callTime &- time) * 1_000_000 < Self.rapidNanoseconds
    }

    // MARK: What is taken

    /// The cost of decoding a 1xx response, in PINGs: for its fields, and for its field block.
    static func weight(
        ofInformational count: Int, listSize: Int, blockSize: Int
    ) -> (fields: Int, block: Int) {
        (1 + count / 4 + listSize / 1_024, blockSize / 32)
    }

    /// The cost, in PINGs, of a frame whose payload H2 only copies.
    static func weight(ofOpaque length: Int) -> Int { 1 + length / 1_024 }

    /// The cost of a DATA frame without data: `length` is that of the padding and its length byte.
    static func weight(ofEmptyData length: Int) -> Int { 1 + length / 128 }

    /// Takes units from a budget; false if its allowance is used up.
    ///
    /// - Parameter reserved: The most of these units that may come from the reserve.
    mutating func take(
        _ limit: FrequencyLimit, _ units: Int, reserved: Int = .max
    ) -> Bool {
        buckets[limit.rawValue].take(
            units, reserved: reserved, earned: limit.rule.earned(work), at: now, isTimed: isTimed)
    }

    /// The error for a budget whose allowance is used up.
    func exceeded(_ limit: FrequencyLimit, on id: UInt32?) -> H2Error {
        let count = count(limit)
        return .exceeded(
            limit.rule.limit, on: id.map { H2StreamID($0) }, bound: count.allowance,
            actual: count.used, limit.rule.reason)
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

    // MARK: What raises an allowance

    /// The caller announces MAX_CONCURRENT_STREAMS. The allowances are for 100 streams, and grow in
    /// proportion; the peer may cancel that many streams twice at once in any case.
    package mutating func streamsAnnounced(_ count: Int) {
        let streams = min(count, Self.mostScaledStreams)
        raise(.peerResets, to: max(streams * 2, resets.peer * streams / 100))
        raise(.provokedResets, to: max(streams * 2, resets.provoked * streams / 100))
    }

    /// The largest size of the connection's window is this many bytes.
    mutating func windowOffered(_ size: Int) { raise(.smallData, to: size / Self.smallestMessage) }

    @inline(__always)
    private mutating func raise(_ limit: FrequencyLimit, to units: Int) {
        buckets[limit.rawValue].raise(to: units)
    }

    // MARK: What can be seen

    func count(_ limit: FrequencyLimit) -> H2LimitUsage.Count {
        let bucket = buckets[limit.rawValue]
        let earned = limit.rule.earned(work)
        return H2LimitUsage.Count(
            used: bucket.used(earned: earned, at: now, hasClock: hasClock), total: bucket.total,
            mostUsed: bucket.mostUsed(hasClock: hasClock),
            allowance: bucket.allowance(hasClock: hasClock))
    }
}
