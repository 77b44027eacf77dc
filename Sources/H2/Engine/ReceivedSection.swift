// SPDX-License-Identifier: MIT

/// The field section that nghttp2 decodes from all frames of a field block.
///
/// The caller gets the section itself. If the caller has released it before the next field block
/// begins, its storage is reused, so that a section usually costs no allocation.
///
/// Most fields of a message equal those of the previous message on the connection, so the lines of
/// the previous section stay in place. `takeEqual` compares each decoded field with the next line:
/// an equal line is kept, and the facts about it (see `FieldFacts`) need no new check. `store`
/// overwrites up to `maxChanges` differing values; the first other difference removes all remaining
/// lines, and further fields are appended. This saves 3 % of benchmark W1.
///
/// For each field block, call `begin`, then `takeEqual`, `append` or `store` for each field, then
/// read `fields`, call `share` if the caller gets the section, and `end`.
struct ReceivedSection {
    /// The capacity of new storage.
    private static let initialCapacity = (fields: 24, bytes: 1_024)
    /// Above this capacity in bytes, the caller gets a copy of the needed size, and the storage
    /// stays here.
    private static let maxSharedCapacity = 4_096
    /// The capacity in bytes above which storage is always freed after its field block.
    private static let maxKeptBytes = 24_576
    /// The number of sections to copy for the caller after a section had to be replaced because the
    /// caller still held it. The caller most likely holds the next ones, too, and the storage here
    /// is larger than they need.
    private static let copiesAfterHeld = 63
    /// The maximum number of values that a field block changes in place. It bounds the cost,
    /// because a value of another length moves all bytes after it.
    private static let maxChanges = 3
    /// The number of sections that are not compared after a comparison that stopped in the first
    /// half of the previous section.
    private static let skipsAfterDifference = 15

    /// The maximum number of fields of a section.
    let fieldLimit: Int
    private let names = KnownNameTable.shared
    private let staticNames = StaticNames.shared
    /// The decoded fields, followed by lines of the previous section; the empty section before the
    /// first field block.
    private var section = FieldSection.empty
    /// The number of lines of the previous section that follow the decoded fields.
    private var oldLineCount = 0
    /// Whether `append` may be called: no lines of the previous section follow, nothing else refers
    /// to the section, and a full section would not exceed `listLimit`, so that only the capacity
    /// must be checked. False after a limit was exceeded.
    private(set) var isReady = false
    /// Whether nothing else refers to the section. Set for each field block.
    private var isWritable = false
    /// Whether a value changed in place may have changed the facts, so that `finish` must gather all
    /// of them again.
    private var needsFacts = false
    /// Whether the facts of the section are complete, as those of the empty section are.
    private var isFinished = true
    /// The maximum size of the section, RFC 9113 §6.5.2; negative if the fields of the block are
    /// discarded.
    private var listLimit = -1
    /// The offset of the first byte that was not checked for control characters.
    private var uncheckedStart = 0
    /// The number of further values that the field block may change in place.
    private var changesLeft = 0
    /// The number of further sections not to compare with the previous one.
    private var skipsLeft = 0
    /// The original index of the cookie that `share` moved to the end, and whether the peer sent it
    /// as never indexed.
    private var movedCookie: (index: Int, isNeverIndexed: Bool)?
    /// The number of further sections to copy for the caller.
    private var copiesLeft = 0

    init(fieldLimit: Int) { self.fieldLimit = fieldLimit }

    /// The number of bytes allocated.
    var heldByteCount: Int { section.heldByteCount }

