// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Owns a file descriptor and closes it when the last reference is released.
package final class Descriptor: Sendable {
    static let standardInput = Descriptor(owning: 0)
    static let standardOutput = Descriptor(owning: 1)
    static let standardError = Descriptor(owning: 2)

    let raw: Int32

    package init(owning raw: Int32) { self.raw = raw }
    deinit { _ = close(raw) }

    package init(opening path: String, _ flags: Int32 = O_RDONLY) throws(Failure) {
        raw = unsafe open(path, flags | O_CLOEXEC, 0o666)
        if raw < 0 { throw .system(path) }
    }

    /// Creates a file, or empties one that exists.
    convenience init(creating path: String) throws(Failure) {
        try self.init(opening: path, O_WRONLY | O_CREAT | O_TRUNC)
    }

    /// Opens a name in a directory, without following a symbolic link or waiting for the other end
    /// of a FIFO.
    package init(opening name: String, in directory: Descriptor) throws(Failure) {
        raw = unsafe openat(directory.raw, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        if raw < 0 { throw .system(name) }
    }

    /// Opens `/dev/null` for each standard stream that is closed at the start. Otherwise the next
    /// file or socket would get its number, and output would go there.
    static func reserveStandardStreams() {
        for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 && errno == EBADF {
            // It is opened in the wrong direction, so that reading or writing fails.
            _ = unsafe open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
        }
    }

    /// Reads once. Returns `nil` if there are no bytes yet, and an empty array at the end.
    package func pull(upTo count: Int) throws(Failure) -> [UInt8]? {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = unsafe read(raw, buffer.baseAddress, count)
            filled = max(result, 0)
        }
        return try isReady(result, "read") ? bytes : nil
    }

    /// Reads `count` bytes at an offset of a file, or fewer at its end.
    func pull(upTo count: Int, at offset: Int) throws(Failure) -> [UInt8] {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = unsafe pread(raw, buffer.baseAddress, count, off_t(offset))
            filled = max(result, 0)
        }
        if result < 0 { throw .system("read") }
        return bytes
    }

    /// Reads once. Returns the number of bytes: `nil` if there are none yet, 0 at the end.
    func pull(into buffer: UnsafeMutableRawBufferPointer) throws(Failure) -> Int? {
        let result = unsafe read(raw, buffer.baseAddress, buffer.count)
        return try isReady(result, "read") ? result : nil
    }

    /// Writes once. Returns the number of bytes written, 0 if there is no room yet.
    func push(_ bytes: Span<UInt8>) throws(Failure) -> Int {
        let result = unsafe bytes.withUnsafeBytes { unsafe write(raw, $0.baseAddress, $0.count) }
        return try isReady(result, "write") ? result : 0
    }

    /// Returns whether a call succeeded; false if it would have waited or was interrupted.
    private func isReady(_ result: Int, _ call: String) throws(Failure) -> Bool {
        if result < 0 && errno != EAGAIN && errno != EINTR { throw .system(call) }
        return result >= 0
    }

    /// Writes all bytes, waiting as long as necessary.
    package func pushAll(_ bytes: Span<UInt8>) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let taken = try push(rest)
            rest = rest.extracting(droppingFirst: taken)
            if taken == 0 { _ = try Self.wait([(self, false, true)]) }
        }
    }

    typealias Interest = (Descriptor?, input: Bool, output: Bool)
    enum Readiness { case nothing, output, input }

    /// Waits for a few descriptors, at most `timeout` milliseconds, or without a limit if it is -1.
    /// `.input` also means the end of the input or an error. For many descriptors, use `Poller`.
    static func wait(_ interests: [Interest], timeout: Int32 = -1) throws(Failure) -> [Readiness] {
        var entries = interests.map { descriptor, input, output in
            let events = (input ? POLLIN : 0) | (output ? POLLOUT : 0)
            // poll() skips a descriptor of -1.
            return pollfd(fd: descriptor?.raw ?? -1, events: Int16(events), revents: 0)
        }
        while unsafe poll(&entries, nfds_t(entries.count), timeout) < 0 {
            if errno != EINTR { throw .system("poll") }
        }
        return entries.map {
            $0.revents == 0 ? .nothing : Int32($0.revents) == POLLOUT ? .output : .input
        }
    }

    var isTerminal: Bool { isatty(raw) == 1 }

    /// Raises this process's limit on open descriptors as far as the system permits. Returns the
    /// new limit.
    static func raiseLimit() -> Int {
        var limit = rlimit()
        #if os(Linux) && canImport(Glibc)
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
        let files = RLIMIT_NOFILE
        #endif
        guard unsafe getrlimit(files, &limit) == 0 else { return 256 }
        var raised = limit
        #if os(Linux)
        raised.rlim_cur = limit.rlim_max
        #else
        // macOS refuses more than OPEN_MAX, 10,240.
        raised.rlim_cur = min(limit.rlim_max, 10_240)
        #endif
        if raised.rlim_cur > limit.rlim_cur, unsafe setrlimit(files, &raised) == 0 {
            limit = raised
        }
        return Int(clamping: limit.rlim_cur)
    }
}
