// SPDX-License-Identifier: MIT

/// The time limits for clients, and the number of connections and streams.
package struct ServerLimits {
    /// How long a connection may have no new request and no body data in either direction.
    package var idle: Duration
    /// How long a client may take to complete the preface, a frame or a header section while it has
    /// no open request.
    package var header: Duration
    /// How long a client may take to finish after the server stops or ends the connection.
    package var stop: Duration
    /// The most connections at a time.
    package var connections: Int

    package init(idle: Duration, header: Duration, stop: Duration, connections: Int) {
        self.idle = idle
        self.header = header
        self.stop = stop
        self.connections = connections
    }

    /// The most streams that a client may have open at a time.
    var streamsPerConnection: Int {
        min(max(ServerMemory.streamBound / connections, 8), 128)
    }
}
