// SPDX-License-Identifier: MIT

/// A field block between its first frame and END_HEADERS.
struct PendingBlock {
    /// What becomes of it. It is decoded in any case: the compression table needs it, RFC 9113
    /// §4.3.
    enum Disposition {
        /// A message on a stream that is live.
        case message
        /// A request that opens a stream.
        case newRequest
        /// A promise on a stream that is live.
        case promise
        /// A promise that nghttp2 also refuses: H2 refuses its stream.
        case refused(stream: UInt32, isExcused: Bool)
        /// HEADERS of a stream beyond MAX_CONCURRENT_STREAMS: H2 decodes them, then refuses the
        /// stream.
        case surplus(isExcused: Bool)
        /// A promise beyond those that may wait for their response: it is refused once it was read.
        case promiseTooMany
        /// Its stream is closed: the peer is told so.
        case tooLate(isExcused: Bool)
        /// Its stream was closed because of it.
        case dropped

        /// Whether the block is useless, and the peer could have known that.
        var isOffence: Bool {
            switch self {
            case .refused(_, let isExcused), .surplus(let isExcused), .tooLate(let isExcused):
                !isExcused
            case .promiseTooMany, .dropped: true
            case .message, .newRequest, .promise: false
            }
        }
    }

    /// HEADERS or PUSH_PROMISE, the first frame.
    let header: FrameHeader
    let disposition: Disposition
    var promised: UInt32 = 0
    var priority: H2Priority?
    var continuations = 0
    /// The number of empty ones among them.
    var emptyContinuations = 0
    /// Bytes of its frames so far.
    var byteCount: Int
}

