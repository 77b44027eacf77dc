// SPDX-License-Identifier: MIT

internal import CNghttp2

/// What the session holds.
extension Session {
    /// Bytes that nghttp2 uses.
    var usedEngineByteCount: Int { @inline(__always) get { memory.usedByteCount } }

    /// Bytes of nghttp2, and of the list of frames that nghttp2 wrote unasked.
    var engineByteCount: Int { memory.heldByteCount + reactionByteCount }

    /// The part of `engineByteCount` that is not used now.
    var spareEngineByteCount: Int { memory.spareByteCount + reactionByteCount }

    /// Bytes of the list of frames that nghttp2 wrote unasked.
    private var reactionByteCount: Int {
        unsafe state.pointee.reactions.capacity * MemoryLayout<Reaction>.stride
    }

    /// Bytes of the storage that field blocks are decoded to.
    var decodingByteCount: Int {
        @inline(__always) get { unsafe state.pointee.block.heldByteCount }
    }

    /// Bytes where field blocks are decoded to and sent from, and of the section that is kept.
    var headerByteCount: Int {
        unsafe decodingByteCount + fieldScratch.count * MemoryLayout<nghttp2_nv>.stride
            + spareBlock.heldByteCount
    }

    /// Frees the storage of an unusually large field block. The block must be complete and no
    /// longer needed.
    @inline(__always)
    func endBlock() {
        if unsafe decodingByteCount > FieldScratch.keptBytes {
            unsafe state.pointee.block.release()
        }
    }
}
