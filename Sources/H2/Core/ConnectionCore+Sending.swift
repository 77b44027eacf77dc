// SPDX-License-Identifier: MIT

/// Header sections, and what ends streams and connections.
extension ConnectionCore {
    func nextAvailableStreamID() throws(H2Error) -> H2StreamID {
        let next = outbound.highest == 0 ? (isServer ? 2 : 1) : outbound.highest + 2
        guard next <= H2StreamID.max.rawValue else {
            throw .local(.noAvailableStreamID, "all stream identifiers are used up")
        }
        return H2StreamID(next)
    }

    mutating func sendHeaders(
        _ headers: borrowing H2Headers, on id: H2StreamID, endStream: Bool,
        _ priority: H2Priority?
    ) throws(H2Error) {
        let machine = try ready(for: .sendHeaders)
        try checkRange(of: id)
        if let priority { try checkPriority(priority, of: id) }
        // Two calls, so that the usual one needs no reference of its own to the section.
        if let normalized = normalized(headers.section) {
            try send(normalized, on: id, endStream: endStream, priority, machine)
        } else {
            try send(headers.section, on: id, endStream: endStream, priority, machine)
        }
    }

    private mutating func send(
        _ section: FieldSection, on id: H2StreamID, endStream: Bool, _ priority: H2Priority?,
        _ machine: ConnectionStateMachine
    ) throws(H2Error) {
        try checkSize(of: section, on: id)
        guard let slot = streams.find(id.rawValue) else {
            try sendRequest(section, on: id, endStream: endStream, priority)
            self.machine = machine
            return
        }
        let isInformational = isServer && section.facts.isInformational
        guard !(isInformational && endStream) else {
            throw .local(.protocolViolation, on: id, "a 1xx response cannot end the stream")
        }
        var stream = streams[slot].machine
        let transition = stream.process(isInformational ? .sendInformationalHeaders : .sendHeaders)
        try check(transition, on: id)
        if transition == .trailers {
            try checkTrailers(at: slot, endStream: endStream)
        } else if section.count == 0 {
            throw .local(.invalidArgument, on: id, "a response needs fields")
        }
        try check(section, FieldRules.Section(transition), on: id)
        let unsentContent = self.unsentContent(after: section.facts, transition, at: slot)
        if endStream { try checkIsSent(unsentContent, on: id) }
        if streams[slot].machine.state == .reservedLocal { try checkOutboundLimit(on: id) }
        if endStream { try check(stream.process(.sendEndStream), on: id) }
        let before = output.count
        try writing { core throws(H2Error) in
            try core.session.submit(
                headers: section, on: id.rawValue, isNew: false, endsStream: endStream,
                protectsSensitiveFields: core.configuration.normalizeOutboundHeaders,
                into: &core.output)
            core.insert(priority, behind: before)
        }
        streams[slot].unsentContent = unsentContent
        if transition == .response { noteFinalStatus(section.facts.status, at: slot) }
        commit(stream, at: slot)
    }

    /// Returns a section in the form in which it is sent; `nil` if it has that form, as most
    /// sections do.
    @inline(__always)
    func normalized(_ section: FieldSection) -> FieldSection? {
        guard configuration.normalizeOutboundHeaders else { return nil }
        let splittingCookies = configuration.splitOutboundCookies
        return FieldNormalization.isNeeded(for: section, splittingCookies: splittingCookies)
            ? FieldNormalization.outbound(section, splittingCookies: splittingCookies) : nil
    }

    /// Throws if a stream allows no trailers, or if the trailers do not end the stream.
    @inline(never)
    private mutating func checkTrailers(at slot: Int, endStream: Bool) throws(H2Error) {
        let id = H2StreamID(streams[slot].id)
        guard !streams[slot].isTunnel else {
            throw .local(
                .protocolViolation, on: id, "a tunnel carries DATA only, RFC 9113 §8.5")
        }
        // Otherwise trailers could reach the server after its 2xx made the stream a tunnel.
        guard streams[slot].responseLength != .ofConnect || streams[slot].machine.headersReceived
        else {
            throw .local(.protocolViolation, on: id, "CONNECT has no response yet, RFC 9113 §8.5")
        }
        guard endStream else {
            throw .local(.protocolViolation, on: id, "trailers must end the stream")
        }
    }

    /// Refuses to open a stream beyond what the peer allows. A promised stream counts once its
    /// response begins: nghttp2 would hold it back.
    @inline(__always)
    private func checkOutboundLimit(on id: H2StreamID) throws(H2Error) {
        let limit = remote.maxConcurrentStreams
        guard openOutbound < limit else {
            throw .local(
                .tooManyStreams, on: id, expected: limit, actual: openOutbound,
                "the peer allows no more streams, RFC 9113 §5.1.2")
        }
    }

    /// Puts a priority into the HEADERS frame that begins behind so many bytes of the output.
    private mutating func insert(_ priority: H2Priority?, behind count: Int) {
        guard let priority else { return }
        FrameWriter.insert(
            priority, behind: count, maxFrameSize: remote.maxFrameSize, into: &output)
    }

    /// Refuses a section that is larger than nghttp2 is told to take.
    @inline(__always)
    func checkSize(of section: FieldSection, on id: H2StreamID) throws(H2Error) {
        // It reckons with the worst case: 12 bytes for the lengths of each field, no compression.
        let size = section.byteCount &+ section.count &* 16
        guard size < 1 << 24 else { throw Self.tooLarge(size, id) }
    }

