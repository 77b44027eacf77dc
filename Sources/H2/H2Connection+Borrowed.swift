// SPDX-License-Identifier: MIT

/// What the C ABI needs besides the public calls: bytes that are neither copied into a value of
/// Swift nor out of one.
extension H2Connection {
    /// Takes bytes that the caller keeps: DATA that lies in them is neither copied nor held.
    ///
    /// - Parameter payloads: Gets an entry for each `.dataReceived` of a frame that is whole in
    ///   these bytes and not empty; the `data` of such an event is empty. A frame that came in
    ///   pieces has its payload in the event, as ever.
    @unsafe
    package func receiveData(
        borrowing bytes: UnsafeRawBufferPointer, at instant: H2Instant? = nil,
        into events: inout [H2Event], _ payloads: inout [BorrowedPayload]
    ) throws(H2Error) {
        swap(&payloads, &core.payloads.borrowed)
        defer { swap(&payloads, &core.payloads.borrowed) }
        try unsafe core.receive(bytes, owner: nil, at: instant, isBorrowed: true, &events)
    }

    /// All bytes for the peer, contiguous; the address is nil if there are none. The view is valid
    /// until the next call that may queue or remove bytes.
    @unsafe
    package var borrowedOutput: UnsafeRawBufferPointer {
        unsafe core.outbox.joined
    }

    /// Removes `count` bytes for the peer from the front; returns false, without any effect, if
    /// there are fewer.
    package func dropOutput(_ count: Int) -> Bool { core.outbox.drop(count) }

    /// As `advertiseAlternativeService(_:origin:)`, with bytes that need not be text.
    package func advertiseAlternativeService(
        bytes fieldValue: [UInt8], origin: [UInt8]
    ) throws(H2Error) {
        try core.advertiseAlternativeService(fieldValue, origin: origin)
    }

    /// As `advertiseAlternativeService(_:on:)`, with bytes that need not be text.
    package func advertiseAlternativeService(
        bytes fieldValue: [UInt8], on id: H2StreamID
    ) throws(H2Error) {
        try core.advertiseAlternativeService(fieldValue, on: id)
    }
}

extension H2Headers {
    /// A field whose bytes belong to somebody else, in the form in which C has it: as an
    /// `h2_header`, which H2 does not know.
    @unsafe
    package struct BorrowedField {
        package var name: UnsafePointer<UInt8>?
        package var nameLength: Int
        package var value: UnsafePointer<UInt8>?
        package var valueLength: Int
        /// 1 where the field is never indexed.
        package var flags: UInt32
        package var reserved: UInt32
    }

    /// Makes sections of borrowed fields. One that is equal to the one before is that one again, as a
    /// caller from Swift would keep it; any other is written to the same storage, where nobody holds
    /// the one before any more.
    package struct BorrowedSections {
        /// A block of more bytes is not kept.
        private static let keptBytes = 4_096

        private var block: FieldBlock?

        package init() {}

        /// Copies borrowed fields.
        ///
        /// - Parameter limit: There must be fewer fields, and fewer bytes of names and values.
        /// - Throws: `.invalidArgument` for lengths, flags and addresses that cannot be, and
        ///   `.frameTooLarge` beyond the limit.
        @unsafe
        package mutating func make(
            copying borrowed: UnsafeBufferPointer<BorrowedField>, limit: Int
        ) throws(H2Error) -> H2Headers {
            guard !borrowed.isEmpty else { return H2Headers() }
            var same = (fields: 0, bytes: 0)
            if let block {
                same = unsafe block.countSame(as: borrowed)
                if same.fields == borrowed.count, same.fields == block.view.count {
                    return H2Headers(block)
                }
            }
            let byteCount = try unsafe Self.byteCount(of: borrowed, behind: same, limit: limit)
            if isKnownUniquelyReferenced(&block), let block,
                block.isRoomy(fields: borrowed.count, bytes: byteCount)
            {
                try unsafe block.replaceAll(
                    copying: borrowed, byteCount: byteCount, startingAt: same.fields)
                return H2Headers(block)
            }
            let made = FieldBlock.make(
                fieldCapacity: Swift.max(16, borrowed.count),
                byteCapacity: Swift.max(512, byteCount))
            block = byteCount <= Self.keptBytes ? made : nil
            try unsafe made.replaceAll(copying: borrowed, byteCount: byteCount, startingAt: 0)
            return H2Headers(made)
        }

        /// The bytes of all names and values. What is wrong is only told once all were looked at.
        ///
        /// - Parameter known: So many fields were looked at before, and have so many bytes.
        private static func byteCount(
            of borrowed: UnsafeBufferPointer<BorrowedField>,
            behind known: (fields: Int, bytes: Int),
            limit: Int
        ) throws(H2Error) -> Int {
            var byteCount = known.bytes
            // As numbers without a sign, negative lengths are large.
            var lengths = UInt(0)
            var flags = UInt32(0)
            for index in known.fields..<borrowed.count {
                let field = unsafe borrowed[index]
                let (name, value) = unsafe (field.nameLength, field.valueLength)
                lengths |= UInt(bitPattern: name | value)
                byteCount &+= name &+ value
                unsafe flags |= field.flags
            }
            guard lengths <= UInt(Int.max) else { throw .misuse("a length is above PTRDIFF_MAX") }
            guard flags <= 1 else { throw .misuse("a flag is not of h2_header_flag") }
            // No length is above the limit, so that their sum did not overflow.
            guard lengths < UInt(limit), borrowed.count < limit, byteCount < limit else {
                throw .excess(Swift.max(byteCount, limit), limit: limit)
            }
            return byteCount
        }
    }

