// SPDX-License-Identifier: MIT

import H2TestSupport
import Testing

/// The fuzzer's seeds, its corpus and its past findings, run without the fuzzer.
@Suite struct FuzzReplayTests {
    private func replay(_ inputs: [(name: String, bytes: [UInt8])], _ target: FuzzTarget) {
        for (name, input) in inputs {
            do throws(PairError) {
                try target.run(input)
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    @Test(
        "the fuzzer's seeds cause no finding",
        arguments: FuzzTarget.allCases)
    func seeds(target: FuzzTarget) {
        let seeds = FuzzSeeds.seeds(of: target)
        #expect(seeds.count > 40)
        replay(seeds.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, target)
    }

    @Test("the fuzzer's corpus causes no finding", arguments: FuzzTarget.allCases)
    func corpus(target: FuzzTarget) throws {
        let corpus = try FuzzFiles.corpus(of: target.rawValue)
        #expect(corpus.count > 100, "Tests/Fuzzing/Corpus/\(target.rawValue) is incomplete")
        replay(corpus, target)
    }

    @Test("past findings of the fuzzer do not recur", arguments: FuzzTarget.allCases)
    func failures(target: FuzzTarget) throws {
        replay(try FuzzFiles.failures(of: target.rawValue), target)
    }
}
