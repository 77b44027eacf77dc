// SPDX-License-Identifier: MIT

internal import CNghttp2

/// nghttp2's memory for one session: a freed block of up to `maxPooledSize` bytes is kept for the
/// next allocation of its size.
///
/// nghttp2 allocates memory for each field that it decodes and each frame that it sends. In steady
/// state, an allocation of up to `maxPooledSize` bytes does not call `malloc`. New blocks are parts
/// of a few *chunks*; when there is no room left, each is a *single* allocation. When the free
/// blocks exceed `maxKeptBytes` in total, the single ones are freed. `deinit` frees all memory
/// without `nghttp2_session_del`.
///
/// With the compiler flag `-D H2_PLAIN_MALLOC`, each block is allocated by `malloc` and freed at
/// once, so that the address sanitizer detects a use after free in nghttp2: see Scripts/fuzz.
// Safe: `init` allocates the pool, `deinit` frees it, and it outlives the session that uses it.
@safe struct SessionMemory: ~Copyable {
    /// The size in bytes of the largest block that is kept for reuse. A larger block is allocated
    /// and freed individually, unless nghttp2 allocates it while it creates the session: see
    /// `allocateLarge`.
    static let maxPooledSize = 512
    static let granule = 16
    /// The bytes before each block: its size, and its footprint. The footprint is the number of bytes
    /// that the block occupies, including those before it; 0 marks a large block in the first chunk.
    static let prefix = 16
    private static let footprintOffset = 8
    /// The bytes before the prefix of a block that is not part of a chunk: its neighbors in the
    /// list of all these blocks.
    static let links = unsafe MemoryLayout<Single>.size
    static let chunkSize = 4_096
    /// The size of the first chunk: enough for the blocks of a new session, and for the small blocks
    /// of a few requests. Allocating these blocks separately would cost 5 % of W5.
    ///
    /// nghttp2 allocates its frame buffer last, and an idle session writes less than a page of it.
    /// Small blocks come from the end of the chunk, so the unused end of the frame buffer and the
    /// free part of the chunk are contiguous. Their whole pages are never touched and take no
    /// resident memory, which saves 3 kB for each pair of idle connections.
    static let firstChunkSize = 32_000
    /// The maximum number of chunks after the first one. Chunks live as long as the session, so
    /// blocks that do not fit into them are allocated one by one.
    static let maxChunks = 3
    /// The maximum total footprint of free blocks that are kept: 100 concurrent requests need less.
    static let maxKeptBytes = 49_152

    /// The links of a block that is not part of a chunk, in the list of all these blocks.
    @unsafe struct Single {
        var previous: UnsafeMutablePointer<Single>?
        var next: UnsafeMutablePointer<Single>?
    }

    /// The state of the memory, stored before the first chunk. nghttp2 passes its address to each
    /// function.
    @unsafe struct Pool {
        /// For each size, a list of free blocks, linked through their first word. The first list is
        /// always empty. 33 is `maxPooledSize / granule + 1`.
        var free: InlineArray<33, UnsafeMutableRawPointer?> = unsafe .init(repeating: nil)
        /// `maxKeptBytes` minus the footprints of all free blocks.
        var room = maxKeptBytes
        /// The unused rest of the newest chunk. Small blocks are taken from its end.
        var rest: UnsafeMutableRawPointer?
        /// The number of bytes of `rest`.
        var restCount = 0
        /// Whether the session is being created.
        var isStarting = true
        /// All chunks except the first, linked through their first word.
        var chunks: UnsafeMutableRawPointer?
        var chunkCount = 0
        /// All blocks that are not part of a chunk.
        var singles: UnsafeMutablePointer<Single>?
        /// The number of bytes of all chunks and of the other blocks.
        var held = 0
        /// The number of bytes of chunks that no block can use.
        var wastedCount = 0
    }

    private let pool: UnsafeMutablePointer<Pool>

