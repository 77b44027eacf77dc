// SPDX-License-Identifier: MIT

#if NIO
import Synchronization

/// The end of a connection and of the tasks that handle its requests.
///
/// Waiting for the end does not need the event loop, which may have been shut down when a task
/// returns.
final class ConnectionEnd: Sendable {
    private struct State {
        /// How the connection has ended; `nil` while it is open.
        var result: Result<Void, any Error>?
        /// The number of tasks that have not returned.
        var taskCount = 0
        var waiters: [Waiter<Void>] = []
    }

    private let state = Mutex(State())
    private let hasEnded = Atomic(false)

    /// Whether the connection has ended. Its tasks may still be running.
    var isReached: Bool { hasEnded.load(ordering: .acquiring) }

    /// The number of tasks that have not returned.
    var taskCount: Int { state.withLock { $0.taskCount } }

    /// Records that the connection has ended; `error` is `nil` if it ended without an error.
    func reach(_ error: (any Error)?) {
        hasEnded.store(true, ordering: .releasing)
        update { $0.result = error.map { .failure($0) } ?? .success(()) }
    }

    func taskStarted() { state.withLock { $0.taskCount += 1 } }

    func taskReturned() { update { $0.taskCount -= 1 } }

    /// Waits until the connection and its tasks have ended.
    ///
    /// - Throws: The error that ended the connection; `CancellationError`, at once, if the task is
    ///   cancelled.
    func wait() async throws {
        let waiter = Waiter<Void>()
        try await waiter.wait {
            update { state in
                // Remove the waiters of tasks that were cancelled.
                state.waiters.removeAll { !$0.isWaiting }
                state.waiters.append(waiter)
            }
        }
    }

    /// Changes the state. If the connection and its tasks have then ended, resumes the tasks that
    /// wait.
    private func update(_ change: (inout State) -> Void) {
        let (result, waiters) = state.withLock { state in
            change(&state)
            guard let result = state.result, state.taskCount == 0, !state.waiters.isEmpty else {
                return (Result<Void, any Error>.success(()), [Waiter<Void>]())
            }
            defer { state.waiters = [] }
            return (result, state.waiters)
        }
        for waiter in waiters { waiter.resume(result) }
    }
}
#endif
