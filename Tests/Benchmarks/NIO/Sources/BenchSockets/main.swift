// SPDX-License-Identifier: MIT

import BenchSupport
import H2NIO
import NIOCore

/// Sends the messages of W1 between two ends on one event loop: over a socket pair, or with TLS over
/// the loopback interface.
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
// All tasks run on event loop threads: under valgrind 3.19, threads of Dispatch do not start.
let done = run.group.any().makePromise(of: Void.self)
Task(executorPreference: run.mainExecutor) {
    do { try await measure(run) } catch { fail("\(error)") }
    done.succeed(())
}
try done.futureResult.wait()
printResult(
    run.job, seconds: cpuSeconds() - start, resident: 0, requests: run.requests.value,
    responses: run.responses.value)
