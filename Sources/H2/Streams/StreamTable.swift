// SPDX-License-Identifier: MIT

/// A hash table of the live streams of a connection, with open addressing and inline records.
/// Requests and details, which few connections need, have separate storage.
///
/// The hash depends on a seed that the peer does not know, so the peer cannot choose identifiers
/// that collide: a lookup reads as many slots as with random identifiers, usually 1 or 2.
///
/// A slot is valid until the next insertion or removal.
// Safe: the table allocates and frees the storage, and slots come from `find` and `insert`.
@safe package struct StreamTable: ~Copyable {
    /// Stream 0 is the connection: a record with that identifier marks a free slot.
    private static var free: StreamRecord { StreamRecord(id: 0, sendWindow: 0, receiveWindow: 0) }

    private var slots: UnsafeMutablePointer<StreamRecord>?
    /// The requests of a client's streams, until their responses begin; `nil` until the first one.
    /// They are separate from the records, so that copying a record retains nothing.
    private var requests: UnsafeMutablePointer<H2Headers?>?
    /// The details of the streams; `nil` until the first of them is written.
    private var details: UnsafeMutablePointer<StreamDetails>?
    /// A power of two, at least 4/3 of `count`; or 0.
    private var capacity = 0
    /// The multiplier of the hash: odd, and not known to the peer.
    private let multiplier: UInt64
    package private(set) var count = 0
    /// The number of slots that `forEach` visits.
    package var slotCount: Int { capacity }
    /// The number of bytes of the requests of promised streams, which come from the peer.
    private var promisedByteCount = 0
    /// The capacity below which the table does not shrink: enough for 100 streams, the default of
    /// MAX_CONCURRENT_STREAMS.
    private static let minCapacity = 256

    /// Creates an empty table.
    ///
    /// - Parameter seed: Any number. Equal seeds make equal tables.
    package init(seed: UInt64) {
        // SplitMix64: each bit of the seed changes about half of the bits, and no seed is weak.
        var mixed = seed &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed &>> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed &>> 27) &* 0x94d0_49bb_1331_11eb
        multiplier = mixed ^ mixed &>> 31 | 1
    }

    deinit {
        unsafe Heap.free(slots)
        unsafe requests?.deinitialize(count: capacity)
        unsafe Heap.free(requests)
        if unsafe details != nil { freeDetails() }
    }

    @inline(never)
    private func freeDetails() {
        unsafe details?.deinitialize(count: capacity)
        unsafe Heap.free(details)
    }

    /// Returns the slot of a stream; `nil` if it is not in the table.
    @inline(__always)
    package func find(_ id: UInt32) -> Int? {
        guard let slots = unsafe slots, id != 0 else { return nil }
        let slot = home(of: id)
        let found = unsafe slots[slot].id
        if found == id { return slot }
        return unsafe found == 0 ? nil : Self.search(slots, capacity, for: id, from: slot)
    }

    // Static, so that `find` does not copy `self` on the common path.
    @inline(never)
    private static func search(
        _ slots: UnsafeMutablePointer<StreamRecord>, _ capacity: Int, for id: UInt32,
        from home: Int
    ) -> Int? {
        var slot = home
        while true {
            let found = unsafe slots[slot].id
            if found == id { return slot }
            if found == 0 { return nil }
            slot = (slot &+ 1) & (capacity &- 1)
        }
    }

    /// Returns the number of slots that `find` reads for an identifier.
    package func probeCount(of id: UInt32) -> Int {
        guard let slots = unsafe slots else { return 0 }
        var slot = home(of: id)
        var count = 1
        while unsafe slots[slot].id != id, unsafe slots[slot].id != 0 {
            slot = (slot &+ 1) & (capacity &- 1)
            count += 1
        }
        return count
    }

    /// The record in a slot that `find` or `insert` returned.
    package subscript(slot: Int) -> StreamRecord {
        _read { yield unsafe at(slot).pointee }
        _modify { yield unsafe &at(slot).pointee }
    }

    private func at(_ slot: Int) -> UnsafeMutablePointer<StreamRecord> {
        guard let slots = unsafe slots else { preconditionFailure("stream table is empty") }
        assert(0..<capacity ~= slot, "slot out of range")
        return unsafe slots + slot
    }

    /// The details of the stream in a slot.
    // Always inlined: the compiler would allocate the state of these coroutines for each call. It
    // inlines only accessors with one `yield`.
    subscript(details slot: Int) -> StreamDetails {
        @inline(__always) _read {
            yield unsafe (details.map { unsafe $0 + slot } ?? Self.noDetails).pointee
        }
        @inline(__always) _modify {
            if unsafe details == nil { allocateDetails() }
            guard let details = unsafe details else { preconditionFailure("no stream details") }
            yield unsafe &details[slot]
        }
    }

    /// The details of each stream before storage is allocated.
    private nonisolated(unsafe) static let noDetails = {
        let details = unsafe Heap.allocate(1, of: StreamDetails.self)
        unsafe details.initialize(to: StreamDetails())
        return unsafe details
    }()

    @inline(never)
    private mutating func allocateDetails() {
        unsafe details = Heap.allocate(capacity, of: StreamDetails.self)
        unsafe details?.initialize(repeating: StreamDetails(), count: capacity)
    }

    /// Removes the details of all streams.
    mutating func removeDetails() {
        freeDetails()
        unsafe details = nil
    }

    /// Returns the request that is kept for a stream; `nil` if none is kept.
    func request(at slot: Int) -> H2Headers? { unsafe requests?[slot] }

    /// Releases the request that is kept for a stream.
    @inline(__always)
    mutating func forgetRequest(at slot: Int) {
        if promisedByteCount != 0 { forgetPromisedRequest(at: slot) }
        unsafe requests?[slot] = nil
    }

    @inline(never)
    private mutating func forgetPromisedRequest(at slot: Int) {
        guard unsafe at(slot).pointee.id & 1 == 0 else { return }
        promisedByteCount -= unsafe requests?[slot]?.heldByteCount ?? 0
    }

    /// The number of bytes allocated, plus those of the requests of promised streams.
    package var heldByteCount: Int { byteCount(ofSlots: capacity) }

    /// The part of `heldByteCount` that the present streams need.
    package var usedByteCount: Int { @inline(__always) get { byteCount(ofSlots: count) } }

    @inline(__always)
    private func byteCount(ofSlots slotCount: Int) -> Int {
        let request = unsafe requests == nil ? 0 : MemoryLayout<H2Headers?>.stride
        let detail = unsafe details == nil ? 0 : MemoryLayout<StreamDetails>.stride
        return slotCount &* (MemoryLayout<StreamRecord>.stride &+ request &+ detail)
            &+ promisedByteCount
    }

    /// Inserts a record for a new identifier, keeps the request with it, and returns the slot.
    @discardableResult
    package mutating func insert(
        _ record: StreamRecord, requested request: H2Headers? = nil
    ) -> Int {
        if (count + 1) * 4 > capacity * 3 { resize(to: max(8, capacity * 2)) }
        count += 1
        let slot = place(record)
        if request != nil {
            if unsafe requests == nil { unsafe requests = Self.noRequests(capacity) }
            if record.id & 1 == 0 { promisedByteCount += request?.heldByteCount ?? 0 }
            unsafe requests?[slot] = request
        }
        return slot
    }

    /// Removes a record, and moves up later records that collided with it, so that the table needs
    /// no tombstones.
    package mutating func remove(at slot: Int) {
        let mask = capacity &- 1
        var hole = slot
        var next = slot
        forgetRequest(at: hole)
        count -= 1
        while true {
            next = (next &+ 1) & mask
            let id = unsafe at(next).pointee.id
            guard id != 0, next != slot else { break }
            let distance = (next &- home(of: id)) & mask
            guard distance >= (next &- hole) & mask else { continue }
            unsafe at(hole).pointee = unsafe at(next).pointee
            if let requests = unsafe requests { unsafe swap(&requests[hole], &requests[next]) }
            if let details = unsafe details { unsafe swap(&details[hole], &details[next]) }
            hole = next
        }
        unsafe at(hole).pointee = Self.free
        unsafe details?[hole].clear()
        // At most half full afterwards, so that the table does not soon grow or shrink again.
        if capacity > Self.minCapacity, count <= capacity / 8 {
            resize(to: max(Self.minCapacity, capacity / 4))
        }
    }

    /// All records, in no particular order.
    package var records: [StreamRecord] {
        (0..<capacity).compactMap { slot in
            let record = unsafe at(slot).pointee
            return record.id == 0 ? nil : record
        }
    }

    /// Returns whether any record satisfies `predicate`.
    package func contains(where predicate: (StreamRecord) -> Bool) -> Bool {
        (0..<capacity).contains { slot in
            let record = unsafe at(slot).pointee
            return record.id != 0 && predicate(record)
        }
    }

    /// Calls `body` with each record, in no particular order.
    package func visit(_ body: (StreamRecord) -> Void) {
        for slot in 0..<capacity where unsafe at(slot).pointee.id != 0 {
            body(unsafe at(slot).pointee)
        }
    }

    /// The identifiers of all streams, in no particular order.
    var identifiers: [UInt32] {
        var identifiers: [UInt32] = []
        visit { identifiers.append($0.id) }
        return identifiers
    }

    /// Calls `body` with each record, in no particular order; `body` may change it.
    package mutating func forEach(_ body: (inout StreamRecord) -> Void) {
        for slot in 0..<capacity where unsafe at(slot).pointee.id != 0 {
            unsafe body(&at(slot).pointee)
        }
    }

    @inline(__always)
    private func home(of id: UInt32) -> Int {
        // A multiplication alone would map evenly spaced identifiers to evenly spaced slots, which
        // are close together for some seeds. The shift between two multiplications prevents that.
        var hash = UInt64(id) &* multiplier
        hash = (hash ^ hash &>> 32) &* multiplier
        return Int(truncatingIfNeeded: hash &>> 32) & (capacity &- 1)
    }

    private mutating func place(_ record: StreamRecord) -> Int {
        var slot = home(of: record.id)
        while unsafe at(slot).pointee.id != 0 { slot = (slot &+ 1) & (capacity &- 1) }
        unsafe at(slot).pointee = record
        return slot
    }

    /// Moves all records to new storage of `newCapacity` slots, which must suffice.
    @inline(never)
    private mutating func resize(to newCapacity: Int) {
        let old = (
            slots: unsafe slots, requests: unsafe requests, details: unsafe details,
            capacity: capacity
        )
        capacity = newCapacity
        let new = unsafe Heap.allocate(capacity, of: StreamRecord.self)
        unsafe new.initialize(repeating: Self.free, count: capacity)
        unsafe slots = unsafe new
        if unsafe old.requests != nil { unsafe requests = Self.noRequests(capacity) }
        if unsafe old.details != nil { allocateDetails() }
        for index in unsafe 0..<old.capacity {
            guard let record = unsafe old.slots?[index], record.id != 0 else { continue }
            let slot = place(record)
            unsafe requests?[slot] = old.requests?[index]
            if let details = unsafe old.details {
                unsafe swap(&self[details: slot], &details[index])
            }
        }
        unsafe Heap.free(old.slots)
        unsafe old.requests?.deinitialize(count: old.capacity)
        unsafe Heap.free(old.requests)
        unsafe old.details?.deinitialize(count: old.capacity)
        unsafe Heap.free(old.details)
    }

    private static func noRequests(_ capacity: Int) -> UnsafeMutablePointer<H2Headers?> {
        let requests = unsafe Heap.allocate(capacity, of: H2Headers?.self)
        unsafe requests.initialize(repeating: nil, count: capacity)
        return unsafe requests
    }
}
