// SPDX-License-Identifier: MIT

#if NIO
import NIOCore

/// The payload of a DATA frame that waits for a reader.
struct BodyChunk: Sendable {
    var data: ByteBuffer
    /// The number of bytes to acknowledge.
    var flowControlledLength: Int
}

/// Chunks of a body, in order. A single chunk needs no allocation.
struct BodyChunks: Sendable {
    private var first: BodyChunk?
    private var rest: [BodyChunk] = []
    private var taken = 0
    /// The number of bytes to acknowledge for all chunks.
    private(set) var flowControlledLength = 0

    var isEmpty: Bool { first == nil }

    mutating func append(_ chunk: BodyChunk) {
        flowControlledLength += chunk.flowControlledLength
        if first == nil { first = chunk } else { rest.append(chunk) }
    }

    mutating func popFirst() -> BodyChunk? {
        guard let chunk = first else { return nil }
        flowControlledLength -= chunk.flowControlledLength
        if taken < rest.count {
            first = rest[taken]
            // Releases the buffer when its reader does.
            rest[taken] = BodyChunk(data: ByteBuffer(), flowControlledLength: 0)
            taken += 1
        } else {
            first = nil
            taken = 0
            rest = []
        }
        return chunk
    }
}

/// What a reader receives: chunks, and whether the body ends after them.
struct BodyPart: Sendable {
    var chunks = BodyChunks()
    var isLast = false
}
#endif