    init() {
        let head =
            unsafe (MemoryLayout<Pool>.size + Self.granule - 1) / Self.granule * Self.granule
        let size = head + Self.firstChunkSize
        let first = unsafe Heap.allocate(size)
        unsafe pool = first.bindMemory(to: Pool.self, capacity: 1)
        unsafe pool.initialize(to: Pool())
        unsafe pool.pointee.rest = unsafe first + head
        unsafe pool.pointee.restCount = Self.firstChunkSize
        unsafe pool.pointee.held = size
    }

    deinit {
        var chunk = unsafe pool.pointee.chunks
        while let next = unsafe chunk {
            unsafe chunk = next.load(as: UnsafeMutableRawPointer?.self)
            unsafe Heap.free(next)
        }
        while let single = unsafe pool.pointee.singles { unsafe Self.freeSingle(single, pool) }
        unsafe Heap.free(pool)
    }

    /// Ends the creation of the session: large blocks are now allocated individually. Call it once
    /// nghttp2 has created the session.
    func endStart() { unsafe pool.pointee.isStarting = false }

    /// Stores a value that lives as long as this memory. Call it before nghttp2 allocates.
    @inline(__always)
    func place<Value>(_ value: consuming Value) -> UnsafeMutablePointer<Value> {
        // The first chunk is empty and has room for the value.
        let block = unsafe Self.allocateAnew(MemoryLayout<Value>.size, pool).unsafelyUnwrapped
        let typed = unsafe block.bindMemory(to: Value.self, capacity: 1)
        unsafe typed.initialize(to: value)
        return unsafe typed
    }

    /// The allocation functions for nghttp2, which copies this table.
    var functions: nghttp2_mem {
        unsafe nghttp2_mem(
            mem_user_data: pool,
            malloc: allocateInPool,
            free: freeInPool,
            calloc: { count, size, user in
                let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
                guard !overflow else { return nil }
                let block = unsafe SessionMemory.allocate(bytes, SessionMemory.pool(user))
                unsafe block?.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
                return unsafe block
            },
            realloc: { block, size, user in
                unsafe SessionMemory.reallocate(block, size, SessionMemory.pool(user))
            })
    }

    /// The number of bytes allocated from the system.
    var heldByteCount: Int { unsafe pool.pointee.held }

    /// The part of `heldByteCount` that nghttp2 does not use.
    var spareByteCount: Int {
        @inline(__always) get {
            unsafe Self.maxKeptBytes &- pool.pointee.room &+ pool.pointee.restCount
                &+ pool.pointee.wastedCount
        }
    }

    /// The part of `heldByteCount` that nghttp2 uses.
    var usedByteCount: Int { @inline(__always) get { heldByteCount &- spareByteCount } }

    /// The number of blocks that are not part of a chunk.
    var singleCount: Int {
        var count = 0
        var single = unsafe pool.pointee.singles
        while let next = unsafe single {
            count += 1
            unsafe single = next.pointee.next
        }
        return count
    }

