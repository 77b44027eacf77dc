// SPDX-License-Identifier: MIT

/// The storage that a field block is decoded to, over all its frames. It is allocated for the first
/// block and used again for later ones.
@unsafe struct FieldScratch {
    /// The capacity of new storage.
    private static let usual = (fields: 24, bytes: 1_024)
    /// Larger storage is not kept after its block: see `Session.endBlock`.
    static let keptBytes = 24_576

    /// The most fields that a block may have.
    let fieldLimit: Int
    /// One allocation: counts, then fields, then bytes. Nil before the first block.
    private var storage: UnsafeMutableRawPointer?
    /// Bytes of it.
    private(set) var heldByteCount = 0
    private var fields: UnsafeMutablePointer<FieldLine>
    private var bytes: UnsafeMutableRawPointer
    private var counts: UnsafeMutablePointer<FieldBlock.Counts>
    /// Whether the values were looked at.
    private var isComplete = false

    init(fieldLimit: Int) {
        unsafe self.fieldLimit = fieldLimit
        // Not read before `begin`.
        let nowhere = unsafe UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
        unsafe storage = nil
        unsafe fields = nowhere.assumingMemoryBound(to: FieldLine.self)
        unsafe bytes = nowhere
        unsafe counts = nowhere.assumingMemoryBound(to: FieldBlock.Counts.self)
    }

    func deallocate() { unsafe Heap.free(storage) }

    /// Frees the storage; the next block gets a new one.
    @inline(never)
    mutating func release() {
        unsafe deallocate()
        unsafe self = FieldScratch(fieldLimit: fieldLimit)
    }

    /// Prepares for a block.
    mutating func begin() {
        if unsafe storage == nil {
            unsafe allocate(fields: min(Self.usual.fields, fieldLimit), bytes: Self.usual.bytes)
        }
        unsafe counts.pointee.fields = 0
        unsafe counts.pointee.bytes = 0
        unsafe counts.pointee.facts = FieldFacts()
        unsafe isComplete = false
    }

    private mutating func allocate(fields fieldCapacity: Int, bytes byteCapacity: Int) {
        let head = MemoryLayout<FieldBlock.Counts>.stride + 15 & ~15
        let middle = fieldCapacity * MemoryLayout<FieldLine>.stride
        let size = head + middle + byteCapacity + FieldBlock.slack
        let new = unsafe Heap.allocate(size)
        unsafe heldByteCount = size
        unsafe storage = unsafe new
        unsafe counts = new.bindMemory(to: FieldBlock.Counts.self, capacity: 1)
        unsafe counts.initialize(
            to: FieldBlock.Counts(fieldCapacity: fieldCapacity, byteCapacity: byteCapacity))
        unsafe fields = (new + head).bindMemory(to: FieldLine.self, capacity: fieldCapacity)
        unsafe bytes = new + head + middle
    }

    /// RFC 9113 §6.5.2: names and values, and 32 for each field.
    @inline(__always) var listSize: Int {
        unsafe counts.pointee.bytes &+ counts.pointee.fields &* 32
    }

    var fieldCount: Int { unsafe counts.pointee.fields }

    /// Appends a field; false where it is one too many.
    @inline(__always)
    mutating func append(
        _ name: UnsafePointer<UInt8>, _ nameLength: Int, _ value: UnsafePointer<UInt8>,
        _ valueLength: Int, isNeverIndexed: Bool
    ) -> Bool {
        let offset = unsafe counts.pointee.bytes
        let index = unsafe counts.pointee.fields
        let end = offset &+ nameLength &+ valueLength
        if unsafe end > counts.pointee.byteCapacity || index == counts.pointee.fieldCapacity {
            guard unsafe index < fieldLimit else { return false }
            unsafe grow(to: end)
        }
        let counts = unsafe counts
        let field = unsafe FieldLine(
            writing: name, nameLength, value, valueLength, at: offset, of: bytes,
            isNeverIndexed: isNeverIndexed)
        unsafe (fields + index).initialize(to: field)
        unsafe counts.pointee.facts.add(
            field, at: index, value: bytes + offset + nameLength, valueLength)
        unsafe counts.pointee.fields = index &+ 1
        unsafe counts.pointee.bytes = end
        return true
    }

    @inline(never)
    private mutating func grow(to end: Int) {
        let old = unsafe (storage: storage, counts: counts, fields: fields, bytes: bytes)
        unsafe allocate(
            fields: min(old.counts.pointee.fieldCapacity * 2, fieldLimit),
            bytes: max(old.counts.pointee.byteCapacity, end) * 2)
        unsafe fields.update(from: old.fields, count: old.counts.pointee.fields)
        unsafe bytes.copyMemory(from: old.bytes, byteCount: old.counts.pointee.bytes)
        unsafe counts.pointee.fields = old.counts.pointee.fields
        unsafe counts.pointee.bytes = old.counts.pointee.bytes
        unsafe counts.pointee.facts = old.counts.pointee.facts
        unsafe Heap.free(old.storage)
    }

    /// The fields where they lie, until the next block begins. The block is complete now.
    var view: FieldView {
        mutating get {
            let view = unsafe FieldView(counts, fields: fields, bytes: bytes)
            if unsafe !isComplete {
                unsafe isComplete = true
                unsafe FieldBlock.fill(bytes + counts.pointee.bytes)
                unsafe counts.pointee.facts.addControls(in: view)
            }
            return view
        }
    }
}
