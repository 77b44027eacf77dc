// SPDX-License-Identifier: MIT

/// The cost of decoding the header sections of a message: the units that resetting its stream uses
/// up. A request with fewer than 16 fields, a list of less than 4 KiB and a field block of less
/// than 1 KiB costs one unit.
package struct SectionCost: Hashable, Sendable {
    /// The units for the fields and their decoded bytes, about 1 µs each.
    package private(set) var fields: UInt16
    /// The units for the bytes of long field blocks, about 12 µs each: several bytes of a block can
    /// decode to one byte or to nothing. These units are never taken from a reserve.
    package private(set) var block: UInt16

    /// One unit, for an occurrence without a counted section.
    package static let one = SectionCost(fields: 1, block: 0)

    private init(fields: UInt16, block: UInt16) {
        self.fields = fields
        self.block = block
    }

    /// Creates the cost of a decoded section.
    ///
    /// - Parameters:
    ///   - listSize: The bytes of names and values, plus 32 for each field. One byte of the block
    ///     can decode to 4 KiB.
    ///   - blockSize: The bytes of the field block.
    @inline(__always)
    package init(fields count: Int, listSize: Int, blockSize: Int) {
        fields = UInt16(clamping: 1 &+ count &>> 4 &+ listSize &>> 12)
        block = UInt16(clamping: blockSize &>> 10)
    }

    /// Creates the cost, without the first unit, of a block that is not needed and whose fields are
    /// not counted.
    package init(unneededBlock byteCount: Int) {
        fields = UInt16(clamping: byteCount / 40)
        block = 0
    }

    /// Creates the cost of the bytes of an excused block for which no excused section was left.
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
