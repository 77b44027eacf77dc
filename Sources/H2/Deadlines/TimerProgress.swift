// SPDX-License-Identifier: MIT

/// Numbers that only grow. A change of one restarts timers.
struct TimerProgress {
    /// SETTINGS frames that the peer has acknowledged.
    var acknowledgedSettings = 0
    /// Field blocks that have begun.
    var fieldBlocks = 0
    /// Bytes that the caller has taken from the output.
    var takenBytes = 0
    /// Bytes of the output up to the end of the last SETTINGS or keepalive PING.
    var lastQuestion = 0
    /// Bytes that were received.
    var receivedBytes = 0
    /// The highest identifiers of both sides' streams.
    var streams: UInt64 = 0

    /// Returns the timers that start again because of the progress since `earlier`.
    @inline(__always)
    func restarted(since earlier: TimerProgress) -> ConnectionTimerSet {
        var timers: ConnectionTimerSet = []
        let hasReceived = receivedBytes != earlier.receivedBytes
        let hasTaken = takenBytes != earlier.takenBytes
        // The peer cannot acknowledge a frame that the caller had not taken.
        let wasUntaken = hasTaken && earlier.takenBytes < lastQuestion
        timers.insert(.keepaliveInterval, if: hasReceived)
        timers.insert(.keepaliveAnswer, if: hasReceived || wasUntaken)
        timers.insert(.output, if: hasTaken)
        timers.insert(.fieldBlock, if: fieldBlocks != earlier.fieldBlocks)
        timers.insert(.idle, if: streams != earlier.streams)
        let hasAcknowledged = acknowledgedSettings != earlier.acknowledgedSettings
        timers.insert(.settingsAcknowledgement, if: hasAcknowledged || wasUntaken)
        return timers
    }
}
