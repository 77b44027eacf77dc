// SPDX-License-Identifier: MIT

/// Where a header block is decoded to, over all its frames: plain storage that is used again for
/// each block.
@unsafe struct HeaderScratch {
    /// Blocks that need more give it back when they are done.
    private static let usualFields = 24
    private static let usualBytes = 1_024

    private let counts: UnsafeMutablePointer<HeaderBlock.Counts>
    private var fields: UnsafeMutablePointer<HeaderField>
    private var bytes: UnsafeMutableRawPointer
    /// Whether the values were looked at.
    private var isComplete = false

    init() {
        unsafe counts = .allocate(capacity: 1)
        unsafe counts.initialize(
            to: HeaderBlock.Counts(
                fieldCapacity: Self.usualFields, byteCapacity: Self.usualBytes))
        unsafe fields = .allocate(capacity: Self.usualFields)
        unsafe bytes = .allocate(
            byteCount: Self.usualBytes + HeaderBlock.slack, alignment: 16)
    }

    func deallocate() {
        unsafe counts.deallocate()
        unsafe fields.deallocate()
        unsafe bytes.deallocate()
    }

    /// RFC 9113 §6.5.2: names and values, and 32 for each field.
    @inline(__always) var listSize: Int {
        unsafe counts.pointee.bytes &+ counts.pointee.fields &* 32
    }

    /// Forgets the block.
    mutating func removeAll() {
        unsafe counts.pointee.fields = 0
        unsafe counts.pointee.bytes = 0
        unsafe counts.pointee.facts = HeaderFacts()
        unsafe isComplete = false
        guard
            unsafe counts.pointee.byteCapacity > Self.usualBytes * 16
                || counts.pointee.fieldCapacity > Self.usualFields * 16
        else { return }
        unsafe deallocate()
        unsafe self = HeaderScratch()
    }

    @inline(__always)
    mutating func append(
        _ name: UnsafePointer<UInt8>, _ nameLength: Int, _ value: UnsafePointer<UInt8>,
        _ valueLength: Int, isNeverIndexed: Bool
    ) {
        let counts = unsafe counts
        let offset = unsafe counts.pointee.bytes
        let index = unsafe counts.pointee.fields
        let end = offset &+ nameLength &+ valueLength
        if unsafe end > counts.pointee.byteCapacity || index == counts.pointee.fieldCapacity {
            unsafe grow(to: end)
        }
        let field = unsafe HeaderField(
            writing: name, nameLength, value, valueLength, at: offset, of: bytes,
            isNeverIndexed: isNeverIndexed)
        unsafe (fields + index).initialize(to: field)
        unsafe counts.pointee.facts.add(field, at: index, value: bytes + field.valueOffset)
        unsafe counts.pointee.fields = index &+ 1
        unsafe counts.pointee.bytes = end
    }

    @inline(never)
    private mutating func grow(to end: Int) {
        let oldFields = unsafe fields
        let oldBytes = unsafe bytes
        unsafe counts.pointee.fieldCapacity *= 2
        unsafe counts.pointee.byteCapacity = max(counts.pointee.byteCapacity, end) * 2
        unsafe fields = .allocate(capacity: counts.pointee.fieldCapacity)
        unsafe bytes = .allocate(
            byteCount: counts.pointee.byteCapacity + HeaderBlock.slack, alignment: 16)
        unsafe fields.moveInitialize(from: oldFields, count: counts.pointee.fields)
        unsafe bytes.copyMemory(from: oldBytes, byteCount: counts.pointee.bytes)
        unsafe oldFields.deallocate()
        unsafe oldBytes.deallocate()
    }

    /// The fields where they lie, until the next block begins. It is complete now.
    var view: HeaderView {
        mutating get {
            let view = unsafe HeaderView(counts, fields: fields, bytes: bytes)
            if unsafe !isComplete {
                unsafe isComplete = true
                unsafe HeaderBlock.fill(bytes + counts.pointee.bytes)
                unsafe counts.pointee.facts.addControls(in: view)
            }
            return view
        }
    }
}
