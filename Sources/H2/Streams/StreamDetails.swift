// SPDX-License-Identifier: MIT

/// The part of the state of a live stream that only optional features use. The table allocates
/// storage for the details of its streams when the first of them is written.
struct StreamDetails {
    /// The place of the queued data in the order of sending.
    struct Scheduling {
        /// The number of queued bytes that the stream's own window allows, as last computed.
        var sendable = 0
        /// The stream's ticket in the scheduler; 0 if it is not scheduled.
        var ticket: UInt32 = 0
        /// The priority of queued data; `nil` for the default.
        var priority: SendPriority?
    }

    /// What the stream contributed to a probe of the bandwidth-delay product.
    struct Probe {
        /// The number of the probe; 0 for none.
        var number: UInt32 = 0
        /// The number of bytes of DATA that arrived during the probe.
        var byteCount = 0
    }

    struct Timers {
        /// The time when the peer last sent something on the stream, or was last given a window in
        /// which to do so; `.max` if it is the next instant.
        var lastReceived: UInt64 = 0
        /// Whether the stream has a timer for its queued data. The timer started when the stream had
        /// sent `drained` bytes less than now, the peer had given it `credited` bytes less with
        /// WINDOW_UPDATE, and the connection had sent `connectionSent` bytes in all.
        var hasDrainTimer = false
        /// Whether the queue was empty since the timer started, so that it has to start again.
        var hasNewQueue = false
        /// The time when the timer started; `.max` if it is the next instant.
        var drainStart: UInt64 = 0
        var drained = 0
        var credited = 0
        var connectionSent = 0
    }

    /// Data that waits until the windows allow it and the caller takes output.
    var queue = SendQueue()
    var scheduling = Scheduling()
    var probe = Probe()
    var timers = Timers()

    /// Makes these the details of a new stream.
    mutating func clear() {
        // Few streams queue data, and replacing a queue costs more than all the rest.
        if queue.isUsed { queue = SendQueue() }
        scheduling = Scheduling()
        probe = Probe()
        timers = Timers()
    }
}
