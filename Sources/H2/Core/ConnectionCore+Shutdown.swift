// SPDX-License-Identifier: MIT

/// Graceful shutdown, RFC 9113 §6.8.
extension ConnectionCore {
    mutating func startGracefulShutdown() throws(H2Error) {
        try lifecycle.checkInitiated()
        guard lifecycle.phase == .running, lifecycle.state.current != .closed else {
            throw lifecycle.closed()
        }
        guard lifecycle.shutdown == .none else { return }
        // `commit` reports the last stream only if the connection is not plain.
        if isPlain { makeFeatures() }
        if isServer {
            FrameWriter.goAway(
                .noError, lastStream: H2StreamID.max.rawValue, into: &outbox.queue)
            FrameWriter.ping(ownPings.send(.shutdown), isAck: false, into: &outbox.queue)
            lifecycle.startShutdown(.announced, naming: H2StreamID.max.rawValue)
        } else {
            if configuration.sendsClientGoAway {
                FrameWriter.goAway(
                    .noError, lastStream: streams.lastProcessed, into: &outbox.queue)
                lifecycle.startShutdown(.complete, naming: streams.lastProcessed)
                budgets.grace.limitAnnounced()
            } else {
                lifecycle.startShutdown(.complete, naming: nil)
            }
            reportIfDrained()
        }
    }

    /// Sends the second GOAWAY of a server. The client has received the first, or has had time to.
    mutating func endShutdownAnnouncement() {
        guard lifecycle.shutdown == .announced else { return }
        // A request whose field block is still arriving is processed, too.
        let last = blocks.pendingRequest ?? streams.lastProcessed
        FrameWriter.goAway(.noError, lastStream: last, into: &outbox.queue)
        lifecycle.startShutdown(.complete, naming: last)
        // The client may still open streams until it receives the GOAWAY.
        budgets.grace.limitAnnounced()
        reportIfDrained()
    }

    /// Handles the acknowledgement of the PING after the first GOAWAY of a server.
    mutating func receiveShutdownAck() {
        endShutdownAnnouncement()
        budgets.grace.limitReceived()
    }

    /// Whether a new stream of the peer is to be discarded.
    @inline(__always)
    var discardsNewStreams: Bool { isServer && lifecycle.shutdown == .complete }

    /// Reports the end of the last stream. Call it after each change that may have ended a stream.
    @inline(__always)
    mutating func reportIfDrained() {
        if lifecycle.shutdown == .complete, streams.live.count == 0, !lifecycle.isDrained,
            blocks.pendingRequest == nil
        {
            lifecycle.isDrained = true
            pendingEvents.append(.connectionDrained)
        }
    }
}
