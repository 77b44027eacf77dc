// SPDX-License-Identifier: MIT

/// How often something may happen: an allowance that is used up, and paid back by work and by time.
///
/// Pure: what time it is comes with each call. What one unit costs is counted in coins, so that
/// work can pay back parts of a unit.
package struct TokenBucket: Hashable, Sendable {
    private static let nanoseconds: UInt64 = 1_000_000_000

    /// Coins that one unit costs.
    private let price: Int
    /// Coins of the whole allowance.
    private let limit: Int
    private let coinsPerSecond: UInt64
    /// Coins that are used up: 0 is a full bucket.
    private var debt = 0
    /// When time last paid back, in nanoseconds.
    private var paidAt: UInt64 = 0
    /// What time paid of the next coin, in billionths.
    private var rest: UInt64 = 0
    /// Units that were ever taken.
    package private(set) var total = 0

    package init(_ budget: H2Limits.Budget, price: Int = 1) {
        self.price = price
        let (limit, overflow) = max(0, budget.allowance).multipliedReportingOverflow(by: price)
        self.limit = overflow ? .max : limit
        let rate = UInt64(max(0, budget.perSecond))
            .multipliedReportingOverflow(by: UInt64(price))
        coinsPerSecond = rate.overflow ? .max : rate.partialValue
    }

    /// Units that may be taken at once.
    package var allowance: Int { limit == .max ? .max : limit / price }

    /// Units that are used up.
    package var used: Int { (debt &+ price &- 1) / price }

    /// Whether anything is used up.
    package var isUsed: Bool { debt != 0 }

    /// Takes a unit; false where the allowance is used up.
    package mutating func take(at now: UInt64) -> Bool {
        if now > paidAt { payBack(until: now) }
        total &+= 1
        // Without a limit, nothing is used up.
        guard limit != .max else { return true }
        debt += price
        return debt <= limit
    }

    /// Pays coins back.
    @inline(__always)
    package mutating func payBack(_ coins: Int) {
        debt = max(0, debt &- coins)
    }

    private mutating func payBack(until now: UInt64) {
        var (high, low) = (now - paidAt).multipliedFullWidth(by: coinsPerSecond)
        let sum = low.addingReportingOverflow(rest)
        low = sum.partialValue
        if sum.overflow { high += 1 }
        paidAt = now
        guard high < Self.nanoseconds else {
            debt = 0
            return
        }
        let coins = Self.nanoseconds.dividingFullWidth((high, low))
        payBack(Int(clamping: coins.quotient))
        rest = debt == 0 ? 0 : coins.remainder
    }
}
