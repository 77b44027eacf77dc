// SPDX-License-Identifier: MIT

/// Decoded sections as parts of messages, RFC 9113 §8.1.
extension ConnectionCore {
    /// Processes a decoded section.
    ///
    /// - Parameter slot: The slot of its stream; `nil` if the caller closed the stream while the
    ///   block was arriving.
    mutating func finishMessage(
        _ block: PendingBlock, at slot: Int?, _ events: inout [H2Event]
    ) throws(H2Error) {
        guard let slot else { return try discardMessage(block) }
        let received = session.receivedFields
        bounds.record(.headerFields, session.receivedFieldCount)
        bounds.record(.headerListSize, session.receivedListSize)
        budgets.sectionReceived()
        let isInformational = received.facts.isInformational && !isServer
        if isInformational { try chargeInformational(block, at: slot) }
        let cost = sectionCost(of: block)
        var state = streams[slot].state
        let transition = state.process(
            isInformational ? .receiveInformationalHeaders : .receiveHeaders)
        if let error = sectionExcess(on: block.header.streamID) {
            commit(state, at: slot)
            return try reset(onErrorAt: slot, error.errorCode, cost: cost, &events)
        }
        do throws(H2Error) {
            try checkMessage(
                received, transition, at: slot, endsStream: block.header.endsStream)
        } catch {
            guard configuration.malformedMessages == .resetStream else { throw error }
            commit(state, at: slot)
            return try reset(onErrorAt: slot, .protocolError, cost: cost, &events)
        }
        switch transition {
        case .request:
            streams[slot].recordRequest(cost, at: budgets.callTime)
            streams[slot].responseLength = ResponseLength(to: received.facts.method)
        case .response: applyFinalStatus(received.facts.status, at: slot)
        case .trailers: streams[slot].cost.add(cost)
        default: break
        }
        if !isServer && !isInformational { streams.live.forgetRequest(at: slot) }
        let headers = session.share(
            consume received, joiningCookies: configuration.normalizeInboundHeaders)
        if block.header.endsStream {
            _ = state.process(.receiveEndStream)
            try forgetEnded(state, at: slot)
        }
        if !isPlain { noteSection(headers, transition, at: slot) }
        commit(state, at: slot)
        report(block, headers, transition, &events)
    }

    /// Updates the features that depend on received sections.
    @inline(never)
    private mutating func noteSection(
        _ headers: borrowing H2Headers, _ transition: StreamTransition, at slot: Int
    ) {
        recordActivity(at: slot)
        if transition == .request, hasExtensiblePriorities {
            applyPriority(of: headers, at: slot)
        }
    }

    /// Discards a section on a stream that the caller closed while its block was arriving.
    private mutating func discardMessage(_ block: PendingBlock) throws(H2Error) {
        let id = block.header.streamID
        _ = budgets.grace.takeSection()
        let cost = SectionCost(excusedBlock: budgets.grace.takeBlock(block.byteCount))
        if cost.total > 0 { try charge(.provokedResets, cost, on: id) }
        answerLateFrame(on: id)
    }

    /// Charges a 1xx response, and adds an eighth of the charge, rounded down, to the cost of the
    /// stream: a completed request restores 8 control frames for each unit of its cost.
    private mutating func chargeInformational(
        _ block: PendingBlock, at slot: Int
    ) throws(H2Error) {
        let cost = Budgets.weight(
            ofInformational: session.receivedFieldCount, listSize: session.receivedListSize,
            blockSize: block.byteCount)
        let weight = cost.fields + cost.block
        try charge(.controlFrames, weight, reserved: cost.fields)
        streams[slot].cost.add(units: weight / Work.controlFramesOfRequest)
    }

