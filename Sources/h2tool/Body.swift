// SPDX-License-Identifier: MIT

import H2

/// A body to be sent: bytes in memory, or a file that is read in pieces.
struct Body {
    private var file: Descriptor?
    private var bytes: [UInt8] = []
    private var position = 0
    /// Bytes in all, as far as they are known.
    private(set) var length: Int
    /// Whether bytes may still be appended.
    var isOpen = false

    init(_ bytes: [UInt8] = []) { (self.bytes, length) = (bytes, bytes.count) }

    /// Takes a regular file; nil if it is anything else.
    init?(_ file: Descriptor) {
        guard let size = file.fileSize else { return nil }
        (self.file, length) = (file, size)
    }

    /// Adds received bytes; the flow-control window bounds how many there can be.
    mutating func append(_ data: H2Bytes) {
        if position > bytes.count / 2 {
            bytes.removeFirst(position)
            position = 0
        }
        bytes.append(contentsOf: data)
        length = bytes.count
    }

    mutating func take(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        let count = min(count, length - position)
        if count <= 0 { return [] }
        let piece = try file?.pull(upTo: count)?[...] ?? bytes[position..<position + count]
        if piece.isEmpty { throw Failure("the file became shorter") }
        position += piece.count
        return piece
    }

    var remaining: Int { length - position }
    /// Whether everything was taken.
    var isComplete: Bool { remaining == 0 && !isOpen }
}
