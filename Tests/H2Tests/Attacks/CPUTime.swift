// SPDX-License-Identifier: MIT

import Glibc

/// The time that this thread was given, whatever else the machine does.
enum CPUTime {
    private static func now() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Nanoseconds of a clock that is quick to read, for what is measured many times.
    static func clock() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Nanoseconds since `start`, without the time that reading the clock takes.
    static func since(_ start: Int) -> Int { max(0, clock() - start - costOfClock) }

    private static let costOfClock: Int = {
        (0..<1_000).map { _ in
            let start = clock()
            return clock() - start
        }.min() ?? 0
    }()

    /// Runs `body` without the backtrace that Swift Testing records at each throw, because that
    /// takes longer than receiving a frame.
    static func withoutBacktraces<E: Error>(_ body: () throws(E) -> Void) throws(E) {
        unsafe throwHooks.forEach { unsafe $0.address.pointee = nil }
        defer { unsafe throwHooks.forEach { unsafe $0.address.pointee = unsafe $0.value } }
        try body()
    }

    private typealias Hook = (
        address: UnsafeMutablePointer<UnsafeMutableRawPointer?>, value: UnsafeMutableRawPointer?
    )

    /// Hooks that the Swift runtime calls at each throw, and their initial values.
    nonisolated(unsafe) private static let throwHooks: [Hook] = unsafe [
        hook("_swift_willThrow"), hook("_swift_willThrowTypedImpl"),
    ].compactMap { unsafe $0 }

    private static func hook(_ name: String) -> Hook? {
        guard let symbol = unsafe dlsym(nil, name) else { return nil }
        let address = unsafe symbol.assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
        return unsafe (address, address.pointee)
    }

    /// What `growth` may be where cost is in proportion to the work.
    static let linear = 6.0

    /// How many times as much four times the work costs: 4 where cost is in proportion to it, 16
    /// where it grows with the square.
    ///
    /// - Parameter make: Prepares so much work, and returns what is to be measured.
    static func growth(
        of size: Int, _ make: (Int) throws -> () throws -> Int
    ) throws -> Double {
        var least = [Int.max, Int.max]
        // The least of some, as what disturbs can only add.
        for _ in 0..<5 {
            for (index, size) in [size, 4 * size].enumerated() {
                let work = try make(size)
                let start = now()
                _ = try work()
                least[index] = min(least[index], now() - start)
            }
        }
        return Double(least[1]) / Double(max(1, least[0]))
    }
}
