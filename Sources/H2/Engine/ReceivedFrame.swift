// SPDX-License-Identifier: MIT

/// A whole frame, where it lies.
// Safe: it lives no longer than the call that reads the bytes, and `init` has seen that all of them
// are there.
@safe struct ReceivedFrame {
    let header: FrameHeader
    /// Header and payload.
    let bytes: UnsafeRawBufferPointer
    /// Where it begins in the bytes that it came in.
    let offset: Int

    init(_ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, at offset: Int) {
        precondition(bytes.count == FrameHeader.size + header.length, "part of a frame")
        self.header = header
        unsafe self.bytes = unsafe bytes
        self.offset = offset
    }

    /// A byte of the payload.
    subscript(offset: Int) -> UInt8 { unsafe bytes[FrameHeader.size + offset] }

    /// A part of the payload.
    @unsafe func payload(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        let start = FrameHeader.size + range.lowerBound
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count])
    }

    /// Four bytes of the payload as a big-endian number.
    func word(at offset: Int) -> UInt32 {
        precondition(offset + 4 <= header.length, "beyond the frame")
        return unsafe bytes.bigEndian32(at: FrameHeader.size + offset)
    }
}

/// The array that frames lie in, if events may keep it.
struct InputOwner {
    /// A payload above this size shares the array.
    private static let sharingThreshold = 1_024

    private let bytes: ArraySlice<UInt8>?
    /// Whether the caller keeps the bytes, so that payloads of DATA are not in their events.
    let isLent: Bool

    init(_ bytes: consuming ArraySlice<UInt8>?, isLent: Bool = false) {
        self.bytes = bytes
        self.isLent = isLent
    }

    /// Bytes of a payload for an event: shared where that is worth it, otherwise copied.
    func payload(_ range: Range<Int>, of frame: ReceivedFrame) -> H2Bytes {
        if let bytes, isShared(range.count) {
            let first = bytes.startIndex + frame.offset + FrameHeader.size + range.lowerBound
            return H2Bytes(bytes[first..<first + range.count])
        }
        return unsafe H2Bytes(copying: frame.payload(range))
    }

    /// Whether so many bytes share the array: not if a small event would keep a large one alive.
    func isShared(_ count: Int) -> Bool {
        guard let bytes, count > Self.sharingThreshold else { return false }
        return count * 8 >= bytes.count
    }
}
