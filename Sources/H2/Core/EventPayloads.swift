// SPDX-License-Identifier: MIT

/// The position of a DATA payload in the bytes that were passed to `receiveData(borrowing:)`.
package struct BorrowedPayload: Sendable {
    /// The index of its event, whose `data` is empty.
    package let event: Int
    /// The offsets of the payload in the borrowed bytes.
    package let range: Range<Int>
}

/// Makes the payloads of DATA events.
struct EventPayloads {
    /// The last small payload that was copied.
    private(set) var spare = SparePayload()
    /// The payloads that events do not hold, in a call that borrows its bytes.
    var borrowed: [BorrowedPayload] = []

    /// Returns the payload for the event at `index`: shared with the input, or copied. If the input
    /// is borrowed, records the payload in `borrowed` and returns no bytes.
    mutating func make(
        _ range: Range<Int>, of frame: ReceivedFrame, _ owner: InputOwner, forEvent index: Int
    ) -> H2Bytes {
        guard owner.isBorrowed else {
            return owner.isShared(range.count)
                ? owner.payload(range, of: frame)
                : unsafe spare.make(copying: frame.payload(range))
        }
        let start = frame.offset + FrameHeader.size + range.lowerBound
        borrowed.append(BorrowedPayload(event: index, range: start..<start + range.count))
        return H2Bytes()
    }
}
