// SPDX-License-Identifier: MIT

/// The bytes that all connections of the server hold together, and their limits.
package final class ServerMemory {
    /// If this many bytes are queued for all clients, the limit of each connection drops to 4 KiB.
    static let outputBound = 4 << 20
    /// If /echo holds more bytes than this, the server resets the /echo streams of the connection
    /// that holds most.
    static let echoBound = 4 << 20
    /// The number of streams that all clients together may have open; each client may have at least
    /// 8.
    static let streamBound = 32_768

    package internal(set) var outputByteCount = 0
    package internal(set) var echoByteCount = 0

    package init() {}

    /// The number of bytes of bodies that one connection may queue. A lower limit under load leaves room for
    /// clients that read, because those that do not read fill their queues.
    var outputPerConnection: Int {
        outputByteCount < Self.outputBound ? 128 << 10 : 4 << 10
    }

    var hasTooMuchEcho: Bool { echoByteCount > Self.echoBound }
}
