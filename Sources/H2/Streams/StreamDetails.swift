// SPDX-License-Identifier: MIT

/// The part of the state of a live stream that only optional features use. The table allocates
/// storage for the details of its streams when the first of them is written.
struct StreamDetails {
    /// Data that waits until the windows allow it and the caller takes output.
    var queue = SendQueue()
    /// The number of queued bytes that the stream's own window allows, as last computed.
    var sendable = 0
    /// The stream's ticket in the scheduler; 0 if it is not scheduled.
    var ticket: UInt32 = 0
    /// The number of the probe to which `probedBytes`, the number of received bytes of DATA,
    /// belongs; 0 for none.
    var probe: UInt32 = 0
    var probedBytes = 0
    /// The time when the peer last sent something on the stream, or was last given a window in which
    /// to do so; `.max` if that time is unknown.
    var lastReceived: UInt64 = 0
    /// Whether the stream has a timer for its queued data. The timer began when the stream had sent
    /// `drained` bytes less than now, the peer had given it `credited` bytes less with WINDOW_UPDATE,
    /// and the connection had sent `connectionSent` bytes in all.
    var hasDrainTimer = false
    /// Whether the queue was empty since the timer began, so that it has to begin again.
    var hasNewQueue = false
    var drained = 0
    var credited = 0
    var connectionSent = 0
    /// The priority of queued data; `nil` for the default.
    var priority: SendPriority?
}
