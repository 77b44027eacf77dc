// SPDX-License-Identifier: MIT

/// Creates field sections from borrowed field lines, and keeps the last section.
///
/// For equal field lines, the cache returns the same section again. Other field lines reuse its
/// storage if no other reference to the section exists. If only values differ, and the new ones
/// have the same lengths, the cache overwrites these values, in a copy if another reference exists.
package struct SectionCache {
    /// The largest number of bytes of names and values in a section that is kept.
    private static let maxKeptBytes = 4_096

    private var last = FieldSection.empty

    package init() {}

    /// Returns a section with copies of the field lines.
    ///
    /// - Parameter limit: Both the number of field lines and the number of bytes of names and
    ///   values must be below this.
    /// - Throws: `.invalidArgument` for an invalid length, flag or address; `.frameTooLarge` if
    ///   `limit` is reached.
    @unsafe
    package mutating func section(
        copying fields: UnsafeBufferPointer<BorrowedField>, limit: Int
    ) throws(H2Error) -> H2Headers {
        guard !fields.isEmpty else { return H2Headers() }
        var known = unsafe last.equalFieldCount(fields)
        if known == fields.count, known == last.count { return H2Headers(last) }
        if unsafe last.hasLengths(of: fields, from: known) {
            if !isKnownUniquelyReferenced(&last) { last = last.copy() }
            known = unsafe last.replaceValues(by: fields, from: known)
            if known == fields.count { return H2Headers(last) }
        }
        let byteCount = try unsafe Self.byteCount(
            of: fields, from: known, last.byteCount(ofFirst: known), limit: limit)
        if isKnownUniquelyReferenced(&last),
            last.hasCapacity(forFields: fields.count, bytes: byteCount)
        {
            unsafe last.replaceAll(by: fields, known: known)
            return H2Headers(last)
        }
        let made = FieldSection.make(
            fieldCapacity: max(16, fields.count), byteCapacity: max(512, byteCount))
        unsafe made.replaceAll(by: fields, known: 0)
        last = byteCount <= Self.maxKeptBytes ? made : .empty
        return H2Headers(made)
    }

    /// Returns the number of bytes of all names and values, and validates the fields from `first`
    /// on. The fields before `first` are valid and have `firstByteCount` bytes.
    private static func byteCount(
        of fields: UnsafeBufferPointer<BorrowedField>, from first: Int, _ firstByteCount: Int,
        limit: Int
    ) throws(H2Error) -> Int {
        var byteCount = firstByteCount
        // As unsigned numbers, negative lengths are large.
        var lengths = UInt(0)
        var flags = UInt32(0)
        var hasNull = false
        for index in first..<fields.count {
            let field = unsafe fields[index]
            unsafe lengths |= UInt(bitPattern: field.nameLength | field.valueLength)
            unsafe byteCount &+= field.length
            unsafe flags |= field.flags
            hasNull = unsafe hasNull || field.hasNull
        }
        guard lengths <= UInt(Int.max) else { throw .misuse("length exceeds PTRDIFF_MAX") }
        guard flags <= 1 else { throw .misuse("unknown h2_header_flag") }
        // All lengths and the number of fields are below the limit, so the sum did not overflow.
        guard lengths < UInt(limit), fields.count < limit, byteCount < limit else {
            throw .excess(max(byteCount, limit), limit: limit)
        }
        guard !hasNull else { throw .misuse("field name or value is NULL") }
        return byteCount
    }
}

extension H2Headers {
    /// Writes views of all field lines to `list`. They are valid while this value or a copy of it
    /// exists unchanged.
    ///
    /// - Parameter list: Memory for `count` elements.
    @unsafe
    package func list(borrowed list: UnsafeMutablePointer<BorrowedField>) {
        unsafe section.list(list)
    }
}
