// SPDX-License-Identifier: MIT

/// Splits a stream of bytes into whole frames, and checks the client preface.
///
/// A frame that lies whole in the caller's bytes is read in place. One that is cut is put together
/// here: it is the only thing that is ever held, and it grows with what arrived, not with what was
/// announced.
struct FrameReader {
    /// Where a frame was found.
    enum Found {
        /// In the caller's bytes, from this offset.
        case inPlace(FrameHeader, offset: Int)
        /// Put together from pieces: the whole frame.
        case assembled(FrameHeader, [UInt8])
    }

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// A buffer above this size is given back after its frame.
    private static let keptCapacity = 65_536

    /// Bytes of the preface that are still to come.
    private var prefaceLeft: ArraySlice<UInt8>
    private var partial: [UInt8] = []
    /// The header of the partial frame, once it is complete and was found acceptable.
    private var partialHeader: FrameHeader?

    init(expectsPreface: Bool) { prefaceLeft = expectsPreface ? Self.preface[...] : [] }

    /// Bytes held for a frame that is not complete.
    var heldByteCount: Int { partial.count }

    /// Takes the client preface, RFC 9113 §3.4; false at the first byte that differs.
    mutating func takePreface(_ input: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
        let length = min(prefaceLeft.count, input.count - position)
        guard
            unsafe prefaceLeft.prefix(length).elementsEqual(input[position..<position + length])
        else { return false }
        prefaceLeft = prefaceLeft.dropFirst(length)
        position += length
        return true
    }

    /// Finds the next whole frame and moves `position` behind it; nil where the rest was taken in
    /// as part of one.
    ///
    /// - Parameter rules: Judge a header as soon as its 9 bytes are there.
    mutating func next(
        in input: UnsafeRawBufferPointer, _ position: inout Int,
        rules: FrameRules
    ) throws(H2Error) -> Found? {
        if partial.isEmpty {
            let rest = input.count - position
            guard rest >= FrameHeader.size else {
                unsafe take(rest, of: input, &position)
                return nil
            }
            let header = unsafe FrameHeader(UnsafeRawBufferPointer(rebasing: input[position...]))
            try rules.check(header)
            let size = FrameHeader.size + header.length
            guard rest >= size else {
                partialHeader = header
                unsafe take(rest, of: input, &position)
                return nil
            }
            defer { position += size }
            return .inPlace(header, offset: position)
        }
        if partialHeader == nil {
            unsafe take(FrameHeader.size - partial.count, of: input, &position)
            guard partial.count == FrameHeader.size else { return nil }
            let header = unsafe partial.withUnsafeBytes { unsafe FrameHeader($0) }
            try rules.check(header)
            partialHeader = header
        }
        guard let header = partialHeader else { return nil }
        let size = FrameHeader.size + header.length
        unsafe take(size - partial.count, of: input, &position)
        guard partial.count == size else { return nil }
        let frame = partial
        partial = []
        partialHeader = nil
        return .assembled(header, frame)
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
        prefaceLeft = []
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
