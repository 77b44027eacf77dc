// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reports SIGINT and SIGTERM through a descriptor.
enum StopSignals {
    /// The end of the pipe that the signal handler closes. It is set before the handler is
    /// installed.
    nonisolated(unsafe) private static var writeEnd: Int32 = -1

    /// Returns a descriptor that is at its end after the first signal. The second signal ends the
    /// process.
    static func descriptor() throws(Failure) -> Descriptor {
        var ends: [Int32] = [-1, -1]
        if unsafe pipe(&ends) != 0 { throw .system("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        unsafe writeEnd = ends[1]
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                _ = unsafe close(StopSignals.writeEnd)
            }
        }
        return Descriptor(owning: ends[0])
    }
}
