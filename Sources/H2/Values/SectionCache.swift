// SPDX-License-Identifier: MIT

/// Makes field sections of borrowed fields, and keeps the last one.
///
/// Equal fields make the same section again, as a caller in Swift would keep it. Other fields are
/// written to its storage if nobody else holds it.
package struct SectionCache {
    /// A section with more bytes is not kept.
    private static let keptBytes = 4_096

    private var last = FieldSection.empty

    package init() {}

    /// Returns a section with copies of the fields.
    ///
    /// - Parameter limit: There must be fewer fields, and fewer bytes of names and values.
    /// - Throws: `.invalidArgument` for lengths, flags and addresses that are not possible, and
    ///   `.frameTooLarge` beyond the limit.
    @unsafe
    package mutating func section(
        copying fields: UnsafeBufferPointer<BorrowedField>, limit: Int
    ) throws(H2Error) -> H2Headers {
        guard !fields.isEmpty else { return H2Headers() }
        let known = unsafe last.equalFieldCount(fields)
        if known == fields.count, known == last.count { return H2Headers(last) }
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
        last = byteCount <= Self.keptBytes ? made : .empty
        return H2Headers(made)
    }

    /// The bytes of all names and values. Throws only after a look at all fields from index `first`
    /// on; those before are valid and have the given number of bytes.
    private static func byteCount(
        of fields: UnsafeBufferPointer<BorrowedField>, from first: Int, _ firstByteCount: Int,
        limit: Int
    ) throws(H2Error) -> Int {
        var byteCount = firstByteCount
        // Without their sign, negative lengths are large.
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
        guard lengths <= UInt(Int.max) else { throw .misuse("a length is above PTRDIFF_MAX") }
        guard flags <= 1 else { throw .misuse("a flag is not of h2_header_flag") }
        // No length is above the limit, so their sum did not overflow.
        guard lengths < UInt(limit), fields.count < limit, byteCount < limit else {
            throw .excess(max(byteCount, limit), limit: limit)
        }
        guard !hasNull else { throw .misuse("a name or a value is NULL") }
        return byteCount
    }
}

extension H2Headers {
    /// Lists all fields. Their bytes stay where they are as long as this value, or a copy of it,
    /// exists and nobody changes it.
    ///
    /// - Parameter list: Has room for all fields.
    @unsafe
    package func list(borrowed list: UnsafeMutablePointer<BorrowedField>) {
        unsafe section.list(list)
    }
}
