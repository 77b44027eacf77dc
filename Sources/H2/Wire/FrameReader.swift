// SPDX-License-Identifier: MIT

/// Splits a stream of bytes into whole frames, and checks the client preface.
///
/// A frame that lies whole in the caller's bytes is read in place. One that is cut is put together
/// here: it is the only thing that is ever held, and it grows with what arrived, not with what was
/// announced.
struct FrameReader {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// A buffer above this size is given back after its frame.
    private static let keptCapacity = 65_536

    /// Bytes of the preface that are still to come.
    private var prefaceLeft: Int
    private var partial: [UInt8] = []
    /// The header of the partial frame, once it is complete and was found acceptable.
    private var partialHeader: FrameHeader?

    init(expectsPreface: Bool) { prefaceLeft = expectsPreface ? Self.preface.count : 0 }

    /// Bytes held for a frame that is not complete.
    var heldByteCount: Int { partial.count }

    /// Whether the input so far ends inside the client preface or a frame.
    var isWithinFrame: Bool { prefaceLeft > 0 || !partial.isEmpty }

    /// Bytes allocated.
    var capacity: Int { partial.capacity }

    /// Takes the client preface, RFC 9113 §3.4; false at the first byte that differs.
    @inline(__always)
    mutating func takePreface(_ input: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
        unsafe prefaceLeft == 0 || takePrefaceBytes(input, &position)
    }

    @inline(never)
    private mutating func takePrefaceBytes(
        _ input: UnsafeRawBufferPointer, _ position: inout Int
    ) -> Bool {
        let length = min(prefaceLeft, input.count - position)
        let first = Self.preface.count - prefaceLeft
        for index in 0..<length {
            guard unsafe input[position + index] == Self.preface[first + index] else {
                return false
            }
        }
        prefaceLeft -= length
        position += length
        return true
    }

    /// Finds the next frame that lies whole in the input, and moves `position` behind it; nil where
    /// there is none, and the rest is to be given to `assemble`.
    ///
    /// - Parameter rules: Judge a header as soon as its 9 bytes are there.
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

    /// Takes the rest of the input in, as far as it belongs to one frame, and returns that frame
    /// when it is whole.
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

    /// Takes the storage of an assembled frame back for the next one, unless it is large or an
    /// event shares it.
    mutating func recycle(_ frame: consuming [UInt8], isShared: Bool) {
        guard !isShared, frame.capacity <= Self.keptCapacity, partial.isEmpty else { return }
        partial = frame
        partial.removeAll(keepingCapacity: true)
    }

    /// Gives back what is held: no more frames will be read.
    mutating func drop() {
        partial = []
        partialHeader = nil
        prefaceLeft = 0
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
