// SPDX-License-Identifier: MIT

/// The budgets of a connection: how often the peer may do something, and the work and the time that
/// restore units. The hot path only adds and compares numbers.
///
/// The rows of `FrequencyLimit.rule` define what restores each budget; the calls of `charge` in
/// Core define what uses it up.
package struct Budgets: Sendable {
    /// A DATA frame with fewer bytes of data is small.
    static let smallData = 64
    /// A sent DATA frame of fewer bytes restores `windowUpdates` only for its bytes, unless twice
    /// as many fit the window. A peer that opens its window byte by byte therefore uses more units
    /// than it restores.
    private static let usefulData = 32
    /// Resetting a request of at least this age is not a rapid reset.
    private static let rapidNanoseconds: UInt64 = 500_000_000
    /// The number of announced streams above which the allowances do not grow further.
    private static let maxScaledStreams = 100_000
    /// The size in bytes of the smallest message that may fill the whole window: an empty gRPC
    /// message.
    private static let minMessageSize = 5

    /// The configured allowances of resets, clamped to a million.
    private let resets: (peer: Int, provoked: Int)
    private var buckets: PerFrequency<TokenBucket>
    package private(set) var work = Work()
    package var grace = ResetGrace()

    /// The nanoseconds from the first instant to the latest one; 0 before the first.
    private var now: UInt64 = 0
    private var start: UInt64?
    /// Whether the caller passed a time to the current call.
    private var isTimed = false

    package init(_ limits: H2Limits) {
        resets = (
            min(max(0, limits.peerResets.allowance), 1_000_000),
            min(max(0, limits.provokedResets.allowance), 1_000_000)
        )
        buckets = PerFrequency { index in
            let limit = FrequencyLimit.allCases[index]
            return TokenBucket(
                limits[limit], tokensPerUnit: limit.rule.tokensPerUnit,
                maxSurplusUnits: limit.rule.maxSurplusUnits)
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

    /// Whether the caller passed a time to any call.
    var hasClock: Bool { start != nil }

    /// The time of the current call, in nanoseconds since the first instant; `nil` if unknown.
    @inline(__always)
    var time: UInt64? { isTimed ? now : nil }

    /// Returns the instant for a `time` since the first instant; `nil` if it exceeds the largest
    /// instant.
    func instant(_ time: UInt64) -> H2Instant? {
        let (nanoseconds, overflow) = time.addingReportingOverflow(start ?? 0)
        return overflow ? nil : H2Instant(nanoseconds: nanoseconds)
    }

    /// The time of the current call in milliseconds, starting at 1; 0 if unknown. It wraps after 49
    /// days.
    @inline(__always)
    var callTime: UInt32 {
        isTimed ? UInt32(truncatingIfNeeded: now / 1_000_000 + 1) : 0
    }

    /// Returns whether resetting a request that arrived at `time` is a rapid reset: the time since
    /// then is short or unknown.
    func isRapid(since time: UInt32) -> Bool {
        guard isTimed, time != 0 else { return true }
        return UInt64(callTime &- time) * 1_000_000 < Self.rapidNanoseconds
    }

    // MARK: Taking units

    /// Returns the cost of decoding a 1xx response, in PINGs: for its fields, and for its field
    /// block.
    static func weight(
        ofInformational count: Int, listSize: Int, blockSize: Int
    ) -> (fields: Int, block: Int) {
        (1 + count / 4 + listSize / 1_024, blockSize / 32)
    }

    /// Returns the cost, in PINGs, of a frame whose payload H2 only copies.
    static func weight(ofOpaque length: Int) -> Int { 1 + length / 1_024 }

    /// Returns the cost, in PINGs, of a PRIORITY_UPDATE frame, whose payload H2 parses.
    static func weight(ofPriorityUpdate length: Int) -> Int { 1 + length / 64 }

    /// Returns the cost of a DATA frame without data.
    ///
    /// - Parameter length: The bytes of padding, the pad-length byte included.
    static func weight(ofEmptyData length: Int) -> Int { 1 + length / 128 }

    /// Takes units from a budget; returns false if too few are left.
    ///
    /// - Parameter reserved: The maximum number of these units that may come from the reserve.
    mutating func take(
        _ limit: FrequencyLimit, _ units: Int, reserved: Int = .max
    ) -> Bool {
        buckets[limit.rawValue].take(
            units, reserved: reserved, restoredTokens: limit.rule.restoredTokens(work), at: now,
            isTimed: isTimed)
    }

    /// Returns the error for a budget that is used up.
    func exceeded(_ limit: FrequencyLimit, on id: UInt32?) -> H2Error {
        let count = count(limit)
        return .exceeded(
            limit.rule.limit, on: id.map { H2StreamID($0) }, bound: count.allowance,
            actual: count.used, limit.rule.reason)
    }

    // MARK: Recording work

    /// Records a request that both sides ended.
    ///
    /// - Parameter cost: The cost of the sections that the peer sent.
    @inline(__always)
    package mutating func requestCompleted(_ cost: SectionCost) { work.requests &+= cost.total }

    /// Records a received header section.
    @inline(__always)
    package mutating func sectionReceived() { work.sections &+= 1 }

    @inline(__always)
    package mutating func requestSent() { work.sentRequests &+= 1 }

    /// Records a received DATA frame with `length` bytes of data, which is not 0.
    @inline(__always)
    package mutating func dataReceived(_ length: Int) {
        work.receivedFrames &+= 1
        work.receivedBytes &+= length
    }

    /// Records a sent DATA frame.
    ///
    /// - Parameters:
    ///   - length: The bytes of the payload, padding included; not 0.
    ///   - window: The bytes that the windows still allow after the frame.
    @inline(__always)
    package mutating func dataSent(_ length: Int, leaving window: Int) {
        work.sentFrames &+= 1
        work.sentBytes &+= length
        if length >= Self.usefulData || window >= length { work.creditedFrames &+= 1 }
    }

    /// Records that the caller acknowledged bytes or enlarged a window.
    @inline(__always)
    package mutating func windowOpened(_ length: Int) { work.acknowledgedBytes &+= length }

    /// Records that this side resets or refuses a stream.
    package mutating func streamReset() { work.resets &+= 1 }

    // MARK: Raising allowances

    /// Raises the allowances of resets for an announced MAX_CONCURRENT_STREAMS. The configured
    /// allowances are for 100 streams and grow in proportion, at least to twice `count`.
    package mutating func streamsAnnounced(_ count: Int) {
        let streams = min(count, Self.maxScaledStreams)
        raise(.peerResets, to: max(streams * 2, resets.peer * streams / 100))
        raise(.provokedResets, to: max(streams * 2, resets.provoked * streams / 100))
    }

    /// Raises the allowance of small DATA for the largest size of the connection's window.
    mutating func windowOffered(_ size: Int) { raise(.smallData, to: size / Self.minMessageSize) }

    @inline(__always)
    private mutating func raise(_ limit: FrequencyLimit, to units: Int) {
        buckets[limit.rawValue].raise(to: units)
    }

    // MARK: Usage

    /// Returns the usage of a budget.
    func count(_ limit: FrequencyLimit) -> H2LimitUsage.Count {
        let bucket = buckets[limit.rawValue]
        let restoredTokens = limit.rule.restoredTokens(work)
        return H2LimitUsage.Count(
            used: bucket.used(restoredTokens: restoredTokens, at: now, hasClock: hasClock),
            total: bucket.total,
            mostUsed: bucket.mostUsed(hasClock: hasClock),
            allowance: bucket.allowance(hasClock: hasClock))
    }
}
