// SPDX-License-Identifier: MIT

/// Deadlines: what they wait for, and what happens when they pass.
extension ConnectionCore {
    /// Learns the time.
    mutating func advance(to instant: H2Instant) {
        budgets.beginCall(at: instant)
        updateTimers()
    }

    /// The time when the next timer fires; `nil` if none runs.
    var nextDeadline: H2Instant? {
        mutating get {
            guard !isPlain, isReceivingNow, timers.next != .max else { return nil }
            return budgets.instant(timers.next)
        }
    }

    /// Learns the time, and acts on each deadline that has passed.
    mutating func handleDeadlines(at instant: H2Instant) throws(H2Error) -> [H2Event] {
        if !isPlain, timers.isOn, isReceivingNow {
            advance(to: instant)
            do throws(H2Error) {
                try fireTimers()
            } catch {
                var error = error
                error.precedingEvents = takeEvents()
                throw error
            }
        }
        return takeEvents()
    }

    /// Whether received bytes are processed, so that waiting for them makes sense.
    private var isReceivingNow: Bool {
        lifecycle.phase == .running && lifecycle.state.current != .closed
    }

    private mutating func fireTimers() throws(H2Error) {
        guard let now = budgets.time else { return }
        while let timer = timers.connection.takeExpired(at: now) {
            try fire(timer)
            guard isReceivingNow else { return }
        }
        while let id = timers.inactivity.takeExpired(at: now) { try checkActivity(of: id, at: now) }
        while let id = timers.drain.takeExpired(at: now) { try checkDrain(of: id, at: now) }
        updateTimers()
    }

    // MARK: Starting timers

    /// Starts and stops timers at an instant that the caller has passed.
    mutating func updateTimers() {
        if !isPlain, timers.isOn { updateAllTimers() }
    }

    @inline(never)
    private mutating func updateAllTimers() {
        guard let now = budgets.time, isReceivingNow else { return }
        for index in 0..<timers.connection.count {
            let reason = self.reason(for: timers.connection.kind(of: index))
            timers.connection.update(index, at: now, reason)
        }
        if timers.windowsOpened == .max { timers.windowsOpened = now }
        timers.inactivity.start(at: now)
        timers.drain.start(at: now)
    }

    /// Returns why a timer runs, as a number that changes with each progress; `nil` if it does not.
    private mutating func reason(for timer: ConnectionTimer) -> ConnectionTimers.Reason? {
        switch timer {
        case .firstSettings:
            return lifecycle.hasPeerSettings ? nil : 0
        case .settingsAcknowledgement:
            return local.unacknowledged.isEmpty ? nil : timers.acknowledgedSettings
        case .fieldBlock:
            if blocks.pending != nil { return blocks.begun }
            return reader.isWithinFieldBlock ? blocks.begun + 1 : nil
        case .output:
            return outbox.queue.count > 0 || canWriteQueued ? outbox.takenCount : nil
        case .keepaliveInterval:
            let pings = features.options.deadlines.keepalive?.pingsWithoutStreams == true
            guard pings || streams.live.count > 0, !ownPings.isWaiting(for: .keepalive) else {
                return nil
            }
            return timers.receivedCount
        case .keepaliveAnswer:
            return ownPings.isWaiting(for: .keepalive) ? timers.receivedCount : nil
        case .idle:
            guard lifecycle.shutdown == .none, streams.live.count == 0 else { return nil }
            return Int(streams.inbound.highest) + Int(streams.outbound.highest)
        case .maximumAge:
            return lifecycle.shutdown == .none ? 0 : nil
        case .shutdownAnnouncement:
            return lifecycle.shutdown == .announced ? 0 : nil
        case .shutdown:
            return lifecycle.shutdown == .none || lifecycle.isDrained ? nil : 0
        }
    }

    /// Starts the timer of a stream on which the peer may send.
    mutating func watchInactivity(of id: UInt32) {
        guard !isPlain, timers.inactivity.isOn else { return }
        if timers.inactivity.count > 2 * streams.live.count + 64 {
            var all = StreamTimers(nil)
            swap(&all, &timers.inactivity)
            all.compact { streams.find($0) != nil }
            swap(&all, &timers.inactivity)
        }
        timers.inactivity.add(id)
    }

    /// Records that the peer sent something on a stream.
    mutating func recordActivity(at slot: Int) {
        if !isPlain, timers.inactivity.isOn {
            streams[details: slot].lastReceived = budgets.time ?? .max
        }
    }

    /// Records that the peer enlarged the window of a stream.
    @inline(__always)
    mutating func recordCredit(_ increment: Int, at slot: Int) {
        if timers.drain.isOn { streams[details: slot].credited += increment }
    }

    /// Records that this side enlarged the window of a stream, or of the connection, by `increment`.
    /// If it was used up, the peer may only send from now on.
    @inline(__always)
    mutating func recordOpening(by increment: Int, at slot: Int?) {
        if !isPlain { recordWatchedOpening(by: increment, at: slot) }
    }

    @inline(never)
    private mutating func recordWatchedOpening(by increment: Int, at slot: Int?) {
        guard timers.inactivity.isOn else { return }
        if let slot {
            guard streams[slot].flow.receive.available <= increment else { return }
            streams[details: slot].lastReceived = .max
        } else if flow.receive.available <= increment {
            timers.windowsOpened = .max
        }
    }

