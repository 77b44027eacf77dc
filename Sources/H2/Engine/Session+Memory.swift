// SPDX-License-Identifier: MIT

internal import CNghttp2

/// What the session holds.
extension Session {
    /// Bytes of nghttp2 and of the decoded block.
    var heldByteCount: Int {
        @inline(__always) get {
            unsafe memory.heldByteCount &+ state.pointee.block.heldByteCount
        }
    }

    /// Bytes of nghttp2, and of what it tells.
    var engineByteCount: Int {
        memory.heldByteCount + noteByteCount
    }

    /// The part of `engineByteCount` that is not used now.
    var spareEngineByteCount: Int { memory.spareByteCount + noteByteCount }

    /// Bytes of what the callbacks note of one frame.
    private var noteByteCount: Int {
        unsafe state.pointee.reactions.capacity * MemoryLayout<Reaction>.stride
    }

    /// Bytes where header blocks are decoded to and sent from, and of the section that is kept.
    var headerByteCount: Int {
        unsafe state.pointee.block.heldByteCount
            + fieldScratch.count * MemoryLayout<nghttp2_nv>.stride + spareBlock.heldByteCount
    }
}
