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
    /// The minimum size of a payload that shares an array, however small the array is.
    private static let smallestShared = 1_025

    private let bytes: ArraySlice<UInt8>?
    /// The minimum size of a payload that shares this array.
    private let smallestShared: Int
    /// Whether the caller keeps the bytes, so that payloads of DATA are not in their events.
    let isLent: Bool

    @inline(__always)
    init(_ bytes: consuming ArraySlice<UInt8>?, isLent: Bool = false) {
        self.isLent = isLent
        // Fewer bytes contain no payload that is large enough.
        guard let bytes, bytes.count >= Self.smallestShared else {
            self.bytes = nil
            smallestShared = .max
            return
        }
        smallestShared = max(Self.smallestShared, bytes.smallestPart)
        self.bytes = bytes
    }

    /// Bytes of a payload for an event: shared with the array if `isShared`, otherwise copied.
    func payload(_ range: Range<Int>, of frame: ReceivedFrame) -> H2Bytes {
        guard range.count >= smallestShared, let bytes else {
            return unsafe H2Bytes(copying: frame.payload(range))
        }
        let first = bytes.startIndex &+ frame.offset &+ FrameHeader.size &+ range.lowerBound
        return H2Bytes(bytes[first..<first &+ range.count])
    }

    /// Whether a payload of `count` bytes shares the array. A small one does not, so that an event
    /// does not keep a much larger array alive.
    func isShared(_ count: Int) -> Bool { count >= smallestShared }
}

extension ArraySlice<UInt8> {
    /// The array of which this is a slice, not copied; nil if the slice is empty or has no owner.
    ///
    /// Arrays, slices and contiguous arrays all refer to the same kind of storage, and a contiguous
    /// array consists of that reference only.
    @inline(__always)
    private var base: ContiguousArray<UInt8>? {
        guard count != 0, let owner = _owner else { return nil }
        return unsafe unsafeBitCast(owner, to: ContiguousArray<UInt8>.self)
    }

    /// The minimum size of a part that may keep the array of this slice alive: an eighth of the
    /// array and a sixteenth of its capacity, which is up to twice its count if the array grew.
    ///
    /// The slice's own `capacity` is not used: it is that of the array only if both have the same
    /// end.
    @inline(__always)
    var smallestPart: Int {
        guard let base else { return 0 }
        return Swift.max((base.count &+ 7) &>> 3, (base.capacity &+ 15) &>> 4)
    }

    /// The array of which this is a slice, not copied, and the offset of the slice in it.
    var wholeArray: (array: ContiguousArray<UInt8>, offset: Int) {
        guard let base else { return (ContiguousArray(self), 0) }
        let start = unsafe withUnsafeBufferPointer { $0.baseAddress }
        let first = unsafe base.withUnsafeBufferPointer { $0.baseAddress }
        guard let start = unsafe start, let first = unsafe first else { return (base, 0) }
        return unsafe (base, start - first)
    }
}