    @inline(__always)
    fileprivate static func pool(_ user: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Pool> {
        // nghttp2 passes the pointer in `functions`.
        unsafe user.unsafelyUnwrapped.assumingMemoryBound(to: Pool.self)
    }

    @inline(__always)
    fileprivate static func allocate(
        _ size: Int, _ pool: UnsafeMutablePointer<Pool>
    ) -> UnsafeMutableRawPointer? {
        // A negative size is a large unsigned number.
        let index = Int(UInt(bitPattern: size &+ granule &- 1) / UInt(granule))
        if index <= maxPooledSize / granule, let block = unsafe pool.pointee.free[index] {
            unsafe pool.pointee.free[index] = block.load(as: UnsafeMutableRawPointer?.self)
            unsafe pool.pointee.room &+= footprint(of: block)
            return unsafe block
        }
        return unsafe allocateAnew(size, pool)
    }

    @inline(never)
    private static func allocateAnew(
        _ size: Int, _ pool: UnsafeMutablePointer<Pool>
    ) -> UnsafeMutableRawPointer? {
        #if H2_PLAIN_MALLOC
        return unsafe allocateSingle(size, pool)
        #else
        guard UInt(bitPattern: size) <= UInt(maxPooledSize) else {
            return unsafe allocateLarge(size, pool)
        }
        let rounded = (max(1, size) &+ granule &- 1) & ~(granule - 1)
        if unsafe pool.pointee.restCount < rounded &+ prefix {
            guard unsafe pool.pointee.chunkCount < maxChunks else {
                return unsafe allocateSingle(rounded, pool)
            }
            guard unsafe addChunk(to: pool) else { return nil }
        }
        guard let rest = unsafe pool.pointee.rest else { return nil }
        let footprint = rounded &+ prefix
        unsafe pool.pointee.restCount &-= footprint
        let raw = unsafe rest + pool.pointee.restCount
        return unsafe block(in: raw, size: rounded, footprint: footprint)
        #endif
    }

    /// Allocates a block above `maxPooledSize`. While nghttp2 creates the session, the block comes
    /// from the beginning of the first chunk if it fits. Its footprint is then 0, because it lives as
    /// long as the chunk.
    @inline(never)
    private static func allocateLarge(
        _ size: Int, _ pool: UnsafeMutablePointer<Pool>
    ) -> UnsafeMutableRawPointer? {
        guard unsafe pool.pointee.isStarting, let raw = unsafe pool.pointee.rest,
            size >= 0, unsafe size <= pool.pointee.restCount &- prefix &- granule
        else { return unsafe allocateSingle(size, pool) }
        let rounded = (size &+ granule &- 1) & ~(granule - 1)
        unsafe pool.pointee.rest = unsafe raw + rounded + prefix
        unsafe pool.pointee.restCount &-= rounded &+ prefix
        return unsafe block(in: raw, size: size, footprint: 0)
    }

    /// Frees a block from `allocateLarge`. The memory of a block in the first chunk is not reused,
    /// only counted as wasted.
    @inline(never)
    private static func freeLarge(
        _ block: UnsafeMutableRawPointer, _ pool: UnsafeMutablePointer<Pool>
    ) {
        if unsafe footprint(of: block) == 0 {
            let rounded = unsafe (size(of: block) + granule - 1) & ~(granule - 1)
            unsafe pool.pointee.wastedCount += rounded + prefix
        } else {
            unsafe freeSingle(single(of: block), pool)
        }
    }

    /// Starts a new chunk; returns false if there is no memory.
    @inline(never)
    private static func addChunk(to pool: UnsafeMutablePointer<Pool>) -> Bool {
        guard let chunk = unsafe malloc(chunkSize) else { return false }
        // The rest of the previous chunk is too small to be worth keeping.
        unsafe pool.pointee.wastedCount += pool.pointee.restCount + granule
        unsafe pool.pointee.held += chunkSize
        unsafe chunk.storeBytes(of: pool.pointee.chunks, as: UnsafeMutableRawPointer?.self)
        unsafe pool.pointee.chunks = unsafe chunk
        unsafe pool.pointee.chunkCount += 1
        unsafe pool.pointee.rest = unsafe chunk + granule
        unsafe pool.pointee.restCount = chunkSize - granule
        return true
    }

    @inline(never)
    private static func allocateSingle(
        _ size: Int, _ pool: UnsafeMutablePointer<Pool>
    ) -> UnsafeMutableRawPointer? {
        let (total, overflow) = size.addingReportingOverflow(links + prefix)
        guard size >= 0, !overflow, let raw = unsafe malloc(total) else { return nil }
        let single = unsafe raw.bindMemory(to: Single.self, capacity: 1)
        unsafe single.initialize(to: Single(previous: nil, next: pool.pointee.singles))
        unsafe pool.pointee.singles?.pointee.previous = unsafe single
        unsafe pool.pointee.singles = unsafe single
        unsafe pool.pointee.held += total
        return unsafe block(in: raw + links, size: size, footprint: total)
    }

    private static func freeSingle(
        _ single: UnsafeMutablePointer<Single>, _ pool: UnsafeMutablePointer<Pool>
    ) {
        let (previous, next) = unsafe (single.pointee.previous, single.pointee.next)
        unsafe next?.pointee.previous = unsafe previous
        if let previous = unsafe previous {
            unsafe previous.pointee.next = unsafe next
        } else {
            unsafe pool.pointee.singles = unsafe next
        }
        let block = unsafe UnsafeMutableRawPointer(single) + links + prefix
        unsafe pool.pointee.held -= footprint(of: block)
        unsafe Heap.free(single)
    }

    private static func single(
        of block: UnsafeMutableRawPointer
    ) -> UnsafeMutablePointer<Single> {
        unsafe (block - prefix - links).assumingMemoryBound(to: Single.self)
    }

    private static func block(
        in raw: UnsafeMutableRawPointer, size: Int, footprint: Int
    ) -> UnsafeMutableRawPointer {
        unsafe raw.storeBytes(of: size, as: Int.self)
        unsafe raw.storeBytes(of: footprint, toByteOffset: footprintOffset, as: Int.self)
        return unsafe raw + prefix
    }

    @inline(__always)
    private static func size(of block: UnsafeMutableRawPointer) -> Int {
        unsafe (block - prefix).load(as: Int.self)
    }

    @inline(__always)
    private static func footprint(of block: UnsafeMutableRawPointer) -> Int {
        unsafe (block - prefix).load(fromByteOffset: footprintOffset, as: Int.self)
    }

    @inline(__always)
    fileprivate static func free(
        _ block: UnsafeMutableRawPointer?, _ pool: UnsafeMutablePointer<Pool>
    ) {
        guard let block = unsafe block else { return }
        #if H2_PLAIN_MALLOC
        unsafe freeSingle(single(of: block), pool)
        #else
        let size = unsafe UInt(bitPattern: size(of: block))
        guard size <= UInt(maxPooledSize) else { return unsafe freeLarge(block, pool) }
        let index = Int(size / UInt(granule))
        unsafe block.storeBytes(
            of: pool.pointee.free[index], as: UnsafeMutableRawPointer?.self)
        unsafe pool.pointee.free[index] = unsafe block
        unsafe pool.pointee.room &-= footprint(of: block)
        if unsafe pool.pointee.room < 0 { unsafe trim(pool) }
        #endif
    }

    /// Frees all free blocks that are not part of a chunk. It keeps none of them, because the
    /// needed sizes change with the traffic, and the blocks that are now in use become free next.
    @inline(never)
    private static func trim(_ pool: UnsafeMutablePointer<Pool>) {
        for index in unsafe pool.pointee.free.indices {
            var list = unsafe pool.pointee.free[index]
            unsafe pool.pointee.free[index] = nil
            while let block = unsafe list {
                unsafe list = block.load(as: UnsafeMutableRawPointer?.self)
                // A block in a chunk has no links, so its footprint is its size plus the prefix.
                if unsafe footprint(of: block) == size(of: block) + prefix {
                    unsafe block.storeBytes(
                        of: pool.pointee.free[index], as: UnsafeMutableRawPointer?.self)
                    unsafe pool.pointee.free[index] = unsafe block
                } else {
                    unsafe pool.pointee.room += footprint(of: block)
                    unsafe freeSingle(single(of: block), pool)
                }
            }
        }
    }

    private static func reallocate(
        _ block: UnsafeMutableRawPointer?, _ size: Int, _ pool: UnsafeMutablePointer<Pool>
    ) -> UnsafeMutableRawPointer? {
        guard let block = unsafe block else { return unsafe allocate(size, pool) }
        let old = unsafe self.size(of: block)
        #if !H2_PLAIN_MALLOC
        guard size > old else { return unsafe block }
        #endif
        guard let larger = unsafe allocate(size, pool) else { return nil }
        unsafe larger.copyMemory(from: block, byteCount: min(old, size))
        unsafe free(block, pool)
        return unsafe larger
    }
}

// nghttp2 calls these functions most often, so they are C functions, like the callbacks.

@inline(__always)
@_cdecl("h2_engine_allocate")
private func allocateInPool(
    _ size: Int, _ user: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer? {
    unsafe SessionMemory.allocate(size, SessionMemory.pool(user))
}

@inline(__always)
@_cdecl("h2_engine_free")
private func freeInPool(_ block: UnsafeMutableRawPointer?, _ user: UnsafeMutableRawPointer?) {
    unsafe SessionMemory.free(block, SessionMemory.pool(user))
}
