// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A bucket, and the work that restores it.
private struct Account {
    var bucket: TokenBucket
    private var restoredTokens = 0

    init(_ budget: H2Limits.Budget, tokensPerUnit: Int = 1, maxSurplusUnits: Int? = nil) {
        bucket = TokenBucket(budget, tokensPerUnit: tokensPerUnit, maxSurplusUnits: maxSurplusUnits)
    }

    /// Takes units, at a time if one is passed.
    mutating func take(
        _ units: Int = 1, reserved: Int = .max, at now: UInt64? = nil
    ) -> Bool {
        bucket.take(
            units, reserved: reserved, restoredTokens: restoredTokens, at: now ?? 0,
            isTimed: now != nil)
    }

    mutating func restore(_ tokens: Int) { restoredTokens += tokens }

    /// Takes units one at a time, and returns how many could be taken.
    mutating func takeAll(at now: UInt64? = nil) -> Int {
        var count = 0
        while take(at: now) { count += 1 }
        // Undo the take that failed.
        restore(tokensPerUnit)
        return count
    }

    func used(at now: UInt64 = 0, hasClock: Bool = true) -> Int {
        bucket.used(restoredTokens: restoredTokens, at: now, hasClock: hasClock)
    }

    private var tokensPerUnit: Int { bucket.tokensPerUnit }
}

