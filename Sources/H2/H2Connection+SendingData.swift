// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Sends one DATA frame, RFC 9113 §6.1. In h2: `send_data`.
    ///
    /// `sendData` does not copy a payload of 4 KiB or more that is at least an eighth of its array
    /// and a sixteenth of the array's capacity: `withSegmentsToSend` never copies such a payload,
    /// and `withDataToSend` and `dataToSend` copy it once. Any other payload is copied to the
    /// output, so that it keeps no large array alive.
    ///
    /// - Parameters:
    ///   - data: The payload: with padding, at most `maxOutboundFrameSize` and
    ///     `localFlowControlWindow(on:)` bytes.
    ///   - id: The stream.
    ///   - endStream: Whether nothing more is sent on the stream.
    ///   - padLength: Bytes of padding; nil for none at all, which is one byte less than 0.
    /// - Throws: `.flowControl` beyond the window; `.frameTooLarge` beyond the frame size;
    ///   `.noSuchStream`; `.streamClosed`; `.protocolViolation` if this side ended the stream or
    ///   sent no final header section yet; `.invalidBodyLength`, unless `validateOutboundHeaders`
    ///   is off, if the length of the body would differ from the content-length that was sent, or
    ///   if the response must not have content.
    public func sendData(
        _ data: ArraySlice<UInt8>, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe data.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe core.sendData(
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

    /// Sends one DATA frame of received bytes or a slice of them; otherwise as with a slice of an
    /// array. The value of a header field is always copied.
    public func sendData(
        _ data: H2Bytes, on id: H2StreamID, endStream: Bool = false, padLength: UInt8? = nil
    ) throws(H2Error) {
        guard let slice = data.slice else {
            return try data.withSpan { span throws(H2Error) in
                try sendData(copying: span, on: id, endStream: endStream, padLength: padLength)
            }
        }
        try sendData(slice, on: id, endStream: endStream, padLength: padLength)
    }

    /// Sends one DATA frame of borrowed bytes; otherwise as with a slice.
    public func sendData(
        copying data: Span<UInt8>, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe data.withUnsafeBytes { buffer throws(H2Error) in
            try unsafe core.sendData(buffer, on: id, endStream: endStream, padLength: padLength)
        }
    }

    /// Sends one DATA frame of borrowed bytes; otherwise as with a slice.
    @unsafe
    public func sendData(
        copying data: UnsafeRawBufferPointer, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe core.sendData(data, on: id, endStream: endStream, padLength: padLength)
    }
}
