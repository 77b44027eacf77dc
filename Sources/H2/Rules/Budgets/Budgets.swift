// SPDX-License-Identifier: MIT

/// All that is counted of what a peer does, and what pays for it. Plain numbers: the hot path adds
/// and compares, and nothing more.
package struct Budgets: Sendable {
    /// DATA of fewer bytes is small.
    static let smallData = 64
    /// A window with less than this left is closed, or nearly so.
    private static let openWindow = 1_024
    private static let bytesOfReset = 16_384
    private static let bytesOfWindowUpdate = 512

    package private(set) var peerResets: TokenBucket
    package private(set) var provokedResets: TokenBucket
    package private(set) var controlFrames: TokenBucket
    package private(set) var windowUpdates: TokenBucket
    package private(set) var emptyData: TokenBucket
    package private(set) var smallData: TokenBucket
    /// Whether any of them is used at all: mostly there is nothing to pay back.
    private var isUsed = false
    package var grace = ResetGrace()
    package var sections: SectionBounds

    /// Nanoseconds since the first instant that the connection was told; 0 until then.
    package private(set) var now: UInt64 = 0
    private var start: UInt64?

    /// PINGs of this side that were not acknowledged.
    var unansweredPings = 0
    /// The most entries that a SETTINGS frame had.
    var mostSettings = 0

    /// Where there is no bound, the largest number.
    let settingsPerFrame: Int
    let reservedStreams: Int
    let unacknowledgedSettings: Int
    let peerOutput: Int
    let memory: Int

    package init(_ limits: H2Limits) {
        peerResets = TokenBucket(limits.peerResets, price: Self.bytesOfReset)
        provokedResets = TokenBucket(limits.provokedResets, price: Self.bytesOfReset)
        controlFrames = TokenBucket(limits.controlFrames)
        windowUpdates = TokenBucket(limits.windowUpdates, price: Self.bytesOfWindowUpdate)
        emptyData = TokenBucket(limits.emptyData)
        smallData = TokenBucket(limits.smallData)
        sections = SectionBounds(limits)
        settingsPerFrame = min(limits.settingsPerFrame ?? .max, SettingsRules.maxEntries)
        reservedStreams = limits.reservedStreams ?? .max
        unacknowledgedSettings = limits.unacknowledgedSettings ?? .max
        peerOutput = limits.peerOutput ?? .max
        memory = limits.memory ?? .max
    }

    /// Takes the time from the caller's clock. Going backwards counts as standing still.
    package mutating func tell(_ instant: H2Instant) {
        guard let start else { return start = instant.rawValue }
        if instant.rawValue > start { now = max(now, instant.rawValue - start) }
    }

    // MARK: What is taken; false where the allowance is used up

    package mutating func takePeerReset() -> Bool {
        isUsed = true
        return peerResets.take(at: now)
    }

    package mutating func takeProvokedReset() -> Bool {
        isUsed = true
        return provokedResets.take(at: now)
    }

    package mutating func takeControlFrame() -> Bool {
        isUsed = true
        return controlFrames.take(at: now)
    }

    package mutating func takeWindowUpdate() -> Bool {
        isUsed = true
        return windowUpdates.take(at: now)
    }

    package mutating func takeEmptyData() -> Bool {
        isUsed = true
        return emptyData.take(at: now)
    }

    package mutating func takeSmallData() -> Bool {
        isUsed = true
        return smallData.take(at: now)
    }

    // MARK: What pays back

    /// A request that both sides ended.
    @inline(__always)
    package mutating func requestCompleted() {
        if isUsed { payBackRequest() }
    }

    @inline(never)
    private mutating func payBackRequest() {
        peerResets.payBack(Self.bytesOfReset)
        provokedResets.payBack(Self.bytesOfReset)
        controlFrames.payBack(8)
        windowUpdates.payBack(4 * Self.bytesOfWindowUpdate)
        emptyData.payBack(8)
        smallData.payBack(8)
        isUsed =
            peerResets.isUsed || provokedResets.isUsed || controlFrames.isUsed
            || windowUpdates.isUsed || emptyData.isUsed || smallData.isUsed
    }

    /// DATA that is not empty came, and was handed to the caller.
    @inline(__always)
    package mutating func dataReceived(_ length: Int) {
        guard isUsed else { return }
        peerResets.payBack(length)
        provokedResets.payBack(length)
        controlFrames.payBack(1)
        emptyData.payBack(1)
    }

    /// DATA that is not empty was sent.
    ///
    /// - Parameter window: What is left of the windows.
    @inline(__always)
    package mutating func dataSent(_ length: Int, leaving window: Int) {
        guard isUsed else { return }
        peerResets.payBack(length)
        provokedResets.payBack(length)
        controlFrames.payBack(1)
        smallData.payBack(1)
        let bonus = window >= Self.openWindow ? 2 * Self.bytesOfWindowUpdate : 0
        windowUpdates.payBack(length + bonus)
    }

    /// The caller is done with bytes that it received, or lets more come.
    package mutating func windowOpened(_ length: Int) { smallData.payBack(length) }

    /// This side resets a stream.
    package mutating func streamReset() {
        // What the peer sent before it knew.
        controlFrames.payBack(4)
        windowUpdates.payBack(4 * Self.bytesOfWindowUpdate)
    }
}