@Suite struct TokenBucketTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("exactly the allowance can be taken", arguments: [0, 1, 7, 1_000])
    func allowance(_ allowance: Int) {
        for tokensPerUnit in [1, 512] {
            for now in [nil, 0] as [UInt64?] {
                var account = Account(.init(allowance, perSecond: 0), tokensPerUnit: tokensPerUnit)
                #expect(account.bucket.allowance(hasClock: true) == allowance)
                #expect(account.bucket.allowance(hasClock: false) == allowance)
                #expect(account.used() == 0 && account.bucket.mostUsed(hasClock: true) == 0)
                #expect(account.takeAll(at: now) == allowance)
                #expect(account.bucket.total == allowance + 1)
                #expect(account.bucket.mostUsed(hasClock: true) == allowance)
            }
        }
    }

    @Test("calls without a time can use what 600 seconds restore, once")
    func reserve() {
        var account = Account(.init(10, perSecond: 2), tokensPerUnit: 512)
        #expect(account.bucket.allowance(hasClock: false) == 1_210)
        #expect(account.bucket.allowance(hasClock: true) == 10)
        #expect(account.takeAll() == 1_210)
        #expect(account.used(hasClock: false) == 1_210 && account.takeAll() == 0)
        #expect(account.bucket.mostUsed(hasClock: false) == 1_210)
    }

    @Test("calls with a time do not use the reserve; later calls without one do")
    func mixed() {
        var account = Account(.init(10, perSecond: 2))
        #expect(account.takeAll(at: 0) == 10)
        #expect(account.takeAll() == 1_200)
        #expect(account.takeAll(at: 3 * Self.second) == 6)
        #expect(account.takeAll() == 0)
    }

    @Test("reserve units used by untimed calls do not count against later timed calls")
    func timeComesLater() {
        var account = Account(.init(10, perSecond: 2), maxSurplusUnits: 0)
        let early = (0..<500).map { _ in account.take() }
        #expect(early.allSatisfy { $0 } && account.bucket.mostUsed(hasClock: false) == 500)
        #expect(account.used(hasClock: true) == 0 && account.bucket.mostUsed(hasClock: true) == 0)
        #expect(account.takeAll(at: 0) == 10)
        #expect(account.bucket.mostUsed(hasClock: true) == 10)
    }

    @Test("at most `reserved` units come from the reserve, even if the allowance is used up")
    func reserved() {
        var account = Account(.init(10, perSecond: 2), tokensPerUnit: 16, maxSurplusUnits: 0)
        let taken = (0..<3).map { _ in account.take(5, reserved: 1) }
        #expect(taken == [true, true, false])
        #expect(account.bucket.mostUsed(hasClock: true) == 10)
        #expect(account.used(hasClock: false) == 15)
        // The first two left 2 of the allowance, which the third overdrew by 2.
        account.restore(2 * 16)
        #expect(account.takeAll(at: 0) == 0 && account.takeAll() == 1_200 - 3)
    }

    @Test("all units may come from the allowance, whether or not a time is passed")
    func unreserved() {
        for now in [nil, 0] as [UInt64?] {
            var account = Account(.init(10, perSecond: 2), maxSurplusUnits: 0)
            let taken = [10, 1].map { account.take($0, reserved: 0, at: now) }
            #expect(taken == [true, false])
        }
    }

    @Test("one take of several units uses as much as several takes")
    func weights() {
        var account = Account(.init(10, perSecond: 0), tokensPerUnit: 16)
        let taken = [4, 5, 2].map { account.take($0) }
        #expect(taken == [true, true, false])
        #expect(account.bucket.total == 3 && account.used() == 11)
    }

    @Test(
        "excess work is kept: some for all calls, the rest for calls without a time")
    func credit() {
        var account = Account(.init(10, perSecond: 0), tokensPerUnit: 2, maxSurplusUnits: 5)
        account.restore(2 * 100)
        #expect(account.takeAll(at: 0) == 15)
        #expect(account.takeAll() == 95)
        account.restore(2 * 30)
        #expect(account.used() == 0 && account.takeAll() == 30)
    }

    @Test("if no excess work is kept, work restores no more than was used")
    func noCredit() {
        var account = Account(.init(3, perSecond: 0), tokensPerUnit: 10)
        let isTaken = account.take()
        account.restore(1_000)
        #expect(isTaken && account.used() == 0)
        #expect(account.takeAll() == 3)
    }

    @Test("an allowance can be raised, but not lowered")
    func raised() {
        var account = Account(.init(3, perSecond: 1))
        let isTaken = account.take(at: 0)
        account.bucket.raise(to: 2)
        #expect(isTaken && account.bucket.allowance(hasClock: true) == 3)
        account.bucket.raise(to: 5)
        #expect(account.bucket.allowance(hasClock: true) == 5 && account.used() == 1)
        #expect(account.bucket.allowance(hasClock: false) == 605)
        #expect(account.bucket.mostUsed(hasClock: true) == 1)
        #expect(account.takeAll(at: 0) == 4)
        #expect(account.takeAll(at: 100 * Self.second) == 5)
        account.bucket.raise(to: .max)
        #expect(account.bucket.allowance(hasClock: true) == .max && account.take(at: 0))
    }

    @Test("a negative allowance is 0, and so is a negative rate")
    func negative() {
        var account = Account(.init(-1, perSecond: -1), tokensPerUnit: 3)
        #expect(account.bucket.allowance(hasClock: false) == 0 && account.used() == 0)
        #expect(account.takeAll() == 0)
        #expect(account.takeAll(at: .max) == 0)
    }

    @Test("without a limit nothing is used up, however many tokens a unit has")
    func unlimited() {
        for budget in [H2Limits.Budget.unlimited, .init(.max / 2, perSecond: .max)] {
            var account = Account(budget, tokensPerUnit: 1 << 20)
            let isTaken = (0..<1_000).allSatisfy { _ in account.take(at: .max) }
            #expect(isTaken)
            #expect(account.used() == 0 && account.bucket.total == 1_000)
            #expect(account.bucket.allowance(hasClock: true) == .max)
            #expect(account.bucket.mostUsed(hasClock: false) == 0)
        }
    }

    @Test("work restores units, and fractions of a unit add up")
    func restore() {
        var account = Account(.init(3, perSecond: 0), tokensPerUnit: 10)
        #expect(account.takeAll() == 3)
        for _ in 0..<9 {
            account.restore(1)
            #expect(account.used() == 3)
        }
        account.restore(1)
        #expect(account.used() == 2)
        #expect(account.takeAll() == 1)
        #expect(account.bucket.mostUsed(hasClock: true) == 3)
    }

    @Test("time restores the allowance, and no more")
    func full() {
        var account = Account(.init(3, perSecond: 1), tokensPerUnit: 10)
        let isTaken = account.take(at: 0)
        #expect(isTaken && account.takeAll(at: 100 * Self.second) == 3)
        // More time restores no more.
        #expect(account.takeAll(at: 10_000 * Self.second) == 3)
    }

    @Test("time restores units at its rate, however often the bucket is used")
    func time() {
        for tokensPerUnit in [1, 512, 16_384] {
            var account = Account(.init(5, perSecond: 2), tokensPerUnit: tokensPerUnit)
            #expect(account.takeAll(at: 0) == 5)
            // Two units are restored in a second, even if the bucket is used each millisecond.
            var taken = 0
            for millisecond in 1...1_000 {
                if account.take(at: UInt64(millisecond) * 1_000_000) {
                    taken += 1
                } else {
                    account.restore(tokensPerUnit)
                }
            }
            #expect(taken == 2, "tokensPerUnit \(tokensPerUnit)")
        }
    }

    @Test("a bucket agrees with exact arithmetic for random times, prices, weights and rates")
    func randomTimes() {
        var random = SplitMix(seed: 5)
        for _ in 0..<200 {
            let allowance = Int.random(in: 0...20, using: &random)
            let rate = Int.random(in: 0...1_000, using: &random)
            let tokensPerUnit = [1, 512, 16_384].randomElement(using: &random) ?? 1
            var account = Account(.init(allowance, perSecond: rate), tokensPerUnit: tokensPerUnit)
            var debt = 0.0
            var last: UInt64 = 0
            var now: UInt64 = 0
            for _ in 0..<200 {
                now += UInt64.random(in: 0...100_000_000, using: &random)
                let units = Int.random(in: 1...3, using: &random)
                debt = max(0, debt - Double(now - last) / 1e9 * Double(rate))
                last = now
                debt += Double(units)
                let isTaken = account.take(units, at: now)
                // Near the allowance, rounding decides.
                if abs(debt - Double(allowance)) > 1e-3 {
                    #expect(isTaken == (debt <= Double(allowance)))
                }
                if !isTaken {
                    account.restore(tokensPerUnit * units)
                    debt -= Double(units)
                }
            }
        }
    }

    @Test("extreme times and rates cause no overflow")
    func hugeTimes() {
        var account = Account(.init(2, perSecond: .max), tokensPerUnit: 16_384)
        #expect(account.takeAll(at: 0) == 2)
        #expect(account.takeAll(at: .max) == 2)
        #expect(account.takeAll(at: .max) == 0)
        account.restore(.max / 2)
        #expect(account.take(.max, at: .max) == false)
    }
}

