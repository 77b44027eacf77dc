// SPDX-License-Identifier: MIT

/// A limit on how often something may happen: an allowance that work and time restore.
///
/// `Budgets` passes the time and the amount of work to each call. A unit consists of `price` coins,
/// so that work can restore parts of a unit.
///
/// Time restores coins up to the allowance. The bucket keeps coins that work restores beyond the
/// allowance: up to `keptUnits` for any call, and the rest in a reserve for calls without a time.
/// The initial reserve is the coins of 600 seconds.
package struct TokenBucket: Hashable, Sendable {
    private static let nanoseconds: UInt64 = 1_000_000_000
    /// The number of seconds that would restore the initial reserve.
    package static let reservedSeconds = 600

    /// The price of one unit in coins.
    package let price: Int
    /// The coins of the whole allowance.
    private var limit: Int
    /// The coins beyond the allowance that any call can use; `nil` if the bucket keeps none beyond
    /// the allowance.
    private let kept: Int?
    private let coinsPerSecond: UInt64
    /// The coins that any call may take now; negative after a call took too many.
    private var left: Int
    /// The coins that only calls without a time may take.
    private var reserve: Int
    /// The value of `earned` in the last call.
    private var paid = 0
    /// The time, in nanoseconds, when coins were last restored for time.
    private var paidAt: UInt64 = 0
    /// The part of the next coin that time has restored, in billionths.
    private var rest: UInt64 = 0
    /// The fewest coins of the allowance that were ever left.
    private var fewestLeft: Int
    /// The fewest coins that were ever left, the reserve included.
    private var fewestWithReserve: Int
    /// The number of calls of `take`.
    package private(set) var total = 0

    /// Creates a bucket with the whole allowance.
    ///
    /// - Parameters:
    ///   - price: The price of one unit in coins.
    ///   - keptUnits: The number of units beyond the allowance that any call can use; `nil` to drop
    ///     units beyond the allowance.
    package init(_ budget: H2Limits.Budget, price: Int = 1, keptUnits: Int? = nil) {
        self.price = price
        self.limit = Self.coins(budget.allowance, price)
        self.kept = keptUnits.map { Self.coins($0, price) }
        let rate = Self.coins(budget.perSecond, price)
        self.coinsPerSecond = UInt64(rate)
        self.left = limit
        self.reserve = Self.coins(rate, Self.reservedSeconds)
        self.fewestLeft = limit
        self.fewestWithReserve = Self.sum(limit, reserve)
    }

    private static func coins(_ units: Int, _ price: Int) -> Int {
        let (coins, overflow) = max(0, units).multipliedReportingOverflow(by: price)
        return overflow ? .max : coins
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    private var isUnlimited: Bool { limit == .max }

    /// Raises the allowance to `units`, if it is lower.
    @inline(__always)
    package mutating func raise(to units: Int) {
        if units > limit / price { setAllowance(units) }
    }

    @inline(never)
    private mutating func setAllowance(_ units: Int) {
        let raised = Self.coins(units, price)
        left = Self.sum(left, raised - limit)
        fewestLeft = Self.sum(fewestLeft, raised - limit)
        fewestWithReserve = Self.sum(fewestWithReserve, raised - limit)
        limit = raised
    }

    /// Takes `units`; returns false if fewer are left.
    ///
    /// - Parameters:
    ///   - reserved: The maximum number of these units that may come from the reserve. It has no
    ///     effect if the bucket keeps no coins beyond the allowance.
    ///   - earned: All coins that work has earned so far.
    ///   - isTimed: Whether the caller passed a time to the current call.
    package mutating func take(
        _ units: Int = 1, reserved: Int = .max, earned: Int, at now: UInt64, isTimed: Bool
    ) -> Bool {
        total &+= 1
        // Without a limit, nothing is used up.
        guard !isUnlimited else { return true }
        settle(earned, at: now)
        left -= Self.coins(units, price)
        if !isTimed {
            // Use the reserve first, which leaves the allowance for later calls with a time. If
            // work restores only the allowance, use the reserve last.
            let most = Self.coins(min(units, reserved), price)
            let drawn = min(reserve, kept == nil ? max(0, -left) : most)
            reserve -= drawn
            left += drawn
        }
        fewestLeft = max(0, min(fewestLeft, left))
        fewestWithReserve = max(0, min(fewestWithReserve, Self.sum(left, reserve)))
        return left >= 0
    }

    /// Restores coins for the time and the work since the last call.
    private mutating func settle(_ earned: Int, at now: UInt64) {
        if now > paidAt { payTime(until: now) }
        left = Self.sum(left, max(0, earned &- paid))
        paid = earned
        let most = Self.sum(limit, kept ?? 0)
        guard left > most else { return }
        if kept != nil { reserve = Self.sum(reserve, left - most) }
        left = most
    }

    private mutating func payTime(until now: UInt64) {
        var (high, low) = (now - paidAt).multipliedFullWidth(by: coinsPerSecond)
        let sum = low.addingReportingOverflow(rest)
        low = sum.partialValue
        if sum.overflow { high += 1 }
        paidAt = now
        guard left < limit else { return rest = 0 }
        guard high < Self.nanoseconds else { return left = limit }
        let coins = Self.nanoseconds.dividingFullWidth((high, low))
        left = min(limit, Self.sum(left, Int(clamping: coins.quotient)))
        rest = left == limit ? 0 : coins.remainder
    }

    // MARK: Usage

    /// Returns the number of units that can be used up: the allowance, plus the initial reserve if
    /// no call was passed a time.
    package func allowance(hasClock: Bool) -> Int {
        isUnlimited ? .max : coinsOfAllowance(hasClock) / price
    }

    private func coinsOfAllowance(_ hasClock: Bool) -> Int {
        let reserved = Self.coins(Int(clamping: coinsPerSecond), Self.reservedSeconds)
        return hasClock ? limit : Self.sum(limit, reserved)
    }

    /// Returns the number of units that are used up now.
    package func used(earned: Int, at now: UInt64, hasClock: Bool) -> Int {
        guard !isUnlimited else { return 0 }
        var settled = self
        settled.settle(earned, at: now)
        return units(
            coinsOfAllowance(hasClock)
                - (hasClock ? settled.left : Self.sum(settled.left, settled.reserve)))
    }

    /// Returns the largest number of units that were used up at once.
    package func mostUsed(hasClock: Bool) -> Int {
        isUnlimited
            ? 0 : units(coinsOfAllowance(hasClock) - (hasClock ? fewestLeft : fewestWithReserve))
    }

    /// Converts coins to units, rounding up.
    private func units(_ coins: Int) -> Int { coins <= 0 ? 0 : (coins - 1) / price + 1 }
}
