// SPDX-License-Identifier: MIT

/// The sums over the queues of all streams, and the order in which the streams send.
struct SendQueues {
    /// The number of queued bytes.
    var byteCount = 0
    /// The number of queued bytes that the windows of the streams allow, without regard to the
    /// window of the connection.
    var sendable = 0
    var scheduler = SendScheduler()
    /// The priority of streams that have none of their own.
    let defaultPriority: SendPriority

    init(defaultPriority: SendPriority) { self.defaultPriority = defaultPriority }
}
