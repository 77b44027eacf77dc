// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Queues one DATA frame, RFC 9113 §6.1. In h2: `send_data`.
    ///
    /// The call neither splits `data` nor waits for a window. Send a longer body in pieces: at most
    /// `min(localFlowControlWindow(on:), maxOutboundFrameSize)` bytes now, and the rest when the
    /// window has grown.
    ///
    /// `sendData` does not copy a payload of 4 KiB or more that is at least an eighth of its array
    /// and a sixteenth of the array's capacity. `withSegmentsToSend` never copies that payload, and
    /// `withDataToSend` and `dataToSend` copy it once. Any other payload is copied to the output,
    /// so that it does not keep a much larger array alive.
    ///
    /// - Parameters:
    ///   - data: The payload. With padding and the pad-length byte, it must not exceed
    ///     `maxOutboundFrameSize` and, unless the sum is 0, `localFlowControlWindow(on:)` bytes.
    ///   - id: The stream.
    ///   - endStream: Whether the frame ends this side of the stream.
    ///   - padLength: Bytes of padding; `nil` omits the pad-length byte; 0 sends it.
    /// - Throws: `.flowControl` if the frame exceeds the window; `.frameTooLarge` if it exceeds
    ///   `maxOutboundFrameSize`; `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an
    ///   identifier above 2^31-1; `.protocolViolation` if this side ended the stream or has not
    ///   sent its request or final response, or if the connection is closed; `.invalidBodyLength`,
    ///   unless `validateOutboundHeaders` is off, if the length of the body would differ from the
    ///   content-length that was sent, or if the response must not have content; `.notInitiated`;
    ///   `.internalError`.
    public func sendData(
        _ data: ArraySlice<UInt8>, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe data.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe core.sendData(
                UnsafeRawBufferPointer(buffer), owner: .array(data), on: id, endStream: endStream,
                padLength: padLength)
        }
    }

    /// Queues one DATA frame with an array, in the same way as with a slice.
    public func sendData(
        _ data: [UInt8], on id: H2StreamID, endStream: Bool = false, padLength: UInt8? = nil
    ) throws(H2Error) {
        try sendData(data[...], on: id, endStream: endStream, padLength: padLength)
    }

    /// Queues one DATA frame with received bytes or a slice of them, in the same way as with a
    /// slice of an array. The value of a header field is always copied.
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

    /// Queues one DATA frame with a copy of borrowed bytes; throws as with a slice.
    public func sendData(
        copying data: Span<UInt8>, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe data.withUnsafeBytes { buffer throws(H2Error) in
            try unsafe core.sendData(buffer, on: id, endStream: endStream, padLength: padLength)
        }
    }

    /// Queues one DATA frame with a copy of borrowed bytes; throws as with a slice.
    @unsafe
    public func sendData(
        copying data: UnsafeRawBufferPointer, on id: H2StreamID, endStream: Bool = false,
        padLength: UInt8? = nil
    ) throws(H2Error) {
        try unsafe core.sendData(data, on: id, endStream: endStream, padLength: padLength)
    }
}
