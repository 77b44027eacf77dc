// SPDX-License-Identifier: MIT

internal import CNghttp2

/// The memory of the session.
extension Session {
    /// The number of bytes that nghttp2 uses.
    var usedEngineByteCount: Int { @inline(__always) get { memory.usedByteCount } }

    /// The number of bytes held for nghttp2 and for the list of reactions.
    var engineByteCount: Int { memory.heldByteCount + reactionByteCount }

    /// The part of `engineByteCount` that is not in use.
    var spareEngineByteCount: Int { memory.spareByteCount + reactionByteCount }

    /// The number of bytes allocated for the list of reactions.
    private var reactionByteCount: Int {
        unsafe state.pointee.reactions.capacity * MemoryLayout<Reaction>.stride
    }

    /// The number of bytes allocated for the decoded field section.
    var decodingByteCount: Int {
        @inline(__always) get { unsafe state.pointee.section.heldByteCount }
    }

    /// The number of bytes allocated for decoded and sent field sections.
    var headerByteCount: Int {
        decodingByteCount + sentFields.heldByteCount
    }

    /// Frees the storage of an unusually large field section. Its field block must be complete and
    /// no longer needed.
    @inline(__always)
    func endBlock() { unsafe state.pointee.section.end() }
}
