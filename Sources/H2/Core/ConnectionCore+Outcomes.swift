// SPDX-License-Identifier: MIT

/// How streams end, and the outcomes that H2 reports with `reportsStreamOutcomes`.
extension ConnectionCore {
    /// Puts a stream into its next state, and reports its outcome if that state is closed.
    @inline(__always)
    mutating func commit(
        _ state: StreamStateMachine, at slot: Int, _ ending: StreamEnding = .messages
    ) {
        if isPlain || !state.isClosed {
            streams.commit(state, at: slot, isForced: ending.isForced, &budgets)
        } else {
            closeWithFeatures(state, at: slot, ending)
        }
    }

    @inline(never)
    private mutating func closeWithFeatures(
        _ state: StreamStateMachine, at slot: Int, _ ending: StreamEnding
    ) {
        let unsent = queues.byteCount == 0 ? 0 : dropQueue(at: slot)
        if reportsOutcomes { reportOutcome(at: slot, ending, unsent) }
        streams.commit(state, at: slot, isForced: ending.isForced, &budgets)
        reportIfDrained()
    }

    /// Reports the outcome of a stream that is about to close.
    private mutating func reportOutcome(
        at slot: Int, _ ending: StreamEnding, _ unsent: Int
    ) {
        let id = streams[slot].id
        let state = streams[slot].state
        let outcome: H2StreamOutcome
        switch ending {
        case .messages:
            outcome = .completed
        case .refusedByGoAway:
            outcome = !isServer && state.hasResponse ? .cutOff : .notProcessed
        case .reset(let code, let cause):
            // RFC 9113 §8.1: after a complete response, NO_ERROR only stops the rest of the request.
            let isResponded = state.current == (isServer ? .halfClosedLocal : .halfClosedRemote)
            let isRefused = cause == .peer && code == .refusedStream && !state.hasResponse
            if code == .noError && isResponded {
                outcome = .completed
            } else if isRefused, !isServer, streams.isOutbound(id) {
                outcome = .notProcessed
            } else {
                outcome = .reset(code, isRemote: cause == .peer)
            }
        }
        report(outcome, of: id, unsent)
    }

    private mutating func report(_ outcome: H2StreamOutcome, of id: UInt32, _ unsent: Int) {
        pendingEvents.append(
            .streamClosed(
                H2Event.StreamClosed(
                    streamID: H2StreamID(id), outcome: outcome, unsentByteCount: unsent)))
    }

    // MARK: The end of the connection

    /// Reports the outcomes of all live streams because the connection ends.
    ///
    /// - Parameter isOutputLost: Whether the queued output is discarded, so that the peer never
    ///   receives the requests in it.
    mutating func endStreams(isOutputLost: Bool) {
        defer { dropQueues() }
        guard reportsOutcomes, !lifecycle.hasEndedStreams else { return }
        lifecycle.hasEndedStreams = true
        let unsent = features.requests.unsent(
            takenUpTo: isOutputLost ? outbox.takenCount : outbox.writtenCount)
        let limit = streams.goAwayLimit ?? .max
        for record in streams.live.records.sorted(by: { $0.id < $1.id }) {
            let id = record.id
            // An earlier GOAWAY has closed streams above its limit, unless it is the one that ends
            // the connection. A response shows that the request was processed nevertheless.
            let isResponded = !isServer && record.state.hasResponse
            let isRefused = streams.isOutbound(id) && id > limit && !isResponded
            report(
                isRefused || unsent.contains(id) ? .notProcessed : .cutOff, of: id,
                queuedByteCount(on: H2StreamID(id)))
        }
        features.requests = SentRequests()
    }

    /// Ends the connection because the transport ended, and returns the pending events.
    mutating func connectionLost() -> [H2Event] {
        loseConnection(Lifecycle.lost)
        return takeEvents()
    }

    /// Ends the connection without GOAWAY because the transport no longer works.
    mutating func loseConnection(_ error: H2Error) {
        endStreams(isOutputLost: true)
        outbox.removeAll()
        if lifecycle.phase != .failed { end(with: error) }
        lifecycle.isLost = true
    }

    /// Discards the output, and records which requests the peer therefore never receives.
    mutating func discardOutput() {
        if !isPlain {
            let taken = outbox.takenCount
            featureStorage.value.requests.outputDiscarded(takenUpTo: taken, streams)
        }
        outbox.removeAll()
    }

    // MARK: Pending events

    /// Removes and returns the pending events.
    mutating func takeEvents() -> [H2Event] {
        guard !isPlain else { return [] }
        var events: [H2Event] = []
        swap(&events, &pendingEvents)
        return events
    }

    var hasEvents: Bool {
        @inline(__always) mutating get { !isPlain && !pendingEvents.isEmpty }
    }

    /// Moves the pending events to `events`.
    @inline(__always)
    mutating func deliverPending(_ events: inout [H2Event]) {
        if hasEvents { movePending(to: &events) }
    }

    @inline(never)
    private mutating func movePending(to events: inout [H2Event]) {
        // Usually it is one event. Moving it costs less than copying an array.
        if pendingEvents.count == 1 { return events.append(pendingEvents.removeLast()) }
        events.append(contentsOf: pendingEvents)
        pendingEvents.removeAll(keepingCapacity: pendingEvents.capacity <= 64)
    }
}
