// SPDX-License-Identifier: MIT

/// Bytes into frames, and frames to those who act on them.
extension ConnectionCore {
    /// - Parameter owner: The same bytes, if events may keep them.
    mutating func receive(
        _ input: UnsafeRawBufferPointer, owner: consuming ArraySlice<UInt8>?,
        at instant: H2Instant?,
        isLent: Bool = false, _ events: inout [H2Event]
    ) throws(H2Error) {
        if isTerminated, let terminalError { throw terminalError }
        try checkInitiated()
        guard !isClosedByCaller else { return }
        budgets.beginCall(at: instant)
        var position = 0
        guard unsafe reader.takePreface(input, &position) else {
            // Whoever this is does not speak HTTP/2, and would not understand a GOAWAY.
            let error = H2Error.remote(
                .protocolViolation, .protocolError, "not the client preface, RFC 9113 §3.4")
            end(with: error)
            throw error
        }
        let owner = InputOwner(consume owner, isLent: isLent)
        do throws(H2Error) {
            while true {
                while let frame = try unsafe reader.next(in: input, &position, rules: frameRules) {
                    try process(frame, owner, &events)
                }
                guard position < input.count,
                    let (header, bytes) = try unsafe reader.assemble(
                        from: input, &position, rules: frameRules)
                else { return }
                try process(assembled: bytes, header, &events)
            }
        } catch {
            throw fail(with: error)
        }
    }

    /// Acts on a frame that was put together from pieces.
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

    /// What the next frame has to keep to.
    private var frameRules: FrameRules {
        FrameRules(
            maxFrameSize: local.maxFrameSize, isFirst: !hasPeerSettings,
            blockStream: block?.header.streamID ?? 0)
    }

    @inline(__always)
    private mutating func process(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let before = output.count
        try act(on: frame, owner, &events)
        if output.count > before { try countOutput(output.count - before) }
    }

    @inline(__always)
    private mutating func act(
        on frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        switch frame.header.type {
        case FrameType.data: try receiveDataFrame(frame, owner, &events)
        case FrameType.headers: try receiveHeadersFrame(frame, &events)
        default: try actOnOther(frame, owner, &events)
        }
    }

    @inline(never)
    private mutating func actOnOther(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        switch frame.header.type {
        case FrameType.continuation: try receiveContinuationFrame(frame, &events)
        case FrameType.windowUpdate: try receiveWindowUpdateFrame(frame, &events)
        case FrameType.settings: try receiveSettingsFrame(frame, &events)
        case FrameType.ping: try receivePingFrame(frame, &events)
        case FrameType.rstStream: try receiveResetFrame(frame, &events)
        case FrameType.pushPromise: try receivePushPromiseFrame(frame, &events)
        case FrameType.priority: try receivePriorityFrame(frame, &events)
        case FrameType.goAway: try receiveGoAwayFrame(frame, owner, &events)
        case FrameType.alternativeService:
            try receiveAlternativeServiceFrame(frame, owner, &events)
        default:
            // RFC 9113 §5.5: an unknown frame has no effect.
            try countControl(weight: Budgets.weight(ofOpaque: frame.header.length))
            events.append(
                .unknownFrameReceived(
                    H2Event.UnknownFrameReceived(
                        type: frame.header.type, flags: frame.header.flags,
                        streamID: H2StreamID(frame.header.streamID),
                        payload: owner.payload(0..<frame.header.length, of: frame))))
        }
    }
}
