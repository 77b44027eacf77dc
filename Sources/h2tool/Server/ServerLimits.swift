// SPDX-License-Identifier: MIT

/// What the server puts up with.
package struct ServerLimits {
    /// How long nothing may happen: no request, and no byte of a body in either direction.
    package var idle: Duration
    /// How long a client may take to send the preface, a frame or a header section to its end, while
    /// no request is being answered.
    package var header: Duration
    /// How long a client may take to finish, once the server or its connection ends.
    package var stop: Duration
    /// Connections at the same time.
    package var connections: Int

    package init(idle: Duration, header: Duration, stop: Duration, connections: Int) {
        self.idle = idle
        self.header = header
        self.stop = stop
        self.connections = connections
    }

    /// Streams that a client may have open at a time.
    var streamsPerConnection: Int {
        min(max(ServerMemory.streamBound / connections, 8), 128)
    }
}
