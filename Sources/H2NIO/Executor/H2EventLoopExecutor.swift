// SPDX-License-Identifier: MIT

#if NIO
public import NIOCore
import Synchronization

/// A handler whose output changes while tasks run.
protocol Flushable: AnyObject {
    func flushScheduled()
}

/// Runs tasks on an event loop, together with the connections of that event loop.
///
/// Jobs that become ready while a channel of H2NIO reads run at the end of the read burst, before
/// the connection is flushed. Other jobs run in the next turn of the event loop. Jobs that become
/// ready while jobs run follow in the same turn. After about 1,024 jobs, the rest waits for the
/// next turn, so that the event loop continues to handle its channels.
///
/// A task that blocks its thread blocks all connections of the event loop. Let all tasks end before
/// you shut down the event loop. A task that is still waiting then never resumes, because SwiftNIO
/// discards its job.
// Sendable: only the event loop uses the properties that change.
public final class H2EventLoopExecutor: TaskExecutor, @unchecked Sendable {
    /// The number of jobs after which the event loop handles its channels. Jobs that are ready at
    /// the same time run together, even if they exceed this number.
    private static let maxJobs = 1_024

    /// The event loop that runs the jobs.
    public let eventLoop: any EventLoop
    @safe @exclusivity(unchecked) private var jobs: [UnownedJob] = []
    @safe @exclusivity(unchecked) private var batch: [UnownedJob] = []
    @safe @exclusivity(unchecked) private var flushes: [any Flushable] = []
    @safe @exclusivity(unchecked) private var bursts = 0
    @safe @exclusivity(unchecked) private var isScheduled = false
    /// Whether jobs are running. If they change the output of a handler, it is flushed after them.
    @safe @exclusivity(unchecked) private(set) var isRunning = false

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The executors that are in use.
    private static let executors = Mutex<[ObjectIdentifier: WeakExecutor]>([:])

    private struct WeakExecutor {
        weak var executor: H2EventLoopExecutor?
    }

    /// Returns the executor of an event loop, which all its connections share. Any thread can call
    /// this.
    public static func shared(for eventLoop: any EventLoop) -> H2EventLoopExecutor {
        executors.withLock { executors in
            let key = ObjectIdentifier(eventLoop)
            if let executor = executors[key]?.executor, executor.eventLoop === eventLoop {
                return executor
            }
            let executor = H2EventLoopExecutor(eventLoop)
            executors = executors.filter { $0.value.executor != nil }
            executors[key] = WeakExecutor(executor: executor)
            return executor
        }
    }

    /// Runs a job on the event loop. The Swift runtime calls this, on any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            add(job)
        } else {
            eventLoop.execute { self.add(job) }
        }
    }

    private func add(_ job: UnownedJob) {
        jobs.append(job)
        if bursts == 0, !isRunning { schedule() }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.execute {
            self.isScheduled = false
            self.run()
        }
    }

    // MARK: Called by handlers

    func beginBurst() { bursts += 1 }

    /// Runs the jobs that became ready in a read burst.
    func endBurst() {
        bursts -= 1
        if !jobs.isEmpty, !isRunning { run() }
    }

    /// Flushes a handler after the jobs that are running.
    func flushAfterTasks(_ handler: any Flushable) { flushes.append(handler) }

    private func run() {
        isRunning = true
        let executor = unsafe asUnownedTaskExecutor()
        var left = Self.maxJobs
        while !jobs.isEmpty, left > 0 {
            left -= jobs.count
            swap(&jobs, &batch)
            for job in batch { unsafe job.runSynchronously(on: executor) }
            batch.removeAll(keepingCapacity: true)
        }
        isRunning = false
        while let handler = flushes.popLast() { handler.flushScheduled() }
        if !jobs.isEmpty { schedule() }
    }
}
#endif
