// SPDX-License-Identifier: MIT

import CFuzzInterface
import H2TestSupport
import Testing

/// What the fuzzer starts from, came to, and once found with the C ABI, without the fuzzer.
@Suite struct FuzzReplayTests {
    private func replay(_ inputs: [(name: String, bytes: [UInt8])]) {
        for (name, input) in inputs {
            let problem = input.withUnsafeBufferPointer {
                fuzz_c_interface($0.baseAddress, $0.count)
            }
            if let problem { Issue.record("\(name): \(String(cString: problem))") }
        }
    }

    @Test("nothing is wrong with the inputs that the fuzzer starts from")
    func seeds() {
        #expect(FuzzSeeds.ofC.count > 40)
        replay(FuzzSeeds.ofC.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    @Test("nothing is wrong with the corpus")
    func corpus() throws {
        let corpus = try FuzzFiles.corpus(of: "c")
        #expect(corpus.count > 100, "Tests/Fuzzing/Corpus/c is not whole")
        replay(corpus)
    }

    @Test("what the fuzzer found does not happen again")
    func failures() throws {
        replay(try FuzzFiles.failures(of: "c"))
    }
}
