// SPDX-License-Identifier: MIT

/// Field blocks, from the first frame through CONTINUATION, RFC 9113 §6.10, to the decoded section.
extension ConnectionCore {
    /// Feeds the first frame of a block to nghttp2, and finishes the block if that frame is also
    /// the last.
    mutating func begin(
        _ block: PendingBlock, _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let expectation: Expectation
        switch block.disposition {
        case .message, .newRequest, .promise, .excessPromise:
            expectation = header.endsHeaders ? .frame(type: header.type) : .blockBegins
        case .surplus:
            session.discardsFields = true
            expectation = header.endsHeaders ? .frame(type: header.type) : .blockBegins
        case .refused(let stream, _):
            expectation = .refused(stream: stream, code: .cancel)
        case .late, .dropped:
            expectation = .ignored
        }
        blocks.begun += 1
        try checkMemory()
        if header.length > bounds[.headerBlockSize] { try check(block) }
        if !header.endsHeaders {
            blocks.literals = LiteralScanner()
            unsafe blocks.literals.scan(FrameRules.fragment(of: frame))
        }
        try feedBlock(frame, expecting: expectation)
        if header.endsHeaders {
            try finish(block, &events)
        } else {
            blocks.pending = block
        }
    }

    mutating func receiveContinuation(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        guard var block = blocks.pending else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(frame.header.streamID),
                "CONTINUATION outside a field block, RFC 9113 §6.10")
        }
        block.continuations += 1
        if frame.header.length == 0 { block.emptyContinuations += 1 }
        block.byteCount += frame.header.length
        try check(block)
        try checkMemory()
        blocks.pending = block
        unsafe blocks.literals.scan(frame.payload(0..<frame.header.length))
        try feedBlock(frame, expecting: expectation(ofContinuation: frame.header, block))
        guard frame.header.endsHeaders else { return }
        blocks.pending = nil
        bounds.record(.continuationFrames, block.continuations)
        let surplus = SizeBounds.surplus(
            continuations: block.continuations, blockSize: block.byteCount)
        if surplus > 0 { try charge(.controlFrames, surplus) }
        try finish(block, &events)
    }

    private func expectation(
        ofContinuation header: FrameHeader, _ block: PendingBlock
    ) -> Expectation {
        // Whether the caller may have reset the stream since the block began. If so, nghttp2 has
        // neither the stream nor, for a promise, the promised stream.
        let mayBeClosed: Bool
        switch block.disposition {
        case .refused, .late, .dropped: return .ignored
        case .newRequest, .surplus: mayBeClosed = false
        case .message, .promise, .excessPromise: mayBeClosed = true
        }
        guard header.endsHeaders else { return .blockContinues }
        return mayBeClosed && streams.find(block.header.streamID) == nil
            ? .ignored : .blockEnds(type: block.header.type)
    }

    /// Feeds a frame of a block to nghttp2.
    ///
    /// - Throws: The error of a block that nghttp2 cannot decode, or of a section that exceeds a
    ///   hard limit.
    @inline(__always)
    private mutating func feedBlock(
        _ frame: ReceivedFrame, expecting expectation: Expectation
    ) throws(H2Error) {
        do throws(H2Error) {
            try session.feed(frame, expecting: expectation, into: &outbox.queue)
        } catch {
            throw explain(error, frame)
        }
        if session.isPoisoned, let excess = sectionExcess(on: nil) { throw excess }
    }

    /// Returns a more specific error if nghttp2 could not decode a field block because a name or
    /// value is too long; otherwise `error`.
    @inline(never)
    private mutating func explain(_ error: H2Error, _ frame: ReceivedFrame) -> H2Error {
        guard error.errorCode == .compressionError else { return error }
        let header = frame.header
        if header.type != FrameType.continuation, header.endsHeaders {
            // A block of a single frame has not been scanned yet.
            blocks.literals = LiteralScanner()
            unsafe blocks.literals.scan(FrameRules.fragment(of: frame))
        }
        guard let length = blocks.literals.oversized else { return error }
        return .remote(
            .protocolViolation, .compressionError, on: H2StreamID(header.streamID),
            expected: LiteralScanner.maxLiteralLength, actual: length,
            "field name or value is longer than nghttp2 can decode")
    }

    /// Returns the error for a decoded section that exceeds a limit; `nil` if it exceeds none.
    @inline(__always)
    func sectionExcess(on id: UInt32?) -> H2Error? {
        guard let limit = session.exceededLimit else { return nil }
        return .exceeded(
            limit, on: id.map { H2StreamID($0) }, bound: bounds[limit],
            actual: limit == .headerFields ? session.receivedFieldCount : session.receivedListSize)
    }

    /// Returns the cost of decoding the received section.
    @inline(__always)
    func sectionCost(of block: PendingBlock) -> SectionCost {
        SectionCost(
            fields: session.receivedFieldCount, listSize: session.receivedListSize,
            blockSize: block.byteCount)
    }

    /// Charges the cost of decoding a block that is not needed. A long excused block uses up
    /// further excused sections, and has a cost only if none is left.
    @inline(never)
    private mutating func chargeUnneeded(_ block: PendingBlock) throws(H2Error) {
        var cost =
            block.disposition.isOffence
            ? SectionCost(unneededBlock: block.byteCount)
            : SectionCost(excusedBlock: budgets.grace.takeBlock(block.byteCount))
        switch block.disposition {
        // Its fields were counted, and no unit was charged yet.
        case .excessPromise(isExcused: false): cost = sectionCost(of: block)
        case .dropped: cost.add(units: 1)
        // If the block is an offence, one unit was already charged.
        default: break
        }
        guard cost.total > 0 else { return }
        try charge(.provokedResets, cost, on: block.header.streamID)
    }

    /// Processes a block that is complete.
    private mutating func finish(_ block: PendingBlock, _ events: inout [H2Event]) throws(H2Error) {
        let id = block.header.streamID
        bounds.record(.headerBlockSize, block.byteCount)
        if configuration.excess == .connectionError, let error = sectionExcess(on: id) {
            throw error
        }
        switch block.disposition {
        case .message:
            try finishMessage(block, at: streams.find(id), &events)
        case .newRequest:
            streams.open(newRecord(id))
            try finishMessage(block, at: streams.find(id), &events)
        case .promise:
            try finishPromise(block, &events)
        case .excessPromise:
            try chargeUnneeded(block)
            try refuseDecoded(block.promised)
        case .refused(let stream, _):
            try chargeUnneeded(block)
            FrameWriter.reset(.refusedStream, on: stream, into: &outbox.queue)
        case .surplus:
            try chargeUnneeded(block)
            session.discardsFields = false
            try refuseDecoded(id)
            // A client was notified of the stream by the promise. A refused request was not
            // reported, so its reset is not reported, either.
            if !isServer, !reportsOutcomes { reportRefusal(of: id, &events) }
        case .late(let isExcused):
            try chargeUnneeded(block)
            if !isExcused { answerLateFrame(on: id) }
        case .dropped:
            try chargeUnneeded(block)
        }
        session.endBlock()
    }

    /// Refuses a stream that nghttp2 has opened.
    private mutating func refuseDecoded(_ id: UInt32) throws(H2Error) {
        if id > lifecycle.lastStreamInGoAway ?? .max {
            // The GOAWAY has already refused the stream, so no RST_STREAM is needed.
            try forgetLive(id)
        } else {
            try writeRefusal(id)
        }
    }

    /// Reports that H2 refuses a promised stream.
    func reportRefusal(of id: UInt32, _ events: inout [H2Event]) {
        events.append(
            .streamReset(
                H2Event.StreamReset(
                    streamID: H2StreamID(id), errorCode: .refusedStream, isRemote: false)))
    }
}
