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
