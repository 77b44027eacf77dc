// SPDX-License-Identifier: MIT

/// Inserts and removes field lines by moving the others within the section, which must have a
/// single owner.
extension FieldSection {
    /// Replaces a section with a larger copy if it is shared or has no room for the given numbers
    /// of new field lines and bytes.
    @inline(__always)
    static func reserve(fields: Int, bytes: Int, in section: inout FieldSection) {
        if !isKnownUniquelyReferenced(&section)
            || !section.hasRoom(forFields: fields, bytes: bytes)
        {
            section = section.grown(forFields: fields, bytes: bytes)
        }
    }

    /// Returns a copy with room for more field lines and bytes: at least twice the current numbers,
    /// so that appending has constant cost on average.
    @inline(never)
    private func grown(forFields fields: Int, bytes: Int) -> FieldSection {
        precondition(bytes <= Int(UInt32.max) - byteCount, "a field section of 4 GiB or more")
        if count == 0 {
            return .make(fieldCapacity: max(16, fields), byteCapacity: max(512, bytes))
        }
        return copy(
            fieldCapacity: max(16, count + max(count, fields)),
            byteCapacity: max(512, byteCount + max(byteCount, bytes)))
    }

    /// Appends a field line to a section, which is replaced with a copy if it is shared or full.
    @inline(__always)
    static func append(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool,
        to section: inout FieldSection
    ) {
        append(
            name, RecognizedName(name), value, isNeverIndexed: isNeverIndexed,
            to: &section)
    }

    /// Appends a field line in the same way, without recognizing its name again.
    ///
    /// - Parameter recognized: The known name that `name` equals, if any, and the kind of `name`.
    @inline(__always)
    static func append(
        _ name: Span<UInt8>, _ recognized: RecognizedName, _ value: Span<UInt8>,
        isNeverIndexed: Bool, to section: inout FieldSection
    ) {
        reserve(fields: 1, bytes: name.count &+ value.count, in: &section)
        section.add(
            name, recognized, value, isNeverIndexed: isNeverIndexed, checkingControls: true)
    }

    /// Inserts the field lines of another section, for which there must be room.
    func insert(_ other: FieldSection, at position: Int) {
        let (oldCount, oldEnd) = (count, byteCount)
        let (added, addedBytes) = (other.count, other.byteCount)
        precondition(hasRoom(forFields: added, bytes: addedBytes), "insufficient capacity")
        unsafe withPointers { lines, bytes in
            let target = unsafe lines + position
            unsafe (target + added).update(from: target, count: oldCount - position)
            unsafe other.withPointers { newLines, newBytes in
                unsafe target.update(from: newLines, count: added)
                unsafe (bytes + oldEnd).update(from: newBytes, count: addedBytes)
            }
            for index in 0..<added {
                unsafe target[index].offset &+= UInt32(truncatingIfNeeded: oldEnd)
            }
        }
        state.count = oldCount + added
        state.byteCount = oldEnd + addedBytes
        guard position != oldCount else {
            return addFacts(from: oldCount)
        }
        gatherFacts()
    }

    /// Removes field lines and erases their bytes; returns false, without any effect, if the bytes
    /// are not contiguous, as after a cookie was moved.
    func remove(_ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return true }
        let start = self[range.lowerBound].nameOffset
        var end = start
        var isPlain = true
        for index in range {
            let line = self[index]
            guard line.nameOffset == end else { return false }
            end = line.endOffset
            isPlain = isPlain && line.kind == .other
        }
        let (left, length) = (count - range.count, end - start)
        let bytesLeft = byteCount - length
        unsafe withPointers { lines, bytes in
            unsafe (bytes + start).update(from: bytes + end, count: bytesLeft - start)
            unsafe (bytes + bytesLeft).update(repeating: 0, count: length)
            let target = unsafe lines + range.lowerBound
            unsafe target.update(from: lines + range.upperBound, count: left - range.lowerBound)
            unsafe Self.move(UnsafeMutableBufferPointer(start: lines, count: left), by: start..<end)
        }
        state.count = left
        state.byteCount = bytesLeft
        if isPlain && facts.violation == nil {
            let endsRegular = left != 0 && !self[left - 1].kind.isPseudo
            state.facts.adjust(toRemoved: range, hasRegular: endsRegular)
        } else {
            gatherFacts()
        }
        return true
    }

    /// Updates the offsets of field lines after bytes were removed. A line whose offset is inside
    /// the removed range has no name and no value, and was inserted elsewhere in the list.
    private static func move(
        _ lines: UnsafeMutableBufferPointer<FieldLine>, by removed: Range<Int>
    ) {
        let start = UInt32(truncatingIfNeeded: removed.lowerBound)
        let end = UInt32(truncatingIfNeeded: removed.upperBound)
        for index in lines.indices where unsafe lines[index].offset > start {
            unsafe lines[index].offset = start &+ max(lines[index].offset, end) &- end
        }
    }

    /// Moves the line of the only cookie to `index`, and sets whether it is never indexed. Its bytes
    /// stay in place.
    func moveCookie(to index: Int, isNeverIndexed: Bool) {
        let old = Int(facts.lastCookie)
        var cookie = self[old]
        cookie.isNeverIndexed = isNeverIndexed
        guard old != index else {
            return unsafe withPointers { lines, _ in unsafe lines[index] = cookie }
        }
        unsafe withPointers { lines, _ in
            if old < index {
                unsafe (lines + old).update(from: lines + old + 1, count: index - old)
            } else {
                unsafe (lines + index + 1).update(from: lines + index, count: old - index)
            }
            unsafe lines[index] = cookie
        }
        state.facts.adjust(toCookieAt: index)
    }

    /// Removes the last `removed` field lines. Unless these are all, the bytes must be in the order
    /// of the lines. Gathers the facts again without checking values for control characters, so the
    /// remaining values must have been checked.
    func removeLast(_ removed: Int) {
        let left = count - removed
        guard left != 0 else { return removeAll() }
        state.byteCount = byteCount(ofFirst: left)
        state.count = left
        state.facts = FieldFacts()
        for index in 0..<left { addFacts(at: index) }
    }

    /// Replaces the value of a field line, and moves the bytes after it if the length changes. There
    /// must be room for the new value, and the bytes must be in the order of the lines.
    ///
    /// - Returns: False if the facts about the section may have changed.
    func replaceValue(at index: Int, with value: Span<UInt8>) -> Bool {
        let line = self[index]
        let change = value.count - Int(line.valueLength)
        let isValid = unsafe withPointers { lines, bytes in
            if change != 0 {
                let tail = unsafe bytes + line.endOffset
                unsafe (tail + change).update(from: tail, count: byteCount - line.endOffset)
                unsafe lines[index].valueLength = UInt32(truncatingIfNeeded: value.count)
                for index in (index + 1)..<count {
                    unsafe lines[index].offset &+= UInt32(truncatingIfNeeded: change)
                }
            }
            let target = unsafe UnsafeMutableBufferPointer(
                start: bytes + line.valueOffset, count: value.count)
            unsafe Self.copy(value, to: bytes + line.valueOffset)
            return unsafe FieldFacts.isNormalValue(UnsafeBufferPointer(target).span)
        }
        state.byteCount += change
        return isValid && !line.kind.hasValueFacts && line.valueLength != 0 && !value.isEmpty
    }

    /// Gathers the facts about all field lines again.
    func gatherFacts() {
        state.facts = FieldFacts()
        addFacts(from: 0)
    }

    /// Records the facts about the field lines from index `first` on.
    func addFacts(from first: Int) {
        for index in first..<count {
            addFacts(at: index)
            addControls(at: index)
        }
    }
}
