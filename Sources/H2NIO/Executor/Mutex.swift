// SPDX-License-Identifier: MIT

#if NIO && THREAD_SANITIZER
import NIOConcurrencyHelpers

/// Replaces `Synchronization.Mutex` in tests with the thread sanitizer.
///
/// The thread sanitizer does not know how `Synchronization.Mutex` synchronizes threads on Linux, so
/// it would report each access to the value as a race.
// Sendable: the lock protects the value.
package final class Mutex<Value>: @unchecked Sendable {
    private let lock = NIOLock()
    private var value: Value

    package init(_ value: consuming sending Value) { self.value = value }

    package func withLock<R, E: Error>(
        _ body: (inout sending Value) throws(E) -> sending R
    ) throws(E) -> sending R {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
#endif
