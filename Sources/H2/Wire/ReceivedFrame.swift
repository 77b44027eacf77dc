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
