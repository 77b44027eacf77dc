// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import Glibc
private let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
import Darwin
private let streamSocket = SOCK_STREAM
#endif

/// A blocking TCP socket on 127.0.0.1. Each call fails after 30 seconds.
final class Socket {
    private let raw: Int32

    private init(_ raw: Int32) throws {
        if raw < 0 { throw Failure.system("socket or accept") }
        self.raw = raw
        var (limit, yes) = (timeval(tv_sec: 30, tv_usec: 0), Int32(1))
        for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(
                raw, SOL_SOCKET, name, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        _ = unsafe setsockopt(raw, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
        // Writing to a closed socket returns an error instead of ending the process.
        signal(SIGPIPE, SIG_IGN)
    }

    deinit { _ = close(raw) }

    static func connected(to port: UInt16) throws -> Socket {
        let result = try Socket(socket(AF_INET, streamSocket, 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        if unsafe (withSocketAddress(&address) { unsafe connect(result.raw, $0, $1) }) != 0 {
            throw Failure.system("connect")
        }
        return result
    }

    /// Listens on a free port, passes the port to `report`, and accepts the first connection. A
    /// second connection fails.
    static func firstAccepted(_ report: (UInt16) throws -> Void) throws -> Socket {
        let listener = try Socket(socket(AF_INET, streamSocket, 0))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        if unsafe (withSocketAddress(&address) { unsafe bind(listener.raw, $0, $1) }) != 0
            || listen(listener.raw, 1) != 0
        {
            throw Failure.system("listen")
        }
        _ = unsafe withSocketAddress(&address) { address, size in
            var size = size
            return unsafe getsockname(listener.raw, address, &size)
        }
        try report(UInt16(bigEndian: address.sin_port))
        return try Socket(accept(listener.raw, nil, nil))
    }

    /// Reads once. Returns no bytes at the end, or if the peer closed without reading everything.
    func receive() throws -> [UInt8] {
        let room = 64 << 10
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
            count = unsafe recv(raw, buffer.baseAddress, room, 0)
            filled = max(count, 0)
        }
        if count < 0 && errno != ECONNRESET { throw Failure.system("recv") }
        return bytes
    }

    func send(_ bytes: [UInt8]) throws { try writeAll(bytes, to: raw) }

    /// Ends the output; the other direction stays open.
    func endOutput() { _ = shutdown(raw, Int32(SHUT_WR)) }
}

private func withSocketAddress(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
