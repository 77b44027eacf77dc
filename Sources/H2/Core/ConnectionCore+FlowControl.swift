// SPDX-License-Identifier: MIT

/// Received and sent WINDOW_UPDATE, RFC 9113 §6.9, which does not pass through nghttp2: see
/// `Session+Windows.swift`.
extension ConnectionCore {
    mutating func receiveWindowUpdate(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = frame.header.streamID
        let increment = Int(frame.word(at: 0) & 0x7fff_ffff)
        guard increment > 0 else {
            throw .remote(
                .protocolViolation, .protocolError, on: id == 0 ? nil : H2StreamID(id),
                "WINDOW_UPDATE with an increment of 0, RFC 9113 §6.9")
        }
        try lifecycle.advance(.receiveWindowUpdate)
        try charge(.windowUpdates)
        if id == 0 {
            guard flow.send.canGrow(by: increment) else {
                throw .remote(
                    .flowControl, .flowControlError,
                    "connection window would exceed 2^31-1 bytes, RFC 9113 §6.9.1")
            }
            flow.send.grow(by: increment)
        } else {
            guard let slot = streams.find(id) else {
                guard !streams.isIdle(id) else {
                    throw .remote(
                        .noSuchStream, .protocolError, on: H2StreamID(id),
                        "WINDOW_UPDATE on an idle stream, RFC 9113 §5.1")
                }
                return
            }
            var state = streams[slot].state
            guard state.process(.receiveWindowUpdate) == .done else {
                throw .remote(
                    .protocolViolation, .protocolError, on: H2StreamID(id),
                    "WINDOW_UPDATE while the stream is \(state.current)")
            }
            guard streams[slot].flow.send.canGrow(by: increment) else {
                return try reset(onErrorAt: slot, .flowControlError, &events)
            }
            streams[slot].flow.send.grow(by: increment)
            if !isPlain {
                recordActivity(at: slot)
                recordCredit(increment, at: slot)
                if queues.byteCount != 0 { updateSchedule(at: slot) }
            }
        }
        events.append(
            .windowUpdated(H2Event.WindowUpdated(streamID: H2StreamID(id), delta: increment)))
    }

    mutating func acknowledgeReceivedData(_ size: Int, on id: H2StreamID) throws(H2Error) {
        try lifecycle.checkInitiated()
        guard size >= 0, id != .connection else {
            throw .local(
                .invalidArgument, on: id, "size must not be negative, nor the stream identifier 0")
        }
        try StreamRegistry.checkRange(of: id)
        let slot = streams.find(id.rawValue)
        guard slot != nil || !streams.isIdle(id.rawValue) else {
            throw .local(.noSuchStream, on: id, "the stream was never opened")
        }
        guard lifecycle.phase != .failed else {
            throw lifecycle.closed(on: id)
        }
        if hasAutomaticWindows { return acknowledgeAutomatically(size, at: slot) }
        budgets.windowOpened(min(size, flow.receive.held))
        flow.receive.acknowledge(size)
        credit(flow.receive.takeCredit())
        guard let slot, streams[slot].state.isOpen else { return }
        streams[slot].flow.receive.acknowledge(size)
        credit(streams[slot].flow.receive.takeCredit(), at: slot)
    }

    /// Queues WINDOW_UPDATE for the connection if a credit is due.
    mutating func creditConnection() {
        credit(flow.receive.takeCredit(early: hasAutomaticWindows))
    }

    /// Credits streams after INITIAL_WINDOW_SIZE was lowered. Acknowledged bytes that were too few
    /// for a larger window may now use up the window, and the caller has nothing left to
    /// acknowledge.
    @inline(never)
    mutating func creditShrunkWindows() {
        let isAutomatic = hasAutomaticWindows
        for id in streams.live.identifiers.sorted() {
            guard let slot = streams.find(id), streams[slot].state.isOpen,
                isAutomatic || streams[slot].flow.receive.available <= 0
            else { continue }
            credit(streams[slot].flow.receive.takeCredit(early: isAutomatic), at: slot)
        }
    }

    /// Queues WINDOW_UPDATE if the window of a stream, or of the connection, grew by `increment`.
    mutating func credit(_ increment: Int, at slot: Int? = nil) {
        guard increment > 0 else { return }
        let id = slot.map { streams[$0].id } ?? 0
        FrameWriter.windowUpdate(increment, on: id, into: &outbox.queue)
        recordOpening(by: increment, at: slot)
    }

    mutating func incrementFlowControlWindow(
        by increment: Int, on id: H2StreamID
    ) throws(H2Error) {
        guard 1...FlowControl.maxWindowSize ~= increment else {
            throw .local(.invalidArgument, on: id, "increment must be from 1 to 2^31-1")
        }
        _ = try lifecycle.ready(for: .sendWindowUpdate)
        let slot = id == .connection ? nil : try self.slot(of: id, for: .closing)
        guard slot != nil || id == .connection else { return }
        if let slot {
            var state = streams[slot].state
            try check(state.process(.sendWindowUpdate), on: id)
        }
        let window = slot.map { streams[$0].flow.receive } ?? flow.receive
        let growth = slot == nil ? 0 : local.announcedWindowGrowth
        guard window.canOpen(by: increment, announced: growth) else {
            throw .local(
                .flowControl, .flowControlError, on: id,
                "flow-control window would exceed 2^31-1 bytes")
        }
        FrameWriter.windowUpdate(increment, on: id.rawValue, into: &outbox.queue)
        budgets.windowOpened(increment)
        if let slot {
            streams[slot].flow.receive.open(by: increment)
        } else {
            flow.receive.open(by: increment)
        }
        recordOpening(by: increment, at: slot)
    }

    func localFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        let slot = try streams.slot(of: id)
        return min(flow.send.available, streams[slot].flow.send.available)
    }

    /// Returns the number of body bytes that one DATA frame can carry now.
    mutating func sendableByteCount(on id: H2StreamID) -> Int {
        guard (try? lifecycle.ready(for: .sendData)) != nil, let slot = streams.find(id.rawValue)
        else { return 0 }
        var state = streams[slot].state
        guard state.process(.sendData) == .done,
            !hasQueuedData || streams[details: slot].queue.byteCount == 0
        else { return 0 }
        let window = min(flow.send.available, streams[slot].flow.send.available)
        let unsent = streams[slot].unsentContent
        return max(0, min(window, remote.maxFrameSize, unsent < 0 ? .max : unsent))
    }

    func remoteFlowControlWindow(on id: H2StreamID) throws(H2Error) -> Int {
        let slot = try streams.slot(of: id)
        return min(flow.receive.available, streams[slot].flow.receive.available)
    }
}
