// SPDX-License-Identifier: MIT

import BenchSupport
import H2

/// A body being sent, which may exceed the flow-control windows.
struct Sender {
    private var stream = H2StreamID.connection
    private var offset = 0
    private var left = 0
    /// Whether H2 keeps the body until the windows allow it.
    private let isQueued: Bool

    init(isQueued: Bool) { self.isQueued = isQueued }

    mutating func begin(on stream: H2StreamID, length: Int) {
        self.stream = stream
        offset = 0
        left = length
    }

    /// Queues blocks while fewer bytes than the high water mark are queued.
    private mutating func enqueue(_ block: [UInt8], by connection: H2Connection) throws(H2Error) {
        let mark = connection.configuration.sendQueueHighWaterMark
        while left > 0, connection.queuedByteCount(on: stream) < mark {
            let count = min(left, Job.blockSize)
            try connection.enqueueData(block[..<count], on: stream, endStream: count == left)
            left -= count
        }
    }

    /// Sends up to `Job.framesAtATime` frames, as far as the windows allow.
    mutating func send(_ block: [UInt8], by connection: H2Connection) throws(H2Error) {
        guard left > 0 else { return }
        if isQueued { return try enqueue(block, by: connection) }
        var frames = 0
        while left > 0, frames < Job.framesAtATime {
            let window = try connection.localFlowControlWindow(on: stream)
            let count = min(left, Job.unit, window)
            if count <= 0 { return }
            let start = offset % Job.blockSize
            try connection.sendData(
                block[start..<start + count], on: stream, endStream: count == left)
            offset += count
            left -= count
            frames += 1
        }
    }
}
