// SPDX-License-Identifier: MIT

#if canImport(Glibc)
    import Glibc
    private let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let streamSocket = SOCK_STREAM
#endif

/// Owns a file descriptor: it is closed with the last reference.
package final class Descriptor: Sendable {
    static let standardOutput = Descriptor(owning: 1)
    static let standardError = Descriptor(owning: 2)
    static let creating = O_WRONLY | O_CREAT | O_TRUNC
    /// Flags to follow no symbolic link, and not to wait for the other end of a FIFO.
    package static let exactly = O_RDONLY | O_NONBLOCK | O_NOFOLLOW

    let raw: Int32
    package init(owning raw: Int32) { self.raw = raw }
    deinit { _ = close(raw) }

    package init(opening path: String, _ flags: Int32 = O_RDONLY) throws(Failure) {
        raw = unsafe open(path, flags | O_CLOEXEC, 0o666)
        if raw < 0 { throw .system(path) }
    }

    /// Opens what has that name in a directory.
    package init(opening name: String, in directory: Descriptor, _ flags: Int32) throws(Failure) {
        raw = unsafe openat(directory.raw, name, flags | O_CLOEXEC)
        if raw < 0 { throw .system(name) }
    }

    /// Reads once; nil if nothing is there yet, empty at the end.
    package func pull(upTo count: Int) throws(Failure) -> [UInt8]? {
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = unsafe read(raw, buffer.baseAddress, count)
            filled = max(result, 0)
        }
        if result < 0 && errno != EAGAIN { throw .system("read") }
        return result < 0 ? nil : bytes
    }

    /// Writes once; returns how many bytes were taken, 0 if there is no room yet.
    func push(_ bytes: Span<UInt8>) throws(Failure) -> Int {
        let result = unsafe bytes.withUnsafeBytes { unsafe write(raw, $0.baseAddress, $0.count) }
        if result < 0 && errno != EAGAIN { throw .system("write") }
        return max(result, 0)
    }

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

    /// Waits for that many milliseconds at most; `.input` is also an end or an error.
    static func wait(_ interests: [Interest], timeout: Int32 = -1) throws(Failure) -> [Readiness] {
        var entries = interests.map { descriptor, input, output in
            let events = (input ? POLLIN : 0) | (output ? POLLOUT : 0)
            // A descriptor of -1 is skipped.
            return pollfd(fd: descriptor?.raw ?? -1, events: Int16(events), revents: 0)
        }
        let count = unsafe poll(&entries, nfds_t(entries.count), timeout)
        if count < 0 && errno != EINTR { throw .system("poll") }
        return entries.map {
            $0.revents == 0 ? .nothing : Int32($0.revents) == POLLOUT ? .output : .input
        }
    }

    /// Bytes of a regular file; nil for anything else.
    var fileSize: Int? {
        var status = stat()
        let isFile = unsafe fstat(raw, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        return isFile ? Int(status.st_size) : nil
    }
    var isTerminal: Bool { isatty(raw) == 1 }
}

extension Descriptor {
    /// Connects to the first address of `host` that answers, or listens on one.
    package static func stream(_ host: String, _ port: String, listens: Bool = false) throws
        -> Descriptor
    {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = streamSocket
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, port, &hints, &list)
        if status != 0 { throw unsafe Failure("\(host): \(String(cString: gai_strerror(status)))") }
        defer { unsafe freeaddrinfo(list) }
        // A write to a peer that is gone fails; it does not end the process.
        signal(SIGPIPE, SIG_IGN)
        let attach = unsafe listens ? bind : connect
        var (next, code) = unsafe (list, Int32(0))
        while let info = unsafe next?.pointee {
            let stream = Descriptor(owning: unsafe socket(info.ai_family, streamSocket, 0))
            // What is accepted inherits the second one.
            for (level, name) in [(SOL_SOCKET, SO_REUSEADDR), (Int32(IPPROTO_TCP), TCP_NODELAY)] {
                var yes: Int32 = 1
                _ = unsafe setsockopt(stream.raw, level, name, &yes, 4)
            }
            let result = unsafe attach(stream.raw, info.ai_addr, info.ai_addrlen)
            if result == 0 && (!listens || listen(stream.raw, 128) == 0) {
                return stream.nonblocking()
            }
            code = errno
            unsafe next = info.ai_next
        }
        throw Failure.system("\(host) port \(port)", code)
    }

    /// Takes one waiting connection; nil if there is none, or no descriptor for it.
    func accepted() -> Descriptor? {
        let raw = accept(raw, nil, nil)
        return raw < 0 ? nil : Descriptor(owning: raw).nonblocking()
    }

    private func nonblocking() -> Descriptor {
        _ = fcntl(raw, F_SETFL, O_NONBLOCK)
        return self
    }

    /// Sends an end of input; the other direction stays open.
    func endOutput() { _ = shutdown(raw, Int32(SHUT_WR)) }

    package var port: UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafeMutableBytes(of: &address) {
            unsafe getsockname(raw, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &size)
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Is at its end after the first SIGINT or SIGTERM. The second ends the process.
    static func stopSignals() throws(Failure) -> Descriptor {
        var ends: [Int32] = [-1, -1]
        if unsafe pipe(&ends) != 0 { throw .system("pipe") }
        unsafe signalPipe = ends[1]
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                _ = unsafe close(signalPipe)
            }
        }
        return Descriptor(owning: ends[0])
    }
}

/// The end of the pipe that the signal handler closes; set once, before the handler is.
nonisolated(unsafe) private var signalPipe: Int32 = -1

package struct Failure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }

    static func system(_ subject: String, _ code: Int32 = errno) -> Failure {
        unsafe Failure("\(subject): \(String(cString: strerror(code)))")
    }
}

func realPath(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(validatingCString: real)
}

/// The names in a directory, at most 2,000 so that they stay small in memory; nil if it is none.
func entries(of directory: Descriptor) -> [String]? {
    let copy = dup(directory.raw)
    guard copy >= 0 else { return nil }
    guard let stream = unsafe fdopendir(copy) else {
        _ = close(copy)
        return nil
    }
    defer { _ = unsafe closedir(stream) }
    var names: [String] = []
    while names.count < 2_000, let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
            unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        if name == "." || name == ".." { continue }
        names.append(unsafe Int32(entry.pointee.d_type) == Int32(DT_DIR) ? name + "/" : name)
    }
    return names
}
