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
        _ headers: H2Headers, on id: H2StreamID, endStream: Bool, _ priority: H2Priority?
    ) throws(H2Error) {
        let machine = try ready(for: .sendHeaders)
        try checkRange(of: id)
        if let priority { try checkPriority(priority, of: id) }
        let headers = normalized(headers)
        try checkSize(of: headers, on: id)
        guard let slot = streams.find(id.rawValue) else {
            try sendRequest(headers, on: id, endStream: endStream, priority)
            self.machine = machine
            return
        }
        let isInformational = isServer && MessageRules.isInformational(headers)
        guard !(isInformational && endStream) else {
            throw .local(.protocolViolation, on: id, "a 1xx response cannot end the stream")
        }
        var stream = streams[slot].machine
        let outcome = stream.process(isInformational ? .sendInformationalHeaders : .sendHeaders)
        try check(outcome, on: id)
        guard outcome == .trailers || !headers.isEmpty else {
            throw .local(.invalidArgument, on: id, "a response needs fields")
        }
        guard outcome != .trailers || endStream else {
            throw .local(.protocolViolation, on: id, "trailers must end the stream")
        }
        try checkOutbound(headers, outcome, on: id)
        if streams[slot].machine.state == .reservedLocal { try checkOutboundLimit(on: id) }
        if endStream { try check(stream.process(.sendEndStream), on: id) }
        let before = output.count
        try writing { core throws(H2Error) in
            try core.session.submit(
                headers: headers, on: id.rawValue, isNew: false, endsStream: endStream,
                keepsSecrets: core.configuration.normalizeOutboundHeaders, into: &core.output)
            core.insert(priority, behind: before)
        }
        commit(stream, at: slot)
    }

    /// Refuses to open a stream beyond what the peer allows. A promised stream counts once its
    /// response begins: nghttp2 would hold it back.
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
        RawFrames.insert(priority, behind: count, maxFrameSize: remote.maxFrameSize, into: &output)
    }

    /// Refuses a section that is larger than nghttp2 is told to take.
    func checkSize(of headers: H2Headers, on id: H2StreamID) throws(H2Error) {
        // It reckons with the worst case: 12 bytes for the lengths of each field, no compression.
        let size = headers.bytes.count + headers.fields.count * 16
        guard size < 1 << 24 else {
            throw .local(
                .frameTooLarge, .frameSizeError, on: id, expected: 1 << 24, actual: size,
                "the header section is too large")
        }
    }

    private mutating func sendRequest(
        _ headers: H2Headers, on id: H2StreamID, endStream: Bool, _ priority: H2Priority?
    ) throws(H2Error) {
        if !isServer { try checkOutboundLimit(on: id) }
        guard isIdle(id.rawValue) else {
            guard closure(of: id.rawValue) == nil else {
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
        guard !headers.isEmpty else {
            throw .local(.invalidArgument, on: id, "a request needs fields")
        }
        try checkOutbound(headers, .request, on: id)
        var record = makeRecord(id.rawValue)
        _ = record.machine.process(.sendHeaders)
        if endStream { _ = record.machine.process(.sendEndStream) }
        record.responseLength = ResponseLength(toRequest: headers)
        record.authority = StreamAuthority(of: headers)
        let before = output.count
        try writing { core throws(H2Error) in
            try core.session.submit(
                headers: headers, on: id.rawValue, isNew: true, endsStream: endStream,
                keepsSecrets: core.configuration.normalizeOutboundHeaders, into: &core.output)
            core.insert(priority, behind: before)
        }
        noteOpened(id.rawValue)
        add(record)
    }

    /// A section in the form in which it is sent.
    func normalized(_ headers: H2Headers) -> H2Headers {
        guard configuration.normalizeOutboundHeaders else { return headers }
        return HeaderNormalization.outbound(
            headers, splittingCookies: configuration.splitOutboundCookies)
    }

    /// Refuses to send a section that a peer would refuse to take.
    func checkOutbound(
        _ headers: H2Headers, _ outcome: StreamOutcome, on id: H2StreamID
    ) throws(H2Error) {
        guard configuration.validateOutboundHeaders,
            let reason = HeaderRules.violation(in: headers, HeaderRules.Section(outcome))
        else { return }
        throw .local(.protocolViolation, on: id, "\(reason)")
    }

    mutating func endStream(_ id: H2StreamID) throws(H2Error) {
        _ = try ready(for: .sendData)
        let slot = try slot(of: id)
        var stream = streams[slot].machine
        try check(stream.process(.sendEndStream), on: id)
        try writing { core throws(H2Error) in
            try unsafe core.writeData(
                UnsafeRawBufferPointer(start: nil, count: 0), at: slot, endStream: true,
                padLength: nil)
        }
        commit(stream, at: slot)
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
        commit(stream, at: slot)
    }

    mutating func ping(_ opaqueData: H2PingData) throws(H2Error) {
        _ = try ready(for: .sendPing)
        try writing { core throws(H2Error) in
            try core.session.submit(ping: opaqueData, into: &core.output)
        }
    }

    mutating func closeConnection(
        _ errorCode: H2ErrorCode, _ additionalData: [UInt8], _ lastStreamID: H2StreamID?
    ) throws(H2Error) {
        let machine = try ready(for: .sendGoAway)
        let last = lastStreamID ?? H2StreamID(inbound.highest)
        try checkRange(of: last)
        guard additionalData.count <= remote.maxFrameSize - 8 else {
            throw .local(
                .frameTooLarge, .frameSizeError, expected: remote.maxFrameSize,
                actual: additionalData.count + 8, "the additional data does not fit a frame")
        }
        RawFrames.goAway(
            errorCode, lastStream: last.rawValue, additionalData: additionalData, into: &output)
        self.machine = machine
    }

    /// Throws where a stream does not allow what a caller wants.
    func check(_ outcome: StreamOutcome, on id: H2StreamID) throws(H2Error) {
        switch outcome {
        case .done, .request, .response, .trailers: return
        case .streamClosed:
            throw .local(.streamClosed, .streamClosed, on: id, "the stream is closed")
        case .violation, .ignored:
            throw .local(.protocolViolation, on: id, "not allowed in this state of the stream")
        }
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
