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

    /// Bytes of the storage for the decoded field section.
    var decodingByteCount: Int {
        @inline(__always) get { unsafe state.pointee.section.heldByteCount }
    }

    /// Bytes of the storage for decoded and sent field sections.
    var headerByteCount: Int {
        decodingByteCount + sentFields.heldByteCount
    }

    /// Frees the storage of an unusually large field section. The field block must be complete and
    /// no longer needed.
    @inline(__always)
    func endBlock() { unsafe state.pointee.section.end() }
}
