// SPDX-License-Identifier: MIT

#if NIO && THREAD_SANITIZER
import NIOConcurrencyHelpers

/// Replaces `Synchronization.Mutex` in tests with the thread sanitizer, which would report a race for each
/// access to a value: it does not know how that type synchronizes threads on Linux.
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
