// SPDX-License-Identifier: MIT

import BenchSupport
import H2NIO
import NIOCore

/// Sends W1's messages over a socket pair, both ends on one event loop thread.
private func measure(_ run: Run) async throws {
    switch run.form {
    case "handler": try await runHandler(run)
    case "async", "outside": try await runAsync(run)
    case "types": try await runTypes(run)
    case "nio-frames": try await runFrames(run)
    case "nio-async", "nio-outside": try await runMultiplexer(run)
    case "nio-types": try await runTypedMultiplexer(run)
    default: fail("unknown form \(run.form)")
    }
}

let run = Run(Job())
let start = cpuSeconds()
// Everything runs on event loop threads: under valgrind 3.19, threads of Dispatch do not start.
let done = run.group.any().makePromise(of: Void.self)
Task(executorPreference: run.mainExecutor) {
    do { try await measure(run) } catch { fail("\(error)") }
    done.succeed(())
}
try done.futureResult.wait()
printResult(
    run.job, seconds: cpuSeconds() - start, resident: 0, requests: run.requests.value,
    responses: run.responses.value)
