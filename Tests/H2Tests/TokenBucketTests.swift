// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct TokenBucketTests {
    private static let second: UInt64 = 1_000_000_000

    /// How many units can be taken one after the other.
    private func takeAll(_ bucket: inout TokenBucket, at now: UInt64 = 0) -> Int {
        var count = 0
        while bucket.take(at: now) { count += 1 }
        return count
    }

    @Test("just the allowance can be taken", arguments: [0, 1, 7, 1_000])
    func allowance(_ allowance: Int) {
        for price in [1, 512] {
            var bucket = TokenBucket(.init(allowance, perSecond: 0), price: price)
            #expect(bucket.allowance == allowance && bucket.used == 0)
            #expect(takeAll(&bucket) == allowance)
            #expect(bucket.total == allowance + 1)
        }
    }

    @Test("a negative allowance is 0, and so is a negative rate")
    func negative() {
        var bucket = TokenBucket(.init(-1, perSecond: -1), price: 3)
        #expect(bucket.allowance == 0 && bucket.used == 0)
        #expect(takeAll(&bucket) == 0)
        #expect(takeAll(&bucket, at: .max) == 0)
    }

    @Test("without a limit nothing is used up, however large the price")
    func unlimited() {
        for budget in [H2Limits.Budget.unlimited, .init(.max / 2, perSecond: .max)] {
            var bucket = TokenBucket(budget, price: 1 << 20)
            let isTaken = (0..<1_000).allSatisfy { _ in bucket.take(at: .max) }
            #expect(isTaken)
            #expect(bucket.used == 0 && bucket.total == 1_000)
            #expect(bucket.allowance == .max)
        }
    }

    @Test("what is paid back can be taken again, and parts of a unit add up")
    func payBack() {
        var bucket = TokenBucket(.init(3, perSecond: 0), price: 10)
        #expect(takeAll(&bucket) == 3)
        bucket.payBack(10)
        #expect(bucket.used == 3)
        for _ in 0..<9 {
            bucket.payBack(1)
            #expect(bucket.used == 3)
        }
        bucket.payBack(1)
        #expect(bucket.used == 2)
        #expect(takeAll(&bucket) == 1)
    }

    @Test("never more than the allowance is paid back")
    func full() {
        var bucket = TokenBucket(.init(3, perSecond: 1), price: 10)
        let isTaken = bucket.take(at: 0)
        bucket.payBack(1_000)
        #expect(isTaken)
        #expect(bucket.used == 0)
        #expect(takeAll(&bucket, at: 100 * Self.second) == 3)
        // A long time ago it was full, too.
        #expect(takeAll(&bucket, at: 10_000 * Self.second) == 3)
    }

    @Test("time pays back at its rate, and no more for being asked often")
    func time() {
        for price in [1, 512, 16_384] {
            var bucket = TokenBucket(.init(5, perSecond: 2), price: price)
            #expect(takeAll(&bucket) == 5)
            bucket.payBack(price)
            // Asked each millisecond, two units come in a second.
            var taken = 0
            for millisecond in 1...1_000 {
                if bucket.take(at: UInt64(millisecond) * 1_000_000) {
                    taken += 1
                } else {
                    bucket.payBack(price)
                }
            }
            #expect(taken == 2, "price \(price)")
        }
    }

    @Test("it agrees with exact arithmetic over random times, prices and rates")
    func randomTimes() {
        var random = SplitMix(seed: 5)
        for _ in 0..<200 {
            let allowance = Int.random(in: 0...20, using: &random)
            let rate = Int.random(in: 0...1_000, using: &random)
            let price = [1, 512, 16_384].randomElement(using: &random) ?? 1
            var bucket = TokenBucket(.init(allowance, perSecond: rate), price: price)
            var debt = 0.0
            var last: UInt64 = 0
            var now: UInt64 = 0
            for _ in 0..<200 {
                now += UInt64.random(in: 0...100_000_000, using: &random)
                debt = max(0, debt - Double(now - last) / 1e9 * Double(rate))
                last = now
                debt += 1
                let isTaken = bucket.take(at: now)
                // At the border a billionth of a unit decides.
                if abs(debt - Double(allowance)) > 1e-3 {
                    #expect(isTaken == (debt <= Double(allowance)))
                }
                if !isTaken {
                    bucket.payBack(price)
                    debt -= 1
                }
            }
        }
    }

    @Test("a clock at its end, and one that jumps over centuries, overflow nothing")
    func hugeTimes() {
        var bucket = TokenBucket(.init(2, perSecond: .max), price: 16_384)
        #expect(takeAll(&bucket) == 2)
        #expect(takeAll(&bucket, at: .max) == 2)
        #expect(takeAll(&bucket, at: .max) == 0)
    }
}

@Suite struct ResetGraceTests {
    @Test("DATA is free up to the window that was left, an empty frame like one of a byte")
    func data() {
        var grace = ResetGrace()
        let early = grace.takeData(0)
        grace.add(window: 10)
        grace.add(window: -5)
        let taken = [7, 4, 0, 2, 0].map { grace.takeData($0) }
        #expect(!early && taken == [true, false, true, true, false])
        #expect(grace.bytes == 0)
    }

    @Test("as many header sections are free as were granted")
    func sections() {
        var grace = ResetGrace()
        let early = grace.takeSection()
        grace.add(window: 0)
        grace.add(window: 0, sections: 2)
        let taken = (0..<4).map { _ in grace.takeSection() }
        #expect(!early && taken == [true, true, true, false])
    }
}

@Suite struct PeerOutputTests {
    @Test("nothing is counted that was taken, and all is that was not")
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

    @Test("bytes removed after borrowed ones do not count as the borrowed ones")
    func takenFromTheMiddle() {
        var random = SplitMix(seed: 10)
        for _ in 0..<300 {
            var output = PeerOutput()
            var queue: [Bool] = []
            // The caller has borrowed the first `lent` bytes.
            var lent = 0
            for _ in 0..<100 {
                let length = Int.random(in: 1...50, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    queue += [Bool](repeating: true, count: length)
                    output.add(length, pending: queue.count)
                case 1:
                    queue += [Bool](repeating: false, count: length)
                case 2:
                    lent = Int.random(in: 0...queue.count, using: &random)
                case 3:
                    let count = min(queue.count - lent, length)
                    queue.removeSubrange(lent..<lent + count)
                    output.taken(count, after: lent, pending: queue.count)
                default:
                    let count = min(lent, length)
                    queue.removeFirst(count)
                    lent = 0
                    output.taken(count, pending: queue.count)
                }
                #expect(output.count >= queue.count(where: { $0 }))
                if queue.isEmpty { #expect(output.count == 0) }
            }
        }
    }

    @Test("behind a queue that never empties, what was taken is forgotten all the same")
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
