// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Sends one DATA frame, RFC 9113 §6.1. In h2: `send_data`.
    ///
    /// Payloads below 4 KiB are copied to the output. Larger ones are kept until they are taken:
    /// `withSegmentsToSend` never copies them, `withDataToSend` and `dataToSend` once.
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
            try unsafe core.send(
                UnsafeRawBufferPointer(buffer), owner: data, on: id, endStream: endStream,
                padLength: padLength)
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
            try unsafe core.send(buffer, on: id, endStream: endStream, padLength: padLength)
        }
    }

    /// Sends one DATA frame of borrowed bytes; otherwise as with a slice.
    @unsafe
    public func sendData(
        copying data: UnsafeRawBufferPointer, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe core.send(data, on: id, endStream: endStream, padLength: padLength)
    }
}
