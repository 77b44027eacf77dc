// SPDX-License-Identifier: MIT

#if H2_PLAIN_MALLOC
internal import CNghttp2

extension Session {
    /// Allocates a block as nghttp2 does, frees it, and returns a byte that was in it.
    func readFreedBlock() -> UInt8 {
        let functions = unsafe memory.functions
        guard let block = unsafe functions.malloc(40, functions.mem_user_data) else { return 0 }
        unsafe functions.free(block, functions.mem_user_data)
        return unsafe block.load(fromByteOffset: 32, as: UInt8.self)
    }
}
#endif
