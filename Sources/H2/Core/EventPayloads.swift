// SPDX-License-Identifier: MIT

/// Where the payload of a DATA frame lies in bytes that the caller of `receiveData(borrowing:)`
/// keeps.
package struct BorrowedPayload: Sendable {
    /// The index of its event, whose `data` is empty.
    package let event: Int
    /// The payload, in offsets of the borrowed bytes.
    package let range: Range<Int>
}

/// Makes the payloads of DATA events.
struct EventPayloads {
    /// The last small payload that was copied.
    private(set) var spare = SparePayload()
    /// Payloads that events do not hold, of a call that borrows its bytes.
    var borrowed: [BorrowedPayload] = []

    /// The payload for the event with that index: shared with the input or copied, or recorded as
    /// borrowed if the caller keeps the bytes.
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