    /// Starts the timer of a stream on which data was queued and none is waiting.
    mutating func watchDrain(at slot: Int) {
        guard timers.drain.isOn else { return }
        guard !streams[details: slot].hasDrainTimer else {
            return streams[details: slot].hasNewQueue = true
        }
        if timers.drain.count > 2 * streams.live.count + 64 {
            var all = StreamTimers(nil)
            swap(&all, &timers.drain)
            all.compact { streams.find($0) != nil }
            swap(&all, &timers.drain)
        }
        timers.drain.add(streams[slot].id)
        streams[details: slot].hasDrainTimer = true
        restartDrain(at: slot)
    }

    private mutating func restartDrain(at slot: Int) {
        streams[details: slot].drained = 0
        streams[details: slot].credited = 0
        streams[details: slot].connectionSent = budgets.work.sentBytes
    }

    // MARK: Firing

    private mutating func fire(_ timer: ConnectionTimer) throws(H2Error) {
        switch timer {
        case .firstSettings:
            throw expired(
                .firstSettings, .protocolError, "no SETTINGS frame arrived, RFC 9113 §3.4")
        case .settingsAcknowledgement:
            throw expired(
                .settingsAcknowledgement, .settingsTimeout,
                "SETTINGS was not acknowledged, RFC 9113 §6.5.3")
        case .fieldBlock:
            throw expired(.fieldBlock, .enhanceYourCalm, "a field block is still incomplete")
        case .shutdown:
            throw expired(.shutdown, .noError, "streams are still open after a graceful shutdown")
        case .output:
            throw lost(.output, "the caller took none of the output")
        case .keepaliveAnswer:
            throw lost(.keepalive, "the peer did not respond to a PING")
        case .keepaliveInterval:
            FrameWriter.ping(ownPings.send(.keepalive), isAck: false, into: &outbox.queue)
        case .idle:
            report(.idle, on: nil)
            try startGracefulShutdown()
        case .maximumAge:
            report(.maximumAge, on: nil)
            try startGracefulShutdown()
        case .shutdownAnnouncement:
            endShutdownAnnouncement()
        }
    }

    /// Ends the connection with GOAWAY, and returns the error.
    private mutating func expired(
        _ deadline: H2Deadline, _ code: H2ErrorCode, _ reason: String
    ) -> H2Error {
        fail(with: .expired(deadline, code, reason))
    }

    /// Ends the connection without GOAWAY, because the transport does not work, and returns the
    /// error.
    private mutating func lost(_ deadline: H2Deadline, _ reason: String) -> H2Error {
        let error = H2Error.expired(deadline, .noError, reason)
        loseConnection(error)
        return error
    }

    private mutating func report(_ deadline: H2Deadline, on id: UInt32?) {
        pendingEvents.append(
            .deadlineExpired(
                H2Event.DeadlineExpired(deadline: deadline, streamID: id.map { H2StreamID($0) })))
    }

    private mutating func checkActivity(of id: UInt32, at now: UInt64) throws(H2Error) {
        guard let slot = streams.find(id) else { return }
        switch streams[slot].state.current {
        case .open, .halfClosedLocal, .reservedRemote: break
        case .idle, .reservedLocal, .halfClosedRemote, .closed: return
        }
        let last = streams[details: slot].lastReceived
        // The peer may not be able to send because of this side's windows.
        let isBlocked =
            streams[slot].flow.receive.available <= 0 || flow.receive.available <= 0
        if last == .max || isBlocked {
            streams[details: slot].lastReceived = 0
            return timers.inactivity.insert(id, from: now)
        }
        let begin = max(last, timers.windowsOpened)
        if now - begin < timers.inactivity.nanoseconds {
            return timers.inactivity.insert(id, from: begin)
        }
        try cancel(at: slot, .streamInactivity)
    }

    private mutating func checkDrain(of id: UInt32, at now: UInt64) throws(H2Error) {
        guard let slot = streams.find(id) else { return }
        let queued = streams[details: slot].queue.byteCount
        let hasNewQueue = streams[details: slot].hasNewQueue
        streams[details: slot].hasNewQueue = false
        guard queued > 0 else { return streams[details: slot].hasDrainTimer = false }
        let drained = streams[details: slot].drained
        // What the peer has accepted, and could have accepted if the stream had sent it.
        let stream = drained + max(0, streams[slot].flow.send.available)
        let sent = budgets.work.sentBytes - streams[details: slot].connectionSent
        let connection = sent + max(0, flow.send.available)
        let rate = features.options.deadlines.drainRate?.bytes ?? 0
        let needed = min(rate, queued + drained)
        // Credit for a negative window, RFC 9113 §6.9.2, is for bytes that were sent before.
        let isStreamFast = stream >= needed || streams[details: slot].credited >= rate
        if hasNewQueue || isStreamFast && connection >= needed {
            restartDrain(at: slot)
            return timers.drain.insert(id, from: now)
        }
        try cancel(at: slot, .drainRate)
    }

    /// Resets a stream because of a deadline.
    private mutating func cancel(at slot: Int, _ deadline: H2Deadline) throws(H2Error) {
        let id = streams[slot].id
        report(deadline, on: id)
        var state = streams[slot].state
        _ = state.process(.sendReset)
        try writing { core throws(H2Error) in
            try core.session.submitReset(.cancel, on: id, into: &core.outbox.queue)
        }
        excuseLateFrames(at: slot, .program)
        pendingEvents.append(
            .streamReset(
                H2Event.StreamReset(
                    streamID: H2StreamID(id), errorCode: .cancel, isRemote: false)))
        commit(state, at: slot, .reset(.cancel, by: .library))
    }
}
