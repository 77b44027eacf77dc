// SPDX-License-Identifier: MIT

/// RST_STREAM in both directions, RFC 9113 §6.4.
extension ConnectionCore {
    mutating func receiveReset(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = frame.header.streamID
        guard !streams.isIdle(id) else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(id),
                "RST_STREAM on an idle stream, RFC 9113 §6.4")
        }
        try lifecycle.advance(.receiveReset)
        // RST_STREAM on a closed stream may have crossed the frame that closed the stream.
        guard let slot = streams.find(id) else { return try charge(.controlFrames) }
        if !streams.isOutbound(id) {
            let hasResponse =
                isServer
                ? streams[slot].state.headersSent : streams[slot].state.headersReceived
            if !hasResponse { try chargePeerReset(at: slot) }
        }
        try session.feed(
            frame, expecting: .frame(type: FrameType.rstStream), into: &outbox.queue)
        let code = H2ErrorCode(rawValue: session.resetCode)
        var state = streams[slot].state
        _ = state.process(.receiveReset)
        commit(state, at: slot, .reset(code, by: .peer))
        events.append(
            .streamReset(
                H2Event.StreamReset(
                    streamID: H2StreamID(id), errorCode: code, isRemote: true,
                    isSafeToRetry: code == .refusedStream && streams.isOutbound(id))))
    }

    mutating func resetStream(
        _ id: H2StreamID, _ errorCode: H2ErrorCode
    ) throws(H2Error) {
        _ = try lifecycle.ready(for: .sendReset)
        guard let slot = try slot(of: id, for: .closing) else { return }
        var state = streams[slot].state
        try check(state.process(.sendReset), on: id)
        try writing { core throws(H2Error) in
            try core.session.submitReset(errorCode, on: id.rawValue, into: &core.outbox.queue)
        }
        excuseLateFrames(at: slot, .program)
        commit(state, at: slot, .reset(errorCode, by: .program))
    }
}
