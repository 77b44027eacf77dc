// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Queues data of any length, which H2 sends in DATA frames as the windows allow.
    ///
    /// H2 writes the frames, of at most 16 KiB of data each, when the caller takes output, and only
    /// as many as it asks for: `dataToSend(upTo:)` up to its limit, `withDataToSend` up to 64 KiB,
    /// and `withSegmentsToSend` up to 1 MiB at a time. Frames of other calls precede them.
    ///
    /// While data is queued on a stream, `sendData`, `endStream` and `sendHeaders` on the stream
    /// throw `.protocolViolation`: use `enqueueData` and `enqueueTrailers` for the rest. The stream
    /// remains open until H2 writes the frame with END_STREAM. `resetStream`, RST_STREAM from the
    /// peer and the end of the connection discard the data.
    ///
    /// H2 copies or shares the bytes as `sendData` does. Limit what you queue: see
    /// ``H2Configuration/sendQueueHighWaterMark``.
    ///
    /// - Parameters:
    ///   - data: The bytes. They may be empty.
    ///   - id: The stream.
    ///   - endStream: Whether the data ends this side of the stream.
    /// - Throws: `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an identifier above
    ///   2^31-1; `.protocolViolation` if this side has ended the stream or queued its end, or has
    ///   not sent its request or final response, or if the connection is closed;
    ///   `.invalidBodyLength`, unless `validateOutboundHeaders` is off, if the length of the body
    ///   would differ from the content-length that was sent, or if the response must not have
    ///   content; `.notInitiated`; `.internalError`.
    public func enqueueData(
        _ data: ArraySlice<UInt8>, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try unsafe data.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe core.enqueueData(
                UnsafeRawBufferPointer(buffer), owner: .array(data), on: id, endStream: endStream)
        }
    }

    /// Queues an array; the same as with a slice.
    public func enqueueData(
        _ data: [UInt8], on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try enqueueData(data[...], on: id, endStream: endStream)
    }

    /// Queues received bytes or a slice of them; the same as with a slice of an array, except that
    /// the value of a header field is always copied.
    public func enqueueData(
        _ data: H2Bytes, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        guard let slice = data.slice else {
            return try data.withSpan { span throws(H2Error) in
                try enqueueData(copying: span, on: id, endStream: endStream)
            }
        }
        try enqueueData(slice, on: id, endStream: endStream)
    }

    /// Queues a copy of borrowed bytes; throws as with a slice.
    public func enqueueData(
        copying data: Span<UInt8>, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try unsafe data.withUnsafeBytes { buffer throws(H2Error) in
            try unsafe core.enqueueData(buffer, on: id, endStream: endStream)
        }
    }

    /// Queues a copy of borrowed bytes; throws as with a slice.
    @unsafe
    public func enqueueData(
        copying data: UnsafeRawBufferPointer, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try unsafe core.enqueueData(data, on: id, endStream: endStream)
    }

    /// Queues trailers, which follow the queued data of a stream and end this side of it.
    ///
    /// If no data is queued on the stream, the call does the same as `sendHeaders` with
    /// `endStream`.
    ///
    /// - Throws: As `sendHeaders` for trailers, and as `enqueueData`.
    public func enqueueTrailers(
        _ headers: H2Headers, on id: H2StreamID
    ) throws(H2Error) {
        try core.enqueueTrailers(headers, on: id)
    }

    /// The number of bytes from `enqueueData` that are not in frames yet, on all streams.
    public var queuedByteCount: Int { core.queuedByteCount }

    /// Returns the number of bytes from `enqueueData` on a stream that are not in frames yet; 0 for
    /// a stream that is not open.
    public func queuedByteCount(on id: H2StreamID) -> Int { core.queuedByteCount(on: id) }

    /// Sets the priority of the data that `enqueueData` queues on a stream, RFC 9218 §10.
    ///
    /// The priority replaces that of the request or of a PRIORITY_UPDATE frame, until the client
    /// sends another PRIORITY_UPDATE. The call sends nothing to the peer. It has an effect even
    /// without ``H2Configuration/PriorityScheme/extensible``.
    ///
    /// - Throws: `.invalidArgument` for an urgency that is not 0 to 7 or an identifier above 2^31-1;
    ///   `.noSuchStream`; `.streamClosed`; `.protocolViolation` if the connection is closed;
    ///   `.notInitiated`.
    public func setSendPriority(
        _ priority: H2ExtensiblePriority, on id: H2StreamID
    ) throws(H2Error) {
        try core.setSendPriority(priority, on: id)
    }

    /// Queues a PRIORITY_UPDATE frame, RFC 9218 §7.1, which asks the server to change the priority of
    /// a response; for clients only.
    ///
    /// The stream can be open, or one that the client opens later. The priority also applies to
    /// data that the client queues on the stream. A server that does not support the frame ignores
    /// it.
    ///
    /// - Throws: `.notPermitted` for a server; `.invalidArgument` for an urgency that is not 0 to 7,
    ///   stream 0 or an identifier above 2^31-1; `.noSuchStream` for an idle push stream;
    ///   `.tooManyStreams` if this stream, the open ones and others that have been prioritized but
    ///   not opened would exceed the server's MAX_CONCURRENT_STREAMS; `.streamClosed`;
    ///   `.protocolViolation` if the connection is closed; `.notInitiated`.
    public func sendPriorityUpdate(
        _ priority: H2ExtensiblePriority, on id: H2StreamID
    ) throws(H2Error) {
        try core.sendPriorityUpdate(priority, on: id)
    }
}
