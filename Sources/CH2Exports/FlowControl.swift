// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_flow_control_init(
    _ flowControl: UnsafeMutablePointer<h2_flow_control>?, _ size: Int
) -> Int32 {
    guard let flowControl = unsafe flowControl,
        VersionedStruct.isPossible(size, firstSize: VersionedStruct.firstFlowControlSize)
    else { return CConstants.invalidArgument }
    unsafe VersionedStruct.write(
        h2_flow_control(H2FlowControl.Automatic()), size: size, to: flowControl)
    return CConstants.ok
}

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

@c @implementation
public func h2_connection_round_trip_time(
    _ connection: OpaquePointer?, _ nanoseconds: UnsafeMutablePointer<Int64>?
) -> Int32 {
    unsafe read(connection, nanoseconds) {
        $0.roundTripTime.map { Int64(clamping: H2Instant($0).rawValue) } ?? -1
    }
}

extension h2_flow_control {
    init(_ sizes: H2FlowControl.Automatic) {
        self.init()
        stream_window = Int64(sizes.streamWindow)
        max_stream_window = Int64(sizes.maxStreamWindow)
        connection_window = Int64(sizes.connectionWindow)
        max_connection_window = Int64(sizes.maxConnectionWindow)
        max_unacknowledged = Int64(sizes.maxUnacknowledged)
        credits_streams_on_arrival = sizes.creditsStreamsOnArrival ? 1 : 0
    }
}

extension H2FlowControl.Automatic {
    /// Creates sizes from the C structure. `initiateConnection` checks their ranges.
    init(_ pointer: UnsafePointer<h2_flow_control>) throws(H2Error) {
        self.init()
        let sizes = try unsafe VersionedStruct.read(
            pointer, firstSize: VersionedStruct.firstFlowControlSize,
            defaults: h2_flow_control(self))
        streamWindow = Int(clamping: sizes.stream_window)
        maxStreamWindow = Int(clamping: sizes.max_stream_window)
        connectionWindow = Int(clamping: sizes.connection_window)
        maxConnectionWindow = Int(clamping: sizes.max_connection_window)
        maxUnacknowledged = Int(clamping: sizes.max_unacknowledged)
        creditsStreamsOnArrival = sizes.credits_streams_on_arrival != 0
    }
}
