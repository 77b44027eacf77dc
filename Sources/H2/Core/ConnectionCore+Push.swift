// SPDX-License-Identifier: MIT

/// PUSH_PROMISE, RFC 9113 §6.6 and §8.4.
extension ConnectionCore {
    mutating func receivePushPromiseFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let padding = try FrameRules.padding(of: frame)
        let promised = frame.word(at: padding > 0 ? 1 : 0) & 0x7fff_ffff
        guard local[.enablePush] != 0 else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(header.streamID),
                "PUSH_PROMISE though push is off, RFC 9113 §8.4")
        }
        try advance(.receivePushPromise)
        let disposition = try dispositionOfPromise(header.streamID, promised, &events)
        noteOpened(promised)
        switch disposition {
        case .refused, .surplus, .promiseTooMany:
            noteRefused(sections: 2)
            inbound.close(promised, .sentReset)
        case .message, .newRequest, .promise, .tooLate, .dropped: break
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
            throw violation("a promised stream is not the server's, RFC 9113 §5.1.1")
        }
        guard isIdle(promised) else {
            throw .remote(
                .streamIDTooLow, .protocolError, on: H2StreamID(promised),
                "a promised stream is not new, RFC 9113 §6.6")
        }
        guard parent & 1 == 1 else {
            throw violation("a pushed stream cannot push, RFC 9113 §6.6")
        }
        guard !isIdle(parent) else {
            throw violation("PUSH_PROMISE on an idle stream, RFC 9113 §6.6")
        }
        guard let slot = streams.find(parent) else {
            // It may have been on its way when we reset the parent.
            let isExcused = mayBeReset(parent) && budgets.grace.takeSection()
            guard isExcused || closeReason(of: parent) == .sentReset else {
                throw violation("PUSH_PROMISE on a closed stream, RFC 9113 §6.6")
            }
            if !isExcused { try countProvokedReset(promised) }
            return .refused(stream: promised, isExcused: isExcused)
        }
        var machine = streams[slot].machine
        guard machine.process(.receivePushPromise) == .done else {
            throw violation(
                "PUSH_PROMISE while the stream is \(streams[slot].machine.state), RFC 9113 §6.6")
        }
        if streams[slot].isTunnel {
            guard configuration.malformedMessages == .resetStream else {
                throw violation("PUSH_PROMISE in a tunnel, RFC 9113 §8.5")
            }
            try resetOnError(at: slot, .protocolError, &events)
            return .refused(stream: promised, isExcused: false)
        }
        guard local.announced(.enablePush) != 0 else {
            // The peer may not know yet.
            let isExcused = budgets.grace.takeRefusal()
            if !isExcused { try countProvokedReset(promised) }
            return .refused(stream: promised, isExcused: isExcused)
        }
        return reservedInbound < budgets.reservedStreams ? .promise : .promiseTooMany
    }

    mutating func finishPromise(_ block: PendingBlock, _ events: inout [H2Event]) throws(H2Error) {
        let parent = block.header.streamID
        guard streams.find(parent) != nil else {
            // The caller closed the parent while the block was on the way.
            noteRefused(sections: 2)
            inbound.close(block.promised, .sentReset)
            return try refuse(block.promised, .refusedStream)
        }
        let received = session.receivedFields
        budgets.sections.note(fields: received.count, listSize: session.receivedListSize)
        if let error = session.excess(on: block.promised) {
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
        var record = makeRecord(block.promised)
        record.responseLength = ResponseLength(to: received.facts.method)
        record.noteRequest(sectionCost(of: block), at: budgets.callTime)
        _ = record.machine.process(.reserveRemote)
        lastProcessed = block.promised
        let headers = session.share(
            received, joiningCookies: configuration.normalizeInboundHeaders)
        add(record, requested: Self.authority(of: headers))
        events.append(
            .pushedStreamReceived(
                H2Event.PushedStreamReceived(
                    pushedStreamID: H2StreamID(block.promised), parentStreamID: H2StreamID(parent),
                    headers: headers)))
    }

    /// Returns the part of a promised request that ALTSVC needs; nil if there is no authority, or
    /// one that is longer than any host name.
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
        try countProvokedReset(id, sectionCost(of: block))
        noteRefused(sections: 2)
        inbound.close(id, .sentReset)
        try refuse(id, code)
    }

    /// Closes a stream in nghttp2 without reporting it, and writes its RST_STREAM.
    mutating func refuse(_ id: UInt32, _ code: H2ErrorCode) throws(H2Error) {
        try forgetLive(id)
        FrameWriter.reset(code, on: id, into: &output)
    }
}
