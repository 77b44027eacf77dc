// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A known attack on HTTP/2 as frame sequences: a row of the table that `AttackTableTests` prints.
struct Attack: Sendable, CustomTestStringConvertible {
    /// What holds it off, and so how the test is proved able to fail.
    enum Kind: String, Sendable {
        /// A budget ends the connection: with that budget off, nothing does.
        case budget
        /// A check refuses it: with the check off, or without what it is about, it is taken.
        case rule
        /// It may do as it likes, but all memory comes back; also run under the address sanitizer.
        case lifetime
    }

    /// Its number; vectors of the same attack have letters.
    let row: String
    let name: String
    let kind: Kind
    /// The budget or the rule, in words.
    let defence: String
    /// The most steps until it is over, from the first of the attack on.
    let bound: Int
    /// The most steps if each call is passed the same time.
    let burst: Int
    /// The most requests that reach the caller.
    let requests: Int
    let cases: [AttackCase]
    /// Bytes of heap that the connection and the events of one read may take.
    var memory = Attack.mostMemory

    var testDescription: String { "\(row) \(name)" }

    /// An attack that a budget ends.
    ///
    /// - Parameters:
    ///   - budget: The budget that ends it, alone, too.
    ///   - others: Budgets that would end it if that one did not.
    ///   - bound: The most steps.
    ///   - burst: The most steps if the time does not advance; nil for `bound`.
    static func budget(
        _ row: String, _ name: String, _ budget: H2Limit, or others: [H2Limit] = [],
        bound: Int, burst: Int? = nil, requests: Int = 0,
        _ configuration: H2Configuration = .server,
        settings: [(UInt16, UInt32)]? = [], run: @escaping AttackCase.Script
    ) -> Attack {
        Attack(
            row: row, name: name, kind: .budget, defence: "\(budget)", bound: bound,
            burst: burst ?? bound, requests: requests,
            cases: [
                AttackCase(
                    "", .goAway(.denialOfService, .enhanceYourCalm),
                    off: .budgets(budget, others), configuration, settings: settings, run: run)
            ])
    }

    /// An attack that repeats one step, reads the answers, and uses up a budget.
    ///
    /// - Parameters:
    ///   - weight: Units of the budget that a step uses up.
    ///   - unreserved: The number of these units that are never taken from the reserve.
    ///   - opening: Steps before the attack, which use up nothing.
    ///   - paid: Units that `prepare` and the opening restore.
    ///   - asks: Whether each step is a request that reaches the caller.
    ///   - memory: Bytes of heap that the connection and the events of one read may take.
    ///   - prepare: A script that runs before the opening.
    static func flood(
        _ row: String, _ name: String, _ budget: H2Limit, weight: Int = 1,
        unreserved: Int = 0, opening: [[UInt8]] = [], paid: Int = 0, asks: Bool = false,
        memory: Int = Attack.mostMemory,
        _ configuration: H2Configuration = .server, settings: [(UInt16, UInt32)] = [],
        prepare: @escaping AttackCase.Script = { _ in },
        step: @escaping @Sendable (Int) -> [UInt8]
    ) -> Attack {
        func steps(_ units: Int, each weight: Int) -> Int {
            opening.count + (units + paid) / weight + 1
        }
        let burst = steps(budget.burst, each: weight)
        let bound = min(
            steps(budget.lifetime, each: weight),
            unreserved == 0 ? .max : steps(budget.burst, each: unreserved))
        var attack = Attack.budget(
            row, name, budget, bound: bound, burst: burst,
            requests: asks ? bound : opening.count, configuration, settings: settings
        ) { attacker in
            try prepare(attacker)
            for bytes in opening { try attacker.step(bytes) }
            for index in 0..<bound + 100 {
                try attacker.step(step(index))
                if index % 500 == 499 { try attacker.read() }
            }
        }
        attack.memory = memory
        return attack
    }

    /// An attack that a check refuses.
    static func rule(
        _ row: String, _ name: String, _ rule: String, bound: Int = 1, burst: Int? = nil,
        requests: Int = 0, _ cases: [AttackCase]
    ) -> Attack {
        Attack(
            row: row, name: name, kind: .rule, defence: rule, bound: bound,
            burst: burst ?? bound, requests: requests, cases: cases)
    }

    /// An attack on memory.
    static func lifetime(
        _ row: String, _ name: String, _ what: String, bound: Int, requests: Int = 0,
        _ cases: [AttackCase]
    ) -> Attack {
        Attack(
            row: row, name: name, kind: .lifetime, defence: what, bound: bound, burst: bound,
            requests: requests, cases: cases)
    }
}

/// One conversation of an attack, on a connection of its own.
struct AttackCase: Sendable {
    typealias Script = @Sendable (Attacker) throws -> Void

    /// How it has to end.
    enum Ending: Hashable, Sendable {
        /// With this error, and one GOAWAY that says so.
        case goAway(H2Error.Kind, H2ErrorCode)
        /// With RST_STREAM of this code, while the connection continues.
        case reset(H2ErrorCode)
        /// With an error but without GOAWAY: the peer does not speak HTTP/2.
        case silence
        /// With a call that throws and does nothing.
        case misuse
        /// Everything is taken.
        case taken
    }

    /// What shows that the test can fail.
    enum Off: Sendable {
        /// With these budgets off it is not held off; the first of them suffices alone.
        case budgets(H2Limit, [H2Limit])
        /// With the check switched off it is taken.
        case check(@Sendable (inout H2Configuration) -> Void)
        /// The check cannot be switched off, as the engine has it, too. The same bytes without what
        /// the check is about are taken.
        case twin(Script)
        /// The same with a planted fault fails.
        case fault(Script)
        case none
    }

    let name: String
    let ending: Ending
    let off: Off
    let configuration: H2Configuration
    /// What the attacker announces; nil where the script makes the handshake itself.
    let settings: [(UInt16, UInt32)]?
    let run: Script

    /// The configuration with `H2Limits.attacked` if it has the default limits.
    var attackedConfiguration: H2Configuration {
        configuration.with { if $0.limits == H2Limits() { $0.limits = .attacked } }
    }

    init(
        _ name: String, _ ending: Ending, off: Off = .none,
        _ configuration: H2Configuration = .server, settings: [(UInt16, UInt32)]? = [],
        run: @escaping Script
    ) {
        self.name = name
        self.ending = ending
        self.off = off
        self.configuration = configuration
        self.settings = settings
        self.run = run
    }
}

/// What an attack was found to be wrong with.
struct AttackFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Attack {
    /// All attacks, in the order of the table.
    static let all: [Attack] =
        until2018 + of2019 + of2020To2022 + of2023 + resets + of2024To2025 + of2026 + unnumbered
        + onCosts
}
