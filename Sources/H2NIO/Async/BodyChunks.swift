// SPDX-License-Identifier: MIT

#if NIO
import NIOCore

/// The payload of a DATA frame that waits for a reader.
struct BodyChunk: Sendable {
    var data: ByteBuffer
    /// The number of bytes to acknowledge.
    var flowControlledLength: Int

    /// Appends another chunk, unless more than `limit` bytes would result.
    mutating func join(_ next: BodyChunk, upTo limit: Int) -> Bool {
        guard data.readableBytes + next.data.readableBytes <= limit else { return false }
        data.writeImmutableBuffer(next.data)
        flowControlledLength += next.flowControlledLength
        return true
    }
}

/// Chunks of a body, in order. A single chunk needs no allocation.
///
/// Small chunks are joined: a chunk takes about 150 bytes besides its data.
struct BodyChunks: Sendable {
    private static let maxJoinedSize = 1_024

    private var first: BodyChunk?
    private var rest: [BodyChunk] = []
    /// The number of chunks of `rest` that have been removed.
    private var taken = 0
    /// The number of bytes to acknowledge for all chunks.
    private(set) var flowControlledLength = 0

    var isEmpty: Bool { first == nil }

    mutating func append(_ chunk: BodyChunk) {
        flowControlledLength += chunk.flowControlledLength
        if first == nil {
            first = chunk
        } else if taken < rest.count {
            if !rest[rest.count - 1].join(chunk, upTo: Self.maxJoinedSize) { rest.append(chunk) }
        } else if first?.join(chunk, upTo: Self.maxJoinedSize) != true {
            rest.append(chunk)
        }
    }

    mutating func popFirst() -> BodyChunk? {
        guard let chunk = first else { return nil }
        flowControlledLength -= chunk.flowControlledLength
        if taken < rest.count {
            first = rest[taken]
            // Releases the buffer, which the array would otherwise keep.
            rest[taken] = BodyChunk(data: ByteBuffer(), flowControlledLength: 0)
            taken += 1
            // A reader may never reach the end of the array.
            if taken >= 32, taken * 2 >= rest.count {
                rest.removeFirst(taken)
                taken = 0
            }
        } else {
            first = nil
            taken = 0
            rest = []
        }
        return chunk
    }
}

/// The part of a body that has been received and not read.
struct BodyQueue {
    var chunks = BodyChunks()
    /// Whether the message ends after the chunks.
    var isComplete = false
    /// The error that readers get after the chunks.
    var failure: (any Error)?
    /// The number of bytes to acknowledge for chunks that have been read.
    var consumed = 0
    /// The task that waits for the next chunk.
    var reader: Waiter<Void>?

    /// Whether a reader does not have to wait.
    var isReadable: Bool { !chunks.isEmpty || isComplete || failure != nil }

    /// Returns the bytes to acknowledge, once.
    mutating func takeConsumed() -> Int {
        defer { consumed = 0 }
        return consumed
    }

    /// Returns the task to resume, once.
    mutating func takeReader() -> Waiter<Void>? {
        defer { reader = nil }
        return reader
    }
}

/// The next step of a reader.
enum BodyStep {
    case chunk(ByteBuffer)
    case end
    case wait
}
#endif
