// SPDX-License-Identifier: MIT

/// The field section that nghttp2 decodes from all frames of a field block.
///
/// The caller gets the section itself. If the caller has released it before the next field block
/// begins, its storage is reused, so that a section usually costs no allocation.
///
/// Most fields of a message equal those of the previous one on the connection. So the lines of the
/// previous section stay where they are, and each decoded field is compared with the next of them:
/// an equal line is kept, together with the facts about it. A line whose value differs is changed in
/// place, and the first other difference removes all lines from there on. This saves 7 % of
/// benchmark W1.
struct ReceivedSection {
    /// The capacity of new storage.
    private static let initialCapacity = (fields: 24, bytes: 1_024)
    /// The capacity in bytes above which the caller gets a copy of the needed size instead.
    private static let maxSharedCapacity = 4_096
    /// The capacity in bytes above which storage is always freed after its field block.
    private static let maxKeptBytes = 24_576
    /// The number of sections to copy after one that the caller kept. The caller most likely keeps
    /// the next ones, too, and the storage here is larger than they need.
    private static let pauseLength = 63
    /// The number of values that a field block changes in place: a value of another length moves
    /// all bytes after it.
    private static let maxChanges = 3
    /// The number of further sections that are not compared with the previous one after a section
    /// that repeated less than half of it.
    private static let unequalLength = 15

    /// The maximum number of fields of a section.
    let fieldLimit: Int
    private let names = KnownNameTable.shared
    private let staticNames = StaticNames.shared
    /// The decoded fields, followed by lines of the previous section; the empty section before the
    /// first field block.
    private var section = FieldSection.empty
    /// The number of lines of the previous section that follow the decoded fields.
    private var restCount = 0
    /// Whether a field can be appended without further checks: no lines of the previous section
    /// follow, there is no other reference to the section, and its capacity is within `listLimit`.
    private(set) var isReady = false
    /// Whether there is no other reference to the section.
    private var isWritable = false
    /// Whether a changed value may change the facts about the section.
    private var needsFacts = false
    /// Whether the facts of the section are complete, as those of the empty section are.
    private var isFinished = true
    /// The maximum size of the section, RFC 9113 §6.5.2; negative if no field is stored.
    private var listLimit = -1
    /// The offset of the first byte that was not checked for control characters.
    private var uncheckedStart = 0
    /// The number of further values to change in place.
    private var changes = 0
    /// The number of further sections not to compare with the previous one.
    private var unequal = 0
    /// Where the cookie that was moved was, and whether it was marked.
    private var movedCookie: (index: Int, isNeverIndexed: Bool)?
    /// The number of further sections to copy.
    private var pause = 0

    init(fieldLimit: Int) { self.fieldLimit = fieldLimit }

    /// The number of bytes allocated.
    var heldByteCount: Int { section.heldByteCount }

    /// The number of decoded fields. They are the first lines of `section`.
    var fieldCount: Int { @inline(__always) get { section.count &- restCount } }

    /// The size of the decoded fields, RFC 9113 §6.5.2: the bytes of names and values, plus 32 for
    /// each field.
    var listSize: Int {
        let fieldCount = fieldCount
        return section.byteCount(ofFirst: fieldCount) &+ fieldCount &* 32
    }

    // MARK: Field blocks

    /// Prepares for a field block.
    ///
    /// - Parameter listLimit: The maximum size of the section, RFC 9113 §6.5.2; negative if no field
    ///   of the block is stored.
    @inline(__always)
    mutating func begin(listLimit: Int) {
        let canRepeat =
            isFinished && unequal == 0 && section.facts.isNormal && section.facts.violation == nil
            && section.byteCount &+ section.count &* 32 <= listLimit
        self.listLimit = listLimit
        restCount = section.count
        isReady = false
        isWritable = isKnownUniquelyReferenced(&section)
        needsFacts = false
        isFinished = false
        uncheckedStart = section.byteCount
        changes = Self.maxChanges
        if !canRepeat || movedCookie != nil { prepareLines(canRepeat: canRepeat) }
    }

    /// Restores the order of the lines, or removes them if the field block cannot repeat them.
    @inline(never)
    private mutating func prepareLines(canRepeat: Bool) {
        if let cookie = movedCookie, canRepeat, isWritable {
            section.moveCookie(to: cookie.index, isNeverIndexed: cookie.isNeverIndexed)
        } else {
            unequal = max(0, unequal - 1)
            removeRest()
        }
        movedCookie = nil
    }

    /// Ends the field block. Frees storage above `maxKeptBytes`, and storage above
    /// `maxSharedCapacity` unless the section needs more than half of `maxSharedCapacity`.
    @inline(__always)
    mutating func end() {
        if heldByteCount > Self.maxSharedCapacity { release() }
    }

    @inline(never)
    private mutating func release() {
        let isNeeded = section.byteCount > Self.maxSharedCapacity / 2
        guard !isNeeded || heldByteCount > Self.maxKeptBytes else { return }
        section = .empty
        restCount = 0
        isReady = false
        isWritable = false
        movedCookie = nil
        isFinished = true
    }

    // MARK: Decoded fields

