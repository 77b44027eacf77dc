// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

/// Makes a call on a connection; what it throws becomes the result, and the last error.
@inline(__always)
func call(
    _ connection: OpaquePointer?, _ body: (Handle) throws(H2Error) -> Void
) -> Int32 {
    guard let connection = unsafe connection else { return CConstants.invalidArgument }
    // The caller keeps the handle meanwhile: it need not be retained.
    return unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(connection))
        ._withUnsafeGuaranteedRef { handle in
            do throws(H2Error) {
                try body(handle)
                return CConstants.ok
            } catch {
                return handle.record(error)
            }
        }
}

/// Makes a call on a connection that throws nothing.
@inline(__always)
func call(_ connection: OpaquePointer?, _ body: (Handle) -> Int32) -> Int32 {
    guard let connection = unsafe connection else { return CConstants.invalidArgument }
    return unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(connection))
        ._withUnsafeGuaranteedRef(body)
}

/// Writes a value of a connection through a pointer.
@inline(__always)
func read<T>(
    _ connection: OpaquePointer?, _ result: UnsafeMutablePointer<T>?,
    _ value: (H2Connection) throws(H2Error) -> T
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let result = try unsafe needed(result)
        unsafe result.pointee = try value(handle.connection)
    }
}

/// A pointer that may not be NULL.
@inline(__always)
func needed<P>(_ pointer: P?) throws(H2Error) -> P {
    guard let pointer else { throw .misuse("a pointer is NULL") }
    return pointer
}

/// The bytes that a caller gave.
@inline(__always)
func bytes(_ start: UnsafeRawPointer?, _ count: Int) throws(H2Error) -> UnsafeRawBufferPointer {
    guard count >= 0 else { throw .misuse("a length is above PTRDIFF_MAX") }
    guard unsafe start != nil || count == 0 else { throw .misuse("a pointer is NULL") }
    return unsafe UnsafeRawBufferPointer(start: start, count: count)
}

/// No frame carries more bytes, and no header section may have more.
let maxCopy = 1 << 24

/// Copies bytes that a caller gave. What nothing could send is refused before.
func copy(_ bytes: UnsafeRawBufferPointer) throws(H2Error) -> [UInt8] {
    guard bytes.count < maxCopy else { throw .excess(bytes.count, limit: maxCopy) }
    return unsafe Array(bytes)
}

/// The elements that a caller gave.
@inline(__always)
func elements<T>(
    _ start: UnsafePointer<T>?, _ count: Int
) throws(H2Error) -> UnsafeBufferPointer<T> {
    // Of so many, not even the addresses fit.
    guard count >= 0, count <= Int.max / MemoryLayout<T>.stride else {
        throw .misuse("a count is too large")
    }
    guard unsafe start != nil || count == 0 else { throw .misuse("a pointer is NULL") }
    return unsafe UnsafeBufferPointer(start: start, count: count)
}

/// Whether the flags of h2_send_flag have H2_END_STREAM.
@inline(__always)
func endsStream(_ flags: UInt32) throws(H2Error) -> Bool {
    guard flags & ~H2_END_STREAM.rawValue == 0 else {
        throw .misuse("a flag is not of h2_send_flag")
    }
    return flags != 0
}
