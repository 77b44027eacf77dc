// SPDX-License-Identifier: MIT

/// DATA, RFC 9113 §6.1.
extension ConnectionCore {
    /// Sends one DATA frame.
    ///
    /// - Parameter owner: The same bytes, if they may be kept until they are taken.
    mutating func send(
        _ data: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>? = nil, on id: H2StreamID,
        endStream: Bool, padLength: UInt8?
    ) throws(H2Error) {
        try checkInitiated()
        let slot = try slot(of: id)
        let length = data.count + (padLength.map { Int($0) + 1 } ?? 0)
        let window = min(sendWindow, streams[slot].sendWindow)
        guard length == 0 || length <= window else {
            throw .local(
                .flowControl, .flowControlError, on: id, expected: window, actual: length,
                "the window is too small, RFC 9113 §6.9.1")
        }
        guard length <= remote.maxFrameSize else {
            throw .local(
                .frameTooLarge, .frameSizeError, on: id, expected: remote.maxFrameSize,
                actual: length, "the peer takes no frame of this size, RFC 9113 §4.2")
        }
        _ = try ready(for: .sendData)
        var stream = streams[slot].machine
        try check(stream.process(.sendData), on: id)
        if endStream { try check(stream.process(.sendEndStream), on: id) }
        try checkContent(data.count, at: slot, endStream: endStream)
        unsafe writeData(data, owner, at: slot, endStream: endStream, padLength: padLength)
        try commitSent(stream, at: slot, endsStream: endStream)
    }

    mutating func endStream(_ id: H2StreamID) throws(H2Error) {
        _ = try ready(for: .sendData)
        let slot = try slot(of: id)
        var stream = streams[slot].machine
        try check(stream.process(.sendEndStream), on: id)
        try checkIsSent(streams[slot].unsentContent, on: id)
        unsafe writeData(
            UnsafeRawBufferPointer(start: nil, count: 0), nil, at: slot, endStream: true,
            padLength: nil)
        try commitSent(stream, at: slot, endsStream: true)
    }

    /// Puts a stream into the state that DATA brought it to.
    private mutating func commitSent(
        _ stream: StreamStateMachine, at slot: Int, endsStream: Bool
    ) throws(H2Error) {
        if endsStream {
            streams[slot].isEndedByData = true
            try writing { core throws(H2Error) in try core.forgetEnded(stream, at: slot) }
        }
        commit(stream, at: slot)
    }

    /// Writes a DATA frame that was found acceptable.
    private mutating func writeData(
        _ data: UnsafeRawBufferPointer, _ owner: ArraySlice<UInt8>?, at slot: Int,
        endStream: Bool, padLength: UInt8?
    ) {
        let length = data.count + (padLength.map { Int($0) + 1 } ?? 0)
        FrameWriter.data(
            length: length, on: streams[slot].id, endsStream: endStream, isPadded: padLength != nil,
            into: &output)
        if let padLength { output.append(padLength) }
        unsafe output.append(data, owner: owner)
        if let padLength { output.append(zeros: Int(padLength)) }
        guard length != 0 else { return }
        if streams[slot].unsentContent > 0 { streams[slot].unsentContent -= data.count }
        sendWindow -= length
        streams[slot].sendWindow -= length
        budgets.dataSent(length, leaving: min(sendWindow, streams[slot].sendWindow))
    }
}