    @inline(never)
    private static func tooLarge(_ size: Int, _ id: H2StreamID) -> H2Error {
        .local(
            .frameTooLarge, .frameSizeError, on: id, expected: 1 << 24, actual: size,
            "the header section is too large")
    }

    private mutating func sendRequest(
        _ section: FieldSection, on id: H2StreamID, endStream: Bool, _ priority: H2Priority?
    ) throws(H2Error) {
        if !isServer { try checkOutboundLimit(on: id) }
        guard isIdle(id.rawValue) else {
            guard closeReason(of: id.rawValue) == nil else {
                throw .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
            }
            throw .local(.streamIDTooLow, on: id, "a higher stream was used before")
        }
        guard !isServer, isOutbound(id.rawValue), id != .connection else {
            throw .local(.protocolViolation, on: id, "this side may not open that stream")
        }
        guard goAwayLimit == nil else {
            throw .local(.protocolViolation, on: id, "the peer sent GOAWAY: no new streams")
        }
        guard section.count != 0 else {
            throw .local(.invalidArgument, on: id, "a request needs fields")
        }
        // Whatever the checks say: the stream would not be the one that it is taken for.
        guard !section.facts.isInformational else {
            throw .local(.protocolViolation, on: id, "a 1xx response opens no stream")
        }
        try check(section, .request, on: id)
        var record = makeRecord(id.rawValue)
        record.unsentContent = unsentContent(of: section.facts)
        if endStream { try checkIsSent(record.unsentContent, on: id) }
        _ = record.machine.process(.sendHeaders)
        if endStream { _ = record.machine.process(.sendEndStream) }
        record.responseLength = ResponseLength(to: section.facts.method)
        let before = output.count
        try writing { core throws(H2Error) in
            try core.session.submit(
                headers: section, on: id.rawValue, isNew: true, endsStream: endStream,
                protectsSensitiveFields: core.configuration.normalizeOutboundHeaders,
                into: &core.output)
            core.insert(priority, behind: before)
        }
        noteOpened(id.rawValue)
        budgets.requestSent()
        guard section.facts.hasAuthority else { return add(record) }
        add(record, requested: H2Headers(section))
    }

    /// Refuses to send a section that a peer would refuse to take.
    @inline(__always)
    mutating func check(
        _ section: FieldSection, _ kind: FieldRules.Section, on id: H2StreamID
    ) throws(H2Error) {
        guard configuration.validateOutboundHeaders else { return }
        if let violation = FieldRules.violation(of: section, in: kind) {
            throw Self.malformed(violation.reason, id)
        }
        if section.facts.has(.protocol) { try checkConnectProtocol(on: id) }
        // To a gateway to HTTP/1.1, that would be another request.
        if section.facts.contentLength.isMalformed {
            throw Self.malformed("content-length is not one number, RFC 9110 §8.6", id)
        }
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

    mutating func resetStream(
        _ id: H2StreamID, _ errorCode: H2ErrorCode
    ) throws(H2Error) {
        _ = try ready(for: .sendReset)
        let slot = try slot(of: id)
        var stream = streams[slot].machine
        try check(stream.process(.sendReset), on: id)
        try writing { core throws(H2Error) in
            try core.session.submit(reset: errorCode, on: id.rawValue, into: &core.output)
        }
        noteReset(at: slot, isProvoked: false)
        commit(stream, at: slot)
    }

    mutating func ping(_ opaqueData: H2PingData) throws(H2Error) {
        _ = try ready(for: .sendPing)
        FrameWriter.ping(opaqueData, isAck: false, into: &output)
        budgets.unansweredPings += 1
    }

    mutating func closeConnection(
        _ errorCode: H2ErrorCode, _ additionalData: [UInt8], _ lastStreamID: H2StreamID?
    ) throws(H2Error) {
        let machine = try ready(for: .sendGoAway)
        let limit = lastStreamInGoAway ?? H2StreamID.max.rawValue
        let last = lastStreamID ?? H2StreamID(min(lastProcessed, limit))
        try checkRange(of: last)
        guard last.rawValue <= limit else {
            throw .local(
                .invalidArgument, expected: Int(limit), actual: Int(last.rawValue),
                "the last stream of GOAWAY must not increase, RFC 9113 §6.8")
        }
        guard additionalData.count <= remote.maxFrameSize - 8 else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: remote.maxFrameSize,
                actual: additionalData.count + 8, "the additional data does not fit a frame")
        }
        FrameWriter.goAway(
            errorCode, lastStream: last.rawValue, additionalData: additionalData, into: &output)
        self.machine = machine
        lastStreamInGoAway = last.rawValue
        isClosedByCaller = true
        reader.drop()
        block = nil
    }

    /// Throws where a stream does not allow what a caller wants.
    @inline(__always)
    func check(_ transition: StreamTransition, on id: H2StreamID) throws(H2Error) {
        switch transition {
        case .done, .request, .response, .trailers: return
        case .streamClosed, .violation, .ignored: throw Self.notAllowed(transition, id)
        }
    }

    @inline(never)
    private static func notAllowed(_ transition: StreamTransition, _ id: H2StreamID) -> H2Error {
        transition == .streamClosed
            ? .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
            : .local(.protocolViolation, on: id, "not allowed in this state of the stream")
    }

    /// Runs what cannot fail any more; if it does, the connection is over.
    mutating func writing(
        _ body: (inout ConnectionCore) throws(H2Error) -> Void
    ) throws(H2Error) {
        do throws(H2Error) {
            try body(&self)
        } catch {
            throw fail(with: error)
        }
    }
}
