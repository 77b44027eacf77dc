// SPDX-License-Identifier: MIT

internal import CNghttp2

/// nghttp2's memory for one session: what it frees is kept for its next request of that size.
///
/// nghttp2 allocates for each field that it decodes and each frame that it sends; in steady state
/// none of that reaches `malloc` any more. What is kept is bounded by what the session once needed
/// at the same time, and all of it is freed at once: nobody need walk through a session to end it.
// Safe: the pool is made in `init`, freed in `deinit`, and outlives the session that uses it.
@safe struct SessionMemory: ~Copyable {
    /// Blocks of more bytes come from `malloc` and go back to it.
    static let largestPooled = 512
    static let granule = 16
    /// Before each block: its size, and as much again so that the block is aligned.
    static let prefix = 16
    /// Before that, where a block is not pooled: its neighbours in the list of all such blocks.
    static let links = unsafe MemoryLayout<Large>.size
    static let chunkSize = 4_096
    /// What a session needs that is idle, and its `SessionState`.
    static let firstChunkSize = 2_304

    /// A block that is not pooled, in the list of them.
    @unsafe struct Large {
        var previous: UnsafeMutablePointer<Large>?
        var next: UnsafeMutablePointer<Large>?
    }

    /// The storage behind the pointer that nghttp2 hands back, and in front of the first chunk.
    @unsafe struct Pool {
        /// For each size, a list of free blocks, linked through their first word.
        var free: InlineArray<33, UnsafeMutableRawPointer?> = unsafe .init(repeating: nil)
        /// What is left of the newest chunk.
        var rest: UnsafeMutableRawPointer?
        var restCount = 0
        /// All other chunks, linked through their first word.
        var chunks: UnsafeMutableRawPointer?
        /// All blocks that are not pooled.
        var large: UnsafeMutablePointer<Large>?
        /// Bytes of chunks and of blocks that are not pooled.
        var held = 0
        /// Bytes of chunks that are in no block and never will be.
        var lost = 0
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
        while let large = unsafe pool.pointee.large { unsafe Self.freeLarge(large, pool) }
        unsafe Heap.free(pool)
    }

    /// Puts a value into the first chunk, where it stays as long as this memory.
    func place<Value>(_ value: consuming Value) -> UnsafeMutablePointer<Value> {
        // A new session has nothing in the chunk, which is larger.
        let block = unsafe Self.allocateAnew(MemoryLayout<Value>.size, pool).unsafelyUnwrapped
        let typed = unsafe block.bindMemory(to: Value.self, capacity: 1)
        unsafe typed.initialize(to: value)
        return unsafe typed
    }

    /// The functions for nghttp2, which copies them.
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

    /// Bytes that were taken from the system.
    var heldByteCount: Int { @inline(__always) get { unsafe pool.pointee.held } }

    /// The part of them that nghttp2 does not use now. It takes time in proportion to the blocks.
    var spareByteCount: Int {
        var count = unsafe pool.pointee.restCount + pool.pointee.lost
        for index in unsafe pool.pointee.free.indices {
            var block = unsafe pool.pointee.free[index]
            while let next = unsafe block {
                count += index * Self.granule + Self.prefix
                unsafe block = next.load(as: UnsafeMutableRawPointer?.self)
            }
        }
        return count
    }

