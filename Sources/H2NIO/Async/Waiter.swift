// SPDX-License-Identifier: MIT

#if NIO
import Synchronization

/// A task that waits for one value, usually from the event loop.
///
/// Cancelling the task ends the wait at once, without the event loop.
final class Waiter<Value: Sendable>: Sendable {
    // Safe: a continuation is resumed once, because `finish` returns it once.
    @safe private enum State {
        case new
        case waiting(UnsafeContinuation<Value, any Error>)
        case finished
        case cancelled
    }

    private let state = Mutex(State.new)

    /// Suspends the task until `resume` is called.
    ///
    /// - Parameter start: Called when the task waits, to pass the waiter to the code that resumes
    ///   it. It is not called if the task has been cancelled.
    /// - Throws: The error of `resume`; `CancellationError` if the task is cancelled.
    func wait(_ start: () -> Void) async throws -> Value {
        try await withTaskCancellationHandler {
            try await unsafe withUnsafeThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if case .cancelled = state { return true }
                    unsafe state = .waiting(continuation)
                    return false
                }
                if isCancelled {
                    unsafe continuation.resume(throwing: CancellationError())
                } else {
                    start()
                }
            }
        } onCancel: {
            let continuation = unsafe finish(.cancelled)
            unsafe continuation?.resume(throwing: CancellationError())
        }
    }

    /// Ends the wait, and returns whether the task was waiting.
    @discardableResult
    func resume(_ result: sending Result<Value, any Error>) -> Bool {
        guard let continuation = unsafe finish(.finished) else { return false }
        unsafe continuation.resume(with: result)
        return true
    }

    /// Whether the task is waiting.
    var isWaiting: Bool {
        state.withLock { if case .waiting = $0 { true } else { false } }
    }

    private func finish(_ next: State) -> UnsafeContinuation<Value, any Error>? {
        unsafe state.withLock { state in
            let previous = state
            switch state {
            case .new, .waiting: state = next
            case .finished, .cancelled: break
            }
            if case .waiting(let continuation) = previous { return unsafe continuation }
            return nil
        }
    }
}
#endif
