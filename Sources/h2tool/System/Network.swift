// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
private let streamSocket = Int32(SOCK_STREAM.rawValue)
private let systemAccept = unsafe Glibc.accept
#elseif canImport(Musl)
import Musl
private let streamSocket = SOCK_STREAM
private let systemAccept = unsafe Musl.accept
#else
import Darwin
private let streamSocket = SOCK_STREAM
private let systemAccept = unsafe Darwin.accept
#endif

/// Non-blocking TCP sockets.
extension Descriptor {
    /// Connects to the first address of `host` that answers.
    ///
    /// - Parameter timeout: Returns the milliseconds to wait for the next address; -1 for no limit.
    package static func connecting(
        to host: String, _ port: UInt16, timeout: () -> Int32 = { -1 }
    ) throws(Failure) -> Descriptor {
        try unsafe firstAddress(of: host, port) { socket, address, size throws(Failure) in
            if unsafe connect(socket.raw, address, size) == 0 { return }
            if errno != EINPROGRESS { throw .system("") }
            if try wait([(socket, false, true)], timeout: timeout()) == [.nothing] {
                throw .system("", ETIMEDOUT)
            }
            var (code, length) = (Int32(0), socklen_t(4))
            _ = unsafe getsockopt(socket.raw, SOL_SOCKET, SO_ERROR, &code, &length)
            if code != 0 { throw .system("", code) }
        }
    }

    /// Listens on the first address of `host` that permits it; 0 means any free port.
    package static func listening(on host: String, _ port: UInt16) throws(Failure) -> Descriptor {
        try unsafe firstAddress(of: host, port) { socket, address, size throws(Failure) in
            if unsafe bind(socket.raw, address, size) != 0 || listen(socket.raw, 1_024) != 0 {
                throw .system("")
            }
        }
    }

    private static func firstAddress(
        of host: String, _ port: UInt16,
        _ attach: (Descriptor, UnsafePointer<sockaddr>?, socklen_t) throws(Failure) -> Void
    ) throws(Failure) -> Descriptor {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = streamSocket
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, String(port), &hints, &list)
        if status != 0 {
            let hint = ["http", "https"].contains(host) ? "; a URL begins with http://" : ""
            let reason = unsafe String(cString: gai_strerror(status))
            throw Failure("unknown host '\(host)': \(reason)\(hint)")
        }
        defer { unsafe freeaddrinfo(list) }
        // Writing to a closed connection has to fail instead of ending the process.
        signal(SIGPIPE, SIG_IGN)
        var (next, reason, code) = unsafe (list, "no address", Int32?.none)
        while let info = unsafe next?.pointee {
            let stream = Descriptor(owning: unsafe socket(info.ai_family, streamSocket, 0))
            stream.configure()
            do throws(Failure) {
                try unsafe attach(stream, info.ai_addr, info.ai_addrlen)
                return stream
            } catch {
                reason = String(error.description.drop { ": ".contains($0) })
                code = error.code
            }
            unsafe next = info.ai_next
        }
        throw Failure("\(host) port \(port): \(reason)", code: code)
    }

    private func configure() {
        _ = fcntl(raw, F_SETFL, O_NONBLOCK)
        _ = fcntl(raw, F_SETFD, FD_CLOEXEC)
        // SO_REUSEADDR is for listeners, TCP_NODELAY for connections.
        for (level, name) in [(SOL_SOCKET, SO_REUSEADDR), (Int32(IPPROTO_TCP), TCP_NODELAY)] {
            var enabled: Int32 = 1
            _ = unsafe setsockopt(raw, level, name, &enabled, 4)
        }
    }

    enum Acceptance {
        case connection(Descriptor)
        /// No connection is waiting.
        case nothing
        /// The process or the system has no descriptor left.
        case exhausted
    }

    /// Accepts one waiting connection.
    func accept() -> Acceptance {
        let accepted = systemAccept(raw, nil, nil)
        if accepted >= 0 {
            let connection = Descriptor(owning: accepted)
            connection.configure()
            return .connection(connection)
        }
        return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) ? .exhausted : .nothing
    }

    /// Ends the output: the peer reads the end of its input. This side can still read.
    package func endOutput() { _ = shutdown(raw, Int32(SHUT_WR)) }

    /// The local address and port in the form of a URL; `nil` if this is not a TCP socket.
    var authority: String? {
        let port = port
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 64)
        let isKnown = unsafe withUnsafeMutableBytes(of: &address) { bytes in
            let address = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            return unsafe getsockname(raw, address, &size) == 0
                && getnameinfo(address, size, &host, 64, nil, 0, NI_NUMERICHOST) == 0
        }
        guard isKnown, port != 0 else { return nil }
        let bytes = host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains(":") ? "[\(text)]:\(port)" : "\(text):\(port)"
    }

    /// The local port, for IPv4 and IPv6.
    package var port: UInt16 {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &address) { bytes in
            let address = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            guard unsafe getsockname(raw, address, &size) == 0 else { return 0 }
            // sin_port and sin6_port are both at offset 2, in network byte order.
            return unsafe UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        }
    }
}
