// SPDX-License-Identifier: MIT

/// What the connections of the server hold together.
package final class ServerMemory {
    /// Bytes queued for all sockets, beyond which each connection may queue only a little.
    static let outputBound = 4 << 20
    /// Bytes of /echo that wait for a window, beyond which the connection with the most is cut off.
    static let echoBound = 4 << 20
    /// Streams that all clients together may have open.
    static let streamBound = 32_768

    package internal(set) var outputByteCount = 0
    package internal(set) var echoByteCount = 0

    package init() {}

    /// Bytes that one connection may queue for its socket: a client that does not read is not to
    /// take the room of those that do.
    var outputPerConnection: Int {
        outputByteCount < Self.outputBound ? 128 << 10 : 4 << 10
    }

    var hasTooMuchEcho: Bool { echoByteCount > Self.echoBound }
}
