// SPDX-License-Identifier: MIT

/// All timers of a connection, and the state that they depend on.
struct Timers {
    var connection: ConnectionTimers
    /// Streams that the peer has not ended.
    var inactivity: StreamTimers
    /// Streams with queued data.
    var drain: StreamTimers
    /// Whether any timer is configured.
    let isOn: Bool
    /// How far the connection is.
    var progress = TimerProgress()
    /// Whether the keepalive timer runs while no stream is open.
    let pingsWithoutStreams: Bool
    /// The time of the first instant after this side last let the peer send again on all streams;
    /// `.max` if there was none yet.
    var windowsOpened: UInt64 = 0

    init(_ deadlines: H2Deadlines) {
        connection = ConnectionTimers(deadlines)
        inactivity = StreamTimers(deadlines.streamInactivity)
        drain = StreamTimers(deadlines.drainRate?.interval)
        pingsWithoutStreams = deadlines.keepalive?.pingsWithoutStreams == true
        isOn = !connection.isEmpty || inactivity.isOn || drain.isOn
    }

    /// The time of the next timer; `.max` if none runs.
    var next: UInt64 { min(connection.next, inactivity.next, drain.next) }
}
