// SPDX-License-Identifier: MIT

extension H2Connection {
    /// Queues data of any length, which H2 sends in DATA frames when the windows allow it and the
    /// caller takes output.
    ///
    /// The bytes become frames of at most 16 KiB only when output is taken, and no more of them than
    /// are asked for: `dataToSend(upTo:)` writes up to its limit, `withDataToSend` up to 64 KiB, and
    /// `withSegmentsToSend` up to 1 MiB at a time. Frames of other calls go first.
    ///
    /// While data is queued on a stream, `sendData`, `endStream` and `sendHeaders` on it throw
    /// `.protocolViolation`: queue the rest with `enqueueData` and `enqueueTrailers`. The stream
    /// remains open until the frame with END_STREAM is written. `resetStream`, RST_STREAM and the end
    /// of the connection discard the data.
    ///
    /// H2 copies and shares the bytes like `sendData`. Bound what you queue: see
    /// ``H2Configuration/sendQueueHighWaterMark``.
    ///
    /// - Parameters:
    ///   - data: The bytes. They may be empty.
    ///   - id: The stream.
    ///   - endStream: Whether the stream ends behind the bytes.
    /// - Throws: `.noSuchStream`; `.streamClosed`; `.invalidArgument` for an identifier above
    ///   2^31-1; `.protocolViolation` if this side ended the stream, has queued its end or has not
    ///   sent its request or final response, or if the connection is closed; `.invalidBodyLength`,
    ///   unless `validateOutboundHeaders` is off, if the length of the body would differ from the
    ///   content-length that was sent, or if the response must not have content; `.notInitiated`;
    ///   `.internalError`.
    public func enqueueData(
        _ data: ArraySlice<UInt8>, on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try unsafe data.withUnsafeBufferPointer { buffer throws(H2Error) in
            try unsafe core.enqueueData(
                UnsafeRawBufferPointer(buffer), owner: data, on: id, endStream: endStream)
        }
    }

    /// Queues an array, in the same way as a slice.
    public func enqueueData(
        _ data: [UInt8], on id: H2StreamID, endStream: Bool = false
    ) throws(H2Error) {
        try enqueueData(data[...], on: id, endStream: endStream)
    }

    /// Queues received bytes or a slice of them, in the same way as a slice of an array. The value of
    /// a header field is always copied.
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

    /// Queues trailers behind the data of a stream. They end the stream.
    ///
    /// Without queued data, this is `sendHeaders` with `endStream`.
    ///
    /// - Throws: As `sendHeaders` for trailers, and as `enqueueData`.
    public func enqueueTrailers(
        _ headers: H2Headers, on id: H2StreamID
    ) throws(H2Error) {
        try core.enqueueTrailers(headers, on: id)
    }

    /// The number of bytes that `enqueueData` queued and that are not in frames yet, on all streams.
    public var queuedByteCount: Int { core.queuedByteCount }

    /// Returns the number of bytes that `enqueueData` queued on a stream and that are not in frames
    /// yet; 0 for a stream that is not open.
    public func queuedByteCount(on id: H2StreamID) -> Int { core.queuedByteCount(on: id) }

    /// Sets the priority of the data that `enqueueData` queues on a stream, RFC 9218 §10.
    ///
    /// It replaces the priority from the request or from PRIORITY_UPDATE, until the client sends
    /// another PRIORITY_UPDATE. The peer is not told. It also works without
    /// ``H2Configuration/PriorityScheme/extensible``.
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
    /// The stream may be open, or one that this client opens later. The priority also applies to the
    /// data that this side queues on the stream. A server that does not support the frame ignores it.
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
