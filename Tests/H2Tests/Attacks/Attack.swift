// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A known attack on HTTP/2 as frame sequences: a row of the table that `AttackTableTests` prints.
struct Attack: Sendable, CustomTestStringConvertible {
    /// What stops the attack, and how the test is shown to be able to fail.
    enum Kind: String, Sendable {
        /// A budget ends the connection; without that budget, nothing does.
        case budget
        /// A check refuses it; without the check, or without the violation, it is accepted.
        case rule
        /// Nothing stops it, but all memory is released. Also run under the address sanitizer.
        case lifetime
    }

    /// Its row number; variants of the same attack have letters.
    let row: String
    let name: String
    let kind: Kind
    /// The budget or the rule, in words.
    let defence: String
    /// The maximum number of steps until the attack ends, counted from its first step.
    let bound: Int
    /// The maximum number of steps if each call is passed the same time.
    let burst: Int
    /// The maximum number of requests that reach the caller.
    let requests: Int
    let cases: [AttackCase]
    /// The maximum heap size of the connection and the events of one read, in bytes.
    var memory = Attack.maxMemory

    var testDescription: String { "\(row) \(name)" }

    /// Returns an attack that a budget ends.
    ///
    /// - Parameters:
    ///   - budget: The budget that ends it, even if it is the only limit.
    ///   - others: Budgets that would end it without that one.
    ///   - bound: The maximum number of steps.
    ///   - burst: The maximum number of steps if the time does not advance; `nil` for `bound`.
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

    /// Returns an attack that repeats one step, reads the answers, and uses up a budget.
    ///
    /// - Parameters:
    ///   - weight: The units of the budget that a step uses.
    ///   - unreserved: The number of these units that are never taken from the reserve.
    ///   - opening: Steps before the attack, which use no units.
    ///   - restored: The units that `prepare` and the opening restore.
    ///   - asks: Whether each step is a request that reaches the caller.
    ///   - memory: The maximum heap size of the connection and the events of one read, in bytes.
    ///   - prepare: A script that runs before the opening.
    static func flood(
        _ row: String, _ name: String, _ budget: H2Limit, weight: Int = 1,
        unreserved: Int = 0, opening: [[UInt8]] = [], restored: Int = 0, asks: Bool = false,
        memory: Int = Attack.maxMemory,
        _ configuration: H2Configuration = .server, settings: [(UInt16, UInt32)] = [],
        prepare: @escaping AttackCase.Script = { _ in },
        step: @escaping @Sendable (Int) -> [UInt8]
    ) -> Attack {
        func steps(_ units: Int, each weight: Int) -> Int {
            opening.count + (units + restored) / weight + 1
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

    /// Returns an attack that a check refuses.
    static func rule(
        _ row: String, _ name: String, _ rule: String, bound: Int = 1, burst: Int? = nil,
        requests: Int = 0, _ cases: [AttackCase]
    ) -> Attack {
        Attack(
            row: row, name: name, kind: .rule, defence: rule, bound: bound,
            burst: burst ?? bound, requests: requests, cases: cases)
    }

    /// Returns an attack on memory.
    static func lifetime(
        _ row: String, _ name: String, _ what: String, bound: Int, requests: Int = 0,
        _ cases: [AttackCase]
    ) -> Attack {
        Attack(
            row: row, name: name, kind: .lifetime, defence: what, bound: bound, burst: bound,
            requests: requests, cases: cases)
    }
}

/// A conversation of an attack, on its own connection.
struct AttackCase: Sendable {
    typealias Script = @Sendable (Attacker) throws -> Void

    /// How the conversation must end.
    enum Ending: Hashable, Sendable {
        /// With this error, and one GOAWAY with its code.
        case goAway(H2Error.Kind, H2ErrorCode)
        /// With RST_STREAM of this code, while the connection continues.
        case reset(H2ErrorCode)
        /// With an error but without GOAWAY: the peer does not speak HTTP/2.
        case silence
        /// With a call that throws and changes nothing.
        case misuse
        /// With everything accepted.
        case taken
    }

    /// What shows that the test can fail.
    enum Off: Sendable {
        /// Without these budgets it is not stopped; the first of them alone suffices.
        case budgets(H2Limit, [H2Limit])
        /// With the check switched off, it is accepted.
        case check(@Sendable (inout H2Configuration) -> Void)
        /// The check cannot be switched off, because nghttp2 has it, too. The same bytes without
        /// the violation are accepted.
        case twin(Script)
        /// The same conversation with a planted fault fails.
        case fault(Script)
        case none
    }

    let name: String
    let ending: Ending
    let off: Off
    let configuration: H2Configuration
    /// The attacker's settings; `nil` if the script performs the handshake.
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

/// A requirement that an attack did not meet.
struct AttackFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Attack {
    /// All attacks, in the order of the table.
    static let all: [Attack] =
        until2018 + of2019 + of2020To2022 + of2023 + resets + of2024To2025 + of2026 + unnumbered
        + onCosts + onQueues + onTime
}
