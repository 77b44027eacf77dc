// SPDX-License-Identifier: MIT

import H2

/// One round of a loop over a transport: `wait` returns the bytes that arrived, or `nil` if none
/// arrived by the given instant.
func round(
    _ connection: H2Connection, wait: (H2Instant?) -> [UInt8]?, now: () -> H2Instant
) throws -> [H2Event] {
    connection.advance(to: now())
    // Events of other calls: the peer may send nothing until the program has handled them.
    if connection.hasEvents { return connection.takeEvents() }
    guard let bytes = wait(connection.nextDeadline) else {
        // If a deadline ended the connection, this throws `.deadlineExpired`.
        return try connection.handleDeadlines(at: now())
    }
    return try connection.receiveData(bytes, at: now())
}

/// Deadlines for a server on the Internet.
func serverDeadlines() -> H2Deadlines {
    var deadlines = H2Deadlines()
    deadlines.firstSettings = .seconds(10)
    deadlines.settingsAcknowledgement = .seconds(10)
    deadlines.fieldBlock = .seconds(10)
    deadlines.idle = .seconds(300)
    deadlines.keepalive = .init(interval: .seconds(60), answer: .seconds(20))
    deadlines.streamInactivity = .seconds(60)
    deadlines.drainRate = .init(bytes: 16_384, per: .seconds(30))
    deadlines.output = .seconds(60)
    deadlines.shutdownAnnouncement = .seconds(10)
    return deadlines
}
