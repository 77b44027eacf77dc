// SPDX-License-Identifier: MIT

import CFuzzer
import H2TestSupport

/// The interface to libFuzzer.
enum Fuzzer {
    /// The program of this process, set once before the fuzzer starts.
    nonisolated(unsafe) static var program: FuzzProgram?

    /// Runs libFuzzer with this process's arguments except the first `skipped`; returns its status.
    static func run(argumentsToSkip skipped: Int) -> Int32 {
        var count = CommandLine.argc - Int32(skipped)
        // Keep the program's name first, because libFuzzer restarts the program for some tasks.
        unsafe CommandLine.unsafeArgv[skipped] = unsafe CommandLine.unsafeArgv[0]
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
            unsafe CommandLine.unsafeArgv + skipped
        return unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, count in
            Fuzzer.take(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
            return 0
        }
    }

    /// Runs an input. A problem ends the process, and libFuzzer keeps the input.
    private static func take(_ input: [UInt8]) {
        do throws(PairError) {
            try unsafe program?.run(input)
        } catch {
            fatalError(error.text)
        }
    }

    /// Returns an input changed by libFuzzer's own mutations.
    static func mutateBytes(_ input: [UInt8], limit: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: max(limit, input.count)) { buffer, count in
            _ = unsafe buffer.initialize(from: input)
            count = unsafe LLVMFuzzerMutate(buffer.baseAddress, input.count, limit)
        }
    }
}

/// Called by libFuzzer to change an input; every other input is changed according to its format.
@c(LLVMFuzzerCustomMutator)
public func mutateInput(
    _ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ limit: Int, _ seed: UInt32
) -> Int {
    guard let data = unsafe data, seed % 2 == 0, let mutate = unsafe Fuzzer.program?.mutate else {
        return unsafe LLVMFuzzerMutate(data, count, limit)
    }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let mutated = mutate(input, SplitMix(seed: UInt64(seed))).prefix(limit)
    _ = unsafe UnsafeMutableBufferPointer(start: data, count: limit).update(from: mutated)
    return mutated.count
}
