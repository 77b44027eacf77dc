// SPDX-License-Identifier: MIT

/// What the C ABI needs besides the public calls: bytes that are neither copied into a value of
/// Swift nor out of one.
extension H2Connection {
    /// Takes bytes that the caller keeps: DATA that lies in them is neither copied nor held.
    ///
    /// - Parameter payloads: Gets an entry for each `.dataReceived` of a frame that is whole in
    ///   these bytes and not empty; the `data` of such an event is empty. A frame that came in
    ///   pieces has its payload in the event, as ever.
    @unsafe
    package func receiveData(
        borrowing bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil,
        into events: inout [H2Event], _ payloads: inout [BorrowedPayload]
    ) throws(H2Error) {
        swap(&payloads, &core.payloads.borrowed)
        defer { swap(&payloads, &core.payloads.borrowed) }
        try unsafe core.receive(bytes, owner: nil, at: instant, isBorrowed: true, &events)
    }

    /// All bytes for the peer, contiguous; the address is nil if there are none. The view is valid
    /// until the next call that may queue or remove bytes.
    @unsafe
    package var borrowedOutput: UnsafeRawBufferPointer {
        unsafe core.outbox.joined
    }

    /// Removes `count` bytes for the peer from the front; returns false, without any effect, if
    /// there are fewer.
    package func dropOutput(_ count: Int) -> Bool { core.outbox.drop(count) }

    /// As `advertiseAlternativeService(_:origin:)`, with bytes that need not be text.
    package func advertiseAlternativeService(
        bytes fieldValue: [UInt8], origin: [UInt8]
    ) throws(H2Error) {
        try core.advertiseAlternativeService(fieldValue, origin: origin)
    }

    /// As `advertiseAlternativeService(_:on:)`, with bytes that need not be text.
    package func advertiseAlternativeService(
        bytes fieldValue: [UInt8], on id: H2StreamID
    ) throws(H2Error) {
        try core.advertiseAlternativeService(fieldValue, on: id)
    }
}
