// SPDX-License-Identifier: MIT

import H2

/// Ends the connections of a server, for example after SIGTERM.
func shutDown(_ connections: [H2Connection]) {
    for connection in connections {
        // Throws if the connection has ended already.
        try? connection.startGracefulShutdown()
    }
}

/// Returns whether the transport can be closed after these events, once the output is written.
func isFinished(after events: [H2Event]) -> Bool { events.contains(.connectionDrained) }

/// Deadlines that limit how long a shutdown takes.
func shutdownDeadlines() -> H2Deadlines {
    var deadlines = H2Deadlines()
    deadlines.shutdownAnnouncement = .seconds(2)
    deadlines.shutdown = .seconds(30)
    return deadlines
}
