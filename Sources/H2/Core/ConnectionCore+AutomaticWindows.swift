// SPDX-License-Identifier: MIT

/// Receive windows that H2 credits and sizes, with `H2Configuration.flowControl` `.automatic`.
extension ConnectionCore {
    /// Credits the connection for received DATA, and counts it for the probe.
    @inline(never)
    mutating func creditReceived(_ length: Int, at slot: Int, endsStream: Bool) {
        automatic.received(length)
        creditUnwithheld()
        // WINDOW_UPDATE must not follow the end of a stream, which may be closed then, RFC 9113 §5.1.
        if automatic.sizes.creditsStreamsOnArrival, !endsStream {
            streams[slot].flow.receive.acknowledge(length)
            credit(streams[slot].flow.receive.takeCredit(early: true), at: slot)
        }
        if !automatic.probe.isInFlight, let now = budgets.time,
            automatic.probe.isDue(at: now, isEager: isYoung(at: slot)), canGrow(at: slot)
        {
            automatic.probe.begin(at: now)
            FrameWriter.ping(ownPings.send(.windowProbe), isAck: false, into: &outbox.queue)
        }
        if automatic.probe.isInFlight { count(length, at: slot) }
    }

    /// Credits the connection for all received bytes except those that must be withheld.
    private mutating func creditUnwithheld() {
        flow.receive.acknowledge(max(0, flow.receive.held - automatic.withheld))
        credit(flow.receive.takeCredit(early: true))
    }

    /// Acknowledges received bytes.
    ///
    /// - Parameter slot: The slot of their stream; `nil` if it is not live.
    @inline(never)
    mutating func acknowledgeAutomatically(_ size: Int, at slot: Int?) {
        budgets.windowOpened(automatic.acknowledge(size))
        // If no bytes are held, the connection was credited for all of them on arrival.
        if flow.receive.held > 0 { creditUnwithheld() }
        guard let slot, streams[slot].state.isOpen else { return }
        streams[slot].flow.receive.acknowledge(size)
        credit(streams[slot].flow.receive.takeCredit(early: true), at: slot)
    }

    // MARK: Growth

    /// Returns whether a stream has received about as much as its window, so that the window has
    /// limited it at most for a short time. A probe then does not wait for the interval, which may
    /// have become long because of older streams.
    private mutating func isYoung(at slot: Int) -> Bool {
        let size = streams[slot].flow.receive.maximum
        return (size / 2...size * 2) ~= streams[slot].contentLength.received
    }

    private mutating func canGrow(at slot: Int) -> Bool {
        flow.receive.maximum < automatic.sizes.maxConnectionWindow
            || streams[slot].flow.receive.maximum < automatic.sizes.maxStreamWindow
    }

    private mutating func count(_ length: Int, at slot: Int) {
        automatic.probe.count(length)
        if streams[details: slot].probe.number == automatic.probe.number {
            streams[details: slot].probe.byteCount += length
        } else if automatic.probe.include(streams[slot].id) {
            streams[details: slot].probe.number = automatic.probe.number
            streams[details: slot].probe.byteCount = length
        }
    }

    var roundTripTime: UInt64? { mutating get { isPlain ? nil : features.roundTripTime } }

    /// Ends a probe, and enlarges the windows that limited the peer.
    mutating func endProbe() {
        guard automatic.probe.isInFlight, let now = budgets.time else {
            return automatic.probe.cancel()
        }
        features.roundTripTime = automatic.probe.end(at: now)
        var hasGrown = growConnection()
        for id in automatic.probe.streams {
            if let slot = streams.find(id), growStream(at: slot) { hasGrown = true }
        }
        automatic.probe.plan(hasGrown: hasGrown)
    }

    // If the caller does not keep up with the current windows, they do not grow.

    private mutating func growConnection() -> Bool {
        let window = flow.receive
        guard automatic.unacknowledged <= window.maximum / 2,
            let size = WindowProbe.growth(
                of: window.maximum, afterReceiving: automatic.probe.byteCount,
                upTo: automatic.sizes.maxConnectionWindow)
        else { return false }
        flow.receive.enlarge(by: size - window.maximum)
        credit(size - window.maximum)
        return true
    }

    private mutating func growStream(at slot: Int) -> Bool {
        let window = streams[slot].flow.receive
        let state = streams[slot].state.current
        guard streams[details: slot].probe.number == automatic.probe.number,
            state == .open || state == .halfClosedLocal, keepsUp(with: window),
            let size = WindowProbe.growth(
                of: window.maximum, afterReceiving: streams[details: slot].probe.byteCount,
                upTo: automatic.sizes.maxStreamWindow),
            window.canChangeInitialSize(
                by: size - window.maximum + max(0, local.announcedWindowGrowth))
        else { return false }
        streams[slot].flow.receive.enlarge(by: size - window.maximum)
        credit(size - window.maximum, at: slot)
        return true
    }

    private mutating func keepsUp(with window: ReceiveWindow) -> Bool {
        // If streams are credited on arrival, their windows hold nothing.
        automatic.sizes.creditsStreamsOnArrival
            ? automatic.unacknowledged <= flow.receive.maximum / 2
            : window.held <= window.maximum / 2
    }
}
