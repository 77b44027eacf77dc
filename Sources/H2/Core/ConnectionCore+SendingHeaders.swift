// SPDX-License-Identifier: MIT

/// Sent HEADERS, RFC 9113 §6.2 and §8.1.
extension ConnectionCore {
    func nextAvailableStreamID() throws(H2Error) -> H2StreamID {
        let next = streams.outbound.highest == 0 ? (isServer ? 2 : 1) : streams.outbound.highest + 2
        guard next <= H2StreamID.max.rawValue else {
            throw .local(.noAvailableStreamID, "all stream identifiers are used up")
        }
        return H2StreamID(next)
    }

    var availableOutboundStreams: Int? {
        guard lifecycle.phase == .created || lifecycle.phase == .running,
            lifecycle.state.current != .closed, streams.goAwayLimit == nil,
            isServer || lifecycle.shutdown == .none
        else { return 0 }
        guard hasAnnouncedSettings else { return nil }
        guard !isServer || remote[.enablePush] == 1 else { return 0 }
        guard let next = try? nextAvailableStreamID() else { return 0 }
        let limit = remote.maxConcurrentStreams
        guard limit < UInt32.max else { return .max }
        let identifiers = Int(H2StreamID.max.rawValue - next.rawValue) / 2 + 1
        return min(identifiers, max(0, limit - streams.openOutbound))
    }

    /// Sends a section.
    ///
    /// - Parameter bodyLength: The length of the body if it is known; 0 if the section ends the
    ///   stream.
    mutating func sendHeaders(
        _ headers: borrowing H2Headers, on id: H2StreamID, endStream: Bool,
        _ priority: H2Priority?, bodyLength: Int? = nil
    ) throws(H2Error) {
        let next = try lifecycle.ready(for: .sendHeaders)
        try StreamRegistry.checkRange(of: id)
        if let priority { try checkPriority(priority, of: id) }
        let bodyLength = endStream ? 0 : bodyLength
        // Two calls, so that the common path does not retain the section.
        if let normalized = normalized(headers.section) {
            try send(normalized, on: id, endStream: endStream, priority, bodyLength, next)
        } else {
            try send(headers.section, on: id, endStream: endStream, priority, bodyLength, next)
        }
    }

    /// Returns a section in the form in which it is sent; `nil` if it needs no change, like most
    /// sections.
    @inline(__always)
    func normalized(_ section: FieldSection) -> FieldSection? {
        guard configuration.normalizeOutboundHeaders else { return nil }
        let splittingCookies = configuration.splitOutboundCookies
        return FieldNormalization.isNeeded(for: section, splittingCookies: splittingCookies)
            ? FieldNormalization.outbound(section, splittingCookies: splittingCookies) : nil
    }

    /// Sends a normalized section.
    ///
    /// - Parameter next: The state of the connection after the section.
    private mutating func send(
        _ section: FieldSection, on id: H2StreamID, endStream: Bool, _ priority: H2Priority?,
        _ bodyLength: Int?, _ next: ConnectionStateMachine
    ) throws(H2Error) {
        try checkSize(of: section, on: id)
        guard let slot = streams.find(id.rawValue) else {
            if isIgnored(id, .sending) { return }
            try sendRequest(section, on: id, endStream: endStream, priority, bodyLength)
            lifecycle.state = next
            return
        }
        let isInformational = isServer && section.facts.isInformational
        guard !isInformational || bodyLength == nil else {
            throw .local(.protocolViolation, on: id, "a 1xx response cannot end the stream")
        }
        var state = streams[slot].state
        let transition = state.process(isInformational ? .sendInformationalHeaders : .sendHeaders)
        try check(transition, on: id)
        try checkNothingQueued(at: slot)
        if transition == .trailers {
            try checkTrailers(at: slot, endStream: endStream)
        } else if section.count == 0 {
            throw .local(.invalidArgument, on: id, "response without fields")
        }
        try check(section, FieldRules.Section(transition), on: id)
        let unsentContent = self.unsentContent(after: section.facts, transition, at: slot)
        if let bodyLength { try checkBody(bodyLength, unsentContent, on: id) }
        if streams[slot].state.current == .reservedLocal { try checkOutboundLimit(on: id) }
        if endStream { try check(state.process(.sendEndStream), on: id) }
        try write(section, on: id.rawValue, isNew: false, endStream: endStream, priority)
        streams[slot].unsentContent = unsentContent
        if transition == .response { applyFinalStatus(section.facts.status, at: slot) }
        commit(state, at: slot)
    }

