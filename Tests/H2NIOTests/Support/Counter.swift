// SPDX-License-Identifier: MIT

#if NIO
import H2NIO
import Synchronization

/// A number that several tasks increase.
final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add(_ number: Int) { value.withLock { $0 += number } }
}
#endif
