// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

/// Runs `body` with the handle of a connection. An error that it throws becomes the result and the
/// last error.
@inline(__always)
func call(
    _ connection: OpaquePointer?, _ body: (Handle) throws(H2Error) -> Void
) -> Int32 {
    guard let connection = unsafe connection else { return CConstants.invalidArgument }
    // The caller owns the handle during the call, so it is not retained.
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

/// Runs `body`, which does not throw, with the handle of a connection.
@inline(__always)
func call(_ connection: OpaquePointer?, _ body: (Handle) -> Int32) -> Int32 {
    guard let connection = unsafe connection else { return CConstants.invalidArgument }
    return unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(connection))
        ._withUnsafeGuaranteedRef(body)
}

/// Writes a value of a connection to `result`.
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

/// Returns a pointer that must not be NULL.
///
/// - Throws: `.invalidArgument` if it is NULL.
@inline(__always)
func needed<P>(_ pointer: P?) throws(H2Error) -> P {
    guard let pointer else { throw .misuse("pointer argument is NULL") }
    return pointer
}

/// Returns a view of the bytes of the caller.
///
/// - Throws: `.invalidArgument` for a negative count, or for NULL with a count above 0.
@inline(__always)
func bytes(_ start: UnsafeRawPointer?, _ count: Int) throws(H2Error) -> UnsafeRawBufferPointer {
    guard count >= 0 else { throw .misuse("length exceeds PTRDIFF_MAX") }
    guard unsafe start != nil || count == 0 else { throw .misuse("pointer argument is NULL") }
    return unsafe UnsafeRawBufferPointer(start: start, count: count)
}

/// An exclusive bound: every frame payload and header section that can be sent has fewer bytes.
let maxCopy = 1 << 24

/// Copies the bytes of the caller.
///
/// - Throws: `.frameTooLarge`, before copying, if no frame could contain the bytes.
func copy(_ bytes: UnsafeRawBufferPointer) throws(H2Error) -> [UInt8] {
    guard bytes.count < maxCopy else { throw .excess(bytes.count, limit: maxCopy) }
    return unsafe Array(bytes)
}

/// Returns a view of the elements of the caller.
///
/// - Throws: `.invalidArgument` for an impossible count, or for NULL with a count above 0.
@inline(__always)
func elements<T>(
    _ start: UnsafePointer<T>?, _ count: Int
) throws(H2Error) -> UnsafeBufferPointer<T> {
    // The size of the array must not overflow `Int`.
    guard count >= 0, count <= Int.max / MemoryLayout<T>.stride else {
        throw .misuse("array exceeds PTRDIFF_MAX bytes")
    }
    guard unsafe start != nil || count == 0 else { throw .misuse("pointer argument is NULL") }
    return unsafe UnsafeBufferPointer(start: start, count: count)
}

/// Returns whether `flags` contains H2_END_STREAM.
///
/// - Throws: `.invalidArgument` for a flag that is not of `h2_send_flag`.
@inline(__always)
func endsStream(_ flags: UInt32) throws(H2Error) -> Bool {
    guard flags & ~H2_END_STREAM.rawValue == 0 else {
        throw .misuse("unknown h2_send_flag")
    }
    return flags != 0
}
