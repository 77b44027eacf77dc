// SPDX-License-Identifier: MIT

import CFuzzInterface
import CFuzzer
import H2TestSupport

/// A fuzz target in the form that libFuzzer runs.
struct FuzzProgram {
    let name: String
    let seeds: [String: [UInt8]]
    /// Changes an input according to its format; `nil` if the target accepts arbitrary bytes.
    let mutate: ((_ input: [UInt8], _ random: SplitMix) -> [UInt8])?
    /// Runs an input and throws the problem found, if any.
    let run: ([UInt8]) throws(PairError) -> Void

    static var all: [FuzzProgram] { FuzzTarget.allCases.map { FuzzProgram($0) } + [FuzzProgram()] }

    private init(_ target: FuzzTarget) {
        name = target.rawValue
        seeds = FuzzSeeds.seeds(of: target)
        run = { input throws(PairError) in
            try target.run(input) { __sanitizer_get_current_allocated_bytes() }
        }
        switch target {
        case .conversation: mutate = nil
        case .server, .client:
            mutate = { input, random in
                var mutator = WireMutator(random, isServer: target == .client)
                return mutator.mutate(input)
            }
        }
    }

    /// The C ABI, as a C program calls it.
    private init() {
        name = "c"
        seeds = FuzzSeeds.ofC
        mutate = nil
        run = { input throws(PairError) in
            let problem = unsafe input.withUnsafeBufferPointer {
                unsafe fuzz_c_interface($0.baseAddress, $0.count)
            }
            if let problem = unsafe problem { throw PairError(unsafe String(cString: problem)) }
        }
    }
}