    /// Lists all fields. Their bytes stay where they are as long as this value, or a copy of it, is
    /// there and nobody changes it.
    ///
    /// - Parameter list: Has room for all of them.
    @unsafe
    package func list(borrowed list: UnsafeMutablePointer<BorrowedField>) {
        withView { view in
            for index in 0..<view.count {
                let field = view[index]
                let name = unsafe view.name(of: field)
                let value = unsafe view.value(of: field)
                unsafe (list + index).initialize(
                    to: BorrowedField(
                        name: name.baseAddress, nameLength: name.count, value: value.baseAddress,
                        valueLength: value.count, flags: field.isNeverIndexed ? 1 : 0, reserved: 0))
            }
        }
    }
}

extension FieldBlock {
    /// Whether there is room for so much in all.
    fileprivate func isRoomy(fields: Int, bytes: Int) -> Bool {
        unsafe withUnsafeMutablePointerToHeader { counts in
            unsafe counts.pointee.fieldCapacity >= fields && counts.pointee.byteCapacity >= bytes
        }
    }

    /// How many of its first fields are these, and how many bytes they have.
    fileprivate func countSame(
        as borrowed: UnsafeBufferPointer<H2Headers.BorrowedField>
    ) -> (fields: Int, bytes: Int) {
        defer { withExtendedLifetime(self) {} }
        let view = view
        let count = Swift.min(view.count, borrowed.count)
        var same = 0
        while same < count, unsafe Self.isSame(view, view[same], borrowed[same]) { same &+= 1 }
        return (same, same < view.count ? view[same].nameOffset : view.byteCount)
    }

    @inline(__always)
    private static func isSame(
        _ view: FieldView, _ field: FieldLine, _ other: H2Headers.BorrowedField
    ) -> Bool {
        unsafe Int(field.nameLength) == other.nameLength
            && Int(field.valueLength) == other.valueLength
            && (field.isNeverIndexed ? 1 : 0) == other.flags
            && isEqual(view.name(of: field), other.name)
            && isEqual(view.value(of: field), other.value)
    }

    /// Compares bytes by the widest words that fit; the last one overlaps the one before.
    @inline(__always)
    private static func isEqual(
        _ bytes: UnsafeBufferPointer<UInt8>, _ other: UnsafePointer<UInt8>?
    ) -> Bool {
        let count = bytes.count
        guard let other = unsafe UnsafeRawPointer(other), let start = bytes.baseAddress else {
            return count == 0
        }
        let bytes = unsafe UnsafeRawPointer(start)
        if count >= 16 { return unsafe isEqualByVectors(bytes, other, count) }
        if count >= 8 { return unsafe isEqual(bytes, other, count, by: UInt64.self) }
        if count >= 4 { return unsafe isEqual(bytes, other, count, by: UInt32.self) }
        if count >= 2 { return unsafe isEqual(bytes, other, count, by: UInt16.self) }
        return unsafe count == 0 || isEqual(bytes, other, count, by: UInt8.self)
    }

