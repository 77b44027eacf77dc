// SPDX-License-Identifier: MIT

/// The section that was handed out last, whose storage is written again for the next one where nobody
/// holds it any more: then a section takes no allocation.
struct SpareBlock {
    /// Storage of more bytes is not kept.
    private static let keptBytes = 4_096
    /// So many sections are not kept after one that somebody held: most likely others are held, too.
    private static let pauseLength = 63

    private var block: FieldBlock?
    private var pause = 0

    /// Bytes allocated.
    var heldByteCount: Int { block?.heldByteCount ?? 0 }

    /// Makes a block with just these fields.
    mutating func make(copying view: FieldView) -> FieldBlock {
        guard pause == 0 else {
            pause &-= 1
            return FieldBlock.make(copying: view)
        }
        if block != nil {
            guard isKnownUniquelyReferenced(&block) else {
                block = nil
                pause = Self.pauseLength
                return FieldBlock.make(copying: view)
            }
            if let block, block.replaceAll(copying: view) { return block }
        }
        let made = FieldBlock.make(copying: view)
        block = made.heldByteCount <= Self.keptBytes ? made : nil
        return made
    }
}