    /// Takes a field that equals the next line of the previous section; returns false if it does
    /// not.
    @inline(__always)
    mutating func takeEqual(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        guard restCount != 0,
            section.hasLine(
                name, value, isNeverIndexed: isNeverIndexed, at: section.count &- restCount,
                areEqual: haveEqualWords)
        else { return false }
        restCount &-= 1
        return true
    }

    /// Appends a field line; returns false, without any effect, if there is no room for it.
    /// `isReady` must be true.
    @inline(__always)
    mutating func append(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        section.append(name, recognize(name), value, isNeverIndexed: isNeverIndexed)
    }

    @inline(__always)
    private func recognize(_ name: Span<UInt8>) -> RecognizedName {
        unsafe name.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.flatMap { unsafe staticNames.find($0) }
                ?? names.recognize(name)
        }
    }

    /// Stores a field that neither equals the next line of the previous section nor could be
    /// appended.
    ///
    /// - Returns: The limit that the section exceeds with the field, which is then not stored.
    @inline(never)
    mutating func store(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> SizeLimit? {
        if restCount != 0 {
            if takeChanged(name, value, isNeverIndexed: isNeverIndexed) { return nil }
            if fieldCount < section.count / 2 { unequal = Self.unequalLength }
            removeRest()
        }
        let length = name.count + value.count
        guard listSize + length + 32 <= listLimit else { return .headerListSize }
        guard section.count < fieldLimit else { return .headerFields }
        if section.count == 0 && !isWritable {
            replace(bytes: length)
        } else if !section.hasRoom(forFields: 1, bytes: length) {
            replace(fields: section.count * 2, bytes: (section.byteCount + length) * 2)
        } else if !isWritable {
            replace()
        }
        isReady = section.capacityListSize <= listLimit
        _ = section.append(name, value, isNeverIndexed: isNeverIndexed)
        return nil
    }

    /// Makes `append` and `takeEqual` refuse all further fields of the block. No lines of the
    /// previous section may follow.
    mutating func stop() { isReady = false }

    /// Takes a field that differs from the next line of the previous section only in its value;
    /// returns false, without any effect, if it does not, or if the value cannot be changed.
    private mutating func takeChanged(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        let index = fieldCount
        let line = section[index]
        let change = value.count - Int(line.valueLength)
        let byteCount = section.byteCount + change
        guard changes > 0, line.isNeverIndexed == isNeverIndexed,
            section.hasName(name, at: index), byteCount + section.count * 32 <= listLimit,
            !isWritable || section.hasCapacity(forFields: section.count, bytes: byteCount)
        else { return false }
        if !isWritable { replace(bytes: byteCount) }
        changes -= 1
        uncheckedStart += change
        if !section.replaceValue(at: index, with: value) { needsFacts = true }
        restCount -= 1
        return true
    }

    /// Removes the lines of the previous section that no decoded field repeated.
    @inline(never)
    private mutating func removeRest() {
        guard restCount != 0 else { return }
        if !isWritable && fieldCount == 0 {
            pause = Self.pauseLength
            section = .empty
        } else {
            if !isWritable { replace() }
            section.removeLast(restCount)
        }
        restCount = 0
        uncheckedStart = section.byteCount
    }

    /// Replaces the section, which is shared or too small, with a copy that has at least the given
    /// capacity.
    @inline(never)
    private mutating func replace(fields: Int = 0, bytes: Int = 0) {
        if !isWritable && section.count != 0 { pause = Self.pauseLength }
        section = section.copy(
            fieldCapacity: min(max(Self.initialCapacity.fields, fields), fieldLimit),
            byteCapacity: max(Self.initialCapacity.bytes, bytes))
        isWritable = true
    }

    // MARK: Complete sections

    /// The decoded fields, valid until the next field block begins. The field block must be
    /// complete.
    var fields: FieldSection {
        mutating get {
            if !isFinished { finish() }
            return section
        }
    }

    private mutating func finish() {
        isFinished = true
        removeRest()
        if needsFacts {
            section.gatherFacts()
        } else if uncheckedStart != section.byteCount {
            section.finish(uncheckedStart..<section.byteCount)
        }
    }

    /// Returns the decoded fields for the caller to keep.
    ///
    /// - Parameters:
    ///   - fields: The value of the property `fields`; passing it avoids a retain.
    ///   - movingCookie: Whether to move the only cookie after all other fields, RFC 9113 §8.2.3.
    @inline(__always)
    mutating func share(_ fields: consuming FieldSection, movingCookie: Bool) -> FieldSection {
        // An empty section must not keep the storage alive.
        guard fields.count != 0 else { return .empty }
        guard pause == 0, heldByteCount <= Self.maxSharedCapacity else {
            pause = max(0, pause - 1)
            let copy = fields.copy()
            if movingCookie { copy.moveCookie(to: copy.count - 1, isNeverIndexed: true) }
            return copy
        }
        if movingCookie {
            let index = Int(fields.facts.lastCookie)
            movedCookie = (index, fields[index].isNeverIndexed)
            fields.moveCookie(to: fields.count - 1, isNeverIndexed: true)
        }
        return fields
    }
}
