// SPDX-License-Identifier: MIT

/// The messages that decoded header sections belong to, RFC 9113 §8.1.
extension ConnectionCore {
    /// Acts on a decoded section of a live stream.
    mutating func finishMessage(
        _ block: PendingBlock, at slot: Int, _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = block.header.streamID
        let endsStream = block.header.endsStream
        let received = session.receivedFields
        let facts = received.facts
        budgets.sections.note(fields: received.count, listSize: session.receivedListSize)
        let isInformational = facts.isInformational && !isServer
        budgets.sectionReceived()
        if isInformational {
            try countInformational(block, at: slot)
        }
        let cost = sectionCost(of: block)
        var machine = streams[slot].machine
        let transition = machine.process(
            isInformational ? .receiveInformationalHeaders : .receiveHeaders)
        if let error = session.excess(on: id) {
            commit(machine, at: slot)
            return try resetOnError(
                at: slot, error.errorCode, cost: cost, &events)
        }
        do throws(H2Error) {
            try checkMessage(received, transition, at: slot, endsStream: endsStream)
        } catch {
            guard configuration.malformedMessages == .resetStream else { throw error }
            commit(machine, at: slot)
            return try resetOnError(
                at: slot, .protocolError, cost: cost, &events)
        }
        switch transition {
        case .request:
            streams[slot].noteRequest(cost, at: budgets.callTime)
            streams[slot].responseLength = ResponseLength(to: facts.method)
        case .response: noteFinalStatus(facts.status, at: slot)
        case .trailers: streams[slot].cost.add(cost)
        default: break
        }
        if !isServer && !isInformational { streams.forgetRequest(at: slot) }
        if endsStream { _ = machine.process(.receiveEndStream) }
        let headers = session.share(
            received, joiningCookies: configuration.normalizeInboundHeaders)
        if endsStream { try forgetEnded(machine, at: slot) }
        commit(machine, at: slot)
        report(block, headers, transition, &events)
    }

    /// The cost of decoding the received section.
    @inline(__always)
    func sectionCost(of block: PendingBlock) -> SectionCost {
        SectionCost(
            fields: session.receivedFieldCount, listSize: session.receivedListSize,
            blockSize: block.byteCount)
    }

    /// Counts a 1xx response, and adds to the cost of its stream, so that the completed request
    /// restores at least what the response used up.
    private mutating func countInformational(
        _ block: PendingBlock, at slot: Int
    ) throws(H2Error) {
        let cost = Budgets.weight(
            ofInformational: session.receivedFieldCount, listSize: session.receivedListSize,
            blockSize: block.byteCount)
        let weight = cost.fields + cost.block
        try countControl(weight: weight, reserved: cost.fields)
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
            // The announcement counts, whether or not it is acknowledged.
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
                throw Self.malformed("content-length has two values, RFC 9110 §8.6", id)
            }
        }
        switch transition {
        case .request, .response:
            if transition == .response {
                judge(&announced, of: received.facts.status, streams[slot].responseLength)
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

    /// Records that a stream is a tunnel if the final response to a CONNECT is a 2xx.
    @inline(__always)
    mutating func noteFinalStatus(_ status: FieldFacts.Status, at slot: Int) {
        if streams[slot].responseLength == .ofConnect, status.isSuccessful {
            streams[slot].responseLength = .tunnel
            // What a tunnel carries is not content: no content-length is about it, RFC 9110 §9.3.6.
            streams[slot].contentLength = ContentLength()
            streams[slot].unsentContent = -1
        }
    }

    /// Notes what the request and the status of a response make of the length that it announces.
    private func judge(
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
