// SPDX-License-Identifier: MIT

private import CCountingMalloc

/// Counts heap allocations of the current thread.
public enum Allocations {
    /// Whether allocations can be counted: with glibc, without a sanitizer or valgrind.
    public static var canBeCounted: Bool { counting_malloc_is_available() != 0 }

    /// Runs `body` and returns its number of allocations, or 0 if they cannot be counted.
    public static func count<E: Error>(_ body: () throws(E) -> Void) throws(E) -> Int {
        counting_malloc_start()
        defer { _ = counting_malloc_stop() }
        try body()
        return Int(counting_malloc_stop())
    }
}

/// Measures the heap memory held by one side of a conversation: the bytes allocated and not freed
/// while measuring. Use one meter at a time, in one thread.
public final class MemoryMeter {
    /// Creates a meter that starts at 0.
    public init() {
        counting_malloc_start()
        _ = counting_malloc_stop()
    }

    /// Runs `body` and counts the memory that it allocates and frees.
    public func measure<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
        counting_malloc_resume()
        defer { _ = counting_malloc_stop() }
        return try body()
    }

    /// The bytes held, or 0 if they cannot be counted.
    public var held: Int { Int(counting_malloc_live()) }

    /// The maximum of `held` so far.
    public var peak: Int { Int(counting_malloc_peak()) }
}
