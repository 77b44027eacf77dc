// SPDX-License-Identifier: MIT

import BenchSupport
import Glibc

/// The descriptors of two connected sockets.
struct ConnectedSockets {
    let first: Int32
    let second: Int32

    /// Returns a pair of Unix domain sockets.
    static func pair() -> ConnectedSockets {
        var sockets: [Int32] = [0, 0]
        check(socketpair(AF_UNIX, stream, 0, &sockets), "socketpair")
        return ConnectedSockets(first: sockets[0], second: sockets[1])
    }

    /// Returns the client and the server end of a TCP connection over the loopback interface.
    static func tcp() -> ConnectedSockets {
        let listener = check(socket(AF_INET, stream, 0), "socket")
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let client = check(socket(AF_INET, stream, 0), "socket")
        withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                check(bind(listener, address, length), "bind")
                check(listen(listener, 1), "listen")
                check(getsockname(listener, address, &length), "getsockname")
                check(Glibc.connect(client, address, length), "connect")
            }
        }
        let server = check(accept(listener, nil, nil), "accept")
        for socket in [client, server] {
            var on: Int32 = 1
            check(
                setsockopt(
                    socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on,
                    socklen_t(MemoryLayout<Int32>.size)), "setsockopt")
        }
        return ConnectedSockets(first: client, second: server)
    }

    private static let stream = Int32(SOCK_STREAM.rawValue)

    @discardableResult
    private static func check(_ result: Int32, _ call: String) -> Int32 {
        guard result >= 0 else { fail("\(call) failed: error \(errno)") }
        return result
    }
}
