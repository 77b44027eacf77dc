// SPDX-License-Identifier: MIT

/// Data that waits until the windows allow it and the caller takes output.
extension ConnectionCore {
    /// The maximum size of a DATA frame for queued data, in bytes, even if the peer accepts larger
    /// frames: nothing can interrupt a frame, so a larger one would delay urgent data.
    static let maxQueuedFrame = 16_384
    /// The minimum size of such a frame, even if the caller takes fewer bytes, unless less data is
    /// queued or a window is smaller.
    private static let minQueuedFrame = 1_024
    /// If the caller's limit cuts a frame, the stream keeps its turn only for at least this number
    /// of remaining bytes, which is less than 2 % of a turn.
    private static let minRestOfTurn = 256

    // MARK: Queueing

    /// Queues data on a stream.
    ///
    /// - Parameter owner: What keeps `data`, if the queue may share it.
    mutating func enqueueData(
        _ data: UnsafeRawBufferPointer, owner: PayloadOwner? = nil, on id: H2StreamID,
        endStream: Bool
    ) throws(H2Error) {
        guard let slot = try slotForQueueing(on: id, endStream: endStream) else { return }
        try checkContent(data.count, at: slot, endStream: endStream)
        if streams[slot].unsentContent > 0 { streams[slot].unsentContent -= data.count }
        let queueLength = streams[details: slot].queue.byteCount
        guard queueLength + data.count > 0 else {
            // Nothing has to wait.
            if endStream { try self.endStream(id) }
            return
        }
        unsafe streams[details: slot].queue.append(data, owner: owner)
        streams[details: slot].queue.endsStream = endStream
        streams[details: slot].queue.checkHigh(features.options.sendQueueHighWaterMark)
        queues.byteCount += data.count
        if queueLength == 0 { watchDrain(at: slot) }
        updateSchedule(at: slot)
    }

    /// Queues trailers after the data of a stream.
    mutating func enqueueTrailers(
        _ headers: borrowing H2Headers, on id: H2StreamID
    ) throws(H2Error) {
        guard let slot = try slotForQueueing(on: id, endStream: true) else { return }
        guard streams[details: slot].queue.byteCount > 0 else {
            return try sendHeaders(headers, on: id, endStream: true, nil)
        }
        let section = normalized(headers.section) ?? headers.section
        try checkSize(of: section, on: id)
        var state = streams[slot].state
        try check(state.process(.sendHeaders), on: id)
        try checkTrailers(at: slot, endStream: true)
        try check(section, .trailers, on: id)
        try checkIsSent(streams[slot].unsentContent, on: id)
        streams[details: slot].queue.trailers = section
        streams[details: slot].queue.endsStream = true
    }

    /// Returns the slot of a stream on which data can be queued; `nil` if the call is to be ignored.
    private mutating func slotForQueueing(
        on id: H2StreamID, endStream: Bool
    ) throws(H2Error) -> Int? {
        try lifecycle.checkInitiated()
        guard let slot = try slot(of: id, for: .sending) else { return nil }
        _ = try lifecycle.ready(for: .sendData)
        var state = streams[slot].state
        try check(state.process(.sendData), on: id)
        if endStream { try check(state.process(.sendEndStream), on: id) }
        guard queues.byteCount == 0 || !streams[details: slot].queue.endsStream else {
            throw .local(.protocolViolation, on: id, "the end of the stream is already queued")
        }
        return slot
    }

    /// Throws if data is queued on a stream, because nothing can be sent before it.
    @inline(__always)
    mutating func checkNothingQueued(at slot: Int) throws(H2Error) {
        if hasQueuedData { try checkQueue(at: slot) }
    }

    @inline(never)
    private mutating func checkQueue(at slot: Int) throws(H2Error) {
        let queued = streams[details: slot].queue.byteCount
        guard queued == 0 else {
            throw .local(
                .protocolViolation, on: H2StreamID(streams[slot].id),
                "\(queued) bytes are queued on the stream: use enqueueData or enqueueTrailers")
        }
    }

    var queuedByteCount: Int { mutating get { isPlain ? 0 : queues.byteCount } }

    mutating func queuedByteCount(on id: H2StreamID) -> Int {
        guard hasQueuedData, let slot = streams.find(id.rawValue) else { return 0 }
        return streams[details: slot].queue.byteCount
    }

    // MARK: Scheduling

    /// Computes how many queued bytes of a stream its window allows, and schedules the stream if
    /// there are any. Call it after each change of the queue or of the window.
    mutating func updateSchedule(at slot: Int) {
        let before = streams[details: slot].scheduling.sendable
        let queued = streams[details: slot].queue.byteCount
        let after = max(0, min(queued, streams[slot].flow.send.available))
        queues.sendable += after - before
        streams[details: slot].scheduling.sendable = after
        if after > 0 {
            if streams[details: slot].scheduling.ticket == 0 { schedule(at: slot) }
        } else if streams[details: slot].scheduling.ticket != 0 {
            unschedule(at: slot)
        }
    }

    private mutating func schedule(at slot: Int) {
        let priority = streams[details: slot].scheduling.priority ?? queues.defaultPriority
        streams[details: slot].scheduling.ticket = queues.scheduler.insert(
            streams[slot].id, priority)
    }

    private mutating func unschedule(at slot: Int) {
        streams[details: slot].scheduling.ticket = 0
        queues.scheduler.removed()
        guard queues.scheduler.needsCompacting else { return }
        var scheduler = SendScheduler()
        swap(&scheduler, &queues.scheduler)
        scheduler.compact { isCurrent($0) }
        swap(&scheduler, &queues.scheduler)
    }

    private mutating func isCurrent(_ entry: SendScheduler.Entry) -> Bool {
        guard let slot = streams.find(entry.id) else { return false }
        return streams[details: slot].scheduling.ticket == entry.ticket
    }

