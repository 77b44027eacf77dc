// SPDX-License-Identifier: MIT

/// The array that contains the received frames, if events may share it.
struct InputOwner {
    /// The minimum size of a payload that shares an array of any size.
    private static let minSharedSize = 1_025

    private let bytes: ArraySlice<UInt8>?
    /// The minimum size of a payload that shares this array.
    private let minSharedSize: Int
    /// Whether the caller keeps the bytes. Then `.dataReceived` events contain no payloads.
    let isBorrowed: Bool

    @inline(__always)
    init(_ bytes: consuming ArraySlice<UInt8>?, isBorrowed: Bool = false) {
        self.isBorrowed = isBorrowed
        // A smaller array contains no payload that is large enough.
        guard let bytes, bytes.count >= Self.minSharedSize else {
            self.bytes = nil
            minSharedSize = .max
            return
        }
        minSharedSize = max(Self.minSharedSize, bytes.minPartSize)
        self.bytes = bytes
    }

    /// Returns a part of a payload for an event: shared with the array if `isShared(_:)`, otherwise
    /// copied.
    func payload(_ range: Range<Int>, of frame: ReceivedFrame) -> H2Bytes {
        guard range.count >= minSharedSize, let bytes else {
            return unsafe H2Bytes(copying: frame.payload(range))
        }
        let first = bytes.startIndex &+ frame.offset &+ FrameHeader.size &+ range.lowerBound
        return H2Bytes(bytes[first..<first &+ range.count])
    }

    /// Returns whether a payload of `count` bytes shares the array. A small payload does not, so
    /// that its event does not keep a much larger array alive.
    func isShared(_ count: Int) -> Bool { count >= minSharedSize }
}
