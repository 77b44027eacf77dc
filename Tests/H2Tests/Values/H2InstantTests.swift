// SPDX-License-Identifier: MIT

import H2
import Testing

@Suite struct H2InstantTests {
    private static let last = H2Instant(nanoseconds: .max)

    @Test(
        "an instant moves by a duration, and stays between 0 and the last instant",
        arguments: [
            (H2Instant(nanoseconds: 5), Duration.nanoseconds(7), UInt64(12)),
            (H2Instant(nanoseconds: 5), .nanoseconds(-5), 0),
            (H2Instant(nanoseconds: 5), .nanoseconds(-6), 0),
            (H2Instant(nanoseconds: 5), .seconds(Int64.min), 0),
            (H2Instant(nanoseconds: 5), .seconds(Int64.max), .max),
            (Self.last, .zero, .max), (Self.last, .nanoseconds(1), .max),
            (Self.last, .nanoseconds(-1), .max - 1),
        ])
    func advanced(start: H2Instant, duration: Duration, end: UInt64) {
        #expect(start.advanced(by: duration).rawValue == end)
    }

    @Test("the duration to an earlier instant is negative")
    func duration() {
        let (a, b) = (H2Instant(nanoseconds: 3), H2Instant(nanoseconds: 10))
        #expect(a.duration(to: b) == .nanoseconds(7))
        #expect(b.duration(to: a) == .nanoseconds(-7))
        #expect(a.duration(to: a) == .zero)
        let span = H2Instant(nanoseconds: 0).duration(to: Self.last)
        #expect(span == .nanoseconds(UInt64.max))
        #expect(Self.last.duration(to: H2Instant(nanoseconds: 0)) == .zero - span)
    }
}
