// SPDX-License-Identifier: MIT

/// A view of a complete frame in the received bytes.
// Safe: a frame exists no longer than the bytes, and `init` checks that all of them are present.
@safe struct ReceivedFrame {
    let header: FrameHeader
    /// The header and the payload.
    let bytes: UnsafeRawBufferPointer
    /// The offset of the frame in the input.
    let offset: Int

    init(_ header: FrameHeader, _ bytes: UnsafeRawBufferPointer, at offset: Int) {
        precondition(bytes.count == FrameHeader.size + header.length, "incomplete frame")
        self.header = header
        unsafe self.bytes = unsafe bytes
        self.offset = offset
    }

    /// The byte at an offset in the payload.
    subscript(offset: Int) -> UInt8 { unsafe bytes[FrameHeader.size + offset] }

    /// Returns a part of the payload.
    @unsafe func payload(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        let start = FrameHeader.size + range.lowerBound
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count])
    }

    /// Returns 4 bytes of the payload as a big-endian number.
    func word(at offset: Int) -> UInt32 {
        precondition(offset + 4 <= header.length, "offset out of range")
        return unsafe bytes.bigEndian32(at: FrameHeader.size + offset)
    }
}
