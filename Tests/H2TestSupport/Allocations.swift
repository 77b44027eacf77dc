// SPDX-License-Identifier: MIT

private import CCountingMalloc

/// Counts heap allocations of the current thread.
public enum Allocations {
    /// Whether they can be counted here: with glibc, without sanitizer or valgrind.
    public static var canBeCounted: Bool { counting_malloc_is_available() != 0 }

    /// Runs `body` and returns how many allocations it made; 0 where they cannot be counted.
    public static func count<E: Error>(_ body: () throws(E) -> Void) throws(E) -> Int {
        counting_malloc_start()
        defer { _ = counting_malloc_stop() }
        try body()
        return Int(counting_malloc_stop())
    }
}

/// Measures the heap memory that one side of a conversation holds: what was allocated and not freed
/// while it was being measured. For one thread, and one at a time.
public final class MemoryMeter {
    /// Starts at 0.
    public init() {
        counting_malloc_start()
        _ = counting_malloc_stop()
    }

    /// Runs `body`, and takes what it allocates and frees into account.
    public func measure<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
        counting_malloc_resume()
        defer { _ = counting_malloc_stop() }
        return try body()
    }

    /// Bytes that are held; 0 where they cannot be counted.
    public var held: Int { Int(counting_malloc_live()) }

    /// The most bytes that were ever held.
    public var peak: Int { Int(counting_malloc_peak()) }
}
