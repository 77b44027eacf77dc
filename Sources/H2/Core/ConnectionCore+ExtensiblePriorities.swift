// SPDX-License-Identifier: MIT

/// Extensible priorities, RFC 9218: the `priority` field, and PRIORITY_UPDATE, which does not pass
/// through nghttp2.
extension ConnectionCore {
    mutating func receivePriorityUpdate(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        func violation(_ reason: String, on id: UInt32? = nil) -> H2Error {
            .remote(.protocolViolation, .protocolError, on: id.map { H2StreamID($0) }, reason)
        }
        guard frame.header.streamID == 0 else {
            throw violation(
                "PRIORITY_UPDATE on a stream, RFC 9218 §7.1", on: frame.header.streamID)
        }
        guard frame.header.length >= 4 else {
            throw .remote(
                .frameDataMissing, .frameSizeError, actual: frame.header.length,
                "PRIORITY_UPDATE payload is shorter than 4 bytes, RFC 9218 §7.1")
        }
        guard isServer else { throw violation("PRIORITY_UPDATE from a server, RFC 9218 §7.1") }
        try lifecycle.advance(.receivePriority)
        try charge(.controlFrames, Budgets.weight(ofPriorityUpdate: frame.header.length))
        let id = frame.word(at: 0) & 0x7fff_ffff
        guard id != 0 else { throw violation("PRIORITY_UPDATE for stream 0, RFC 9218 §7.1") }
        let value = unsafe Array(frame.payload(4..<frame.header.length))
        let priority = PriorityField.parse(value)
        if let slot = streams.find(id) {
            setPriority(priority, at: slot)
        } else if streams.isIdle(id) {
            guard !streams.isOutbound(id) else {
                throw violation("PRIORITY_UPDATE for an idle push stream, RFC 9218 §7.1", on: id)
            }
            features.idlePriorities.forget(upTo: streams.inbound.highest)
            guard canPrioritize(id, streams.openInbound, limit: local.maxConcurrentStreams) else {
                throw violation(
                    "PRIORITY_UPDATE for more idle streams than MAX_CONCURRENT_STREAMS allows, "
                        + "RFC 9218 §7.1", on: id)
            }
            features.idlePriorities.set(priority, of: id)
        } else {
            // The stream has ended in the meantime.
            return
        }
        events.append(
            .priorityUpdateReceived(
                H2Event.PriorityUpdateReceived(
                    streamID: H2StreamID(id), priority: H2ExtensiblePriority(priority))))
    }

    /// Returns whether the client may prioritize an idle stream: with those that are prioritized and
    /// the open ones, it must not exceed MAX_CONCURRENT_STREAMS.
    private mutating func canPrioritize(_ id: UInt32, _ openStreams: Int, limit: Int) -> Bool {
        features.idlePriorities.contains(id)
            || features.idlePriorities.count + openStreams < limit
    }

    mutating func sendPriorityUpdate(
        _ priority: H2ExtensiblePriority, on id: H2StreamID
    ) throws(H2Error) {
        guard !isServer else {
            throw .local(.notPermitted, on: id, "a server cannot send PRIORITY_UPDATE")
        }
        let checked = try checkedPriority(priority, of: id)
        try StreamRegistry.checkRange(of: id)
        guard id != .connection else {
            throw .local(.invalidArgument, on: id, "stream 0 cannot have a priority")
        }
        _ = try lifecycle.ready(for: .sendPriority)
        if let slot = streams.find(id.rawValue) {
            setPriority(checked, at: slot)
        } else if !streams.isIdle(id.rawValue) {
            guard try slot(of: id, for: .closing) != nil else { return }
        } else if id.isServerInitiated {
            throw .local(.noSuchStream, on: id, "the stream was never promised")
        } else {
            let limit = remote.maxConcurrentStreams
            guard canPrioritize(id.rawValue, streams.openOutbound, limit: limit) else {
                throw .local(
                    .tooManyStreams, on: id, expected: limit,
                    "the peer's MAX_CONCURRENT_STREAMS allows no PRIORITY_UPDATE for more idle "
                        + "streams, RFC 9218 §7.1")
            }
            features.idlePriorities.set(checked, of: id.rawValue)
        }
        FrameWriter.priorityUpdate(
            PriorityField.value(of: checked), of: id.rawValue, into: &outbox.queue)
    }

    mutating func setSendPriority(
        _ priority: H2ExtensiblePriority, on id: H2StreamID
    ) throws(H2Error) {
        let checked = try checkedPriority(priority, of: id)
        _ = try lifecycle.ready(for: .sendPriority)
        guard let slot = try slot(of: id, for: .closing) else { return }
        setPriority(checked, at: slot)
    }

    private func checkedPriority(
        _ priority: H2ExtensiblePriority, of id: H2StreamID
    ) throws(H2Error) -> SendPriority {
        guard 0...7 ~= priority.urgency else {
            throw .local(
                .invalidArgument, on: id, expected: 7, actual: priority.urgency,
                "urgency must be from 0 to 7")
        }
        return SendPriority(urgency: priority.urgency, isIncremental: priority.isIncremental)
    }

    /// Sets the priority of a stream from its request.
    mutating func applyPriority(of request: borrowing H2Headers, at slot: Int) {
        // PRIORITY_UPDATE overrides the field, RFC 9218 §7.
        if let early = features.idlePriorities.open(streams[slot].id) {
            setPriority(early, at: slot)
        } else if hasExtensiblePriorities {
            if let priority = PriorityField.parse(request.section) {
                setPriority(priority, at: slot)
            }
        }
    }
}

extension H2ExtensiblePriority {
    init(_ priority: SendPriority) {
        self.init(urgency: priority.urgency, isIncremental: priority.isIncremental)
    }
}
