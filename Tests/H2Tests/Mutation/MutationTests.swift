// SPDX-License-Identifier: MIT

import Foundation
import H2
import H2TestSupport
import Testing

/// Valid conversations with 1 to 5 mutations: whatever a peer sends, nothing traps, and H2 and
/// nghttp2 agree.
@Suite struct MutationTests {
    /// The seeds for each role. `H2_MUTATION_SEEDS=FIRST,COUNT` selects others.
    static let seeds: Range<UInt64> = {
        let text = ProcessInfo.processInfo.environment["H2_MUTATION_SEEDS"] ?? ""
        let numbers = text.split(separator: ",").compactMap { UInt64($0) }
        guard numbers.count == 2 else { return 0..<10_000 }
        return numbers[0]..<numbers[0] + numbers[1]
    }()

    @Test(
        "conversations without mutations cause no error",
        arguments: [H2Configuration.Role.client, .server])
    func validConversations(role: H2Configuration.Role) {
        var tally = MutationTally()
        for seed in UInt64(0)..<300 {
            var run = MutationRun(role, seed: seed, isPassive: false, isMutated: false)
            run.run(&tally)
        }
        let problems = tally.failures.joined(separator: "\n")
        #expect(tally.failures.isEmpty, "\(problems)")
    }

    @Test(
        "mutated conversations leave the connection consistent",
        arguments: [H2Configuration.Role.client, .server])
    func mutatedConversations(role: H2Configuration.Role) async {
        var tally = MutationTally()
        for seed in Self.seeds {
            var run = MutationRun(role, seed: seed, isPassive: seed % 20 == 0)
            run.run(&tally)
        }
        let problems = tally.failures.joined(separator: "\n")
        #expect(tally.failures.isEmpty, "\(problems)")
        let missing = tally.missing(least: 100, role: role)
        #expect(
            missing.isEmpty || Self.seeds.count < 10_000,
            "met too rarely: \(missing.joined(separator: ", "))\n\(tally)")
        if ProcessInfo.processInfo.environment["H2_MUTATION_SEEDS"] != nil {
            print("\(role)\n\(tally)")
        }
    }
}
