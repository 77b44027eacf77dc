// SPDX-License-Identifier: MIT

/// Where the payload of a DATA frame lies in bytes that the caller of `receiveData(lending:)` keeps.
package struct BorrowedPayload: Sendable {
    /// The index of its event, whose `data` is empty.
    package let event: Int
    /// The payload, in offsets of the lent bytes.
    package let range: Range<Int>
}

extension ConnectionCore {
    /// The payload for a DATA event: noted as lent where the caller keeps the bytes.
    mutating func payload(
        _ range: Range<Int>, of frame: ReceivedFrame, _ owner: InputOwner, forEvent index: Int
    ) -> H2Bytes {
        guard owner.isLent else {
            return owner.isShared(range.count)
                ? owner.payload(range, of: frame)
                : unsafe sparePayload.make(copying: frame.payload(range))
        }
        let start = frame.offset + FrameHeader.size + range.lowerBound
        borrowedPayloads.append(BorrowedPayload(event: index, range: start..<start + range.count))
        return H2Bytes()
    }
}