    /// Checks a section as part of its message, RFC 9113 §8.1, and records its content-length.
    private mutating func checkMessage(
        _ received: FieldSection, _ transition: StreamTransition, at slot: Int, endsStream: Bool
    ) throws(H2Error) {
        let id = streams[slot].id
        if streams[slot].isTunnel {
            throw Self.malformed("HEADERS in a tunnel, RFC 9113 §8.5", id)
        }
        switch transition {
        case .done, .request, .response, .trailers: break
        case .violation, .streamClosed, .ignored:
            throw Self.malformed("HEADERS out of order, RFC 9113 §8.1", id)
        }
        if isServer, received.facts.isInformational {
            throw Self.malformed(FieldViolation.statusInRequest.reason, id)
        }
        if configuration.validateInboundHeaders {
            if let violation = FieldRules.violation(
                of: received, in: FieldRules.Section(transition),
                joiningCookies: configuration.normalizeInboundHeaders)
            {
                throw Self.malformed(violation.reason, id)
            }
            // An announced setting applies even before it is acknowledged.
            if transition == .request, received.facts.has(.protocol),
                local.announced(.enableConnectProtocol) != 1
            {
                throw Self.malformed(FieldViolation.protocolNotAnnounced.reason, id)
            }
        }
        // content-length must be a number in any section, except in a response to HEAD, as in h2.
        var announced = ContentLength()
        if isServer || streams[slot].responseLength != .ofHead {
            switch received.facts.contentLength {
            case .none: break
            case .bytes(let length): announced.expected = length
            case .notANumber:
                throw Self.malformed("content-length is not a number, RFC 9110 §8.6", id)
            case .conflict:
                throw Self.malformed("content-length has conflicting values, RFC 9110 §8.6", id)
            }
        }
        switch transition {
        case .request, .response:
            if transition == .response {
                adjustContentLength(
                    &announced, of: received.facts.status, streams[slot].responseLength)
            }
            streams[slot].contentLength = announced
            if endsStream, !streams[slot].isBodyComplete {
                throw Self.invalidBodyLength(announced, on: id)
            }
        case .trailers:
            guard endsStream else {
                throw Self.malformed("trailers without END_STREAM, RFC 9113 §8.1", id)
            }
            guard streams[slot].isBodyComplete else {
                throw Self.invalidBodyLength(streams[slot].contentLength, on: id)
            }
        case .done:
            if endsStream {
                throw Self.malformed("END_STREAM on a 1xx response, RFC 9113 §8.1", id)
            }
        case .ignored, .violation, .streamClosed: break
        }
    }

    @inline(never)
    private static func malformed(_ reason: String, _ id: UInt32) -> H2Error {
        .remote(.protocolViolation, .protocolError, on: H2StreamID(id), reason)
    }

    /// Makes a stream a tunnel if the final response to a CONNECT is a 2xx.
    @inline(__always)
    mutating func applyFinalStatus(_ status: FieldFacts.Status, at slot: Int) {
        if streams[slot].responseLength == .ofConnect, status.isSuccessful {
            streams[slot].responseLength = .tunnel
            // A tunnel carries no content, so content-length does not apply, RFC 9110 §9.3.6.
            streams[slot].contentLength = ContentLength()
            streams[slot].unsentContent = -1
        }
    }

    /// Adjusts the content-length of a response to its status and its request.
    private func adjustContentLength(
        _ length: inout ContentLength, of status: FieldFacts.Status, _ request: ResponseLength
    ) {
        switch request {
        case .ofHead: length.announceNoBody()
        case .ofConnect where status.isSuccessful: length = ContentLength()
        case .announced, .ofConnect, .unknown, .tunnel:
            if status == .noContent || status == .notModified { length.announceNoBody() }
        }
    }

    private func report(
        _ block: PendingBlock, _ headers: consuming H2Headers, _ transition: StreamTransition,
        _ events: inout [H2Event]
    ) {
        let id = H2StreamID(block.header.streamID)
        let endsStream = block.header.endsStream
        switch transition {
        case .request:
            events.append(
                .requestReceived(
                    H2Event.RequestReceived(
                        streamID: id, headers: headers, endsStream: endsStream,
                        priority: block.priority)))
        case .response:
            events.append(
                .responseReceived(
                    H2Event.ResponseReceived(
                        streamID: id, headers: headers, endsStream: endsStream,
                        priority: block.priority)))
        case .trailers:
            events.append(
                .trailersReceived(
                    H2Event.TrailersReceived(
                        streamID: id, headers: headers, priority: block.priority)))
        case .done, .ignored, .violation, .streamClosed:
            events.append(
                .informationalResponseReceived(
                    H2Event.InformationalResponseReceived(
                        streamID: id, headers: headers, priority: block.priority)))
        }
        if endsStream { events.append(.streamEnded(H2Event.StreamEnded(streamID: id))) }
        if let priority = block.priority {
            events.append(
                .priorityUpdated(H2Event.PriorityUpdated(streamID: id, priority: priority)))
        }
    }
}
