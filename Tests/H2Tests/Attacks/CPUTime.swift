// SPDX-License-Identifier: MIT

import Glibc
import H2TestSupport

/// The CPU time of this thread, independent of other load.
enum CPUTime {
    /// The CPU time of this thread, in nanoseconds.
    static func clock() -> Int {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Returns the nanoseconds since `start`, without the time to read the clock.
    static func since(_ start: Int) -> Int { max(0, clock() - start - costOfClock) }

    private static let costOfClock: Int = {
        (0..<1_000).map { _ in
            let start = clock()
            return clock() - start
        }.min() ?? 0
    }()

    /// Permanently stops Swift Testing from recording a backtrace at each throw in this process,
    /// because that takes longer than receiving a frame.
    static let disableBacktraces: Void = {
        for name in ["_swift_willThrow", "_swift_willThrowTypedImpl"] {
            unsafe dlsym(nil, name)?.storeBytes(of: 0, as: Int.self)
        }
    }()

    /// The bound on `growth` for linear cost. A sanitizer makes more memory more expensive.
    static var linear: Double { Allocations.canBeCounted ? 6 : 11 }

    /// Returns how many times as much CPU time four times the work takes: 4 if cost is in proportion
    /// to the work, 16 if it grows with its square.
    ///
    /// - Parameter make: Prepares work of the given size, and returns what is measured.
    static func growth(
        of size: Int, _ make: (Int) throws -> () throws -> Int
    ) throws -> Double {
        var least = [Int.max, Int.max]
        func ratio() -> Double { Double(least[1]) / Double(max(1, least[0])) }
        // Other threads can only add time, so the least of several rounds counts, and a result that
        // is not linear is measured again.
        for round in 0..<40 where round < 5 || ratio() >= linear {
            for (index, size) in [size, 4 * size].enumerated() {
                let work = try make(size)
                let start = clock()
                _ = try work()
                least[index] = min(least[index], clock() - start)
            }
        }
        return ratio()
    }
}
