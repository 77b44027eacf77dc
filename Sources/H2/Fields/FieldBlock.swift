// SPDX-License-Identifier: MIT

/// The storage of a header section: its fields, and behind them the bytes of names and values, in
/// one allocation.
///
/// It is written to only while nobody shares it, and what was written never changes.
final class FieldBlock: ManagedBuffer<FieldBlock.Counts, FieldLine> {
    struct Counts {
        var fields = 0
        var fieldCapacity: Int
        var bytes = 0
        var byteCapacity: Int
        var facts = FieldFacts()
    }

    /// Bytes behind the last one that may be read: then rules look at whole vectors.
    static let slack = 32
    /// What lies there, and offends no rule.
    private static let filler = UInt8(ascii: "a")

    /// No fields; nobody appends to it.
    nonisolated(unsafe) static let empty = make(fieldCapacity: 0, byteCapacity: 0)

    static func make(fieldCapacity: Int, byteCapacity: Int) -> FieldBlock {
        let stride = MemoryLayout<FieldLine>.stride
        let units = fieldCapacity + (byteCapacity + slack + stride - 1) / stride
        return unsafe unsafeDowncast(
            FieldBlock.create(minimumCapacity: units) { _ in
                Counts(fieldCapacity: fieldCapacity, byteCapacity: byteCapacity)
            }, to: FieldBlock.self)
    }

    /// Makes a block with just these fields.
    static func make(copying view: FieldView) -> FieldBlock {
        let block = unsafe make(fieldCapacity: view.count, byteCapacity: view.bytes.count)
        block.write(all: view)
        return block
    }

    /// Appends a field, for which there must be room.
    func append(
        name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>, isNeverIndexed: Bool
    ) {
        unsafe withUnsafeMutablePointers { counts, fields in
            let bytes = unsafe UnsafeMutableRawPointer(fields + counts.pointee.fieldCapacity)
            // Nothing is read where the length is 0.
            let nothing = unsafe UnsafePointer(bytes.assumingMemoryBound(to: UInt8.self))
            let field = unsafe FieldLine(
                writing: name.baseAddress ?? nothing, name.count,
                value.baseAddress ?? nothing, value.count, at: counts.pointee.bytes,
                of: bytes, isNeverIndexed: isNeverIndexed)
            unsafe (fields + counts.pointee.fields).initialize(to: field)
            unsafe counts.pointee.facts.add(
                field, at: counts.pointee.fields, value: bytes + field.valueOffset, value.count)
            unsafe counts.pointee.fields += 1
            unsafe counts.pointee.bytes += name.count + value.count
            unsafe Self.fill(bytes + counts.pointee.bytes)
            unsafe counts.pointee.facts.addControls(
                ofValue: UnsafeBufferPointer(
                    start: (bytes + field.valueOffset).assumingMemoryBound(to: UInt8.self),
                    count: value.count))
        }
    }

    /// Writes fields into a block that has room for them.
    func write(all view: FieldView) {
        unsafe withUnsafeMutablePointers { counts, fields in
            let bytes = unsafe UnsafeMutableRawPointer(fields + counts.pointee.fieldCapacity)
            if let source = unsafe view.fields.baseAddress {
                unsafe fields.initialize(from: source, count: view.count)
            }
            if let source = unsafe view.bytes.baseAddress {
                unsafe bytes.copyMemory(from: source, byteCount: view.bytes.count)
            }
            unsafe counts.pointee.fields = view.count
            unsafe counts.pointee.bytes = view.bytes.count
            unsafe counts.pointee.facts = view.facts
            unsafe Self.fill(bytes + counts.pointee.bytes)
        }
    }

    /// Writes these fields in place of its own, if they fit; nobody else may hold the block.
    func replaceAll(copying view: FieldView) -> Bool {
        let fits = unsafe withUnsafeMutablePointerToHeader { counts in
            unsafe counts.pointee.fieldCapacity >= view.count
                && counts.pointee.byteCapacity >= view.byteCount
        }
        if fits { write(all: view) }
        return fits
    }

    /// Whether another field of that many bytes can be appended.
    func hasRoom(for length: Int) -> Bool {
        unsafe withUnsafeMutablePointerToHeader { counts in
            unsafe counts.pointee.fields < counts.pointee.fieldCapacity
                && counts.pointee.byteCapacity - counts.pointee.bytes >= length
        }
    }

    /// A copy with room for another field of that many bytes, and then some.
    func grown(for length: Int) -> FieldBlock { grown(forFields: 0, bytes: length) }

    /// Moves the last cookie behind all other fields, and keeps it out of compression tables.
    func moveLastCookie() {
        unsafe withUnsafeMutablePointers { counts, fields in
            let index = unsafe Int(counts.pointee.facts.lastCookie)
            let last = unsafe counts.pointee.fields - 1
            var field = unsafe fields[index]
            field.isNeverIndexed = true
            unsafe (fields + index).update(from: fields + index + 1, count: last - index)
            unsafe fields[last] = field
            unsafe counts.pointee.facts.movedLastCookie(behind: last)
        }
    }

    /// Bytes allocated, but for the object's header.
    var heldByteCount: Int {
        unsafe withUnsafeMutablePointerToHeader { counts in
            unsafe counts.pointee.fieldCapacity * MemoryLayout<FieldLine>.stride
                + counts.pointee.byteCapacity + Self.slack
        }
    }

    /// The fields and bytes, for as long as somebody holds the block.
    var view: FieldView {
        unsafe withUnsafeMutablePointers { counts, fields in
            unsafe FieldView(
                counts, fields: fields, bytes: fields + counts.pointee.fieldCapacity)
        }
    }

    /// Writes what may be read behind the last byte.
    static func fill(_ end: UnsafeMutableRawPointer) {
        let vector = SIMD16<UInt8>(repeating: filler)
        unsafe end.storeBytes(of: vector, as: SIMD16<UInt8>.self)
        unsafe end.storeBytes(of: vector, toByteOffset: 16, as: SIMD16<UInt8>.self)
    }
}
