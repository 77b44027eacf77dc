// SPDX-License-Identifier: MIT

import H2

/// The body bytes that a connection accepted on each stream: each byte is in a frame, queued or
/// dropped.
struct FuzzBodies {
    private(set) var accepted: [UInt32: Int] = [:]
    private var framed: [UInt32: Int] = [:]
    /// The bytes that the outcomes report as unsent.
    private var dropped: [UInt32: Int] = [:]
    private var output = WireReader()
    /// Whether the connection discarded output, so that frames are missing.
    private(set) var isDiscarded = false

    /// Records a call that sends or queues bytes.
    mutating func accept(_ count: Int, on stream: UInt32) { accepted[stream, default: 0] += count }

    /// Records output removed from the connection.
    mutating func send(_ bytes: [UInt8]) {
        for frame in output.feed(bytes) {
            if let data = frame.data { framed[frame.streamID, default: 0] += data.count }
        }
    }

    mutating func see(_ event: H2Event) {
        guard case .streamClosed(let event) = event else { return }
        dropped[event.streamID.rawValue] = event.unsentByteCount
    }

    /// Records that the connection discarded its output.
    mutating func outputDiscarded() { isDiscarded = true }

    func check(_ connection: H2Connection) throws(PairError) {
        let isTaken = !connection.hasDataToSend && !isDiscarded
        for (id, count) in accepted {
            let waiting = count - (framed[id] ?? 0)
            let isLive = connection.slot(of: id) != nil && connection.connectionState != .closed
            guard
                let left = dropped[id]
                    ?? (isLive ? connection.queuedByteCount(on: H2StreamID(id)) : nil)
            else { continue }
            guard isTaken ? waiting == left : waiting >= left else {
                throw PairError(
                    "stream \(id) accepted \(count) bytes and wrote \(count - waiting), but \(left)"
                        + " are \(isLive ? "queued" : "dropped")")
            }
        }
    }
}