    /// Sets the priority of a stream's queued data.
    mutating func setPriority(_ priority: SendPriority, at slot: Int) {
        let before = streams[details: slot].scheduling.priority ?? queues.defaultPriority
        streams[details: slot].scheduling.priority = priority
        // Without a change, an incremental stream keeps its turn.
        guard priority != before, streams[details: slot].scheduling.ticket != 0 else { return }
        unschedule(at: slot)
        schedule(at: slot)
    }

    /// Computes the sendable bytes of all streams after INITIAL_WINDOW_SIZE changed.
    mutating func updateSchedules() {
        guard hasQueuedData else { return }
        for slot in 0..<streams.live.slotCount where streams[slot].id != 0 {
            updateSchedule(at: slot)
        }
    }

    /// Removes the queue of a stream that is about to close; returns the number of bytes dropped.
    mutating func dropQueue(at slot: Int) -> Int {
        let dropped = streams[details: slot].queue.byteCount
        queues.byteCount -= dropped
        streams[details: slot].queue = SendQueue()
        updateSchedule(at: slot)
        return dropped
    }

    /// Removes all queues because the connection ended.
    mutating func dropQueues() {
        guard hasQueuedData else { return }
        let priority = queues.defaultPriority
        queues = SendQueues(defaultPriority: priority)
        streams.live.removeDetails()
    }

    // MARK: Writing

    /// Whether queued data can become DATA frames now.
    var canWriteQueued: Bool {
        @inline(__always) mutating get {
            !isPlain && queues.sendable != 0 && flow.send.available > 0
        }
    }

    /// The number of queued bytes that can become DATA frames now.
    var writableQueuedBytes: Int {
        mutating get { isPlain ? 0 : max(0, min(queues.sendable, flow.send.available)) }
    }

    /// Turns queued data into DATA frames until the output has at least `limit` bytes, or another
    /// frame would exceed the limit.
    @inline(__always)
    mutating func writeQueued(upTo limit: Int) {
        if canWriteQueued { writeFrames(upTo: limit) }
    }

    @inline(never)
    private mutating func writeFrames(upTo limit: Int) {
        while canWriteQueued, let entry = queues.scheduler.first {
            // The limit may be any number, so compare it first: subtracting from it may overflow.
            guard limit > outbox.queue.count else { return }
            let room = limit - outbox.queue.count - FrameHeader.size
            guard let slot = streams.find(entry.id),
                streams[details: slot].scheduling.ticket == entry.ticket
            else {
                queues.scheduler.removeFirst()
                continue
            }
            let window = min(flow.send.available, streams[slot].flow.send.available)
            let allowed = min(
                streams[details: slot].queue.byteCount, window,
                Self.maxQueuedFrame - queues.scheduler.turnLength)
            let length = min(allowed, max(room, Self.minQueuedFrame))
            // A frame that would exceed the limit waits for the next call, unless the output is
            // empty.
            guard length <= room || outbox.queue.count == 0 else { return }
            // A stream whose frame the limit cuts keeps its turn, so that it does not get less than
            // others. A small rest is not worth a frame.
            let endsTurn = allowed - length < Self.minRestOfTurn
            guard write(length, of: slot, window: window, endsTurn: endsTurn) else { return }
        }
    }

    /// Writes the first `length` queued bytes of the stream that comes first, and the end of the
    /// stream if it follows. Returns false if writing failed, which has ended the connection.
    ///
    /// - Parameter endsTurn: Whether the turn of the stream ends, if it is incremental.
    private mutating func write(
        _ length: Int, of slot: Int, window: Int, endsTurn: Bool
    ) -> Bool {
        let id = streams[slot].id
        let isLast = streams[details: slot].queue.byteCount == length
        let trailers = isLast ? streams[details: slot].queue.trailers : nil
        let endsStream =
            isLast && streams[details: slot].queue.endsStream && trailers == nil
        FrameWriter.data(
            length: length, on: id, endsStream: endsStream, isPadded: false,
            into: &outbox.queue)
        streams[details: slot].queue.take(length) { outbox.queue.append(sharing: $0) }
        queues.byteCount -= length
        if timers.drain.isOn { streams[details: slot].timers.drained += length }
        flow.send.use(length)
        streams[slot].flow.send.use(length)
        budgets.dataSent(length, leaving: window - length)
        if streams[details: slot].queue.isHigh { reportIfDrained(at: slot) }
        updateSchedule(at: slot)
        // If the stream can send more, it is still the first entry.
        if streams[details: slot].scheduling.ticket != 0 {
            queues.scheduler.sent(length, endsTurn: endsTurn)
        }
        do throws(H2Error) {
            if endsStream {
                var state = streams[slot].state
                _ = state.process(.sendEndStream)
                try commitEnd(state, at: slot)
            } else if let trailers {
                try writeTrailers(trailers, at: slot)
            }
            return true
        } catch {
            return false
        }
    }

    private mutating func writeTrailers(_ section: FieldSection, at slot: Int) throws(H2Error) {
        streams[details: slot].queue = SendQueue()
        var state = streams[slot].state
        _ = state.process(.sendHeaders)
        _ = state.process(.sendEndStream)
        try write(section, on: streams[slot].id, isNew: false, endStream: true, nil)
        commit(state, at: slot)
    }

    private mutating func reportIfDrained(at slot: Int) {
        let mark = features.options.sendQueueLowWaterMark
        guard streams[details: slot].queue.hasDrained(to: mark) else { return }
        pendingEvents.append(
            .sendQueueDrained(
                H2Event.SendQueueDrained(
                    streamID: H2StreamID(streams[slot].id),
                    queuedByteCount: streams[details: slot].queue.byteCount)))
    }
}
