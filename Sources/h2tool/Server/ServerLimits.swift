// SPDX-License-Identifier: MIT

import H2

/// The time limits for clients, and the number of connections and streams.
package struct ServerLimits {
    /// How long a connection may have no request, or a request transfer no body data.
    package var idle: Duration
    /// How long a client may take to send its first SETTINGS, or a header section.
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

    /// The number of bytes of a body that a client has to accept in the idle time.
    private static let acceptedBytes = 4_096

    var deadlines: H2Deadlines {
        var deadlines = H2Deadlines()
        deadlines.firstSettings = min(header, idle)
        deadlines.fieldBlock = header
        deadlines.idle = idle
        deadlines.streamInactivity = idle
        deadlines.drainRate = .init(bytes: Self.acceptedBytes, per: idle)
        deadlines.output = idle
        deadlines.shutdownAnnouncement = min(stop, .seconds(1))
        deadlines.shutdown = stop
        return deadlines
    }

    /// Returns a line about a deadline that has passed.
    func line(for deadline: H2Deadline, on id: H2StreamID? = nil) -> String {
        let (what, time, option) =
            switch deadline {
            case .firstSettings:
                ("the client sent no SETTINGS", min(header, idle), "--header-timeout")
            case .fieldBlock:
                ("the client did not complete a header section", header, "--header-timeout")
            case .idle: ("the client made no request", idle, "--idle-timeout")
            case .streamInactivity: ("the client sent nothing", idle, "--idle-timeout")
            case .drainRate:
                (
                    "the client accepted fewer than \(Self.acceptedBytes) bytes", idle,
                    "--idle-timeout"
                )
            case .output: ("the client read nothing", idle, "--idle-timeout")
            case .shutdown: ("requests are still open", stop, "--stop-timeout")
            default: ("the connection made no progress", idle, "--idle-timeout")
            }
        let stream = id.map { "stream \($0): " } ?? ""
        return "deadline \(deadline): \(stream)\(what) for \(time.inSeconds) (\(option))"
    }
}
