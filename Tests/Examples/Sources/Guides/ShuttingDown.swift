// SPDX-License-Identifier: MIT

import H2

/// Ends the connections of a server, for example after SIGTERM.
func shutDown(_ connections: [H2Connection]) {
    for connection in connections {
        // Throws if the connection has ended already.
        try? connection.startGracefulShutdown()
    }
}

/// Ends a client's connection after a GOAWAY. Call this with all events.
func shutDown(_ client: H2Connection, after events: [H2Event]) {
    for case .connectionTerminated in events { shutDown([client]) }
}

/// Returns whether the last stream has ended: write the output, and close the transport.
func isFinished(after events: [H2Event]) -> Bool { events.contains(.connectionDrained) }

/// Deadlines that limit how long a shutdown takes.
func shutdownDeadlines() -> H2Deadlines {
    var deadlines = H2Deadlines()
    deadlines.shutdownAnnouncement = .seconds(2)
    deadlines.shutdown = .seconds(30)
    return deadlines
}
