// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Synchronization
import Testing

extension Attack {
    /// The heap size that a connection must not reach during an attack, in bytes.
    static let maxMemory = 1 << 20

    /// The maximum CPU time in the library that an attack may cost, in nanoseconds.
    static let maxNanoseconds = 20_000_000

    /// The worst values of all cases, for the table.
    struct Result: Sendable {
        var steps = 0
        var stepsWithClock = 0
        var nanoseconds = 0
        var nanosecondsWithClock = 0
        var requests = 0
        var peak = 0
        var failures: [String] = []
    }

    private static let results = Mutex<[String: Result]>([:])

    /// Runs all cases, with and without their defence, once per process.
    func result() -> Result {
        if let known = Self.results.withLock({ $0[testDescription] }) { return known }
        var result = Result()
        for item in cases { judge(item, &result) }
        Self.results.withLock { $0[testDescription] = result }
        return result
    }

    private func judge(_ item: AttackCase, _ result: inout Result) {
        func fail(_ how: String, _ found: [String]) {
            let name = item.name.isEmpty ? "" : "\(item.name), "
            result.failures += found.map { "\(name)\(how): \($0)" }
        }
        for delivery in Attacker.Delivery.allCases {
            let report = perform(item, item.attackedConfiguration, delivery)
            fail("\(delivery)", faults(of: report, item, delivery))
            switch delivery {
            case .stepwise: result.steps = max(result.steps, report.steps)
            case .timed:
                result.stepsWithClock = max(result.stepsWithClock, report.steps)
                result.nanosecondsWithClock = max(
                    result.nanosecondsWithClock, report.nanoseconds)
            case .inReads: result.nanoseconds = max(result.nanoseconds, report.nanoseconds)
            }
            result.requests = max(result.requests, report.requests)
            result.peak = max(result.peak, report.peak)
        }
        fail("without its defence", proof(of: item))
    }

    /// Returns why it is not shown that the test can fail.
    private func proof(of item: AttackCase) -> [String] {
        switch item.off {
        case .none:
            return []
        case .budgets(let budget, let others):
            // A long attack is too slow in single steps.
            let delivery: Attacker.Delivery = bound > 5_000 ? .inReads : .stepwise
            let alone = perform(
                item, item.configuration.with { $0.limits = .only(budget) }, delivery)
            let off = perform(
                item, item.configuration.with { $0.limits = .attacked(without: [budget] + others) },
                delivery)
            return faults(of: alone, item, delivery).map { "\(budget) alone: \($0)" }
                + off.problems + (isStopped(off) ? ["it is stopped all the same"] : [])
        case .check(let change):
            let report = perform(item, item.configuration.with(change), .stepwise)
            return report.problems + refusals(in: report, item.ending, "it")
        case .twin(let script):
            let report = Attacker.perform(
                script, item.configuration, settings: item.settings, .stepwise)
            return report.problems + refusals(in: report, item.ending, "its harmless twin")
        case .fault(let script):
            let report = Attacker.perform(
                script, item.configuration, settings: item.settings, .stepwise)
            return faults(of: report, item, .stepwise).isEmpty
                ? ["the planted fault is not found"] : []
        }
    }

    /// Returns how something that should be accepted was refused.
    private func refusals(
        in report: Attacker.Report, _ ending: AttackCase.Ending, _ what: String
    ) -> [String] {
        if let error = report.error { return ["\(what) is refused: \(error)"] }
        guard case .reset = ending, report.sent.contains(where: { $0.type == .rstStream }) else {
            return []
        }
        return ["\(what) is reset"]
    }

    private func perform(
        _ item: AttackCase, _ configuration: H2Configuration, _ delivery: Attacker.Delivery
    ) -> Attacker.Report {
        let report = Attacker.perform(
            item.run, configuration, settings: item.settings, delivery)
        // One-time allocations of the process do not occur the second time.
        guard report.leaked == 0 else {
            return Attacker.perform(item.run, configuration, settings: item.settings, delivery)
        }
        guard Self.limitsTime, delivery != .stepwise else { return report }
        // Other threads and programs can only add time.
        var best = report
        for _ in 0..<20 where best.nanoseconds > Self.maxNanoseconds * 3 / 2 {
            let again = Attacker.perform(
                item.run, configuration, settings: item.settings, delivery)
            if again.nanoseconds < best.nanoseconds { best = again }
        }
        return best
    }

    /// Whether the time in the library is limited. It is limited only where allocations are, too:
    /// in optimized builds without a sanitizer or valgrind.
    private static var limitsTime: Bool { Allocations.canBeJudged }

    /// Whether a budget stopped the attack.
    private func isStopped(_ report: Attacker.Report) -> Bool {
        report.error?.kind == .denialOfService && report.steps <= bound + 1_000
            && report.requests <= requests && report.peak < memory
    }

    /// Returns all that is wrong with a conversation that must be stopped.
    private func faults(
        of report: Attacker.Report, _ item: AttackCase, _ delivery: Attacker.Delivery
    ) -> [String] {
        var faults = report.problems
        if report.leaked != 0 { faults.append("\(report.leaked) bytes leaked") }
        if report.peak >= memory { faults.append("\(report.peak) bytes held") }
        if report.requests > requests { faults.append("\(report.requests) requests reported") }
        // One call may contain steps after the last one that is accepted.
        let steps =
            switch delivery {
            case .stepwise: bound
            case .timed: burst
            case .inReads: Int.max
            }
        if report.steps > steps { faults.append("\(report.steps) steps") }
        // Other tests run at the same time, which makes this one slower.
        if Self.limitsTime, delivery != .stepwise, report.nanoseconds > 2 * Self.maxNanoseconds {
            faults.append("\(report.nanoseconds / 1_000) us in the library")
        }
        if case .budgets(let budget, _) = item.off, report.limit != budget {
            faults.append("the limit is \(report.limit.map { "\($0)" } ?? "none")")
        }
        return faults + wrongEnding(of: report, item.ending)
    }

    private func wrongEnding(
        of report: Attacker.Report, _ ending: AttackCase.Ending
    ) -> [String] {
        // The caller may have sent GOAWAY before.
        let codes = report.sent.compactMap { $0.type == .goAway ? $0.errorCode : nil }.filter {
            $0 != 0
        }
        let isMisuse = report.error?.origin == .local
        let found = "\(report.error.map { "\($0)" } ?? "no error"), GOAWAY \(codes)"
        let isRight =
            switch ending {
            case .goAway(let kind, let code):
                report.error?.kind == kind && report.error?.code == code && !isMisuse
                    && codes == [code.rawValue] && report.sent.last?.type == .goAway
            case .reset(let code):
                report.error == nil && codes.isEmpty && report.sent.last?.type == .rstStream
                    && report.sent.last?.errorCode == code.rawValue
            case .silence: report.error != nil && !isMisuse && report.sent.isEmpty
            case .misuse: isMisuse && codes.isEmpty
            case .taken: report.error == nil && codes.isEmpty
            }
        return isRight ? [] : ["expected \(ending), got \(found)"]
    }
}

/// Expects that an attack is stopped, and that it is not stopped without its defence.
func expectStopped(_ attack: Attack, sourceLocation: SourceLocation = #_sourceLocation) {
    let failures = attack.result().failures.joined(separator: "\n")
    #expect(failures.isEmpty, "\(failures)", sourceLocation: sourceLocation)
}
