// SPDX-License-Identifier: MIT

/// Received and sent PING, RFC 9113 §6.7, which does not pass through nghttp2.
extension ConnectionCore {
    mutating func receivePing(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        try lifecycle.advance(.receivePing)
        let data = H2PingData(UInt64(frame.word(at: 0)) << 32 | UInt64(frame.word(at: 4)))
        if !isPlain, frame.header.isAck, let purpose = ownPings.acknowledge(data) {
            return receiveAck(of: purpose)
        }
        let isExpected = frame.header.isAck && pings.acknowledged()
        if !isExpected { try charge(.controlFrames) }
        guard !frame.header.isAck else {
            return events.append(.pingAckReceived(H2Event.PingAckReceived(data: data)))
        }
        FrameWriter.ping(data, isAck: true, into: &outbox.queue)
        events.append(.pingReceived(H2Event.PingReceived(data: data)))
    }

    /// Handles the acknowledgement of a PING that H2 sent by itself.
    private mutating func receiveAck(of purpose: OwnPings.Purpose) {
        switch purpose {
        case .windowProbe: endProbe()
        // The received bytes have already restarted the timer.
        case .keepalive: break
        case .shutdown: receiveShutdownAck()
        }
    }

    mutating func ping(_ opaqueData: H2PingData) throws(H2Error) {
        _ = try lifecycle.ready(for: .sendPing)
        FrameWriter.ping(opaqueData, isAck: false, into: &outbox.queue)
        pings.sent()
    }
}
