// SPDX-License-Identifier: MIT

// For transports in this package, which have buffers of their own.
extension H2Connection {
    /// Sends a section that a body of this length follows, as `sendHeaders` does.
    ///
    /// - Throws: Also `.invalidBodyLength` if the length differs from content-length, or if the
    ///   response must not have content.
    package func sendHeaders(
        _ headers: H2Headers, on id: H2StreamID, bodyLength: Int
    ) throws(H2Error) {
        try core.sendHeaders(headers, on: id, endStream: false, nil, bodyLength: bodyLength)
    }

    /// Queues bytes as `enqueueData` does. At least 4 KiB are not copied: the output shares them.
    ///
    /// - Parameter owner: An object that keeps the bytes, and neither changes nor moves them.
    ///   `takeSegments` passes it with each segment of them.
    @unsafe
    package func enqueueData(
        _ data: UnsafeRawBufferPointer, keptBy owner: AnyObject, on id: H2StreamID,
        endStream: Bool = false
    ) throws(H2Error) {
        try unsafe core.enqueueData(
            data, owner: .transport(owner), on: id, endStream: endStream)
    }

    /// Queues one DATA frame as `sendData` does. At least 4 KiB are not copied: the output shares
    /// them.
    ///
    /// - Parameter owner: As for `enqueueData`.
    @unsafe
    package func sendData(
        _ data: UnsafeRawBufferPointer, keptBy owner: AnyObject, on id: H2StreamID,
        endStream: Bool = false
    ) throws(H2Error) {
        try unsafe core.sendData(
            data, owner: .transport(owner), on: id, endStream: endStream, padLength: nil)
    }

    /// Whether `sendData` would send this many bytes as soon as output is taken: no data is queued,
    /// little output waits, and the windows allow it.
    package func canSendAtOnce(_ count: Int, on id: H2StreamID) -> Bool {
        core.canSendAtOnce(count, on: id)
    }

    /// Removes output, oldest first, and passes its segments to `body`. Nothing is copied.
    ///
    /// `body` may use the connection: bytes that it queues stay in the output.
    ///
    /// - Parameters:
    ///   - limit: The maximum number of bytes; below 1, none are removed.
    ///   - body: Receives a segment, which is valid during the call or as long as its owner exists,
    ///     and its owner: that of `enqueueData` or `sendData`, the storage of an array, or `nil` for
    ///     bytes that the connection wrote.
    /// - Returns: The number of bytes removed.
    @unsafe
    @discardableResult
    package func takeSegments(
        upTo limit: Int, _ body: (UnsafeRawBufferPointer, AnyObject?) -> Void
    ) -> Int {
        core.writeQueued(upTo: limit)
        let borrowed = core.outbox.borrow(isJoined: false)
        let count = max(0, min(limit, borrowed.queue.count))
        unsafe borrowed.queue.forEachPiece(upTo: count, body)
        return core.outbox.endBorrowing(borrowed, dropping: count)
    }

    /// Notes that bytes arrived that the transport keeps until their frame is complete: deadlines
    /// that wait for a received byte start again.
    package func noteReceivedBytes(_ count: Int, at instant: H2Instant) {
        core.noteReceivedBytes(count, at: instant)
    }
}
