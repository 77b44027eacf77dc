// SPDX-License-Identifier: MIT

import CFuzzInterface
import H2TestSupport
import Testing

/// Replays the C ABI fuzzer's seeds, its corpus and its past findings, without the fuzzer.
@Suite struct FuzzReplayTests {
    private func replay(_ inputs: [(name: String, bytes: [UInt8])]) {
        for (name, input) in inputs {
            let problem = input.withUnsafeBufferPointer {
                fuzz_c_interface($0.baseAddress, $0.count)
            }
            if let problem { Issue.record("\(name): \(String(cString: problem))") }
        }
    }

    @Test("the seeds show no problem")
    func seeds() {
        #expect(FuzzSeeds.ofC.count > 40)
        replay(FuzzSeeds.ofC.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    @Test("the corpus shows no problem")
    func corpus() throws {
        let corpus = try FuzzFiles.corpus(of: "c")
        #expect(corpus.count > 100, "Tests/Fuzzing/Corpus/c is incomplete")
        replay(corpus)
    }

    @Test("past findings show no problem")
    func failures() throws {
        replay(try FuzzFiles.failures(of: "c"))
    }
}