    @inline(__always)
    fileprivate static func pool(_ user: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Pool>? {
        unsafe user?.assumingMemoryBound(to: Pool.self)
    }

    @inline(__always)
    fileprivate static func allocate(
        _ size: Int, _ pool: UnsafeMutablePointer<Pool>?
    ) -> UnsafeMutableRawPointer? {
        guard let pool = unsafe pool else { return nil }
        let index = (size &+ granule &- 1) / granule
        if index <= largestPooled / granule, index > 0, let block = unsafe pool.pointee.free[index]
        {
            unsafe pool.pointee.free[index] = block.load(as: UnsafeMutableRawPointer?.self)
            return unsafe block
        }
        return unsafe allocateAnew(size, pool)
    }

    @inline(never)
    private static func allocateAnew(
        _ size: Int, _ pool: UnsafeMutablePointer<Pool>
    ) -> UnsafeMutableRawPointer? {
        guard size >= 0 else { return nil }
        guard size <= largestPooled else { return unsafe allocateLarge(size, pool) }
        let index = max(1, (size + granule - 1) / granule)
        let needed = index * granule + prefix
        if unsafe pool.pointee.restCount < needed {
            // What is left of the old chunk is too small to be worth keeping.
            let chunk = unsafe Heap.allocate(chunkSize)
            unsafe pool.pointee.lost += pool.pointee.restCount + granule
            unsafe pool.pointee.held += chunkSize
            unsafe chunk.storeBytes(
                of: pool.pointee.chunks, as: UnsafeMutableRawPointer?.self)
            unsafe pool.pointee.chunks = unsafe chunk
            unsafe pool.pointee.rest = unsafe chunk + granule
            unsafe pool.pointee.restCount = chunkSize - granule
        }
        guard let raw = unsafe pool.pointee.rest else { return nil }
        unsafe pool.pointee.rest = unsafe raw + needed
        unsafe pool.pointee.restCount -= needed
        return unsafe block(in: raw, size: index * granule)
    }

    private static func allocateLarge(
        _ size: Int, _ pool: UnsafeMutablePointer<Pool>
    ) -> UnsafeMutableRawPointer? {
        let (total, overflow) = size.addingReportingOverflow(links + prefix)
        guard !overflow, let raw = unsafe malloc(total) else { return nil }
        let large = unsafe raw.bindMemory(to: Large.self, capacity: 1)
        unsafe large.initialize(to: Large(previous: nil, next: pool.pointee.large))
        unsafe pool.pointee.large?.pointee.previous = unsafe large
        unsafe pool.pointee.large = unsafe large
        unsafe pool.pointee.held += total
        return unsafe block(in: raw + links, size: size)
    }

    private static func freeLarge(
        _ large: UnsafeMutablePointer<Large>, _ pool: UnsafeMutablePointer<Pool>
    ) {
        let (previous, next) = unsafe (large.pointee.previous, large.pointee.next)
        unsafe next?.pointee.previous = unsafe previous
        if let previous = unsafe previous {
            unsafe previous.pointee.next = unsafe next
        } else {
            unsafe pool.pointee.large = unsafe next
        }
        let size = unsafe UnsafeRawPointer(large).load(fromByteOffset: links, as: Int.self)
        unsafe pool.pointee.held -= size + links + prefix
        unsafe Heap.free(large)
    }

    private static func block(
        in raw: UnsafeMutableRawPointer, size: Int
    ) -> UnsafeMutableRawPointer {
        unsafe raw.storeBytes(of: size, as: Int.self)
        return unsafe raw + prefix
    }

    @inline(__always)
    fileprivate static func free(
        _ block: UnsafeMutableRawPointer?, _ pool: UnsafeMutablePointer<Pool>?
    ) {
        guard let block = unsafe block, let pool = unsafe pool else { return }
        let size = unsafe (block - prefix).load(as: UInt.self)
        guard size <= UInt(largestPooled) else {
            let large = unsafe (block - prefix - links).assumingMemoryBound(to: Large.self)
            return unsafe freeLarge(large, pool)
        }
        let index = Int(size / UInt(granule))
        unsafe block.storeBytes(of: pool.pointee.free[index], as: UnsafeMutableRawPointer?.self)
        unsafe pool.pointee.free[index] = unsafe block
    }

    private static func reallocate(
        _ block: UnsafeMutableRawPointer?, _ size: Int, _ pool: UnsafeMutablePointer<Pool>?
    ) -> UnsafeMutableRawPointer? {
        guard let block = unsafe block else { return unsafe allocate(size, pool) }
        let old = unsafe (block - prefix).load(as: Int.self)
        guard size > old else { return unsafe block }
        guard let larger = unsafe allocate(size, pool) else { return nil }
        unsafe larger.copyMemory(from: block, byteCount: old)
        unsafe free(block, pool)
        return unsafe larger
    }
}

// What nghttp2 calls most: C functions, as the callbacks are.

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
