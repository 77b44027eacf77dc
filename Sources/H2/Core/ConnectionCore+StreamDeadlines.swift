// SPDX-License-Identifier: MIT

/// Deadlines of streams: a peer that sends nothing, or accepts too little of the queued data.
extension ConnectionCore {
    // MARK: Starting timers

    /// Starts the timer of a stream on which the peer may send, at the next instant.
    mutating func watchInactivity(at slot: Int) {
        guard !isPlain, timers.inactivity.isOn, streams[details: slot].timers.lastReceived != .max
        else {
            return
        }
        streams[details: slot].timers.lastReceived = .max
        Self.add(streams[slot].id, to: &featureStorage.value.timers.inactivity, streams)
    }

    /// Adds a stream whose timer starts at the next instant. Removes closed streams if there are
    /// many, so that a caller who passes no time does not add streams without a bound.
    @inline(__always)
    private static func add(
        _ id: UInt32, to timers: inout StreamTimers, _ streams: borrowing StreamRegistry
    ) {
        if timers.waiting.count > 2 * streams.live.count + 64 {
            timers.filterWaiting { streams.find($0) != nil }
        }
        timers.wait(id)
    }

    /// Starts the timers that wait for an instant.
    @inline(__always)
    mutating func startStreamTimers(at now: UInt64) {
        while let id = timers.inactivity.takeWaiting() {
            guard let slot = streams.find(id) else { continue }
            streams[details: slot].timers.lastReceived = now
            timers.inactivity.start(at: now)
        }
        while let id = timers.drain.takeWaiting() {
            guard let slot = streams.find(id) else { continue }
            streams[details: slot].timers.drainStart = now
            timers.drain.start(at: now)
        }
    }

    // MARK: Progress

    /// Records that the peer sent something on a stream.
    mutating func recordActivity(at slot: Int) {
        guard !isPlain, timers.inactivity.isOn else { return }
        if let now = budgets.time {
            streams[details: slot].timers.lastReceived = now
            timers.inactivity.start(at: now)
        } else {
            watchInactivity(at: slot)
        }
    }

    /// Records that the peer enlarged the window of a stream.
    @inline(__always)
    mutating func recordCredit(_ increment: Int, at slot: Int) {
        if timers.drain.isOn { streams[details: slot].timers.credited += increment }
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
            watchInactivity(at: slot)
        } else if flow.receive.available <= increment {
            timers.windowsOpened = .max
        }
    }

    /// Starts the timer of a stream on which data was queued and none is waiting.
    mutating func watchDrain(at slot: Int) {
        guard timers.drain.isOn else { return }
        guard !streams[details: slot].timers.hasDrainTimer else {
            return streams[details: slot].timers.hasNewQueue = true
        }
        streams[details: slot].timers.hasDrainTimer = true
        streams[details: slot].timers.drainStart = .max
        Self.add(streams[slot].id, to: &featureStorage.value.timers.drain, streams)
        restartDrain(at: slot)
    }

    private mutating func restartDrain(at slot: Int) {
        streams[details: slot].timers.drained = 0
        streams[details: slot].timers.credited = 0
        streams[details: slot].timers.connectionSent = budgets.work.sentBytes
    }

    // MARK: Firing

    /// Resets the streams whose timers have expired.
    mutating func fireStreamTimers(at now: UInt64) throws(H2Error) {
        if timers.inactivity.beginCheck(at: now) {
            let expired = expiredStreams { $0.isInactive(at: $1, now) }
            timers.inactivity.endCheck(at: now, streamCount: streams.live.count)
            try cancel(expired, .streamInactivity)
        }
        if timers.drain.beginCheck(at: now) {
            let expired = expiredStreams { $0.isSlow(at: $1, now) }
            timers.drain.endCheck(at: now, streamCount: streams.live.count)
            try cancel(expired, .drainRate)
        }
    }

    /// Returns the streams for which `hasExpired` is true, the oldest first.
    private mutating func expiredStreams(
        _ hasExpired: (inout ConnectionCore, Int) -> Bool
    ) -> [UInt32] {
        var expired: [UInt32] = []
        for slot in 0..<streams.live.slotCount where streams[slot].id != 0 {
            if hasExpired(&self, slot) { expired.append(streams[slot].id) }
        }
        return expired.sorted()
    }

    /// Returns whether the peer has been inactive on a stream for too long. If not, its timer goes on.
    private mutating func isInactive(at slot: Int, _ now: UInt64) -> Bool {
        switch streams[slot].state.current {
        case .open, .halfClosedLocal, .reservedRemote: break
        case .idle, .reservedLocal, .halfClosedRemote, .closed: return false
        }
        // The peer may not be able to send because of this side's windows.
        if streams[slot].flow.receive.available <= 0 || flow.receive.available <= 0 {
            streams[details: slot].timers.lastReceived = now
        }
        let start = max(streams[details: slot].timers.lastReceived, timers.windowsOpened)
        if timers.inactivity.hasExpired(since: start, at: now) { return true }
        timers.inactivity.start(at: start)
        return false
    }

    /// Returns whether a stream has drained too slowly. If not, its timer goes on or starts again.
    private mutating func isSlow(at slot: Int, _ now: UInt64) -> Bool {
        guard streams[details: slot].timers.hasDrainTimer else { return false }
        let start = streams[details: slot].timers.drainStart
        guard timers.drain.hasExpired(since: start, at: now) else {
            timers.drain.start(at: start)
            return false
        }
        let queued = streams[details: slot].queue.byteCount
        let hasNewQueue = streams[details: slot].timers.hasNewQueue
        streams[details: slot].timers.hasNewQueue = false
        if queued == 0 {
            streams[details: slot].timers.hasDrainTimer = false
            return false
        }
        let drained = streams[details: slot].timers.drained
        // What the peer has accepted, and could have accepted if the stream had sent it.
        let stream = drained + max(0, streams[slot].flow.send.available)
        let sent = budgets.work.sentBytes - streams[details: slot].timers.connectionSent
        let connection = sent + max(0, flow.send.available)
        let rate = features.options.deadlines.drainRate?.bytes ?? 0
        let needed = min(rate, queued + drained)
        // Credit for a negative window, RFC 9113 §6.9.2, is for bytes that were sent before.
        let isStreamFast = stream >= needed || streams[details: slot].timers.credited >= rate
        guard hasNewQueue || isStreamFast && connection >= needed else { return true }
        restartDrain(at: slot)
        streams[details: slot].timers.drainStart = now
        timers.drain.start(at: now)
        return false
    }

    private mutating func cancel(_ ids: [UInt32], _ deadline: H2Deadline) throws(H2Error) {
        for id in ids {
            if let slot = streams.find(id) { try cancel(at: slot, deadline) }
        }
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
