// SPDX-License-Identifier: MIT

/// Bytes into frames, and frames to those who act on them.
extension ConnectionCore {
    mutating func receive(
        _ input: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>?, _ events: inout [H2Event]
    ) throws(H2Error) {
        if let terminalError { throw terminalError }
        try checkInitiated()
        var position = 0
        guard unsafe reader.takePreface(input, &position) else {
            // Whoever this is does not speak HTTP/2, and would not understand a GOAWAY.
            let error = H2Error.remote(
                .protocolViolation, .protocolError, "not the client preface, RFC 9113 §3.4")
            end(with: error)
            throw error
        }
        do throws(H2Error) {
            while let found = try unsafe reader.next(in: input, &position, rules: frameRules) {
                switch found {
                case .inPlace(let header, let offset):
                    let range = offset..<offset + FrameHeader.size + header.length
                    let slice = owner.map {
                        $0[$0.startIndex + range.lowerBound..<$0.startIndex + range.upperBound]
                    }
                    let frame = unsafe ReceivedFrame(
                        header, UnsafeRawBufferPointer(rebasing: input[range]), owner: slice,
                        ownerCount: owner?.count ?? 0)
                    try process(frame, &events)
                case .assembled(let header, let bytes):
                    var isShared = false
                    try unsafe bytes.withUnsafeBufferPointer { buffer throws(H2Error) in
                        let frame = unsafe ReceivedFrame(
                            header, UnsafeRawBufferPointer(buffer), owner: bytes[...],
                            ownerCount: bytes.count)
                        isShared = frame.isShared(header.length)
                        try process(frame, &events)
                    }
                    reader.recycle(bytes, isShared: isShared)
                }
            }
        } catch {
            throw fail(with: error)
        }
    }

    /// What the next frame has to keep to.
    private var frameRules: FrameRules {
        FrameRules(
            maxFrameSize: local.maxFrameSize, isFirst: !hasPeerSettings,
            blockStream: block?.header.streamID)
    }

    private mutating func process(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        switch frame.header.type {
        case FrameType.data: try receiveDataFrame(frame, &events)
        case FrameType.headers: try receiveHeadersFrame(frame, &events)
        case FrameType.continuation: try receiveContinuationFrame(frame, &events)
        case FrameType.windowUpdate: try receiveWindowUpdateFrame(frame, &events)
        case FrameType.settings: try receiveSettingsFrame(frame, &events)
        case FrameType.ping: try receivePingFrame(frame, &events)
        case FrameType.rstStream: try receiveResetFrame(frame, &events)
        case FrameType.pushPromise: try receivePushPromiseFrame(frame, &events)
        case FrameType.priority: try receivePriorityFrame(frame, &events)
        case FrameType.goAway: try receiveGoAwayFrame(frame, &events)
        case FrameType.alternativeService: try receiveAlternativeServiceFrame(frame, &events)
        default:
            // RFC 9113 §5.5: an unknown frame has no effect.
            events.append(
                .unknownFrameReceived(
                    H2Event.UnknownFrameReceived(
                        type: frame.header.type, flags: frame.header.flags,
                        streamID: H2StreamID(frame.header.streamID),
                        payload: frame.payload(0..<frame.header.length))))
        }
    }
}
