// SPDX-License-Identifier: MIT

/// The cost of decoding the header sections of a message, which is what resetting it uses up. The
/// unit is a request with fewer than 16 fields, less than 4 KiB, and a field block of less than 1 KiB.
package struct SectionCost: Hashable, Sendable {
    /// For the fields, and for the bytes that they decode to.
    package private(set) var fields: UInt16
    /// For the bytes of long field blocks. Several of them can stand for one byte, or for nothing, so
    /// this unit takes about 12 µs, the others 1 µs. It is never taken from a reserve.
    package private(set) var block: UInt16

    /// The cost of something that has no section.
    package static let one = SectionCost(fields: 1, block: 0)

    private init(fields: UInt16, block: UInt16) {
        self.fields = fields
        self.block = block
    }

    /// - Parameters:
    ///   - listSize: Bytes, 32 added for each field: a byte of the block can stand for 4 KiB.
    ///   - blockSize: Bytes of the field block.
    @inline(__always)
    package init(fields count: Int, listSize: Int, blockSize: Int) {
        fields = UInt16(clamping: 1 &+ count &>> 4 &+ listSize &>> 12)
        block = UInt16(clamping: blockSize &>> 10)
    }

    /// The cost of a block whose fields are not counted.
    package init(uselessBlock byteCount: Int) {
        fields = UInt16(clamping: byteCount / 40)
        block = 0
    }

    /// What is counted of that cost if the peer could not know that the block is useless.
    package init(excusedBlock byteCount: Int) {
        fields = 0
        block = UInt16(clamping: byteCount / 512)
    }

    package var total: Int {
        @inline(__always) get { Int(fields) &+ Int(block) }
    }

    package mutating func add(_ other: SectionCost) {
        fields = UInt16(clamping: Int(fields) + Int(other.fields))
        block = UInt16(clamping: Int(block) + Int(other.block))
    }

    /// Adds units of the cheap kind.
    package mutating func add(units: Int) { fields = UInt16(clamping: Int(fields) + units) }
}
