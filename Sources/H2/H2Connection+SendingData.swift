// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Sends one DATA frame, RFC 9113 §6.1; the bytes are copied to the output, once. In h2:
    /// `send_data`.
    ///
    /// - Parameters:
    ///   - data: The payload: with padding, at most `maxOutboundFrameSize` and
    ///     `localFlowControlWindow(on:)` bytes.
    ///   - id: The stream.
    ///   - endStream: Whether nothing more is sent on the stream.
    ///   - padLength: Bytes of padding; nil for none at all, which is one byte less than 0.
    /// - Throws: `.flowControl` beyond the window; `.frameTooLarge` beyond the frame size;
    ///   `.noSuchStream`, `.streamClosed`, or `.protocolViolation` where this side ended the stream
    ///   or sent no final header section yet.
    public func sendData(
        _ data: ArraySlice<UInt8>, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe data.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe send(
                UnsafeRawBufferPointer(buffer), on: id, endStream: endStream, padLength: padLength)
        }
    }

    /// Sends one DATA frame; otherwise as with a slice.
    public func sendData(
        _ data: [UInt8], on id: H2StreamID, endStream: Bool = false, padLength: UInt8? = nil
    ) throws(H2Error) {
        try sendData(data[...], on: id, endStream: endStream, padLength: padLength)
    }

    /// Sends one DATA frame; otherwise as with a slice.
    public func sendData(
        _ data: H2Bytes, on id: H2StreamID, endStream: Bool = false, padLength: UInt8? = nil
    ) throws(H2Error) {
        try sendData(data.slice, on: id, endStream: endStream, padLength: padLength)
    }

    /// Sends one DATA frame of borrowed bytes; otherwise as with a slice.
    public func sendData(
        copying data: Span<UInt8>, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe data.withUnsafeBytes { buffer throws(H2Error) in
            try unsafe send(buffer, on: id, endStream: endStream, padLength: padLength)
        }
    }

    /// Sends one DATA frame of borrowed bytes; otherwise as with a slice.
    @unsafe
    public func sendData(
        copying data: UnsafeRawBufferPointer, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe send(data, on: id, endStream: endStream, padLength: padLength)
    }

    private func send(
        _ data: UnsafeRawBufferPointer, on id: H2StreamID, endStream: Bool, padLength: UInt8?
    ) throws(H2Error) {
        guard isInitiated else { throw .local(.notInitiated, "initiateConnection() comes first") }
        let slot = try slot(of: id)
        let length = data.count + (padLength.map { Int($0) + 1 } ?? 0)
        let window = min(sendWindow, streams[slot].sendWindow)
        guard length == 0 || length <= window else {
            throw .local(
                .flowControl, .flowControlError, on: id, expected: window, actual: length,
                "the window is too small, RFC 9113 §6.9.1")
        }
        guard length <= maxOutboundFrameSize else {
            throw .local(
                .frameTooLarge, .frameSizeError, on: id, expected: maxOutboundFrameSize,
                actual: length, "the peer takes no frame of this size, RFC 9113 §4.2")
        }
        _ = try ready(for: .sendData)
        var stream = streams[slot].machine
        try check(stream.process(.sendData), on: id)
        if endStream { try check(stream.process(.sendEndStream), on: id) }
        try sending { () throws(H2Error) in
            try unsafe writeData(data, at: slot, endStream: endStream, padLength: padLength)
        }
        commit(stream, at: slot)
    }

    /// Writes a DATA frame that was found acceptable, and makes nghttp2 account for it.
    func writeData(
        _ data: UnsafeRawBufferPointer, at slot: Int, endStream: Bool, padLength: UInt8?
    ) throws(H2Error) {
        let id = streams[slot].id
        let length = data.count + (padLength.map { Int($0) + 1 } ?? 0)
        if length == 0, endStream, min(sendWindow, streams[slot].sendWindow) <= 0 {
            return try session.endAtClosedWindow(id, into: &output)
        }
        RawFrames.data(
            length: length, on: id, endsStream: endStream, isPadded: padLength != nil,
            into: &output)
        if let padLength { output.append(padLength) }
        unsafe output.append(data)
        if let padLength { output.append(zeros: Int(padLength)) }
        // An empty frame that ends nothing changes nothing either.
        guard length != 0 || endStream else { return }
        try session.account(data: length, on: id, endsStream: endStream, into: &output)
        sendWindow -= length
        streams[slot].sendWindow -= length
    }
}
