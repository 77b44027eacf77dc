// SPDX-License-Identifier: MIT

internal import H2

/// Structures that can grow at their end. Their first member is their size, as the program that uses
/// them knows it.
enum Growing {
    /// Whether a structure can have this size: none was ever smaller than the first, and one that is
    /// much larger was never filled.
    static func isPossible<T>(_ size: Int, for type: T.Type) -> Bool {
        size >= MemoryLayout<T>.size && size <= 4_096
    }

    /// The size that was filled in.
    ///
    /// - Throws: `.invalidArgument` for one that is not possible.
    static func size<T>(of structure: UnsafePointer<T>) throws(H2Error) -> Int {
        let size = unsafe UnsafeRawPointer(structure).load(as: Int.self)
        guard isPossible(size, for: T.self) else {
            throw .misuse("the size of a structure is not possible")
        }
        return size
    }

    /// Reads a structure.
    ///
    /// - Throws: `.invalidArgument` where a newer header sets what this library does not know.
    static func read<T: BitwiseCopyable>(_ structure: UnsafePointer<T>) throws(H2Error) -> T {
        let size = try unsafe size(of: structure)
        let raw = unsafe UnsafeRawBufferPointer(start: structure, count: size)
        guard unsafe raw[MemoryLayout<T>.size...].allSatisfy({ $0 == 0 }) else {
            throw .misuse("a structure sets what this library does not know")
        }
        return unsafe structure.pointee
    }

    /// Writes a structure. What a newer header has behind it becomes 0.
    static func write<T: BitwiseCopyable>(
        _ value: T, size: Int, to structure: UnsafeMutablePointer<T>
    ) {
        let raw = UnsafeMutableRawPointer(structure)
        unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe structure.pointee = value
        unsafe raw.storeBytes(of: size, as: Int.self)
    }
}
