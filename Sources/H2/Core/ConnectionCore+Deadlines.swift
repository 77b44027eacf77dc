// SPDX-License-Identifier: MIT

/// Deadlines: what they wait for, and what happens when they pass.
extension ConnectionCore {
    /// Passes the current time.
    mutating func advance(to instant: H2Instant) {
        budgets.beginCall(at: instant)
        updateTimers()
    }

    /// Notes bytes that the transport keeps until their frame is complete.
    mutating func noteReceivedBytes(_ count: Int, at instant: H2Instant) {
        guard !isPlain else { return }
        timers.progress.receivedBytes &+= count
        advance(to: instant)
    }

    /// The time when the next timer fires; `nil` if none runs.
    var nextDeadline: H2Instant? {
        mutating get {
            guard !isPlain, isReceivingNow, timers.next != .max else { return nil }
            return budgets.instant(timers.next)
        }
    }

    /// Passes the current time, and acts on each deadline that has passed.
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
        while let timer = timers.connection.takeExpired(among: wantedTimers, at: now) {
            try fire(timer)
            guard isReceivingNow else { return }
        }
        try fireStreamTimers(at: now)
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
        updateProgress()
        timers.connection.update(wantedTimers, timers.progress, at: now)
        if timers.windowsOpened == .max { timers.windowsOpened = now }
        startStreamTimers(at: now)
    }

    /// The timers that have to run in the present state of the connection.
    private var wantedTimers: ConnectionTimerSet {
        @inline(__always) mutating get {
            var wanted: ConnectionTimerSet = []
            wanted.insert(.firstSettings, if: !lifecycle.hasPeerSettings)
            wanted.insert(.settingsAcknowledgement, if: !local.unacknowledged.isEmpty)
            wanted.insert(.fieldBlock, if: blocks.pending != nil || reader.isWithinFieldBlock)
            wanted.insert(.output, if: outbox.queue.count > 0 || canWriteQueued)
            if ownPings.isWaiting(for: .keepalive) {
                wanted.insert(.keepaliveAnswer)
            } else {
                let hasStreams = streams.live.count > 0
                wanted.insert(.keepaliveInterval, if: hasStreams || timers.pingsWithoutStreams)
            }
            switch lifecycle.shutdown {
            case .none:
                wanted.insert(.maximumAge)
                wanted.insert(.idle, if: streams.live.count == 0)
            case .announced:
                wanted.insert(.shutdownAnnouncement)
                wanted.insert(.shutdown)
            case .complete:
                wanted.insert(.shutdown, if: !lifecycle.isDrained)
            }
            return wanted
        }
    }

    @inline(__always)
    private mutating func updateProgress() {
        // A block of which no frame is complete has begun, too.
        let isBeginning = reader.isWithinFieldBlock && blocks.pending == nil
        timers.progress.fieldBlocks = blocks.begun + (isBeginning ? 1 : 0)
        timers.progress.takenBytes = outbox.takenCount
        timers.progress.streams =
            UInt64(streams.inbound.highest) << 32 | UInt64(streams.outbound.highest)
    }

    /// Records that the output ends in SETTINGS or a keepalive PING, which a timer waits for the
    /// peer to acknowledge.
    mutating func expectAnswer() {
        if !isPlain { timers.progress.lastQuestion = outbox.writtenCount }
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
            expectAnswer()
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

    mutating func report(_ deadline: H2Deadline, on id: UInt32?) {
        pendingEvents.append(
            .deadlineExpired(
                H2Event.DeadlineExpired(deadline: deadline, streamID: id.map { H2StreamID($0) })))
    }
}
