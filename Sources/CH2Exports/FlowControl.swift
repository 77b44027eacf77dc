// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

@c @implementation
public func h2_connection_acknowledge_received_data(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ size: Int
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.acknowledgeReceivedData(size, on: H2StreamID(streamID))
    }
}

@c @implementation
public func h2_connection_increment_flow_control_window(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ increment: UInt32
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.incrementFlowControlWindow(
            by: Int(increment), on: H2StreamID(streamID))
    }
}

@c @implementation
public func h2_connection_local_flow_control_window(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ window: UnsafeMutablePointer<Int64>?
) -> Int32 {
    unsafe read(connection, window) { connection throws(H2Error) in
        try Int64(connection.localFlowControlWindow(on: H2StreamID(streamID)))
    }
}

@c @implementation
public func h2_connection_remote_flow_control_window(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ window: UnsafeMutablePointer<Int64>?
) -> Int32 {
    unsafe read(connection, window) { connection throws(H2Error) in
        try Int64(connection.remoteFlowControlWindow(on: H2StreamID(streamID)))
    }
}

@c @implementation
public func h2_connection_inbound_flow_control_window(
    _ connection: OpaquePointer?, _ window: UnsafeMutablePointer<Int64>?
) -> Int32 {
    unsafe read(connection, window) { Int64($0.inboundFlowControlWindow) }
}

@c @implementation
public func h2_connection_outbound_flow_control_window(
    _ connection: OpaquePointer?, _ window: UnsafeMutablePointer<Int64>?
) -> Int32 {
    unsafe read(connection, window) { Int64($0.outboundFlowControlWindow) }
}

@c @implementation
public func h2_connection_sendable_byte_count(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe read(connection, count) { $0.sendableByteCount(on: H2StreamID(streamID)) }
}
