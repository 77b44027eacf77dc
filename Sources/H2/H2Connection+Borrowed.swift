// SPDX-License-Identifier: MIT

/// Calls for the C ABI that pass bytes without copying them into or out of Swift values.
extension H2Connection {
    /// Processes received bytes in place: DATA payloads in `bytes` are neither copied nor retained.
    ///
    /// - Parameter payloads: Receives an entry for each DATA frame that lies whole in `bytes` and
    ///   contains data. The `data` of its event is empty. A frame that arrived in several calls has
    ///   its payload in the event.
    /// - Throws: As `receiveData(_:at:into:)`.
    @unsafe
    package func receiveData(
        borrowing bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil,
        into events: inout [H2Event], _ payloads: inout [BorrowedPayload]
    ) throws(H2Error) {
        swap(&payloads, &core.payloads.borrowed)
        defer { swap(&payloads, &core.payloads.borrowed) }
        try unsafe core.receive(bytes, owner: nil, at: instant, isBorrowed: true, &events)
    }

    /// All queued bytes, contiguous; the address is `nil` if there are none. The view is valid
    /// until the next call that may queue or remove bytes.
    @unsafe
    package var borrowedOutput: UnsafeRawBufferPointer {
        core.writeQueued(upTo: Outbox.maxJoinedQueue)
        return unsafe core.outbox.joined
    }

    /// Removes the first `count` queued bytes; returns false, without any effect, if there are
    /// fewer.
    package func dropOutput(_ count: Int) -> Bool { core.outbox.drop(count) }

    /// Does the same as `advertiseAlternativeService(_:origin:)`, for bytes that need not be UTF-8.
    package func advertiseAlternativeService(
        bytes fieldValue: [UInt8], origin: [UInt8]
    ) throws(H2Error) {
        try core.advertiseAlternativeService(fieldValue, origin: origin)
    }

    /// Does the same as `advertiseAlternativeService(_:on:)`, for bytes that need not be UTF-8.
    package func advertiseAlternativeService(
        bytes fieldValue: [UInt8], on id: H2StreamID
    ) throws(H2Error) {
        try core.advertiseAlternativeService(fieldValue, on: id)
    }
}
