// SPDX-License-Identifier: MIT

/// Received HEADERS, RFC 9113 §6.2, and how H2 processes their field blocks.
extension ConnectionCore {
    mutating func receiveHeaders(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let padding = try FrameRules.padding(of: frame)
        var priority: H2Priority?
        if header.has(FrameFlag.priority) {
            priority = try self.priority(in: frame, at: padding > 0 ? 1 : 0)
        }
        try lifecycle.advance(.receiveHeaders)
        let disposition = try dispositionOfHeaders(on: header.streamID, &events)
        try begin(
            PendingBlock(
                header: header, disposition: disposition, priority: priority,
                byteCount: header.length), frame, &events)
    }

    /// Returns how to process HEADERS, before they are decoded.
    private mutating func dispositionOfHeaders(
        on id: UInt32, _ events: inout [H2Event]
    ) throws(H2Error) -> PendingBlock.Disposition {
        let slot = streams.find(id)
        if isServer, streams.isOutbound(id) { try checkPushedStream(id, at: slot) }
        guard let slot else {
            return streams.isIdle(id)
                ? try dispositionOfRequest(on: id) : try dispositionOfLateHeaders(on: id)
        }
        switch streams[slot].state.current {
        case .open, .halfClosedLocal:
            return .message
        case .reservedRemote:
            guard try exceedsLimit(id) else { return .message }
            let isExcused = try excuseSurplus(id)
            excuseLateFrames(at: slot, .peer)
            var state = streams[slot].state
            _ = state.process(.sendReset)
            commit(state, at: slot, .reset(.refusedStream, by: .library))
            // The outcome is already pending, so report the reset before it.
            if reportsOutcomes { reportRefusal(of: id, &events) }
            return .surplus(isExcused: isExcused)
        case .halfClosedRemote:
            try reset(onErrorAt: slot, .streamClosed, &events)
            return .dropped
        case .idle, .reservedLocal, .closed:
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(id),
                "HEADERS while the stream is \(streams[slot].state.current), RFC 9113 §5.1")
        }
    }

    /// Throws for HEADERS on a pushed stream that is closed or whose response has begun. nghttp2
    /// would not decode them, so the stream error becomes a connection error, RFC 9113 §5.4.1.
    private func checkPushedStream(_ id: UInt32, at slot: Int?) throws(H2Error) {
        if streams.isIdle(id) { return }
        if let slot, streams[slot].state.current == .reservedLocal { return }
        throw .remote(
            .streamClosed, .streamClosed, on: H2StreamID(id),
            "HEADERS on a pushed stream, RFC 9113 §5.1")
    }

    private mutating func dispositionOfRequest(
        on id: UInt32
    ) throws(H2Error) -> PendingBlock.Disposition {
        guard isServer, !streams.isOutbound(id) else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(id),
                "HEADERS on an idle stream that the peer must not open, RFC 9113 §5.1.1")
        }
        if !discardsNewStreams {
            guard try exceedsLimit(id) else { return .newRequest }
        }
        let isExcused = try excuseSurplus(id)
        refuse(id, sections: 1)
        return .surplus(isExcused: isExcused)
    }

    /// Returns how to process HEADERS on a stream that is neither idle nor live.
    private mutating func dispositionOfLateHeaders(
        on id: UInt32
    ) throws(H2Error) -> PendingBlock.Disposition {
        if streams.mayBeReset(id), budgets.grace.takeSection() {
            return .late(isExcused: true)
        }
        switch streams.closeReason(of: id) {
        case .sentReset, .receivedReset, .forcedReset:
            try charge(.provokedResets, on: id)
            return .late(isExcused: false)
        case .sentEndStream, .receivedEndStream:
            throw .remote(
                .streamClosed, .streamClosed, on: H2StreamID(id),
                "HEADERS on a closed stream, RFC 9113 §5.1")
        case nil:
            throw .remote(
                .streamIDTooLow, .protocolError, on: H2StreamID(id),
                "HEADERS on a stream whose identifier was skipped, RFC 9113 §5.1.1")
        }
    }

    /// Returns whether a stream of the peer exceeds MAX_CONCURRENT_STREAMS, acknowledged or
    /// announced.
    ///
    /// - Throws: `.tooManyStreams` if the limit is acknowledged and `excess` is `.connectionError`.
    private mutating func exceedsLimit(_ id: UInt32) throws(H2Error) -> Bool {
        let limit = local.maxConcurrentStreams
        if streams.openInbound < limit {
            guard !local.unacknowledged.isEmpty,
                streams.openInbound
                    >= local.announced(.maxConcurrentStreams).map({ Int($0) }) ?? .max
            else { return false }
        } else if configuration.excess == .connectionError {
            throw .remote(
                .tooManyStreams, .protocolError, on: H2StreamID(id), expected: limit,
                actual: streams.openInbound,
                "the peer exceeded MAX_CONCURRENT_STREAMS, RFC 9113 §5.1.2")
        }
        return true
    }

    /// Returns whether a stream beyond a limit is excused, because the limit is announced but not
    /// acknowledged; charges any other stream.
    private mutating func excuseSurplus(_ id: UInt32) throws(H2Error) -> Bool {
        if streams.openInbound < local.maxConcurrentStreams, budgets.grace.takeRefusal() {
            return true
        }
        try charge(.provokedResets, on: id)
        return false
    }
}
