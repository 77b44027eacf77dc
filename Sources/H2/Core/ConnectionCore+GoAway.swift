// SPDX-License-Identifier: MIT

/// Received and sent GOAWAY, RFC 9113 §6.8, which does not pass through nghttp2: after GOAWAY,
/// nghttp2 stops reading when no streams are left.
extension ConnectionCore {
    mutating func receiveGoAway(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let last = frame.word(at: 0) & 0x7fff_ffff
        // A GOAWAY that refuses further streams makes H2 visit every stream.
        let refusesMore = last < min(streams.goAwayLimit ?? .max, streams.outbound.highest)
        let visit = refusesMore ? streams.live.slotCount / 16 : 0
        try charge(.controlFrames, Budgets.weight(ofOpaque: frame.header.length) + visit)
        let code = H2ErrorCode(rawValue: frame.word(at: 4))
        let event = H2Event.connectionTerminated(
            H2Event.ConnectionTerminated(
                errorCode: code, lastStreamID: H2StreamID(last),
                additionalData: owner.payload(8..<frame.header.length, of: frame)))
        guard configuration.goAway == .finishStreams, lifecycle.state.current != .closed else {
            try lifecycle.advance(.receiveGoAway)
            streams.goAwayLimit = min(last, streams.goAwayLimit ?? .max)
            endStreams(isOutputLost: true)
            outbox.removeAll()
            events.append(event)
            return
        }
        events.append(event)
        streams.goAwayLimit = min(last, streams.goAwayLimit ?? .max)
        guard refusesMore else { return }
        for id in streams.outboundIDs(above: last) {
            guard let slot = streams.find(id) else { continue }
            try forgetLive(id)
            var state = streams[slot].state
            // A response shows that the peer processed the request, whatever its GOAWAY says.
            let isSafeToRetry = isServer || !state.hasResponse
            _ = state.process(.receiveReset)
            commit(state, at: slot, .refusedByGoAway)
            events.append(
                .streamReset(
                    H2Event.StreamReset(
                        streamID: H2StreamID(id), errorCode: .refusedStream, isRemote: true,
                        isSafeToRetry: isSafeToRetry)))
        }
    }

    mutating func closeConnection(
        _ errorCode: H2ErrorCode, _ additionalData: [UInt8], _ lastStreamID: H2StreamID?
    ) throws(H2Error) {
        let next = try lifecycle.ready(for: .sendGoAway)
        let limit = lifecycle.lastStreamInGoAway ?? H2StreamID.max.rawValue
        let last = lastStreamID ?? H2StreamID(min(streams.lastProcessed, limit))
        try StreamRegistry.checkRange(of: last)
        guard last.rawValue <= limit else {
            throw .local(
                .invalidArgument, expected: Int(limit), actual: Int(last.rawValue),
                "last stream identifier exceeds that of the previous GOAWAY, RFC 9113 §6.8")
        }
        guard additionalData.count <= remote.maxFrameSize - 8 else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: remote.maxFrameSize,
                actual: additionalData.count + 8,
                "GOAWAY payload exceeds the peer's MAX_FRAME_SIZE, RFC 9113 §4.2")
        }
        FrameWriter.goAway(
            errorCode, lastStream: last.rawValue, additionalData: additionalData,
            into: &outbox.queue)
        endStreams(isOutputLost: false)
        lifecycle.close(naming: last.rawValue, next)
        stopReading()
    }
}
