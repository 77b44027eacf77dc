// SPDX-License-Identifier: MIT

extension H2Headers {
    /// Replaces a range of field lines. The others are usually moved in place.
    mutating func replace(_ range: Range<Int>, with new: H2Headers) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
        if range.count == count { return self = new }
        if !range.isEmpty { remove(range) }
        guard new.count != 0 else { return }
        let added = new.section
        FieldSection.reserve(fields: added.count, bytes: added.byteCount, in: &section)
        section.insert(added, at: range.lowerBound)
    }

    private mutating func remove(_ range: Range<Int>) {
        if !isKnownUniquelyReferenced(&section) { section = section.copy() }
        guard !section.remove(range) else { return }
        keep { !range.contains($0) }
    }

    /// Rebuilds the section, keeping the field lines for whose index `isKept` returns true.
    mutating func keep(_ isKept: (Int) -> Bool) {
        var next = H2Headers()
        for (index, header) in enumerated() where isKept(index) { next.append(header) }
        self = next
    }
}
