// SPDX-License-Identifier: MIT

/// Removes and inserts fields by moving the others within the block. The caller must hold the only
/// reference.
extension FieldBlock {
    /// Removes fields and overwrites their bytes; returns false, without any effect, if their bytes
    /// are not contiguous, as after a cookie was moved.
    func remove(_ range: Range<Int>) -> Bool {
        unsafe withUnsafeMutablePointers { counts, fields in
            guard range.lowerBound < range.upperBound else { return true }
            let start = unsafe fields[range.lowerBound].nameOffset
            var end = start
            var isPlain = true
            for index in range {
                let field = unsafe fields[index]
                guard field.nameOffset == end else { return false }
                end = field.valueOffset + Int(field.valueLength)
                isPlain = isPlain && field.name == .other
            }
            let bytes = unsafe UnsafeMutableRawPointer(fields + counts.pointee.fieldCapacity)
            let length = end - start
            let oldEnd = unsafe counts.pointee.bytes
            unsafe (bytes + start).copyMemory(from: bytes + end, byteCount: oldEnd - end)
            unsafe Self.erase(bytes + (oldEnd - length), length)
            unsafe counts.pointee.bytes = oldEnd - length

            let left = unsafe counts.pointee.fields - range.count
            unsafe (fields + range.lowerBound).update(
                from: fields + range.upperBound, count: left - range.lowerBound)
            unsafe counts.pointee.fields = left
            unsafe Self.move(fields, left, by: start..<end)
            let view = unsafe FieldView(counts, fields: fields, bytes: bytes)
            let isValid = unsafe counts.pointee.facts.violation == nil
            if isPlain && isValid {
                unsafe counts.pointee.facts.removed(range, leaving: view)
            } else {
                unsafe counts.pointee.facts = FieldFacts(of: view)
            }
            return true
        }
    }

    /// Adjusts the offsets of fields to the removal of bytes. A field whose offset is inside the
    /// removed range has no name and no value, and was inserted elsewhere in the list.
    private static func move(
        _ fields: UnsafeMutablePointer<FieldLine>, _ count: Int, by removed: Range<Int>
    ) {
        let start = UInt32(truncatingIfNeeded: removed.lowerBound)
        let end = UInt32(truncatingIfNeeded: removed.upperBound)
        for index in 0..<count where unsafe fields[index].offset > start {
            unsafe fields[index].offset = start &+ max(fields[index].offset, end) &- end
        }
    }

    /// Overwrites `count` bytes that are no longer used, and fills the slack after the last used
    /// byte.
    private static func erase(_ start: UnsafeMutableRawPointer, _ count: Int) {
        unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: count)
        unsafe fill(start)
    }

    /// Inserts fields; the block must have room for them.
    func insert(_ view: FieldView, at position: Int) {
        unsafe withUnsafeMutablePointers { counts, fields in
            let bytes = unsafe UnsafeMutableRawPointer(fields + counts.pointee.fieldCapacity)
            let oldEnd = unsafe counts.pointee.bytes
            let oldCount = unsafe counts.pointee.fields
            if let source = unsafe view.bytes.baseAddress {
                unsafe (bytes + oldEnd).copyMemory(from: source, byteCount: view.byteCount)
            }
            unsafe counts.pointee.bytes = oldEnd + view.byteCount
            unsafe Self.fill(bytes + counts.pointee.bytes)
            let target = unsafe fields + position
            unsafe (target + view.count).update(from: target, count: oldCount - position)
            for index in 0..<view.count {
                var field = view[index]
                field.offset &+= UInt32(truncatingIfNeeded: oldEnd)
                unsafe (target + index).initialize(to: field)
            }
            unsafe counts.pointee.fields = oldCount + view.count
            let all = unsafe FieldView(counts, fields: fields, bytes: bytes)
            if position == oldCount {
                unsafe counts.pointee.facts.add(from: oldCount, of: all)
            } else {
                unsafe counts.pointee.facts = FieldFacts(of: all)
            }
        }
    }

    /// Whether there is room for `fields` more fields with `bytes` bytes in all.
    func hasRoom(forFields fields: Int, bytes: Int) -> Bool {
        unsafe withUnsafeMutablePointerToHeader { counts in
            unsafe counts.pointee.fieldCapacity - counts.pointee.fields >= fields
                && counts.pointee.byteCapacity - counts.pointee.bytes >= bytes
        }
    }

    /// A copy with room for twice as much as the present content and the given addition.
    func grown(forFields fields: Int, bytes: Int) -> FieldBlock {
        defer { withExtendedLifetime(self) {} }
        let view = view
        let block = FieldBlock.make(
            fieldCapacity: max(8, (view.count + fields) * 2),
            byteCapacity: max(128, (view.byteCount + bytes) * 2))
        block.write(all: view)
        return block
    }
}

extension FieldFacts {
    /// Gathers the facts of a whole section.
    init(of view: FieldView) {
        self.init()
        add(from: 0, of: view)
    }

    /// Adds the facts of the fields from index `first` on.
    mutating func add(from first: Int, of view: FieldView) {
        for index in first..<view.count {
            let field = view[index]
            let value = unsafe view.value(of: field)
            if let start = value.baseAddress {
                unsafe add(field, at: index, value: UnsafeRawPointer(start), value.count)
            }
            unsafe addControls(ofValue: value)
        }
    }
}
