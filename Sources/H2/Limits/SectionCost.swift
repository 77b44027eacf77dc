// SPDX-License-Identifier: MIT

/// The cost of decoding the header sections of a message: the units that resetting its stream uses
/// up. One unit is a request with fewer than 16 fields, a list of less than 4 KiB, and a field
/// block of less than 1 KiB.
package struct SectionCost: Hashable, Sendable {
    /// Units for the fields and the bytes that they decode to, about 1 µs each.
    package private(set) var fields: UInt16
    /// Units for the bytes of long field blocks, about 12 µs each: several bytes of a block can
    /// decode to one byte or to nothing. These units are never taken from a reserve.
    package private(set) var block: UInt16

    /// One unit, for an occurrence without a counted section.
    package static let one = SectionCost(fields: 1, block: 0)

    private init(fields: UInt16, block: UInt16) {
        self.fields = fields
        self.block = block
    }

    /// - Parameters:
    ///   - listSize: Bytes, 32 added for each field. One byte of the block can decode to 4 KiB.
    ///   - blockSize: Bytes of the field block.
    @inline(__always)
    package init(fields count: Int, listSize: Int, blockSize: Int) {
        fields = UInt16(clamping: 1 &+ count &>> 4 &+ listSize &>> 12)
        block = UInt16(clamping: blockSize &>> 10)
    }

    /// The cost of a useless block, whose fields are not counted, beyond the first unit.
    package init(uselessBlock byteCount: Int) {
        fields = UInt16(clamping: byteCount / 40)
        block = 0
    }

    /// The cost of the bytes of an excused block for which no excused section was left.
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

    /// Adds units that may be taken from a reserve.
    package mutating func add(units: Int) { fields = UInt16(clamping: Int(fields) + units) }
}