    @inline(__always)
    private static func isEqualByVectors(
        _ bytes: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int
    ) -> Bool {
        typealias Vector = SIMD2<UInt64>
        let last = count &- MemoryLayout<Vector>.size
        var offset = 0
        while true {
            let a = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            let b = unsafe other.loadUnaligned(fromByteOffset: offset, as: Vector.self)
            let difference = a ^ b
            guard difference[0] | difference[1] == 0 else { return false }
            if offset == last { return true }
            offset = Swift.min(offset &+ MemoryLayout<Vector>.size, last)
        }
    }

    @inline(__always)
    private static func isEqual<Word: BitwiseCopyable & Equatable>(
        _ bytes: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int, by type: Word.Type
    ) -> Bool {
        let last = count &- MemoryLayout<Word>.size
        var offset = 0
        while true {
            let a = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Word.self)
            let b = unsafe other.loadUnaligned(fromByteOffset: offset, as: Word.self)
            guard a == b else { return false }
            if offset == last { return true }
            offset = Swift.min(offset &+ MemoryLayout<Word>.size, last)
        }
    }

    /// Whether a field of before that was not written over has this name, at this place.
    @inline(__always)
    private static func hasName(
        _ old: FieldLine, at offset: Int, of bytes: UnsafeMutableRawPointer,
        _ name: UnsafePointer<UInt8>, _ length: Int
    ) -> Bool {
        unsafe old.nameOffset == offset && Int(old.nameLength) == length
            && isEqual(
                UnsafeBufferPointer(
                    start: (bytes + offset).assumingMemoryBound(to: UInt8.self), count: length),
                name)
    }

    /// Writes other fields, which come all at once: that costs less than to append one by one.
    ///
    /// There must be room for them, and nobody else may hold the block. Without any fields, it throws
    /// `.invalidArgument` where one that is not empty has no address.
    ///
    /// - Parameter firstOther: How many of the first fields are there already.
    fileprivate func replaceAll(
        copying borrowed: UnsafeBufferPointer<H2Headers.BorrowedField>, byteCount: Int,
        startingAt firstOther: Int
    ) throws(H2Error) {
        let isDone = unsafe withUnsafeMutablePointers { counts, fields in
            let bytes = unsafe UnsafeMutableRawPointer(fields + counts.pointee.fieldCapacity)
            // Nothing is read where the length is 0.
            let nothing = unsafe UnsafePointer(bytes.assumingMemoryBound(to: UInt8.self))
            let oldCount = unsafe counts.pointee.fields
            unsafe counts.pointee.fields = 0
            unsafe counts.pointee.bytes = 0
            var facts = FieldFacts()
            var end = 0
            for index in 0..<borrowed.count {
                let source = unsafe borrowed[index]
                let next = unsafe end &+ source.nameLength &+ source.valueLength
                precondition(next <= byteCount, "there are more bytes than was said")
                let field: FieldLine
                if index < firstOther {
                    field = unsafe fields[index]
                } else {
                    guard let name = unsafe source.name ?? (source.nameLength == 0 ? nothing : nil),
                        let value = unsafe source.value ?? (source.valueLength == 0 ? nothing : nil)
                    else { return false }
                    if unsafe index < oldCount
                        && Self.hasName(fields[index], at: end, of: bytes, name, source.nameLength)
                    {
                        field = unsafe FieldLine(
                            fields[index], with: value, source.valueLength, of: bytes,
                            isNeverIndexed: source.flags != 0)
                    } else {
                        field = unsafe FieldLine(
                            writing: name, source.nameLength, value, source.valueLength, at: end,
                            of: bytes, isNeverIndexed: source.flags != 0)
                    }
                    unsafe (fields + index).initialize(to: field)
                }
                unsafe facts.add(
                    field, at: index, value: bytes + end + source.nameLength, source.valueLength)
                end = next
            }
            unsafe Self.fill(bytes + end)
            unsafe counts.pointee.fields = borrowed.count
            unsafe counts.pointee.bytes = end
            unsafe facts.addControls(in: FieldView(counts, fields: fields, bytes: bytes))
            unsafe counts.pointee.facts = facts
            return true
        }
        guard isDone else { throw .misuse("a name or a value is NULL") }
    }
}

extension H2Error {
    /// The error for an argument that only a caller from C can give.
    package static func misuse(_ reason: StaticString) -> H2Error {
        .local(.invalidArgument, "\(reason)")
    }

    /// The error for bytes that are too many to be copied, let alone sent.
    package static func excess(_ count: Int, limit: Int) -> H2Error {
        .local(
            .frameTooLarge, .frameSizeError, expected: limit, actual: count,
            "more bytes than any frame has")
    }
}
