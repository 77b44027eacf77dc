// SPDX-License-Identifier: MIT

/// Splits received bytes into frames, and checks the client preface.
///
/// A frame that is complete in the input is read in place. An incomplete frame is assembled here.
/// Its storage grows with the bytes that arrive, not with the length that its header announces.
struct FrameReader {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// The largest capacity that is kept for the next incomplete frame.
    private static let maxKeptCapacity = 65_536

    /// The number of bytes of the preface that have not arrived.
    private var prefaceRemaining: Int
    private var partial: [UInt8] = []
    /// The header of the incomplete frame, after it arrived and was checked.
    private var partialHeader: FrameHeader?

    init(expectsPreface: Bool) { prefaceRemaining = expectsPreface ? Self.preface.count : 0 }

    /// The number of bytes of the incomplete frame.
    var heldByteCount: Int { partial.count }

    /// Whether the incomplete frame, if its header has arrived, is a part of a field block.
    var isWithinFieldBlock: Bool {
        guard let type = partialHeader?.type else { return false }
        return type == FrameType.headers || type == FrameType.continuation
            || type == FrameType.pushPromise
    }

    /// The number of bytes allocated.
    var capacity: Int { partial.capacity }

    /// Reads the client preface, RFC 9113 §3.4; returns false if a byte differs.
    @inline(__always)
    mutating func takePreface(_ input: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
        unsafe prefaceRemaining == 0 || takePrefaceBytes(input, &position)
    }

    @inline(never)
    private mutating func takePrefaceBytes(
        _ input: UnsafeRawBufferPointer, _ position: inout Int
    ) -> Bool {
        let length = min(prefaceRemaining, input.count - position)
        let first = Self.preface.count - prefaceRemaining
        for index in 0..<length {
            guard unsafe input[position + index] == Self.preface[first + index] else {
                return false
            }
        }
        prefaceRemaining -= length
        position += length
        return true
    }

    /// Returns the next frame if it is complete in the input, and moves `position` past it. If it
    /// returns `nil`, pass the rest of the input to `assemble`.
    ///
    /// - Parameter rules: The rules for the header, which are checked as soon as its 9 bytes
    ///   arrive.
    @inline(__always)
    mutating func next(
        in input: UnsafeRawBufferPointer, _ position: inout Int, rules: FrameRules
    ) throws(H2Error) -> ReceivedFrame? {
        let offset = position
        guard partial.isEmpty, input.count - offset >= FrameHeader.size,
            let base = input.baseAddress
        else { return nil }
        let header = unsafe FrameHeader(base + offset)
        try rules.check(header)
        let size = FrameHeader.size + header.length
        guard input.count - offset >= size else {
            partialHeader = header
            return nil
        }
        position += size
        return unsafe ReceivedFrame(
            header, UnsafeRawBufferPointer(start: base + offset, count: size), at: offset)
    }

    /// Copies the part of the input that belongs to the incomplete frame, and returns the frame if
    /// it is complete.
    mutating func assemble(
        from input: UnsafeRawBufferPointer, _ position: inout Int, rules: FrameRules
    ) throws(H2Error) -> (header: FrameHeader, bytes: [UInt8])? {
        if partialHeader == nil {
            unsafe take(FrameHeader.size - partial.count, of: input, &position)
            guard partial.count == FrameHeader.size else { return nil }
            let header = unsafe partial.withUnsafeBytes { unsafe FrameHeader(in: $0) }
            try rules.check(header)
            partialHeader = header
        }
        guard let header = partialHeader else { return nil }
        unsafe take(FrameHeader.size + header.length - partial.count, of: input, &position)
        guard partial.count == FrameHeader.size + header.length else { return nil }
        let frame = partial
        partial = []
        partialHeader = nil
        return (header, frame)
    }

    /// Keeps the storage of an assembled frame for the next one, unless it is large or an event
    /// shares it.
    mutating func recycle(_ frame: consuming [UInt8], isShared: Bool) {
        guard !isShared, frame.capacity <= Self.maxKeptCapacity, partial.isEmpty else { return }
        partial = frame
        partial.removeAll(keepingCapacity: true)
    }

    /// Frees the incomplete frame. Do not read frames afterwards.
    mutating func drop() {
        partial = []
        partialHeader = nil
        prefaceRemaining = 0
    }

    private mutating func take(
        _ count: Int, of input: UnsafeRawBufferPointer, _ position: inout Int
    ) {
        let length = min(count, input.count - position)
        unsafe partial.append(
            contentsOf: UnsafeRawBufferPointer(rebasing: input[position..<position + length]))
        position += length
    }
}
