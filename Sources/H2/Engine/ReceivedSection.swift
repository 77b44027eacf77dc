// SPDX-License-Identifier: MIT

/// The field section that nghttp2 decodes from all frames of a field block.
///
/// The caller gets the section itself. If the caller has released it before the next field block
/// begins, its storage is reused, so that a section usually costs no allocation.
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

    /// The maximum number of fields of a section.
    let fieldLimit: Int
    private let names = KnownNameTable.shared
    private let staticNames = StaticNames.shared
    /// The decoded fields; the empty section before the first field block.
    private var section = FieldSection.empty
    /// Whether the facts of the section are complete, as those of the empty section are.
    private var isFinished = true
    /// Whether the section was passed to the caller.
    private var isShared = false
    /// The number of further sections to copy.
    private var pause = 0

    init(fieldLimit: Int) { self.fieldLimit = fieldLimit }

    /// The number of bytes allocated.
    var heldByteCount: Int { section.heldByteCount }

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

    /// Replaces a section that the caller holds, or the shared empty section.
    @inline(never)
    private mutating func replace(isDiscarded: Bool) {
        if isShared { pause = Self.pauseLength }
        isShared = false
        section =
            isDiscarded
            ? .empty
            : .make(
                fieldCapacity: min(Self.initialCapacity.fields, fieldLimit),
                byteCapacity: Self.initialCapacity.bytes)
    }

    /// The size of the section, RFC 9113 §6.5.2: the bytes of names and values, plus 32 for each
    /// field.
    @inline(__always) var listSize: Int { section.byteCount &+ section.count &* 32 }

    var fieldCount: Int { section.count }

    /// Appends a field line; returns false if the section has the maximum number of fields.
    @inline(__always)
    mutating func append(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        section.append(name, recognize(name), value, isNeverIndexed: isNeverIndexed)
            || appendGrowing(name, value, isNeverIndexed: isNeverIndexed)
    }

    @inline(__always)
    private func recognize(_ name: Span<UInt8>) -> RecognizedName {
        unsafe name.withUnsafeBufferPointer { bytes in
            unsafe bytes.baseAddress.flatMap { unsafe staticNames.find($0) }
                ?? names.recognize(name)
        }
    }

    @inline(never)
    private mutating func appendGrowing(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool
    ) -> Bool {
        guard section.count < fieldLimit else { return false }
        let needed = section.byteCount + name.count + value.count
        section = section.copy(
            fieldCapacity: min(max(Self.initialCapacity.fields, section.count * 2), fieldLimit),
            byteCapacity: max(Self.initialCapacity.bytes, needed * 2))
        return section.append(name, value, isNeverIndexed: isNeverIndexed)
    }

    /// The decoded fields, valid until the next field block begins. The field block must be
    /// complete.
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
    /// - Parameter fields: The value of the property `fields`; passing it avoids a retain.
    @inline(__always)
    mutating func share(_ fields: consuming FieldSection) -> FieldSection {
        guard pause == 0, heldByteCount <= Self.maxSharedCapacity else {
            pause = max(0, pause - 1)
            return fields.copy()
        }
        isShared = true
        return fields
    }
}
