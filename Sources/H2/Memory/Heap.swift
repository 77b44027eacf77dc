// SPDX-License-Identifier: MIT

internal import CNghttp2

/// Memory from `malloc`, aligned to 16 bytes. The `allocate` methods of Swift's pointers call
/// `posix_memalign`, which takes more than twice as long.
enum Heap {
    @unsafe static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        guard let block = unsafe malloc(max(byteCount, 1)) else { fatalError("out of memory") }
        return unsafe block
    }

    @unsafe static func allocate<T>(_ capacity: Int, of type: T.Type) -> UnsafeMutablePointer<T> {
        unsafe allocate(capacity * MemoryLayout<T>.stride).bindMemory(
            to: T.self, capacity: capacity)
    }

    @unsafe static func free(_ block: UnsafeMutableRawPointer?) { unsafe CNghttp2.free(block) }
}
