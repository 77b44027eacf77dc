// SPDX-License-Identifier: MIT

/// Received and sent ALTSVC, RFC 7838 §4, which does not pass through nghttp2.
extension ConnectionCore {
    mutating func receiveAlternativeService(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let originLength = Int(frame[0]) << 8 | Int(frame[1])
        guard 2 + originLength <= frame.header.length else {
            throw .remote(
                .frameDataMissing, .frameSizeError, actual: frame.header.length,
                "ALTSVC origin of \(originLength) bytes is longer than its frame, RFC 7838 §4")
        }
        try charge(.controlFrames, Budgets.weight(ofOpaque: frame.header.length))
        // A server ignores ALTSVC, RFC 7838 §4.
        if isServer && lifecycle.state.current != .closed { return }
        try lifecycle.advance(.receiveAlternativeService)
        let id = frame.header.streamID
        let origin: H2Bytes
        if id == 0 {
            // Without an origin, ALTSVC on stream 0 is invalid and ignored.
            guard originLength != 0 else { return }
            origin = owner.payload(2..<2 + originLength, of: frame)
        } else {
            // On any other stream, ALTSVC with an origin is invalid. Like h2, H2 also ignores
            // ALTSVC after the response has begun.
            guard originLength == 0, let slot = streams.find(id),
                !streams[slot].state.headersReceived
            else { return }
            origin = streams.live.request(at: slot)?.firstValue(of: .authority) ?? H2Bytes()
        }
        events.append(
            .alternativeServiceAvailable(
                H2Event.AlternativeServiceAvailable(
                    origin: origin,
                    fieldValue: owner.payload(2 + originLength..<frame.header.length, of: frame))))
    }

    mutating func advertiseAlternativeService(
        _ fieldValue: [UInt8], origin: [UInt8]
    ) throws(H2Error) {
        let next = try readyForAlternativeService()
        guard 1...0xffff ~= origin.count else {
            throw .local(
                .invalidArgument, "origin has \(origin.count) bytes; 1 to 65535 are allowed")
        }
        try checkFits(2 + origin.count + fieldValue.count)
        FrameWriter.alternativeService(fieldValue, origin: origin, on: 0, into: &outbox.queue)
        lifecycle.state = next
    }

    mutating func advertiseAlternativeService(
        _ fieldValue: [UInt8], on id: H2StreamID
    ) throws(H2Error) {
        let next = try readyForAlternativeService()
        guard let slot = try slot(of: id, for: .sending) else { return }
        var state = streams[slot].state
        try check(state.process(.sendAlternativeService), on: id)
        try checkFits(2 + fieldValue.count)
        FrameWriter.alternativeService(fieldValue, origin: [], on: id.rawValue, into: &outbox.queue)
        lifecycle.state = next
    }

    private func readyForAlternativeService() throws(H2Error) -> ConnectionStateMachine {
        try lifecycle.checkInitiated()
        guard isServer else {
            throw .local(.protocolViolation, "a client cannot advertise alternative services")
        }
        return try lifecycle.ready(for: .sendAlternativeService)
    }

    private func checkFits(_ length: Int) throws(H2Error) {
        guard length <= remote.maxFrameSize else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: remote.maxFrameSize, actual: length,
                "ALTSVC payload exceeds the peer's MAX_FRAME_SIZE, RFC 9113 §4.2")
        }
    }
}
