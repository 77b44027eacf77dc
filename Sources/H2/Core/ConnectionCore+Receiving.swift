// SPDX-License-Identifier: MIT

/// Splits received bytes into frames, and dispatches each frame by its type.
extension ConnectionCore {
    /// Processes received bytes, and appends their events to `events`.
    ///
    /// - Parameter owner: The array that holds `input`, if events may keep it.
    mutating func receive(
        _ input: UnsafeRawBufferPointer, owner: consuming ArraySlice<UInt8>?,
        at instant: H2Instant?, isBorrowed: Bool = false, _ events: inout [H2Event]
    ) throws(H2Error) {
        if !isPlain { beginReceiving(input.count, &events) }
        guard try lifecycle.isReceiving() else { return }
        budgets.beginCall(at: instant)
        var position = 0
        guard unsafe reader.takePreface(input, &position) else {
            // Not an HTTP/2 peer: queue no GOAWAY.
            let error = H2Error.remote(
                .protocolViolation, .protocolError, "invalid client preface, RFC 9113 §3.4")
            end(with: error)
            deliverPending(&events)
            throw error
        }
        let owner = InputOwner(consume owner, isBorrowed: isBorrowed)
        do throws(H2Error) {
            while true {
                while let frame = try unsafe reader.next(in: input, &position, rules: frameRules) {
                    try process(frame, owner, &events)
                }
                guard position < input.count,
                    let (header, bytes) = try unsafe reader.assemble(
                        from: input, &position, rules: frameRules)
                else {
                    if !isPlain { updateTimers() }
                    return
                }
                try process(assembled: bytes, header, &events)
            }
        } catch {
            let error = fail(with: error)
            deliverPending(&events)
            throw error
        }
    }

    /// Updates the features that depend on received bytes, before the frames are processed.
    @inline(never)
    private mutating func beginReceiving(_ count: Int, _ events: inout [H2Event]) {
        deliverPending(&events)
        timers.progress.receivedBytes &+= count
    }

    /// The rules for the next frame.
    private var frameRules: FrameRules {
        @inline(__always) get {
            FrameRules(
                maxFrameSize: local.maxFrameSize, isFirst: !lifecycle.hasPeerSettings,
                blockStream: blocks.pending?.header.streamID ?? 0)
        }
    }

    /// Processes a frame that arrived in several calls.
    private mutating func process(
        assembled bytes: [UInt8], _ header: FrameHeader, _ events: inout [H2Event]
    ) throws(H2Error) {
        let isShared: Bool
        do {
            let owner = InputOwner(bytes[...])
            try unsafe bytes.withUnsafeBufferPointer { buffer throws(H2Error) in
                let frame = unsafe ReceivedFrame(header, UnsafeRawBufferPointer(buffer), at: 0)
                try process(frame, owner, &events)
            }
            isShared = owner.isShared(header.length)
        }
        reader.recycle(bytes, isShared: isShared)
    }

    @inline(__always)
    private mutating func process(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let before = outbox.queue.count
        switch frame.header.type {
        case FrameType.data: try receiveData(frame, owner, &events)
        case FrameType.headers: try receiveHeaders(frame, &events)
        case FrameType.continuation: try receiveContinuation(frame, &events)
        case FrameType.windowUpdate: try receiveWindowUpdate(frame, &events)
        case FrameType.settings: try receiveSettings(frame, &events)
        case FrameType.ping: try receivePing(frame, &events)
        case FrameType.rstStream: try receiveReset(frame, &events)
        case FrameType.pushPromise: try receivePushPromise(frame, &events)
        case FrameType.priority: try receivePriority(frame, &events)
        case FrameType.goAway: try receiveGoAway(frame, owner, &events)
        case FrameType.alternativeService: try receiveAlternativeService(frame, owner, &events)
        default: try receiveUnknown(frame, owner, &events)
        }
        deliverPending(&events)
        if outbox.queue.count > before { try chargeOutput(outbox.queue.count - before) }
    }

    /// Reports a frame of an unknown type, which changes no state, RFC 9113 §5.5; or processes a
    /// frame of an extension that is off by default.
    @inline(never)
    private mutating func receiveUnknown(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        if header.type == FrameType.priorityUpdate, hasExtensiblePriorities {
            return try receivePriorityUpdate(frame, &events)
        }
        try charge(.controlFrames, Budgets.weight(ofOpaque: header.length))
        events.append(
            .unknownFrameReceived(
                H2Event.UnknownFrameReceived(
                    type: header.type, flags: header.flags, streamID: H2StreamID(header.streamID),
                    payload: owner.payload(0..<header.length, of: frame))))
    }
}
