// SPDX-License-Identifier: MIT

/// The storage of a field section: its field lines, followed by the bytes of names and values, in
/// one allocation.
///
/// A section changes only while it has a single owner, so holders of other references never see a
/// change.
final class FieldSection: ManagedBuffer<FieldSection.State, FieldLine>, Hashable {
    struct State {
        var count = 0
        let fieldCapacity: Int
        var byteCount = 0
        let byteCapacity: Int
        var facts = FieldFacts()
    }

    /// The number of readable bytes after the last value. They allow validating names 16 bytes at a
    /// time; their values do not matter.
    static let slack = 16

    /// The empty section. It is shared, so it never changes.
    static var empty: FieldSection { unsafe shared }
    nonisolated(unsafe) private static let shared = make(fieldCapacity: 0, byteCapacity: 0)

    /// Returns a section with room for exactly these field lines and bytes.
    static func make(forFields fields: Int, bytes: Int) -> FieldSection {
        precondition(bytes <= UInt32.max, "a field section of 4 GiB or more")
        return fields == 0 ? .empty : make(fieldCapacity: fields, byteCapacity: bytes)
    }

    static func make(fieldCapacity: Int, byteCapacity: Int) -> FieldSection {
        make(fieldCapacity, byteCapacity) { State(fieldCapacity: $0, byteCapacity: $1) }
    }

    @inline(__always)
    private static func make(
        _ fieldCapacity: Int, _ byteCapacity: Int, _ state: (Int, Int) -> State
    ) -> FieldSection {
        let unitCount = unitCount(fieldCapacity, byteCapacity)
        return unsafe unsafeDowncast(
            create(minimumCapacity: unitCount) { _ in state(fieldCapacity, byteCapacity) },
            to: FieldSection.self)
    }

    /// Returns the size of the allocation, in field lines.
    @inline(__always)
    private static func unitCount(_ fieldCapacity: Int, _ byteCapacity: Int) -> Int {
        let stride = MemoryLayout<FieldLine>.stride
        return fieldCapacity &+ (byteCapacity &+ slack &+ stride &- 1) / stride
    }

    /// Returns a copy with room for the given numbers of field lines and bytes, or for the current
    /// ones if they are larger.
    func copy(fieldCapacity: Int = 0, byteCapacity: Int = 0) -> FieldSection {
        let (count, byteCount) = (count, byteCount)
        let copy = Self.make(max(count, fieldCapacity), max(byteCount, byteCapacity)) {
            State(
                count: count, fieldCapacity: $0, byteCount: byteCount, byteCapacity: $1,
                facts: facts)
        }
        unsafe withPointers { lines, bytes in
            unsafe copy.withPointers { newLines, newBytes in
                unsafe newLines.initialize(from: lines, count: count)
                unsafe newBytes.initialize(from: bytes, count: byteCount)
            }
        }
        return copy
    }

    // MARK: Reading

    var count: Int { @inline(__always) get { state.count } }
    /// The number of bytes of all names and values.
    var byteCount: Int { @inline(__always) get { state.byteCount } }
    var facts: FieldFacts { @inline(__always) get { state.facts } }

    /// The number of bytes allocated, without the object header; 0 for the shared empty section.
    var heldByteCount: Int {
        let state = state
        return state.fieldCapacity == 0 && state.byteCapacity == 0
            ? 0
            : Self.unitCount(state.fieldCapacity, state.byteCapacity)
                &* MemoryLayout<FieldLine>.stride
    }

    subscript(index: Int) -> FieldLine {
        @inline(__always) get {
            precondition(index >= 0 && index < count, "index out of range")
            return unsafe withUnsafeMutablePointerToElements { unsafe $0[index] }
        }
    }

