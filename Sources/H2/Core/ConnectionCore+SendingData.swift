// SPDX-License-Identifier: MIT

/// Sent DATA, RFC 9113 §6.1, which does not pass through nghttp2: see `FrameWriter.data`.
extension ConnectionCore {
    /// Queues one DATA frame.
    ///
    /// - Parameter owner: What keeps `data`, if the output may share it.
    mutating func sendData(
        _ data: UnsafeRawBufferPointer, owner: PayloadOwner? = nil, on id: H2StreamID,
        endStream: Bool, padLength: UInt8?
    ) throws(H2Error) {
        try lifecycle.checkInitiated()
        guard let slot = try slot(of: id, for: .sending) else { return }
        let length = data.count + (padLength.map { Int($0) + 1 } ?? 0)
        let window = min(flow.send.available, streams[slot].flow.send.available)
        guard length == 0 || length <= window else {
            throw .local(
                .flowControl, .flowControlError, on: id, expected: window, actual: length,
                "DATA exceeds the flow-control window, RFC 9113 §6.9.1")
        }
        guard length <= remote.maxFrameSize else {
            throw .local(
                .frameTooLarge, .frameSizeError, on: id, expected: remote.maxFrameSize,
                actual: length, "DATA payload exceeds the peer's MAX_FRAME_SIZE, RFC 9113 §4.2")
        }
        _ = try lifecycle.ready(for: .sendData)
        var state = streams[slot].state
        try check(state.process(.sendData), on: id)
        if endStream { try check(state.process(.sendEndStream), on: id) }
        try checkNothingQueued(at: slot)
        try checkContent(data.count, at: slot, endStream: endStream)
        FrameWriter.data(
            length: length, on: id.rawValue, endsStream: endStream, isPadded: padLength != nil,
            into: &outbox.queue)
        if let padLength { outbox.queue.append(padLength) }
        unsafe outbox.queue.append(data, owner: owner)
        if let padLength { outbox.queue.append(zeros: Int(padLength)) }
        if length != 0 {
            if streams[slot].unsentContent > 0 { streams[slot].unsentContent -= data.count }
            flow.send.use(length)
            streams[slot].flow.send.use(length)
            budgets.dataSent(length, leaving: window - length)
        }
        if endStream { try commitEnd(state, at: slot) }
    }

    /// Whether `sendData` would send this many bytes as soon as output is taken.
    mutating func canSendAtOnce(_ count: Int, on id: H2StreamID) -> Bool {
        guard queuedByteCount == 0, outbox.queue.count < Outbox.maxJoinedQueue,
            let slot = streams.find(id.rawValue)
        else { return false }
        return count
            <= min(
                flow.send.available, streams[slot].flow.send.available, remote.maxFrameSize)
    }

    /// Queues an empty DATA frame that ends a stream.
    mutating func endStream(_ id: H2StreamID) throws(H2Error) {
        _ = try lifecycle.ready(for: .sendData)
        guard let slot = try slot(of: id, for: .sending) else { return }
        var state = streams[slot].state
        try check(state.process(.sendEndStream), on: id)
        try checkNothingQueued(at: slot)
        try checkIsSent(streams[slot].unsentContent, on: id)
        FrameWriter.data(
            length: 0, on: id.rawValue, endsStream: true, isPadded: false, into: &outbox.queue)
        try commitEnd(state, at: slot)
    }

    /// Commits the state of a stream after sent DATA that ends it.
    mutating func commitEnd(
        _ state: StreamStateMachine, at slot: Int
    ) throws(H2Error) {
        streams[slot].isEndedByData = true
        try writing { core throws(H2Error) in try core.forgetEnded(state, at: slot) }
        commit(state, at: slot)
    }
}
