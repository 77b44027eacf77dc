// SPDX-License-Identifier: MIT

/// A field line without ownership of its bytes, in the layout of `h2_header` of the C ABI.
@unsafe
package struct BorrowedField {
    package var name: UnsafePointer<UInt8>?
    package var nameLength: Int
    package var value: UnsafePointer<UInt8>?
    package var valueLength: Int
    /// 1 if the field line is never indexed.
    package var flags: UInt32
    package var reserved: UInt32

    var length: Int { unsafe nameLength &+ valueLength }

    /// Whether an address is missing although its length is not 0.
    @inline(__always)
    var hasNull: Bool {
        unsafe (name == nil && nameLength != 0) || (value == nil && valueLength != 0)
    }

    /// Calls `body` with name and value. The lengths must not be negative.
    @inline(__always)
    func withNameAndValue<R>(_ body: (Span<UInt8>, Span<UInt8>) -> R) -> R {
        unsafe body(
            UnsafeBufferPointer(start: name, count: name == nil ? 0 : nameLength).span,
            UnsafeBufferPointer(start: value, count: value == nil ? 0 : valueLength).span)
    }
}

extension FieldSection {
    /// Returns the number of leading field lines that equal the given ones.
    func equalFieldCount(_ borrowed: UnsafeBufferPointer<BorrowedField>) -> Int {
        let end = min(count, borrowed.count)
        var index = 0
        while unsafe index < end && isEqual(borrowed[index], toLineAt: index) { index &+= 1 }
        return index
    }

    @inline(__always)
    private func isEqual(_ field: BorrowedField, toLineAt index: Int) -> Bool {
        unsafe field.flags <= 1 && !field.hasNull && field.nameLength >= 0 && field.valueLength >= 0
            && field.withNameAndValue {
                unsafe hasLine(
                    $0, $1, isNeverIndexed: field.flags != 0, at: index, areEqual: haveEqualBytes)
            }
    }

    /// Returns whether there are as many field lines as given ones, with names and values of the
    /// same lengths from index `first` on.
    func hasLengths(of borrowed: UnsafeBufferPointer<BorrowedField>, from first: Int) -> Bool {
        guard borrowed.count == count else { return false }
        return unsafe withPointers { lines, _ in
            for index in first..<borrowed.count {
                guard unsafe Int(lines[index].nameLength) == borrowed[index].nameLength,
                    unsafe Int(lines[index].valueLength) == borrowed[index].valueLength
                else { return false }
            }
            return true
        }
    }

    /// Overwrites the values from index `first` on with those of the given field lines, which must
    /// have the same lengths. Stops at a line with another name or indexing, or with a value that
    /// can change the facts about the section. A value that is not valid or not in normal form
    /// empties the section. Usually only the path of a request changes, so this saves 3 % of a
    /// request through the C ABI. The section must have a single owner.
    ///
    /// - Returns: The number of leading field lines that now equal the given ones.
    func replaceValues(
        by borrowed: UnsafeBufferPointer<BorrowedField>, from first: Int
    ) -> Int {
        guard facts.isNormal, facts.violation == nil else { return first }
        for index in first..<count {
            let field = unsafe borrowed[index]
            if unsafe isEqual(field, toLineAt: index) { continue }
            guard unsafe replaceValue(by: field, at: index) else { return min(index, count) }
        }
        return count
    }

    private func replaceValue(by field: BorrowedField, at index: Int) -> Bool {
        let line = self[index]
        guard unsafe (line.isNeverIndexed ? 1 : 0) == field.flags,
            unsafe !line.kind.hasValueFacts && !field.hasNull && line.valueLength != 0
        else { return false }
        return unsafe field.withNameAndValue { name, value in
            guard hasName(name, at: index) else { return false }
            if replaceValue(at: index, with: value) { return true }
            // The facts about the section no longer match its bytes.
            removeAll()
            return false
        }
    }

    /// Replaces all field lines with others, for which there must be room. A line that equals the
    /// old one at the same index and offset is not written again.
    ///
    /// - Parameter known: The number of leading lines that are known to equal the new ones.
    func replaceAll(by borrowed: UnsafeBufferPointer<BorrowedField>, known: Int) {
        let oldCount = count
        let hadPlainLines = facts.isNormal && facts.violation == nil
        // Without a violation, the kept values contain no forbidden control character.
        var newStart = facts.violation == nil ? Int.max : 0
        var newEnd = 0
        removeAll()
        for index in borrowed.indices {
            let field = unsafe borrowed[index]
            if unsafe index < known || (index < oldCount && isUnchanged(field, at: index)) {
                state.count = index &+ 1
                let line = self[index]
                state.byteCount = line.endOffset
                // The first look at such a line found nothing else.
                if hadPlainLines, line.kind == .other {
                    state.facts.addRegular()
                } else {
                    addFacts(at: index)
                }
                continue
            }
            newStart = min(newStart, byteCount)
            let isNeverIndexed = unsafe field.flags != 0
            let isAppended = unsafe field.withNameAndValue {
                append($0, $1, isNeverIndexed: isNeverIndexed)
            }
            precondition(isAppended, "insufficient capacity")
            newEnd = byteCount
        }
        finish(newStart == 0 ? 0..<byteCount : min(newStart, newEnd)..<newEnd)
    }

    /// Returns the number of bytes of the first `count` field lines, which must be stored first.
    func byteCount(ofFirst count: Int) -> Int {
        count < self.count ? self[count].nameOffset : byteCount
    }

    /// Returns whether the old line at `index` begins where the next line must begin, and equals
    /// `field`. Its bytes must not have been overwritten.
    @inline(__always)
    private func isUnchanged(_ field: BorrowedField, at index: Int) -> Bool {
        let offset = unsafe withPointers { lines, _ in unsafe lines[index].nameOffset }
        return unsafe offset == byteCount && isEqual(field, toLineAt: index)
    }

    /// Writes views of all field lines to `list`. They are valid while the section exists
    /// unchanged.
    ///
    /// - Parameter list: Memory for `count` elements.
    func list(_ list: UnsafeMutablePointer<BorrowedField>) {
        unsafe withPointers { lines, bytes in
            for index in 0..<count {
                let line = unsafe lines[index]
                unsafe (list + index).initialize(
                    to: BorrowedField(
                        name: bytes + line.nameOffset, nameLength: Int(line.nameLength),
                        value: bytes + line.valueOffset, valueLength: Int(line.valueLength),
                        flags: line.isNeverIndexed ? 1 : 0, reserved: 0))
            }
        }
    }
}
