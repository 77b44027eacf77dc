// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_connection_enqueue_data(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ data: UnsafeRawPointer?, _ count: Int,
    _ flags: UInt32
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try unsafe handle.connection.enqueueData(
            copying: bytes(data, count), on: H2StreamID(streamID), endStream: endsStream(flags))
    }
}

@c @implementation
public func h2_connection_enqueue_trailers(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ headers: UnsafePointer<h2_header>?,
    _ headerCount: Int
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.enqueueTrailers(
            unsafe handle.section(headers, headerCount), on: H2StreamID(streamID))
    }
}

@c @implementation
public func h2_connection_queued_byte_count(
    _ connection: OpaquePointer?, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe read(connection, count) { $0.queuedByteCount }
}

@c @implementation
public func h2_connection_queued_byte_count_on_stream(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    unsafe read(connection, count) { $0.queuedByteCount(on: H2StreamID(streamID)) }
}

@c @implementation
public func h2_connection_set_send_priority(
    _ connection: OpaquePointer?, _ streamID: UInt32,
    _ priority: UnsafePointer<h2_extensible_priority>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let priority = try unsafe needed(priority)
        try handle.connection.setSendPriority(
            unsafe H2ExtensiblePriority(priority.pointee), on: H2StreamID(streamID))
    }
}

@c @implementation
public func h2_connection_send_priority_update(
    _ connection: OpaquePointer?, _ streamID: UInt32,
    _ priority: UnsafePointer<h2_extensible_priority>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let priority = try unsafe needed(priority)
        try handle.connection.sendPriorityUpdate(
            unsafe H2ExtensiblePriority(priority.pointee), on: H2StreamID(streamID))
    }
}

extension H2ExtensiblePriority {
    fileprivate init(_ priority: h2_extensible_priority) {
        self.init(
            urgency: Int(priority.urgency), isIncremental: priority.is_incremental != 0)
    }
}
