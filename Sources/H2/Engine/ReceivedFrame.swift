// SPDX-License-Identifier: MIT

/// A whole frame: its bytes, and the array that they lie in, if it may be kept.
// Safe: it lives no longer than the call that reads the bytes, and `init` has seen that all of them
// are there.
@safe struct ReceivedFrame {
    /// A payload above this size shares the array it came in.
    static let sharingThreshold = 1_024

    let header: FrameHeader
    /// Header and payload.
    let bytes: UnsafeRawBufferPointer
    /// The same bytes, as a slice of an array that events may keep.
    private let owner: ArraySlice<UInt8>?
    /// How large that array is.
    private let ownerCount: Int

    init(
        _ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, owner: ArraySlice<UInt8>?,
        ownerCount: Int
    ) {
        precondition(bytes.count == FrameHeader.size + header.length, "part of a frame")
        self.header = header
        unsafe self.bytes = unsafe bytes
        self.owner = owner
        self.ownerCount = ownerCount
    }

    /// A byte of the payload.
    subscript(offset: Int) -> UInt8 { unsafe bytes[FrameHeader.size + offset] }

    /// Four bytes of the payload as a big-endian number.
    func word(at offset: Int) -> UInt32 {
        precondition(offset + 4 <= header.length, "beyond the frame")
        return unsafe bytes.bigEndian32(at: FrameHeader.size + offset)
    }

    /// Bytes of the payload for an event: shared where that is worth it, otherwise copied.
    func payload(_ range: Range<Int>) -> H2Bytes {
        let start = FrameHeader.size + range.lowerBound
        if let owner, isShared(range.count) {
            let first = owner.startIndex + start
            return H2Bytes(owner[first..<first + range.count])
        }
        return unsafe H2Bytes(
            copying: UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
    }

    /// Whether so many bytes share the array: not if a small event would keep a large one alive.
    func isShared(_ count: Int) -> Bool {
        owner != nil && count > Self.sharingThreshold && count * 8 >= ownerCount
    }
}