/// HEADERS and CONTINUATION, RFC 9113 §6.2 and §6.10.
extension ConnectionCore {
    @inline(__always)
    mutating func receiveHeadersFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let padding = try FrameRules.padding(of: frame)
        var priority: H2Priority?
        if header.has(FrameFlag.priority) {
            priority = try self.priority(in: frame, at: padding > 0 ? 1 : 0)
        }
        try advance(.receiveHeaders)
        let disposition = try dispositionOfHeaders(header, &events)
        try begin(
            PendingBlock(
                header: header, disposition: disposition, priority: priority,
                byteCount: header.length),
            frame, &events)
    }

    /// Feeds the first frame of a block, and finishes the block if it is the only one.
    @inline(__always)
    mutating func begin(
        _ block: PendingBlock, _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let expectation: Expectation
        switch block.disposition {
        case .message, .newRequest, .promise, .promiseTooMany:
            expectation = header.endsHeaders ? .frame(type: header.type) : .blockBegins
        case .surplus:
            session.discardsFields = true
            expectation = header.endsHeaders ? .frame(type: header.type) : .blockBegins
        case .refused(let stream, _):
            expectation = .refused(stream: stream, code: .cancel)
        case .tooLate, .dropped:
            expectation = .ignored
        }
        receivedBlocks += 1
        try checkMemory()
        if header.length > bounds[.headerBlockSize] { try check(block) }
        if !header.endsHeaders {
            blockLiterals = LiteralScanner()
            unsafe blockLiterals.scan(FrameRules.fragment(of: frame))
        }
        do throws(H2Error) {
            try session.feed(frame, expecting: expectation, into: &output)
        } catch {
            if header.endsHeaders {
                blockLiterals = LiteralScanner()
                unsafe blockLiterals.scan(FrameRules.fragment(of: frame))
            }
            throw explained(error, on: header.streamID)
        }
        if header.endsHeaders {
            try finish(block, &events)
            session.endBlock()
        } else {
            self.block = block
        }
    }

    mutating func receiveContinuationFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        guard var block else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(frame.header.streamID),
                "CONTINUATION without a field block, RFC 9113 §6.10")
        }
        block.continuations += 1
        if frame.header.length == 0 { block.emptyContinuations += 1 }
        block.byteCount += frame.header.length
        try check(block)
        try checkMemory()
        let expectation: Expectation
        switch block.disposition {
        case .message, .newRequest, .surplus, .promise, .promiseTooMany:
            // The caller may have reset the stream since the block began; a promise is not
            // nghttp2's then either.
            let isGone: Bool
            switch block.disposition {
            case .newRequest, .surplus: isGone = false
            default: isGone = streams.find(block.header.streamID) == nil
            }
            if !frame.header.endsHeaders {
                expectation = .blockGoesOn
            } else if isGone {
                expectation = .ignored
            } else {
                expectation = .blockEnds(type: block.header.type)
            }
        case .refused, .tooLate, .dropped:
            expectation = .ignored
        }
        self.block = block
        unsafe blockLiterals.scan(frame.payload(0..<frame.header.length))
        do throws(H2Error) {
            try session.feed(frame, expecting: expectation, into: &output)
        } catch {
            throw explained(error, on: frame.header.streamID)
        }
        if frame.header.endsHeaders {
            self.block = nil
            bounds.note(.continuationFrames, block.continuations)
            bounds.note(.headerBlockSize, block.byteCount)
            let surplus = SizeBounds.surplus(
                continuations: block.continuations, blockSize: block.byteCount)
            if surplus > 0 { try countControl(weight: surplus) }
            try finish(block, &events)
            session.endBlock()
        }
    }

    /// Returns the error for a field block that nghttp2 could not decode; if a name or value is
    /// too long, one that says so.
    @inline(never)
    private mutating func explained(_ error: H2Error, on stream: UInt32) -> H2Error {
        guard error.errorCode == .compressionError, let length = blockLiterals.oversized else {
            return error
        }
        return .remote(
            .protocolViolation, .compressionError, on: H2StreamID(stream),
            expected: LiteralScanner.largestLiteral, actual: length,
            "a field name or value is longer than nghttp2 decodes")
    }

    /// Decides on HEADERS before they are decoded.
    private mutating func dispositionOfHeaders(
        _ header: FrameHeader, _ events: inout [H2Event]
    ) throws(H2Error) -> PendingBlock.Disposition {
        let id = header.streamID
        // nghttp2 would not decode it: a stream error, made one of the connection (RFC 9113
        // §5.4.1).
        if isServer, isOutbound(id), !isIdle(id),
            streams.find(id).map({
                streams[$0].machine.state != .reservedLocal
            }) ?? true
        {
            throw .remote(
                .streamClosed, .streamClosed, on: H2StreamID(id),
                "HEADERS on a pushed stream, RFC 9113 §5.1")
        }
        guard let slot = streams.find(id) else { return try dispositionOfNewStream(id) }
        switch streams[slot].machine.state {
        case .open, .halfClosedLocal:
            return .message
        case .reservedRemote:
            guard try exceedsLimit(id) else { return .message }
            let isExcused = try excuseSurplus(id)
            noteReset(at: slot, isProvoked: true)
            var machine = streams[slot].machine
            _ = machine.process(.sendReset)
            commit(machine, at: slot)
            return .surplus(isExcused: isExcused)
        case .halfClosedRemote:
            try resetOnError(at: slot, .streamClosed, &events)
            return .dropped
        case .idle, .reservedLocal, .closed:
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(id),
                "HEADERS while the stream is \(streams[slot].machine.state), RFC 9113 §5.1")
        }
    }

    private mutating func dispositionOfNewStream(_ id: UInt32) throws(H2Error)
        -> PendingBlock.Disposition
    {
        guard isIdle(id) else {
            if mayBeReset(id), budgets.grace.takeSection() { return .tooLate(isExcused: true) }
            switch closeReason(of: id) {
            case .sentReset, .receivedReset:
                try countProvokedReset(id)
                return .tooLate(isExcused: false)
            case .sentEndStream, .receivedEndStream:
                throw .remote(
                    .streamClosed, .streamClosed, on: H2StreamID(id),
                    "HEADERS on a closed stream, RFC 9113 §5.1")
            case nil:
                throw .remote(
                    .streamIDTooLow, .protocolError, on: H2StreamID(id),
                    "HEADERS on a stream that was passed over, RFC 9113 §5.1.1")
            }
        }
        guard isServer, !isOutbound(id) else {
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(id),
                "HEADERS on an idle stream that the peer may not open, RFC 9113 §5.1.1")
        }
        guard try exceedsLimit(id) else { return .newRequest }
        let isExcused = try excuseSurplus(id)
        noteRefused(sections: 1)
        noteOpened(id)
        lastProcessed = id
        inbound.close(id, .sentReset)
        return .surplus(isExcused: isExcused)
    }

    /// Whether a stream of the peer exceeds MAX_CONCURRENT_STREAMS, acknowledged or announced.
    ///
    /// - Throws: `.tooManyStreams` if the limit is acknowledged and `excess` is `.connectionError`.
    private mutating func exceedsLimit(_ id: UInt32) throws(H2Error) -> Bool {
        let limit = local.maxConcurrentStreams
        if openInbound < limit {
            guard !local.unacknowledged.isEmpty,
                openInbound >= local.announced(.maxConcurrentStreams).map({ Int($0) }) ?? .max
            else { return false }
        } else if configuration.excess == .connectionError {
            throw .remote(
                .tooManyStreams, .protocolError, on: H2StreamID(id), expected: limit,
                actual: openInbound, "the peer opened too many streams, RFC 9113 §5.1.2")
        }
        return true
    }

    /// Excuses a stream beyond a limit that is announced but not acknowledged; counts any other.
    private mutating func excuseSurplus(_ id: UInt32) throws(H2Error) -> Bool {
        if openInbound < local.maxConcurrentStreams, budgets.grace.takeRefusal() { return true }
        try countProvokedReset(id)
        return false
    }

    /// Counts the cost of decoding a useless block. A block that is excused uses up further excused
    /// sections if it is long, and costs something only when none is left.
    @inline(never)
    private mutating func countUseless(_ block: PendingBlock) throws(H2Error) {
        var cost =
            block.disposition.isOffence
            ? SectionCost(uselessBlock: block.byteCount)
            : SectionCost(excusedBlock: budgets.grace.takeBlock(block.byteCount))
        switch block.disposition {
        // Its fields were counted, and it has used up no unit yet.
        case .promiseTooMany: cost = sectionCost(of: block)
        case .dropped: cost.add(units: 1)
        // If it is an offence, one unit was already counted.
        default: break
        }
        guard cost.total > 0 else { return }
        try countProvokedReset(block.header.streamID, cost)
    }

    /// Acts on a block that is complete.
    private mutating func finish(_ block: PendingBlock, _ events: inout [H2Event]) throws(H2Error) {
        let id = block.header.streamID
        if configuration.excess == .connectionError, let error = session.excess(on: id) {
            throw error
        }
        switch block.disposition {
        case .message, .newRequest, .promise: break
        default: try countUseless(block)
        }
        switch block.disposition {
        case .refused(let stream, _):
            FrameWriter.reset(.refusedStream, on: stream, into: &output)
        case .surplus:
            session.discardsFields = false
            try refuse(id, .refusedStream)
            // A client knows the stream by its promise; of a request that is refused, nobody knows.
            if !isServer {
                events.append(
                    .streamReset(
                        H2Event.StreamReset(
                            streamID: H2StreamID(id), errorCode: .refusedStream, isRemote: false)))
            }
        case .tooLate(let isExcused):
            if !isExcused { answerLateFrame(on: id) }
        case .dropped:
            break
        case .promise:
            try finishPromise(block, &events)
        case .promiseTooMany:
            try refuse(block.promised, .refusedStream)
        case .newRequest:
            noteOpened(id)
            lastProcessed = id
            add(makeRecord(id))
            if let slot = streams.find(id) { try finishMessage(block, at: slot, &events) }
        case .message:
            guard let slot = streams.find(id) else {
                // The caller closed the stream while its block was on the way.
                _ = budgets.grace.takeSection()
                let cost = SectionCost(
                    excusedBlock: budgets.grace.takeBlock(block.byteCount))
                if cost.total > 0 { try countProvokedReset(id, cost) }
                return answerLateFrame(on: id)
            }
            try finishMessage(block, at: slot, &events)
        }
    }
}
