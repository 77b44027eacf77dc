// SPDX-License-Identifier: MIT

public import CH2
internal import H2

@c @implementation
public func h2_connection_next_available_stream_id(
    _ connection: OpaquePointer?, _ streamID: UnsafeMutablePointer<UInt32>?
) -> Int32 {
    unsafe read(connection, streamID) { connection throws(H2Error) in
        try connection.nextAvailableStreamID().rawValue
    }
}

@c @implementation
public func h2_connection_send_headers(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ headers: UnsafePointer<h2_header>?,
    _ headerCount: Int, _ flags: UInt32, _ priority: UnsafePointer<h2_priority>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.sendHeaders(
            unsafe handle.section(headers, headerCount), on: H2StreamID(streamID),
            endStream: endsStream(flags),
            priority: unsafe priority.map { unsafe H2Priority($0.pointee) })
    }
}

@c @implementation
public func h2_connection_send_data(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ data: UnsafeRawPointer?, _ count: Int,
    _ flags: UInt32
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try unsafe handle.connection.sendData(
            copying: bytes(data, count), on: H2StreamID(streamID), endStream: endsStream(flags))
    }
}

@c @implementation
public func h2_connection_send_padded_data(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ data: UnsafeRawPointer?, _ count: Int,
    _ padLength: UInt32, _ flags: UInt32
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        guard let padLength = UInt8(exactly: padLength) else {
            throw .misuse("pad length exceeds 255")
        }
        try unsafe handle.connection.sendData(
            copying: bytes(data, count), on: H2StreamID(streamID), endStream: endsStream(flags),
            padLength: padLength)
    }
}

@c @implementation
public func h2_connection_end_stream(_ connection: OpaquePointer?, _ streamID: UInt32) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.endStream(H2StreamID(streamID))
    }
}

@c @implementation
public func h2_connection_reset_stream(
    _ connection: OpaquePointer?, _ streamID: UInt32, _ errorCode: UInt32
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.resetStream(
            H2StreamID(streamID), errorCode: H2ErrorCode(rawValue: errorCode))
    }
}

@c @implementation
public func h2_connection_ping(
    _ connection: OpaquePointer?, _ opaqueData: UnsafePointer<UInt8>?
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let raw = try unsafe UnsafeRawPointer(needed(opaqueData))
        let value = unsafe raw.loadUnaligned(as: UInt64.self)
        try handle.connection.ping(H2PingData(UInt64(bigEndian: value)))
    }
}

@c @implementation
public func h2_connection_close(
    _ connection: OpaquePointer?, _ errorCode: UInt32, _ additionalData: UnsafeRawPointer?,
    _ additionalDataLength: Int, _ lastStreamID: UInt32
) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        let data = try unsafe bytes(additionalData, additionalDataLength)
        try handle.connection.closeConnection(
            errorCode: H2ErrorCode(rawValue: errorCode), additionalData: unsafe copy(data),
            lastStreamID: lastStreamID == .max ? nil : H2StreamID(lastStreamID))
    }
}

@c @implementation
public func h2_connection_start_graceful_shutdown(_ connection: OpaquePointer?) -> Int32 {
    unsafe call(connection) { handle throws(H2Error) in
        try handle.connection.startGracefulShutdown()
    }
}

extension Handle {
    /// Copies the fields of the caller to a section.
    func section(_ headers: UnsafePointer<h2_header>?, _ count: Int) throws(H2Error) -> H2Headers {
        let fields = try unsafe elements(headers, count)
        return try unsafe sections.section(
            copying: BorrowedField.all(of: fields), limit: maxCopy)
    }
}

extension BorrowedField {
    /// Rebinds fields to the type that H2 uses. LayoutTests compares the layouts of both types.
    @unsafe
    static func all(of fields: UnsafeBufferPointer<h2_header>) -> UnsafeBufferPointer<Self> {
        unsafe UnsafeRawBufferPointer(fields).assumingMemoryBound(to: Self.self)
    }
}

extension H2Priority {
    init(_ priority: h2_priority) {
        self.init(
            weight: Int(priority.weight), dependsOn: H2StreamID(priority.depends_on),
            isExclusive: priority.is_exclusive != 0)
    }
}
