// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Descriptor {
    /// Opens the pipe or terminal of standard output again, so that writing does not block. Setting
    /// O_NONBLOCK on standard output itself would also affect the processes that share it.
    ///
    /// Returns standard output itself if it is neither, or if it cannot be opened again.
    static func reopenedStandardOutput() -> Descriptor {
        let flags = fcntl(standardOutput.raw, F_GETFL)
        guard flags >= 0, flags & O_ACCMODE != O_RDONLY,
            FileStatus(of: standardOutput)?.kind == .other
        else { return standardOutput }
        let again = try? Descriptor(opening: "/dev/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY)
        return again ?? standardOutput
    }

    /// Whether a write may block for long: not for files or for descriptors with O_NONBLOCK.
    var blocks: Bool {
        fcntl(raw, F_GETFL) & O_NONBLOCK == 0 && FileStatus(of: self)?.kind == .other
    }
}
