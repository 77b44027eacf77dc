// SPDX-License-Identifier: MIT

/// The totals for the queues of all streams, and the order in which the streams send.
struct SendQueues {
    /// The number of queued bytes.
    var byteCount = 0
    /// The number of queued bytes that the windows of the streams allow, regardless of the window
    /// of the connection.
    var sendable = 0
    var scheduler = SendScheduler()
    /// The priority of streams for which none was set.
    let defaultPriority: SendPriority

    init(defaultPriority: SendPriority) { self.defaultPriority = defaultPriority }
}
