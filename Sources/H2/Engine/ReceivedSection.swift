// SPDX-License-Identifier: MIT

/// The field section that nghttp2 decodes, over all frames of its field block.
///
/// The caller gets the section itself. If the caller has dropped it when the next field block
/// begins, its storage is used again, so that a section usually costs no allocation.
struct ReceivedSection {
    /// The capacity of new storage.
    private static let usual = (fields: 24, bytes: 1_024)
    /// The caller gets a copy of a section in larger storage, of just the size that is needed.
    private static let largestShared = 4_096
    /// Larger storage is freed after its field block.
    private static let keptBytes = 24_576
    /// After a section that the caller kept, the next ones are copied as well, because the caller
    /// most likely keeps them, too, and the storage here is larger than they need.
    private static let pauseLength = 63

    /// The largest number of fields of a section.
    let fieldLimit: Int
    /// The decoded fields; the empty section before the first field block.
    private var section = FieldSection.empty
    /// Whether the section is finished, as the empty section is.
    private var isFinished = true
    /// Whether the caller got the section.
    private var isShared = false
    /// The number of sections to copy.
    private var pause = 0

    init(fieldLimit: Int) { self.fieldLimit = fieldLimit }

    /// Bytes allocated.
    var heldByteCount: Int { section.heldByteCount }

    /// Ends the field block: frees unusually large storage, unless the peer seems to need it.
    @inline(__always)
    mutating func end() {
        if heldByteCount > Self.largestShared { release() }
    }

    @inline(never)
    private mutating func release() {
        let isNeeded = section.byteCount > Self.largestShared / 2
        guard !isNeeded || heldByteCount > Self.keptBytes else { return }
        section = .empty
        isFinished = true
        isShared = false
    }

    /// Prepares for a field block.
    ///
    /// - Parameter isDiscarded: Whether no field of the block is appended, so that it needs no
    ///   storage.
    @inline(__always)
    mutating func begin(isDiscarded: Bool) {
        isFinished = false
        guard isKnownUniquelyReferenced(&section) else { return replace(isDiscarded: isDiscarded) }
        isShared = false
        section.removeAll()
    }

    /// Replaces a section that the caller holds, and the empty one.
    @inline(never)
    private mutating func replace(isDiscarded: Bool) {
        if isShared { pause = Self.pauseLength }
        isShared = false
        section =
            isDiscarded
            ? .empty
            : .make(
                fieldCapacity: min(Self.usual.fields, fieldLimit), byteCapacity: Self.usual.bytes)
    }

    /// The size of the section, RFC 9113 §6.5.2: names and values, and 32 for each field.
    @inline(__always) var listSize: Int { section.byteCount &+ section.count &* 32 }

    var fieldCount: Int { section.count }

    /// Appends a field line; returns false if the section has the largest number of fields.
    @inline(__always)
    mutating func append(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        section.append(name, value, isNeverIndexed: isNeverIndexed)
            || appendGrowing(name, value, isNeverIndexed: isNeverIndexed)
    }

    @inline(never)
    private mutating func appendGrowing(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        guard section.count < fieldLimit else { return false }
        let needed = section.byteCount + name.count + value.count
        section = section.copy(
            fieldCapacity: min(max(Self.usual.fields, section.count * 2), fieldLimit),
            byteCapacity: max(Self.usual.bytes, needed * 2))
        return section.append(name, value, isNeverIndexed: isNeverIndexed)
    }

    /// The decoded fields, until the next field block begins. The field block must be complete.
    var fields: FieldSection {
        mutating get {
            if !isFinished {
                isFinished = true
                section.finish(0..<section.byteCount)
            }
            return section
        }
    }

    /// Returns the decoded fields for the caller to keep.
    ///
    /// - Parameter fields: The value of `fields`, which saves another reference.
    @inline(__always)
    mutating func share(_ fields: consuming FieldSection) -> FieldSection {
        guard pause == 0, heldByteCount <= Self.largestShared else {
            pause = max(0, pause - 1)
            return fields.copy()
        }
        isShared = true
        return fields
    }
}
