// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_connection_initiate(_ connection: OpaquePointer?) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.initiateConnection()
    }
}

@c @implementation
public func h2_connection_initiate_upgrade_client(
    _ connection: OpaquePointer?, _ settingsHeader: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let settingsHeader = try unsafe needed(settingsHeader)
        // Only the first call succeeds, so there is no earlier value to free.
        let text = try unsafe Handle.cString(handle.connection.initiateUpgradeConnection())
        unsafe handle.settingsHeader = unsafe text
        unsafe settingsHeader.pointee = UnsafePointer(text)
    }
}

@c @implementation
public func h2_connection_initiate_upgrade_server(
    _ connection: OpaquePointer?, _ settingsHeader: UnsafePointer<CChar>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        // `String` replaces invalid UTF-8 with U+FFFD, which is not base64url: the call then
        // throws.
        try handle.connection.initiateUpgradeConnection(
            settingsHeader: unsafe settingsHeader.map { unsafe String(cString: $0) })
    }
}

@c @implementation
public func h2_connection_push_stream(
    _ connection: OpaquePointer?, _ promisedStreamID: UInt32, _ parentStreamID: UInt32,
    _ requestHeaders: UnsafePointer<h2_header>?, _ headerCount: Int
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.pushStream(
            H2StreamID(promisedStreamID), on: H2StreamID(parentStreamID),
            requestHeaders: unsafe handle.section(requestHeaders, headerCount))
    }
}

@c @implementation
public func h2_connection_prioritize(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ priority: UnsafePointer<h2_priority>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let priority = try unsafe needed(priority)
        try handle.connection.prioritize(
            H2StreamID(streamID), unsafe H2Priority(priority.pointee))
    }
}

@c @implementation
public func h2_connection_advertise_alternative_service(
    _ connection: OpaquePointer?, _ fieldValue: UnsafePointer<CChar>?, _ fieldValueLength: Int,
    _ origin: UnsafePointer<CChar>?, _ originLength: Int
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.advertiseAlternativeService(
            bytes: unsafe copy(bytes(UnsafeRawPointer(fieldValue), fieldValueLength)),
            origin: unsafe copy(bytes(UnsafeRawPointer(origin), originLength)))
    }
}

@c @implementation
public func h2_connection_advertise_alternative_service_on_stream(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ fieldValue: UnsafePointer<CChar>?,
    _ fieldValueLength: Int
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.advertiseAlternativeService(
            bytes: unsafe copy(bytes(UnsafeRawPointer(fieldValue), fieldValueLength)),
            on: H2StreamID(streamID))
    }
}
