// SPDX-License-Identifier: MIT

import Glibc

/// The time that this thread was given, whatever else the machine does.
enum CPUTime {
    private static func now() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
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
