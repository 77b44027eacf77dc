// SPDX-License-Identifier: MIT

/// DATA, RFC 9113 §6.1, and the flow control of what is received, §6.9.
extension ConnectionCore {
    mutating func receiveDataFrame(
        _ frame: ReceivedFrame, _ owner: InputOwner, _ events: inout [H2Event]
    ) throws(H2Error) {
        let header = frame.header
        let id = header.streamID
        let padding = try FrameRules.padding(of: frame)
        try advance(.receiveData)
        guard receiveWindow.fits(header.length) else {
            throw .remote(
                .flowControl, .flowControlError, expected: receiveWindow.available,
                actual: header.length, "DATA beyond the window of the connection, RFC 9113 §6.9.1")
        }
        guard let slot = streams.find(id) else {
            guard !isIdle(id) else {
                throw .remote(
                    .noSuchStream, .protocolError, on: H2StreamID(id),
                    "DATA on an idle stream, RFC 9113 §5.1")
            }
            let excuse = mayBeReset(id) ? budgets.grace.takeData(header.length) : nil
            switch excuse {
            case .program: break
            case .peer:
                try countExcusedData(header.length - padding, ofFrame: header.length, on: id)
            case nil: try countProvokedReset(id)
            }
            try receiveIgnoredData(frame)
            if excuse == nil { answerLateFrame(on: id) }
            return
        }

        var machine = streams[slot].machine
        switch machine.process(.receiveData) {
        case .done: break
        case .streamClosed:
            return try receiveDataWithReset(frame, .streamClosed, at: slot, &events)
        case .violation where machine.isOpen:
            return try receiveMalformedData(
                frame, at: slot,
                .remote(
                    .protocolViolation, .protocolError, on: H2StreamID(id),
                    "DATA before the final response, RFC 9113 §8.1"), &events)
        case .request, .response, .trailers, .ignored, .violation:
            throw .remote(
                .protocolViolation, .protocolError, on: H2StreamID(id),
                "DATA while the stream is \(streams[slot].machine.state)")
        }
        guard streams[slot].receiveWindow.fits(header.length) else {
            throw .remote(
                .flowControl, .flowControlError, on: H2StreamID(id),
                expected: streams[slot].receiveWindow.available, actual: header.length,
                "DATA beyond the window of the stream, RFC 9113 §6.9.1")
        }
        let length = header.length - padding
        guard takeContent(length, at: slot, isEnd: header.endsStream) else {
            let error = Self.invalidBodyLength(streams[slot].contentLength, on: id)
            return try receiveMalformedData(frame, at: slot, error, &events)
        }

        try countData(
            length, ofFrame: header.length, on: id, endsStream: header.endsStream)
        try makeRoom(for: header.length, at: slot)
        try session.feed(frame, expecting: .data(length: length), into: &output)
        receiveWindow.receive(header.length)
        streams[slot].receiveWindow.receive(header.length)
        let data =
            length == 0
            ? H2Bytes()
            : payload(session.dataRange(in: frame), of: frame, owner, forEvent: events.count)
        events.append(
            .dataReceived(
                H2Event.DataReceived(
                    streamID: H2StreamID(id), data: consume data,
                    flowControlledLength: header.length,
                    endsStream: header.endsStream)))
        if header.endsStream {
            _ = machine.process(.receiveEndStream)
            events.append(.streamEnded(H2Event.StreamEnded(streamID: H2StreamID(id))))
            try forgetEnded(machine, at: slot)
        }
        commit(machine, at: slot)
    }

    /// Counts a piece of a body; returns whether content-length allows it.
    @inline(__always)
    private mutating func takeContent(_ length: Int, at slot: Int, isEnd: Bool) -> Bool {
        streams[slot].contentLength.receive(length) && (!isEnd || streams[slot].isBodyComplete)
    }

    @inline(never)
    static func invalidBodyLength(_ content: ContentLength, on id: UInt32) -> H2Error {
        .remote(
            .invalidBodyLength, .protocolError, on: H2StreamID(id), expected: content.expected,
            actual: content.received, "body length differs from content-length, RFC 9113 §8.1.1")
    }

