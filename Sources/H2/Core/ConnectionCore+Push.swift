// SPDX-License-Identifier: MIT

/// Received PUSH_PROMISE, RFC 9113 §6.6 and §8.4.
extension ConnectionCore {
    mutating func receivePushPromise(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let padding = try FrameRules.padding(of: frame)
        let promised = frame.word(at: padding > 0 ? 1 : 0) & 0x7fff_ffff
        guard local[.enablePush] != 0 else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(header.streamID),
                "PUSH_PROMISE although ENABLE_PUSH is 0, RFC 9113 §8.4")
        }
        try lifecycle.advance(.receivePushPromise)
        let disposition = try dispositionOfPromise(header.streamID, promised, &events)
        streams.claim(promised)
        switch disposition {
        case .refused, .surplus, .excessPromise: refuse(promised, sections: 2)
        case .message, .newRequest, .promise, .late, .dropped: break
        }
        try begin(
            PendingBlock(
                header: header, disposition: disposition, promised: promised,
                byteCount: header.length),
            frame, &events)
    }

    private mutating func dispositionOfPromise(
        _ parent: UInt32, _ promised: UInt32, _ events: inout [H2Event]
    ) throws(H2Error) -> PendingBlock.Disposition {
        func violation(_ reason: String) -> H2Error {
            .remote(.protocolViolation, .protocolError, on: H2StreamID(parent), reason)
        }
        guard promised != 0, promised & 1 == 0 else {
            throw violation("promised stream identifier is 0 or odd, RFC 9113 §5.1.1")
        }
        guard streams.isIdle(promised) else {
            throw .remote(
                .streamIDTooLow, .protocolError, on: H2StreamID(promised),
                "promised stream is not idle, RFC 9113 §6.6")
        }
        guard parent & 1 == 1 else {
            throw violation("PUSH_PROMISE on a pushed stream, RFC 9113 §6.6")
        }
        guard !streams.isIdle(parent) else {
            throw violation("PUSH_PROMISE on an idle stream, RFC 9113 §6.6")
        }
        guard let slot = streams.find(parent) else {
            // The promise may have crossed the RST_STREAM for the parent.
            let isExcused = streams.mayBeReset(parent) && budgets.grace.takeSection()
            guard isExcused || streams.closeReason(of: parent)?.isSentReset == true else {
                throw violation("PUSH_PROMISE on a closed stream, RFC 9113 §6.6")
            }
            if !isExcused { try charge(.provokedResets, on: promised) }
            return .refused(stream: promised, isExcused: isExcused)
        }
        var state = streams[slot].state
        guard state.process(.receivePushPromise) == .done else {
            throw violation(
                "PUSH_PROMISE while the stream is \(streams[slot].state.current), RFC 9113 §6.6")
        }
        if streams[slot].isTunnel {
            guard configuration.malformedMessages == .resetStream else {
                throw violation("PUSH_PROMISE in a tunnel, RFC 9113 §8.5")
            }
            try reset(onErrorAt: slot, .protocolError, &events)
            return .refused(stream: promised, isExcused: false)
        }
        guard local.announced(.enablePush) != 0 else {
            // The peer may not have received the new ENABLE_PUSH yet.
            let isExcused = budgets.grace.takeRefusal()
            if !isExcused { try charge(.provokedResets, on: promised) }
            return .refused(stream: promised, isExcused: isExcused)
        }
        // The server ignores a promise that this side's GOAWAY refuses, RFC 9113 §6.8, so a response
        // may never come.
        guard promised <= lifecycle.lastStreamInGoAway ?? .max else { return .excessPromise }
        return streams.reservedInbound < bounds[.reservedStreams] ? .promise : .excessPromise
    }

    mutating func finishPromise(_ block: PendingBlock, _ events: inout [H2Event]) throws(H2Error) {
        let parent = block.header.streamID
        guard streams.find(parent) != nil else {
            // The caller closed the parent while the block was arriving.
            refuse(block.promised, sections: 2)
            return try writeRefusal(block.promised)
        }
        let received = session.receivedFields
        bounds.record(.headerFields, session.receivedFieldCount)
        bounds.record(.headerListSize, session.receivedListSize)
        if let error = sectionExcess(on: block.promised) {
            return try rejectPromised(block, error.errorCode)
        }
        if configuration.validateInboundHeaders,
            let violation = FieldRules.violation(
                of: received, in: .request,
                joiningCookies: configuration.normalizeInboundHeaders)
                ?? FieldRules.violation(ofPromise: received.facts)
        {
            let error = H2Error.remote(
                .protocolViolation, .protocolError, on: H2StreamID(parent), violation.reason)
            guard configuration.malformedMessages == .resetStream else { throw error }
            return try rejectPromised(block, .protocolError)
        }
        var record = newRecord(block.promised)
        record.responseLength = ResponseLength(to: received.facts.method)
        record.recordRequest(sectionCost(of: block), at: budgets.callTime)
        _ = record.state.process(.reserveRemote)
        let headers = session.share(
            received, joiningCookies: configuration.normalizeInboundHeaders)
        streams.open(record, requested: Self.authority(of: headers))
        if let slot = streams.find(block.promised) { watchInactivity(at: slot) }
        if let slot = streams.find(parent) { recordActivity(at: slot) }
        bounds.record(.reservedStreams, streams.reservedInbound)
        events.append(
            .pushedStreamReceived(
                H2Event.PushedStreamReceived(
                    pushedStreamID: H2StreamID(block.promised), parentStreamID: H2StreamID(parent),
                    headers: headers)))
    }

    /// Returns the `:authority` field of a promised request, which is the origin of ALTSVC events;
    /// `nil` if there is none, or if it is longer than any host name.
    private static func authority(of headers: H2Headers) -> H2Headers? {
        guard let authority = headers.firstValue(of: .authority), authority.count <= 512 else {
            return nil
        }
        var kept = H2Headers()
        kept.append(name: ":authority".utf8, value: authority)
        return kept
    }

    /// Resets a promised stream whose request is malformed or exceeds a limit.
    private mutating func rejectPromised(
        _ block: PendingBlock, _ code: H2ErrorCode
    ) throws(H2Error) {
        let id = block.promised
        try charge(.provokedResets, sectionCost(of: block), on: id)
        refuse(id, sections: 2)
        try writeRefusal(id, code)
    }
}