    /// Calls `body` with a part of the bytes of all names and values.
    @inline(__always)
    func withBytes<R, E: Error>(
        _ range: Range<Int>, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range out of bounds")
        return try unsafe withPointers { _, bytes throws(E) in
            try unsafe body(
                UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count).span)
        }
    }

    @inline(__always)
    func withName<R>(at index: Int, _ body: (Span<UInt8>) -> R) -> R {
        let line = self[index]
        return withBytes(line.nameOffset..<line.valueOffset, body)
    }

    @inline(__always)
    func withValue<R>(at index: Int, _ body: (Span<UInt8>) -> R) -> R {
        let line = self[index]
        return withBytes(line.valueOffset..<line.endOffset, body)
    }

    /// Returns a copy of the name of a field line.
    func name(at index: Int) -> [UInt8] { withName(at: index) { $0.copied } }

    /// Returns a copy of the value of a field line.
    func value(at index: Int) -> [UInt8] { withValue(at: index) { $0.copied } }

    /// Returns the index of the first field line with this name, at or after `start`.
    func firstIndex(ofName name: Span<UInt8>, from start: Int = 0) -> Int? {
        let count = count
        return unsafe withPointers { lines, bytes in
            var index = start
            while index < count {
                let line = unsafe lines + index
                if unsafe Int(line.pointee.nameLength) == name.count {
                    let other = unsafe UnsafeBufferPointer(
                        start: bytes + line.pointee.nameOffset, count: name.count)
                    if unsafe name.isEqual(to: other.span) { return index }
                }
                index &+= 1
            }
            return nil
        }
    }

    /// Returns the index of the first field line with this known name.
    @inline(__always)
    func firstIndex(ofKnownName known: KnownName) -> Int? {
        let count = count
        return unsafe withPointers { lines, _ in
            var index = 0
            while index < count {
                if unsafe lines[index].nameNumber == known.rawValue { return index }
                index &+= 1
            }
            return nil
        }
    }

    func hasName(_ name: Span<UInt8>, at index: Int) -> Bool {
        withName(at: index) { $0.isEqual(to: name) }
    }

    /// Returns whether the field line at `index`, which must exist, consists of these parts.
    ///
    /// - Parameter areEqual: Compares the given numbers of bytes at two addresses.
    @inline(__always)
    func hasLine(
        _ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool, at index: Int,
        areEqual: (UnsafeRawPointer, UnsafeRawPointer, Int) -> Bool
    ) -> Bool {
        unsafe withPointers { lines, bytes in
            let line = unsafe lines + index
            guard unsafe Int(line.pointee.nameLength) == name.count,
                unsafe Int(line.pointee.valueLength) == value.count,
                unsafe line.pointee.isNeverIndexed == isNeverIndexed
            else { return false }
            let start = unsafe UnsafeRawPointer(bytes) + line.pointee.nameOffset
            return unsafe name.withUnsafeBytes { name in
                unsafe value.withUnsafeBytes { value in
                    unsafe areEqual(start, name.baseAddress ?? start, name.count)
                        && areEqual(start + name.count, value.baseAddress ?? start, value.count)
                }
            }
        }
    }

    /// Returns the index of the first field line of this kind.
    func firstIndex(of kind: FieldKind) -> Int? {
        (0..<count).first { self[$0].kind == kind }
    }

    /// Returns whether the sections have equal field lines, including indexing, in the same order.
    static func == (a: FieldSection, b: FieldSection) -> Bool {
        guard a.count == b.count, a.byteCount == b.byteCount else { return false }
        return (0..<a.count).allSatisfy { index in
            a[index].isNeverIndexed == b[index].isNeverIndexed
                && a.withName(at: index) { b.hasName($0, at: index) }
                && a.withValue(at: index) { value in
                    b.withValue(at: index) { value.isEqual(to: $0) }
                }
        }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for index in 0..<count {
            let line = self[index]
            hasher.combine(line.nameLength)
            hasher.combine(line.valueLength)
            hasher.combine(line.isNeverIndexed)
            withBytes(line.nameOffset..<line.endOffset) { bytes in
                unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
            }
        }
    }

    // MARK: Appending

    @inline(__always)
    func hasCapacity(forFields fields: Int, bytes: Int) -> Bool {
        state.fieldCapacity >= fields && state.byteCapacity >= bytes
    }

    /// The list size of a section that fills this storage, RFC 9113 §6.5.2.
    var capacityListSize: Int { state.byteCapacity &+ state.fieldCapacity &* 32 }

    @inline(__always)
    func hasRoom(forFields fields: Int, bytes: Int) -> Bool {
        state.count &+ fields <= state.fieldCapacity
            && state.byteCount &+ bytes <= state.byteCapacity
    }

    /// Appends a field line; returns false, without any effect, if there is no room for it.
    ///
    /// `finish(_:)` or `addControls(at:)` must follow before anything reads the section.
    @inline(__always)
    func append(_ name: Span<UInt8>, _ value: Span<UInt8>, isNeverIndexed: Bool) -> Bool {
        append(
            name, RecognizedName(name), value, isNeverIndexed: isNeverIndexed)
    }

    /// Appends a field line in the same way, without recognizing its name again.
    ///
    /// - Parameter recognized: The known name that `name` equals, if any, and the kind of `name`.
    @inline(__always)
    func append(
        _ name: Span<UInt8>, _ recognized: RecognizedName, _ value: Span<UInt8>,
        isNeverIndexed: Bool
    ) -> Bool {
        guard hasRoom(forFields: 1, bytes: name.count &+ value.count) else { return false }
        add(name, recognized, value, isNeverIndexed: isNeverIndexed, checkingControls: false)
        return true
    }

    /// Appends a field line that may be added to compression tables, for which there must be room.
    /// `finish(_:)` must follow before anything reads the section.
    @inline(__always)
    func add(_ name: Span<UInt8>, _ recognized: RecognizedName, _ value: Span<UInt8>) {
        let isAppended = append(name, recognized, value, isNeverIndexed: false)
        precondition(isAppended, "insufficient capacity")
    }

    /// Appends a field line, for which there must be room.
    ///
    /// - Parameter checkingControls: Whether to record a violation if the value contains a
    ///   forbidden control character.
    @inline(__always)
    func add(
        _ name: Span<UInt8>, _ recognized: RecognizedName, _ value: Span<UInt8>,
        isNeverIndexed: Bool, checkingControls: Bool
    ) {
        let (index, offset) = (count, byteCount)
        unsafe withPointers { lines, bytes in
            let target = unsafe bytes + offset
            unsafe Self.copy(name, to: target)
            unsafe Self.copy(value, to: target + name.count)
            let line = unsafe FieldLine(
                name: UnsafeBufferPointer(start: target, count: name.count).span, recognized,
                valueLength: value.count, at: offset, isNeverIndexed: isNeverIndexed)
            unsafe (lines + index).initialize(to: line)
            let copy = unsafe UnsafeBufferPointer(start: target + name.count, count: value.count)
            unsafe state.facts.add(line, at: index, value: copy.span)
            if checkingControls, unsafe FieldCharacters.hasForbiddenControl(copy.span) {
                state.facts.record(.badValue)
            }
        }
        state.count = index &+ 1
        state.byteCount = offset &+ name.count &+ value.count
    }

    /// Completes the section after field lines were appended, and records a violation if a value
    /// contains a forbidden control character. Usually one pass over all new bytes finds none.
    ///
    /// - Parameter range: A range that contains the bytes of these field lines.
    func finish(_ range: Range<Int>) {
        guard withBytes(range, FieldCharacters.hasControl) else { return }
        // The first violation counts, so gather the facts again, line by line.
        gatherFacts()
    }

    /// Removes all field lines and keeps the storage.
    @inline(__always)
    func removeAll() {
        state.count = 0
        state.byteCount = 0
        state.facts = FieldFacts()
    }

    /// Records the facts about a field line.
    @inline(__always)
    func addFacts(at index: Int) {
        let line = self[index]
        withValue(at: index) { state.facts.add(line, at: index, value: $0) }
    }

    /// Records a violation if a value contains a forbidden control character.
    @inline(__always)
    func addControls(at index: Int) {
        if withValue(at: index, FieldCharacters.hasForbiddenControl) {
            state.facts.record(.badValue)
        }
    }

    // MARK: Storage

    /// The counts and the facts. Unlike `header`, this property has no exclusivity check at run
    /// time.
    var state: State {
        @inline(__always) get { unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee } }
        @inline(__always) _modify {
            defer { extendLifetime(self) }
            yield unsafe &withUnsafeMutablePointerToHeader { unsafe $0 }.pointee
        }
    }

    /// Calls `body` with the addresses of the first field line and of the first byte.
    @inline(__always)
    func withPointers<R, E: Error>(
        _ body: (UnsafeMutablePointer<FieldLine>, UnsafeMutablePointer<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try unsafe withUnsafeMutablePointers { state, lines throws(E) in
            let bytes = unsafe UnsafeMutableRawPointer(lines + state.pointee.fieldCapacity)
            return try unsafe body(lines, bytes.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Copies bytes. Up to 32 bytes need no call: two overlapping loads cover all lengths from one
    /// word to two. Most names and values are that short: this saves 0.8 % of benchmark W1.
    @inline(__always)
    static func copy(_ source: Span<UInt8>, to target: UnsafeMutableRawPointer) {
        unsafe source.withUnsafeBytes { source in
            let count = source.count
            guard let source = source.baseAddress else { return }
            if count > 32 { return unsafe target.copyMemory(from: source, byteCount: count) }
            if count >= 16 { return unsafe copy(source, target, count, by: SIMD16<UInt8>.self) }
            if count >= 8 { return unsafe copy(source, target, count, by: UInt64.self) }
            if count >= 4 { return unsafe copy(source, target, count, by: UInt32.self) }
            if count >= 2 { return unsafe copy(source, target, count, by: UInt16.self) }
            if count == 1 { unsafe copy(source, target, count, by: UInt8.self) }
        }
    }

    @inline(__always)
    private static func copy<Word: BitwiseCopyable>(
        _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int,
        by type: Word.Type
    ) {
        let end = count &- MemoryLayout<Word>.size
        let first = unsafe source.loadUnaligned(as: Word.self)
        let last = unsafe source.loadUnaligned(fromByteOffset: end, as: Word.self)
        unsafe target.storeBytes(of: first, as: Word.self)
        unsafe target.storeBytes(of: last, toByteOffset: end, as: Word.self)
    }
}
