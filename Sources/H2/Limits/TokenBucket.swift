// SPDX-License-Identifier: MIT

/// A limit on how often something may happen: an allowance that work and time restore.
///
/// `Budgets` passes the time and the amount of work to each call. A unit consists of
/// `tokensPerUnit` tokens, so that work can restore parts of a unit.
///
/// Time restores tokens up to the allowance. The bucket keeps tokens that work restores beyond the
/// allowance: up to `maxSurplusUnits` for any call, and the rest in a reserve for calls without a
/// time. The initial reserve is the tokens of 600 seconds.
package struct TokenBucket: Hashable, Sendable {
    private static let nanoseconds: UInt64 = 1_000_000_000
    /// The number of seconds that would restore the initial reserve.
    package static let reservedSeconds = 600

    /// The tokens of one unit.
    package let tokensPerUnit: Int
    /// The tokens of the whole allowance.
    private var limit: Int
    /// The tokens beyond the allowance that any call can use; `nil` if the bucket keeps none beyond
    /// the allowance.
    private let maxSurplus: Int?
    private let tokensPerSecond: UInt64
    /// The tokens that any call may take now; negative after a call took too many.
    private var available: Int
    /// The tokens that only calls without a time may take.
    private var reserve: Int
    /// The value of `restoredTokens` in the last call.
    private var lastRestored = 0
    /// The time, in nanoseconds, when tokens were last restored for time.
    private var refilledAt: UInt64 = 0
    /// The part of the next token that time has restored, in billionths.
    private var fraction: UInt64 = 0
    /// The fewest tokens of the allowance that were ever available.
    private var fewestAvailable: Int
    /// The fewest tokens that were ever available, the reserve included.
    private var fewestWithReserve: Int
    /// The number of calls of `take`.
    package private(set) var total = 0

    /// Creates a bucket with the whole allowance.
    ///
    /// - Parameters:
    ///   - tokensPerUnit: The tokens of one unit.
    ///   - maxSurplusUnits: The number of units beyond the allowance that any call can use; `nil`
    ///     to drop units beyond the allowance.
    package init(_ budget: H2Limits.Budget, tokensPerUnit: Int = 1, maxSurplusUnits: Int? = nil) {
        self.tokensPerUnit = tokensPerUnit
        self.limit = Self.tokens(budget.allowance, tokensPerUnit)
        self.maxSurplus = maxSurplusUnits.map { Self.tokens($0, tokensPerUnit) }
        let rate = Self.tokens(budget.perSecond, tokensPerUnit)
        self.tokensPerSecond = UInt64(rate)
        self.available = limit
        self.reserve = Self.tokens(rate, Self.reservedSeconds)
        self.fewestAvailable = limit
        self.fewestWithReserve = Self.sum(limit, reserve)
    }

    private static func tokens(_ units: Int, _ tokensPerUnit: Int) -> Int {
        let (tokens, overflow) = max(0, units).multipliedReportingOverflow(by: tokensPerUnit)
        return overflow ? .max : tokens
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    private var isUnlimited: Bool { limit == .max }

    /// Raises the allowance to `units`, if it is lower.
    @inline(__always)
    package mutating func raise(to units: Int) {
        if units > limit / tokensPerUnit { setAllowance(units) }
    }

    @inline(never)
    private mutating func setAllowance(_ units: Int) {
        let raised = Self.tokens(units, tokensPerUnit)
        available = Self.sum(available, raised - limit)
        fewestAvailable = Self.sum(fewestAvailable, raised - limit)
        fewestWithReserve = Self.sum(fewestWithReserve, raised - limit)
        limit = raised
    }

    /// Takes `units`; returns false if fewer are available.
    ///
    /// - Parameters:
    ///   - reserved: The maximum number of these units that may come from the reserve. It has no
    ///     effect if the bucket keeps no tokens beyond the allowance.
    ///   - restoredTokens: All tokens that work has restored so far.
    ///   - isTimed: Whether the caller passed a time to the current call.
    package mutating func take(
        _ units: Int = 1, reserved: Int = .max, restoredTokens: Int, at now: UInt64, isTimed: Bool
    ) -> Bool {
        total &+= 1
        // Without a limit, nothing is used up.
        guard !isUnlimited else { return true }
        settle(restoredTokens, at: now)
        available -= Self.tokens(units, tokensPerUnit)
        if !isTimed {
            // Use the reserve first, which leaves the allowance for later calls with a time. If
            // work restores only the allowance, use the reserve last.
            let maxDrawn = Self.tokens(min(units, reserved), tokensPerUnit)
            let drawn = min(reserve, maxSurplus == nil ? max(0, -available) : maxDrawn)
            reserve -= drawn
            available += drawn
        }
        fewestAvailable = max(0, min(fewestAvailable, available))
        fewestWithReserve = max(0, min(fewestWithReserve, Self.sum(available, reserve)))
        return available >= 0
    }

    /// Restores tokens for the time and the work since the last call.
    private mutating func settle(_ restoredTokens: Int, at now: UInt64) {
        if now > refilledAt { refill(until: now) }
        available = Self.sum(available, max(0, restoredTokens &- lastRestored))
        lastRestored = restoredTokens
        let capacity = Self.sum(limit, maxSurplus ?? 0)
        guard available > capacity else { return }
        if maxSurplus != nil { reserve = Self.sum(reserve, available - capacity) }
        available = capacity
    }

    private mutating func refill(until now: UInt64) {
        var (high, low) = (now - refilledAt).multipliedFullWidth(by: tokensPerSecond)
        let sum = low.addingReportingOverflow(fraction)
        low = sum.partialValue
        if sum.overflow { high += 1 }
        refilledAt = now
        guard available < limit else { return fraction = 0 }
        guard high < Self.nanoseconds else { return available = limit }
        let tokens = Self.nanoseconds.dividingFullWidth((high, low))
        available = min(limit, Self.sum(available, Int(clamping: tokens.quotient)))
        fraction = available == limit ? 0 : tokens.remainder
    }

    // MARK: Usage

    /// Returns the number of units that can be used up: the allowance, plus the initial reserve if
    /// no call was passed a time.
    package func allowance(hasClock: Bool) -> Int {
        isUnlimited ? .max : tokensOfAllowance(hasClock) / tokensPerUnit
    }

    private func tokensOfAllowance(_ hasClock: Bool) -> Int {
        let reserved = Self.tokens(Int(clamping: tokensPerSecond), Self.reservedSeconds)
        return hasClock ? limit : Self.sum(limit, reserved)
    }

    /// Returns the number of units that are used up now.
    package func used(restoredTokens: Int, at now: UInt64, hasClock: Bool) -> Int {
        guard !isUnlimited else { return 0 }
        var settled = self
        settled.settle(restoredTokens, at: now)
        return units(
            tokensOfAllowance(hasClock)
                - (hasClock ? settled.available : Self.sum(settled.available, settled.reserve)))
    }

    /// Returns the largest number of units that were used up at once.
    package func mostUsed(hasClock: Bool) -> Int {
        isUnlimited
            ? 0
            : units(tokensOfAllowance(hasClock) - (hasClock ? fewestAvailable : fewestWithReserve))
    }

    /// Converts tokens to units, rounding up.
    private func units(_ tokens: Int) -> Int { tokens <= 0 ? 0 : (tokens - 1) / tokensPerUnit + 1 }
}