    /// Throws if a stream allows no trailers, or if the trailers do not end the stream.
    @inline(never)
    mutating func checkTrailers(at slot: Int, endStream: Bool) throws(H2Error) {
        let id = H2StreamID(streams[slot].id)
        guard !streams[slot].isTunnel else {
            throw .local(
                .protocolViolation, on: id, "trailers in a tunnel, RFC 9113 §8.5")
        }
        // Otherwise trailers could reach the server after its 2xx made the stream a tunnel.
        guard streams[slot].responseLength != .ofConnect || streams[slot].state.headersReceived
        else {
            throw .local(
                .protocolViolation, on: id, "trailers before the response to CONNECT, RFC 9113 §8.5"
            )
        }
        guard endStream else {
            throw .local(.protocolViolation, on: id, "trailers must end the stream")
        }
    }

    /// Throws if one more open stream would exceed the peer's MAX_CONCURRENT_STREAMS. A promised
    /// stream counts once its response begins: beyond the limit, nghttp2 would delay the response.
    @inline(__always)
    private func checkOutboundLimit(on id: H2StreamID) throws(H2Error) {
        let limit = remote.maxConcurrentStreams
        guard streams.openOutbound < limit else {
            throw .local(
                .tooManyStreams, on: id, expected: limit, actual: streams.openOutbound,
                "the peer's MAX_CONCURRENT_STREAMS is reached, RFC 9113 §5.1.2")
        }
    }

    /// Writes a validated section.
    @inline(__always)
    mutating func write(
        _ section: FieldSection, on id: UInt32, isNew: Bool, endStream: Bool,
        _ priority: H2Priority?
    ) throws(H2Error) {
        let before = outbox.queue.count
        try writing { core throws(H2Error) in
            try core.session.submitHeaders(
                section, on: id, isNew: isNew, endsStream: endStream,
                protectsSensitiveFields: core.configuration.normalizeOutboundHeaders,
                into: &core.outbox.queue)
        }
        guard let priority else { return }
        FrameWriter.insert(
            priority, behind: before, maxFrameSize: remote.maxFrameSize, into: &outbox.queue)
    }

    /// Throws if a section is larger than nghttp2 is configured to accept.
    @inline(__always)
    func checkSize(of section: FieldSection, on id: H2StreamID) throws(H2Error) {
        // nghttp2 computes the worst case: no compression, 12 bytes for the lengths of each field,
        // and 17 bytes for a priority and for updates of the table size.
        let size = section.byteCount &+ (section.count &+ 1) &* 16
        guard size < 1 << 24 else { throw Self.tooLarge(size, id) }
    }

    @inline(never)
    private static func tooLarge(_ size: Int, _ id: H2StreamID) -> H2Error {
        .local(
            .frameTooLarge, .frameSizeError, on: id, expected: 1 << 24, actual: size,
            "field section too large")
    }

