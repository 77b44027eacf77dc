// SPDX-License-Identifier: MIT

import H2
import Testing

/// The tables of limits, `FrequencyLimit` and `SizeLimit`.
@Suite struct LimitTableTests {
    /// Returns the names of the properties that differ.
    private func difference<Value>(_ a: Value, _ b: Value) -> [String?] {
        zip(Mirror(reflecting: a).children, Mirror(reflecting: b).children)
            .filter { "\($0.value)" != "\($1.value)" }.map(\.0.label)
    }

    @Test("each limit that an error can name is in exactly one table, under its name")
    func names() {
        let names =
            FrequencyLimit.allCases.map { ("\($0)", $0.rule.limit) }
            + SizeLimit.allCases.compactMap { size in size.rule.limit.map { ("\(size)", $0) } }
        #expect(names.allSatisfy { $0.0 == "\($0.1)" })
        #expect(names.count == H2Limit.allCases.count)
        #expect(Set(names.map(\.1)) == Set(H2Limit.allCases))
    }

    @Test("each frequency limit accesses the properties with its name")
    func frequencies() {
        let (limits, usage) = (H2Limits(), H2Connection(.server).usage)
        for limit in FrequencyLimit.allCases {
            var (otherLimits, otherUsage) = (limits, usage)
            otherLimits[limit] = .init(7, perSecond: 8)
            otherUsage[limit].used = 9
            #expect(difference(limits, otherLimits) == ["\(limit)"])
            #expect(difference(usage, otherUsage) == ["\(limit)"])
            #expect(otherLimits[limit] == .init(7, perSecond: 8) && otherUsage[limit].used == 9)
        }
    }

    @Test("each size limit accesses the properties with its name")
    func sizes() {
        let (limits, usage) = (H2Limits(), H2Connection(.server).usage)
        for limit in SizeLimit.allCases {
            var (otherLimits, otherUsage) = (limits, usage)
            otherLimits[limit] = 7
            otherUsage[limit] = (8, 9)
            #expect(difference(limits, otherLimits) == ["\(limit)"])
            #expect(otherLimits[limit] == 7 && otherUsage[limit].value == 8)
            // One property changes, or a second one for the largest value.
            let most = "most\("\(limit)".prefix(1).uppercased())\("\(limit)".dropFirst())"
            let names = otherUsage[limit].largest == 9 ? ["\(limit)", most] : ["\(limit)"]
            #expect(difference(usage, otherUsage) == names)
        }
    }

    @Test("in .unlimited, no limit has a bound")
    func unlimited() {
        let limits = H2Limits.unlimited
        #expect(FrequencyLimit.allCases.allSatisfy { limits[$0] == .unlimited })
        #expect(SizeLimit.allCases.allSatisfy { limits[$0] == nil })
    }
}
