// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

@c @implementation
public func h2_connection_data_to_send(
    _ connection: OpaquePointer?, _ bytes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe call(connection) { handle in
        // Called often, and usually without output: a body that does not throw is faster.
        guard let bytes = unsafe bytes, let count = unsafe count else {
            return handle.record(.misuse("pointer argument is NULL"))
        }
        let output = unsafe handle.connection.borrowedOutput
        unsafe bytes.pointee = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe count.pointee = output.count
        return CConstants.ok
    }
}

@c @implementation
public func h2_connection_did_send(_ connection: OpaquePointer?, _ count: Int) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        guard handle.connection.dropOutput(count) else {
            throw .misuse("count exceeds the queued bytes")
        }
    }
}

@c @implementation
public func h2_connection_outbound_byte_count(
    _ connection: OpaquePointer?, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe read(connection, count) { $0.outboundByteCount }
}

@c @implementation
public func h2_connection_clear_outbound_data(_ connection: OpaquePointer?) -> Int32 {
    unsafe call(connection) { handle in handle.connection.clearOutboundDataBuffer() }
}
