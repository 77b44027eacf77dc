// SPDX-License-Identifier: MIT

/// The part of the state of a live stream that only optional features use. The table allocates
/// storage for the details of its streams when the first of them is written.
struct StreamDetails {
    /// Data that waits for windows, and for the caller to take output.
    var queue = SendQueue()
    /// The number of queued bytes that the stream's own window allows now, as it was last counted.
    var sendable = 0
    /// The stream's ticket in the scheduler; 0 if it is not scheduled.
    var ticket: UInt32 = 0
    /// The priority of queued data; `nil` for the default.
    var priority: SendPriority?
}