@Suite struct PeerOutputTests {
    @Test("the count is never too low, and it is 0 when the queue is empty")
    func bounds() {
        var random = SplitMix(seed: 9)
        for _ in 0..<300 {
            var output = PeerOutput()
            // The queue, one entry for each byte: whether the peer caused it.
            var queue: [Bool] = []
            for _ in 0..<100 {
                let length = Int.random(in: 1...50, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    queue += [Bool](repeating: true, count: length)
                    output.add(length, pending: queue.count)
                case 1:
                    queue += [Bool](repeating: false, count: length)
                default:
                    let count = min(queue.count, length)
                    queue.removeFirst(count)
                    output.taken(count, pending: queue.count)
                }
                #expect(output.count >= queue.count(where: { $0 }))
                if queue.isEmpty { #expect(output.count == 0) }
            }
        }
    }

    @Test("removing bytes after borrowed ones leaves the count of the borrowed ones")
    func takenFromTheMiddle() {
        var random = SplitMix(seed: 10)
        for _ in 0..<300 {
            var output = PeerOutput()
            var queue: [Bool] = []
            // The caller has borrowed the first `borrowedCount` bytes.
            var borrowedCount = 0
            for _ in 0..<100 {
                let length = Int.random(in: 1...50, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    queue += [Bool](repeating: true, count: length)
                    output.add(length, pending: queue.count)
                case 1:
                    queue += [Bool](repeating: false, count: length)
                case 2:
                    borrowedCount = Int.random(in: 0...queue.count, using: &random)
                case 3:
                    let count = min(queue.count - borrowedCount, length)
                    queue.removeSubrange(borrowedCount..<borrowedCount + count)
                    output.taken(count, after: borrowedCount, pending: queue.count)
                default:
                    let count = min(borrowedCount, length)
                    queue.removeFirst(count)
                    borrowedCount = 0
                    output.taken(count, pending: queue.count)
                }
                #expect(output.count >= queue.count(where: { $0 }))
                if queue.isEmpty { #expect(output.count == 0) }
            }
        }
    }

    @Test("removed output no longer counts, even if the queue is never empty")
    func steady() {
        var output = PeerOutput()
        // 1 MB is always queued, and the peer causes one byte in a thousand.
        var largest = 0
        for _ in 0..<10_000 {
            output.add(1, pending: 1_000_000)
            output.taken(1_000, pending: 999_000)
            largest = max(largest, output.count)
        }
        #expect(largest <= 2_000)
    }
}
