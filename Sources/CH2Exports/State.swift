// SPDX-License-Identifier: MIT

internal import CH2
internal import H2

@c @implementation
public func h2_connection_state(
    _ connection: OpaquePointer?, _ state: UnsafeMutablePointer<Int32>?
) -> Int32 {
    unsafe read(connection, state) { CConstants.state($0.connectionState) }
}

@c @implementation
public func h2_connection_highest_inbound_stream_id(
    _ connection: OpaquePointer?, _ streamID: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    unsafe read(connection, streamID) { $0.highestInboundStreamID.rawValue }
}

@c @implementation
public func h2_connection_highest_outbound_stream_id(
    _ connection: OpaquePointer?, _ streamID: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    unsafe read(connection, streamID) { $0.highestOutboundStreamID.rawValue }
}

@c @implementation
public func h2_connection_open_inbound_streams(
    _ connection: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    unsafe read(connection, count) { UInt32(clamping: $0.openInboundStreams) }
}

@c @implementation
public func h2_connection_open_outbound_streams(
    _ connection: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    unsafe read(connection, count) { UInt32(clamping: $0.openOutboundStreams) }
}

@c @implementation
public func h2_connection_available_outbound_streams(
    _ connection: OpaquePointer?, _ count: UnsafeMutablePointer<Int64>?
) -> Int32 {
    unsafe read(connection, count) { $0.availableOutboundStreams.map { Int64($0) } ?? -1 }
}

@c @implementation
public func h2_connection_max_inbound_frame_size(
    _ connection: OpaquePointer?, _ size: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    unsafe read(connection, size) { UInt32(clamping: $0.maxInboundFrameSize) }
}

@c @implementation
public func h2_connection_max_outbound_frame_size(
    _ connection: OpaquePointer?, _ size: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    unsafe read(connection, size) { UInt32(clamping: $0.maxOutboundFrameSize) }
}