    private mutating func sendRequest(
        _ section: FieldSection, on id: H2StreamID, endStream: Bool, _ priority: H2Priority?,
        _ bodyLength: Int?
    ) throws(H2Error) {
        if !isServer {
            // Before the limit, because `.tooManyStreams` means that the call can succeed later.
            if reportsOutcomes, streams.goAwayLimit != nil,
                streams.isOutbound(id.rawValue), streams.isIdle(id.rawValue)
            {
                throw goingAway(id)
            }
            try checkOutboundLimit(on: id)
        }
        guard streams.isIdle(id.rawValue) else {
            guard streams.closeReason(of: id.rawValue) == nil else {
                throw .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
            }
            throw .local(.streamIDTooLow, on: id, "a higher stream identifier was used before")
        }
        guard !isServer, streams.isOutbound(id.rawValue), id != .connection else {
            throw .local(
                .protocolViolation, on: id,
                "only a client can open a stream with HEADERS, and only with an odd identifier")
        }
        guard streams.goAwayLimit == nil else {
            throw goingAway(id)
        }
        guard lifecycle.shutdown == .none else { throw goingAway(id) }
        guard section.count != 0 else {
            throw .local(.invalidArgument, on: id, "request without fields")
        }
        // Checked even if `validateOutboundHeaders` is off: a 1xx section is not a request.
        guard !section.facts.isInformational else {
            throw .local(.protocolViolation, on: id, "a 1xx response cannot open a stream")
        }
        try check(section, .request, on: id)
        var record = newRecord(id.rawValue)
        record.unsentContent = unsentContent(of: section.facts)
        if let bodyLength { try checkBody(bodyLength, record.unsentContent, on: id) }
        _ = record.state.process(.sendHeaders)
        if endStream { _ = record.state.process(.sendEndStream) }
        record.responseLength = ResponseLength(to: section.facts.method)
        try write(section, on: id.rawValue, isNew: true, endStream: endStream, priority)
        budgets.requestSent()
        let hasAuthority = section.facts.hasAuthority
        let slot = streams.open(record, requested: hasAuthority ? H2Headers(section) : nil)
        if !isPlain { noteRequest(section, at: slot) }
    }

    /// Throws if the peer would treat a section as malformed, unless `validateOutboundHeaders` is
    /// off.
    @inline(__always)
    mutating func check(
        _ section: FieldSection, _ kind: FieldRules.Section, on id: H2StreamID
    ) throws(H2Error) {
        guard configuration.validateOutboundHeaders else { return }
        if let violation = FieldRules.violation(of: section, in: kind) {
            throw Self.malformed(violation.reason, id)
        }
        if section.facts.has(.protocol) { try checkConnectProtocol(on: id) }
        // A gateway to HTTP/1.1 could parse part of the body as another request.
        if section.facts.contentLength.isMalformed {
            throw Self.malformed("content-length is not a single number, RFC 9110 §8.6", id)
        }
    }

    /// Updates the features that depend on sent requests.
    @inline(never)
    private mutating func noteRequest(_ section: FieldSection, at slot: Int) {
        let id = streams[slot].id
        watchInactivity(at: slot)
        if hasExtensiblePriorities || features.idlePriorities.count != 0 {
            applyPriority(of: H2Headers(section), at: slot)
        }
        if reportsOutcomes {
            features.requests.wrote(
                id, endingAt: outbox.writtenCount, takenUpTo: outbox.removedCount)
        }
    }

    /// Returns the error for a new stream after a GOAWAY or the start of a graceful shutdown.
    @inline(never)
    mutating func goingAway(_ id: H2StreamID) -> H2Error {
        .local(
            reportsOutcomes ? .goingAway : .protocolViolation, on: id,
            streams.goAwayLimit == nil
                ? "no new streams after the start of a graceful shutdown"
                : "no new streams after a GOAWAY from the peer")
    }

    @inline(never)
    private mutating func checkConnectProtocol(on id: H2StreamID) throws(H2Error) {
        guard remote[.enableConnectProtocol] == 1 else {
            throw Self.malformed(FieldViolation.protocolNotAnnounced.reason, id)
        }
    }

    @inline(never)
    private static func malformed(_ reason: String, _ id: H2StreamID) -> H2Error {
        .local(.protocolViolation, on: id, reason)
    }
}