    /// Handles DATA that makes a message malformed, according to `malformedMessages`. RFC 9113
    /// §8.1.1.
    private mutating func receiveMalformedData(
        _ frame: ReceivedFrame, at slot: Int, _ error: H2Error, _ events: inout [H2Event]
    ) throws(H2Error) {
        guard configuration.malformedMessages == .resetStream else { throw error }
        try receiveDataWithReset(frame, error.errorCode, at: slot, &events)
    }

    /// Resets a stream because of a DATA frame, without reporting the frame.
    private mutating func receiveDataWithReset(
        _ frame: ReceivedFrame, _ code: H2ErrorCode, at slot: Int, _ events: inout [H2Event]
    ) throws(H2Error) {
        try resetOnError(at: slot, code, writesReset: true, &events)
        try receiveIgnoredData(frame)
        FrameWriter.reset(code, on: frame.header.streamID, into: &output)
    }

    /// Consumes DATA without reporting it. Its bytes count against the connection window, so they
    /// are credited at once.
    private mutating func receiveIgnoredData(_ frame: ReceivedFrame) throws(H2Error) {
        try makeRoom(for: frame.header.length, at: nil)
        try session.feed(frame, expecting: .ignored, into: &output)
        receiveWindow.receiveIgnored(frame.header.length)
        creditConnection()
    }

    /// Keeps nghttp2 from finding a window too small for DATA that H2's own windows admit.
    @inline(__always)
    private mutating func makeRoom(for length: Int, at slot: Int?) throws(H2Error) {
        if !engineWindow.take(length) {
            try session.openWindow(of: 0)
            engineWindow.open(taking: length)
        }
        if let slot, !streams[slot].engineWindow.take(length) {
            try session.openWindow(of: streams[slot].id)
            streams[slot].engineWindow.open(taking: length)
        }
    }

    /// Sends the WINDOW_UPDATE that is due for the connection.
    mutating func creditConnection() {
        let increment = receiveWindow.takeCredit()
        guard increment > 0 else { return }
        FrameWriter.windowUpdate(increment, on: 0, into: &output)
    }

    /// Sends the WINDOW_UPDATE that is due for a stream.
    mutating func creditStream(at slot: Int) {
        let increment = streams[slot].receiveWindow.takeCredit()
        guard increment > 0 else { return }
        FrameWriter.windowUpdate(increment, on: streams[slot].id, into: &output)
    }

    /// WINDOW_UPDATE, RFC 9113 §6.9. nghttp2 does not see it, nor the DATA that it is about.
    mutating func receiveWindowUpdateFrame(
        _ frame: ReceivedFrame, _ events: inout [H2Event]
    ) throws(H2Error) {
        let id = frame.header.streamID
        let increment = Int(frame.word(at: 0) & 0x7fff_ffff)
        guard increment > 0 else {
            throw .remote(
                .protocolViolation, .protocolError, on: id == 0 ? nil : H2StreamID(id),
                "WINDOW_UPDATE of 0, RFC 9113 §6.9")
        }
        try advance(.receiveWindowUpdate)
        try countWindowUpdate()
        if id == 0 {
            guard sendWindow + increment <= ReceiveWindow.limit else {
                throw .remote(
                    .flowControl, .flowControlError,
                    "WINDOW_UPDATE beyond 2^31-1 on the connection, RFC 9113 §6.9.1")
            }
            sendWindow += increment
        } else {
            guard let slot = streams.find(id) else {
                guard !isIdle(id) else {
                    throw .remote(
                        .noSuchStream, .protocolError, on: H2StreamID(id),
                        "WINDOW_UPDATE on an idle stream, RFC 9113 §5.1")
                }
                return
            }
            var machine = streams[slot].machine
            guard machine.process(.receiveWindowUpdate) == .done else {
                throw .remote(
                    .protocolViolation, .protocolError, on: H2StreamID(id),
                    "WINDOW_UPDATE while the stream is \(streams[slot].machine.state)")
            }
            guard streams[slot].sendWindow + increment <= ReceiveWindow.limit else {
                return try resetOnError(at: slot, .flowControlError, &events)
            }
            streams[slot].sendWindow += increment
        }
        events.append(
            .windowUpdated(H2Event.WindowUpdated(streamID: H2StreamID(id), delta: increment)))
    }

    /// Feeds a frame that is complete in itself.
    mutating func feedControl(_ frame: ReceivedFrame) throws(H2Error) {
        try session.feed(frame, expecting: .frame(type: frame.header.type), into: &output)
    }
}