    /// The number of decoded fields. They are the first lines of `section`.
    var fieldCount: Int { @inline(__always) get { section.count &- oldLineCount } }

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
        // A section with a violation, or whose names or values are not normal, must be checked
        // again, and an abandoned one has incomplete facts. All old lines must fit into the limit,
        // because they count until they are removed.
        let canRepeat =
            isFinished && skipsLeft == 0 && section.facts.isNormal && section.facts.violation == nil
            && section.byteCount &+ section.count &* 32 <= listLimit
        self.listLimit = listLimit
        oldLineCount = section.count
        isReady = false
        isWritable = isKnownUniquelyReferenced(&section)
        needsFacts = false
        isFinished = false
        uncheckedStart = section.byteCount
        changesLeft = Self.maxChanges
        if !canRepeat || movedCookie != nil { prepareLines(canRepeat: canRepeat) }
    }

    /// Moves the cookie back to its original index, or removes all lines if they cannot be compared
    /// or the caller holds the section. Counts down `skipsLeft`.
    @inline(never)
    private mutating func prepareLines(canRepeat: Bool) {
        if let cookie = movedCookie, canRepeat, isWritable {
            section.moveCookie(to: cookie.index, isNeverIndexed: cookie.isNeverIndexed)
        } else {
            skipsLeft = max(0, skipsLeft - 1)
            if oldLineCount != 0 { removeOldLines() }
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
        oldLineCount = 0
        isReady = false
        isWritable = false
        movedCookie = nil
        isFinished = true
    }

    // MARK: Decoded fields

    /// Accepts a decoded field if it equals the next line of the previous section, and keeps that
    /// line. Otherwise returns false.
    @inline(__always)
    mutating func takeEqual(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        guard oldLineCount != 0,
            unsafe section.hasLine(
                name, value, isNeverIndexed: isNeverIndexed, at: section.count &- oldLineCount,
                areEqual: haveEqualWords)
        else { return false }
        oldLineCount &-= 1
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
    /// - Returns: `nil` if the field was stored; otherwise the limit that it would exceed.
    @inline(never)
    mutating func store(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> SizeLimit? {
        if oldLineCount != 0 {
            if takeChanged(name, value, isNeverIndexed: isNeverIndexed) { return nil }
            if fieldCount < section.count / 2 { skipsLeft = Self.skipsAfterDifference }
            removeOldLines()
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

    /// Stops storing the fields of the block: with `isReady` false, `append` must not be called. No
    /// lines of the previous section may follow, so `takeEqual` returns false, too.
    mutating func stop() { isReady = false }

    /// Accepts a field that differs from the next line only in its value, and overwrites that value.
    /// Returns false, without any effect, if the fields differ otherwise, the new value does not
    /// fit, or the block may change no more values.
    private mutating func takeChanged(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        let index = fieldCount
        let line = section[index]
        let change = value.count - Int(line.valueLength)
        let byteCount = section.byteCount + change
        guard changesLeft > 0, line.isNeverIndexed == isNeverIndexed,
            section.hasName(name, at: index), byteCount + section.count * 32 <= listLimit,
            !isWritable || section.hasCapacity(forFields: section.count, bytes: byteCount)
        else { return false }
        if !isWritable { replace(bytes: byteCount) }
        changesLeft -= 1
        uncheckedStart += change
        if !section.replaceValue(at: index, with: value) { needsFacts = true }
        oldLineCount -= 1
        return true
    }

    /// Removes the lines of the previous section that no decoded field repeated. If the caller holds
    /// the section, the next ones are copied for the caller.
    @inline(never)
    private mutating func removeOldLines() {
        if !isWritable && fieldCount == 0 {
            copiesLeft = Self.copiesAfterHeld
            section = .empty
        } else {
            if !isWritable { replace() }
            section.removeLast(oldLineCount)
        }
        oldLineCount = 0
        uncheckedStart = section.byteCount
    }

    /// Replaces the section, which the caller holds or which is too small, with a copy that has at
    /// least the given capacity. If the caller holds it, the next ones are copied for the caller.
    @inline(never)
    private mutating func replace(fields: Int = 0, bytes: Int = 0) {
        if !isWritable && section.count != 0 { copiesLeft = Self.copiesAfterHeld }
        section = section.copy(
            fieldCapacity: min(max(Self.initialCapacity.fields, fields), fieldLimit),
            byteCapacity: max(Self.initialCapacity.bytes, bytes))
        isWritable = true
    }

    // MARK: Complete sections

    /// The decoded fields, valid until the next field block begins. The field block must be
    /// complete.
    var fields: FieldSection {
        @inline(__always) mutating get {
            if !isFinished { finish() }
            return section
        }
    }

    @inline(__always)
    private mutating func finish() {
        isFinished = true
        if oldLineCount != 0 { removeOldLines() }
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
    ///   - movingCookie: Whether to move the only cookie after all other fields, and to mark it as
    ///     never indexed, RFC 9113 §8.2.3.
    @inline(__always)
    mutating func share(_ fields: consuming FieldSection, movingCookie: Bool) -> FieldSection {
        // An empty section must not keep the storage alive.
        guard fields.count != 0 else { return .empty }
        guard copiesLeft == 0, heldByteCount <= Self.maxSharedCapacity else {
            copiesLeft = max(0, copiesLeft - 1)
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
