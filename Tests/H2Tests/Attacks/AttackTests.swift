// SPDX-License-Identifier: MIT

import H2TestSupport
import Testing

extension Tag {
    /// Tests of memory, most useful under the address sanitizer with leak detection.
    @Tag static var lifetime: Self
}

/// Attacks that a budget ends.
@Suite struct AttackBudgetTests {
    @Test("a budget ends the attack", arguments: Attack.all.filter { $0.kind == .budget })
    func budget(_ attack: Attack) { expectStopped(attack) }
}

/// Attacks that a check refuses.
@Suite struct AttackRuleTests {
    @Test("a check refuses the attack", arguments: Attack.all.filter { $0.kind == .rule })
    func rule(_ attack: Attack) { expectStopped(attack) }
}

/// Attacks on memory.
@Suite(.tags(.lifetime)) struct AttackLifetimeTests {
    @Test(
        "the memory of the attack is released",
        arguments: Attack.all.filter { $0.kind == .lifetime })
    func lifetime(_ attack: Attack) { expectStopped(attack) }
}

/// The table of all attacks.
@Suite struct AttackTableTests {
    /// Rows of the list of attacks that have no test here, with the reason.
    static let untested = [
        45: "h2c Upgrade with a body: concerns proxies, out of scope"
    ]

    /// The rows of the list of attacks.
    static let rows = 1...47

    @Test("each of the 47 attacks is stopped, or listed as untested")
    func table() {
        var lines = [
            Self.line(
                "row", "attack", "kind", "budget or rule", "steps", "with a clock", "requests",
                "us", "timed", "bytes")
        ]
        var tested: Set<Int> = []
        for row in Self.rows {
            if let reason = Self.untested[row] { lines.append(Self.line("\(row)", reason)) }
            for attack in Attack.all where Self.number(attack.row) == row {
                let result = attack.result()
                tested.insert(row)
                let peak = Allocations.canBeCounted ? "\(result.peak)" : "-"
                lines.append(
                    Self.line(
                        attack.row, attack.name, attack.kind.rawValue, attack.defence,
                        "\(result.steps)/\(attack.bound)",
                        "\(result.stepsWithClock)/\(attack.burst)",
                        "\(result.requests)/\(attack.requests)",
                        "\(result.nanoseconds / 1_000)",
                        "\(result.nanosecondsWithClock / 1_000)", peak))
                expectStopped(attack)
            }
        }
        print(lines.joined(separator: "\n"))
        #expect(tested.union(Self.untested.keys) == Set(Self.rows))
        #expect(tested.isDisjoint(with: Self.untested.keys))
        #expect(Set(Attack.all.map(\.testDescription)).count == Attack.all.count)
        #expect(Attack.all.allSatisfy { Self.number($0.row).map(Self.rows.contains) == true })
    }

    private static func number(_ row: String) -> Int? { Int(row.prefix { $0.isNumber }) }

    private static func line(_ columns: String...) -> String {
        let widths = [4, 60, 9, 42, 14, 14, 12, 7, 7]
        return columns.enumerated().map { index, text in
            guard index < widths.count, index < columns.count - 1 else { return text }
            return text + String(repeating: " ", count: max(1, widths[index] - text.count))
        }.joined()
    }
}
