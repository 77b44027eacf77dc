// SPDX-License-Identifier: MIT

import H2

/// One round of a loop over a transport: `wait` returns the bytes that arrived, or `nil` if none
/// arrived by the given instant.
func round(
    _ connection: H2Connection, wait: (H2Instant?) -> [UInt8]?, now: () -> H2Instant,
    handle: ([H2Event]) throws -> Void
) throws {
    connection.advance(to: now())
    // Events of other calls: the peer may send nothing until the program has handled them.
    while connection.hasEvents { try handle(connection.takeEvents()) }
    if let bytes = wait(connection.nextDeadline) {
        try handle(connection.receiveData(bytes, at: now()))
    }
    // If a deadline ended the connection, this throws `.deadlineExpired`.
    try handle(connection.handleDeadlines(at: now()))
}

/// The timeout for poll(2) or epoll_wait(2): milliseconds, rounded up, or -1 for no limit.
func timeout(until deadline: H2Instant?, now: H2Instant) -> Int32 {
    guard let deadline else { return -1 }
    guard deadline > now else { return 0 }
    // `rawValue` is in nanoseconds.
    return Int32(clamping: (deadline.rawValue - now.rawValue - 1) / 1_000_000 + 1)
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
    deadlines.drainRate = .init(bytes: 65_536, per: .seconds(120))
    deadlines.output = .seconds(60)
    deadlines.shutdownAnnouncement = .seconds(10)
    return deadlines
}
