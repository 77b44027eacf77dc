// SPDX-License-Identifier: MIT

package import H2

/// Reads and writes structures to which later headers can append members. Their first member is
/// `size`, their size in the header of the program, which may be older or newer than this library.
///
/// `Known` is the structure as this library knows it; the program's may be shorter or longer. No
/// function reads or writes beyond the program's structure.
package enum VersionedStruct {
    /// The sizes of the structures when they were first published. They never change, because
    /// programs that were compiled then still use them.
    static let firstConfigSize = 56
    static let firstLimitsSize = 184
    static let firstUsageSize = 176
    static let firstMemorySize = 56
    static let firstFlowControlSize = 56
    static let firstDeadlinesSize = 120

    /// A larger size is a sign of uninitialized memory.
    private static let maxSize = 4_096

    /// Returns whether the structure may have this size in some version of the header.
    package static func isPossible(_ size: Int, firstSize: Int) -> Bool {
        // The size of a structure that begins with a size_t is a multiple of sizeof(size_t).
        size >= firstSize && size <= maxSize && size % MemoryLayout<Int>.size == 0
    }

    /// Returns the size that the program set.
    ///
    /// - Throws: `.invalidArgument` if the size is not possible.
    package static func size<Known>(
        of structure: UnsafePointer<Known>, firstSize: Int
    ) throws(H2Error) -> Int {
        let size = unsafe UnsafeRawPointer(structure).load(as: Int.self)
        guard isPossible(size, firstSize: firstSize) else {
            throw .misuse("invalid structure size")
        }
        return size
    }

    /// Reads a structure. Members that the program does not have keep the values in `defaults`.
    ///
    /// - Throws: `.invalidArgument` if the size is not possible, or if a member that this library
    ///   does not know is not 0, because the library cannot apply that member.
    package static func read<Known: BitwiseCopyable>(
        _ structure: UnsafePointer<Known>, firstSize: Int, defaults: Known
    ) throws(H2Error) -> Known {
        let size = try unsafe size(of: structure, firstSize: firstSize)
        let given = unsafe UnsafeRawBufferPointer(start: structure, count: size)
        let shared = min(size, MemoryLayout<Known>.size)
        guard unsafe given[shared...].allSatisfy({ $0 == 0 }) else {
            throw .misuse("structure sets a member that this library does not know")
        }
        var value = defaults
        unsafe withUnsafeMutableBytes(of: &value) {
            unsafe $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: given[..<shared]))
        }
        return value
    }

    /// Writes the members that the program has, and `size`. Sets members that only the program has
    /// to 0.
    package static func write<Known: BitwiseCopyable>(
        _ value: Known, size: Int, to structure: UnsafeMutablePointer<Known>
    ) {
        let target = unsafe UnsafeMutableRawBufferPointer(start: structure, count: size)
        let shared = min(size, MemoryLayout<Known>.size)
        unsafe withUnsafeBytes(of: value) {
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<shared]))
        }
        for index in shared..<size { unsafe target[index] = 0 }
        unsafe target.storeBytes(of: size, as: Int.self)
    }
}
