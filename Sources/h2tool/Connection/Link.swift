// SPDX-License-Identifier: MIT

import H2

/// An HTTP/2 connection over a socket. `receive` passes bytes from the socket to the connection;
/// `flush` passes queued bytes from the connection to the socket.
final class Link {
    let socket: Descriptor
    let connection: H2Connection
    let trace: Trace
    private(set) var events: [H2Event] = []
    /// The first 16 bytes that the peer sent, to recognize other protocols.
    private(set) var firstBytes: [UInt8] = []

    init(
        _ configuration: H2Configuration, over socket: Descriptor, _ trace: Trace
    ) throws(H2Error) {
        self.socket = socket
        self.trace = trace
        connection = H2Connection(configuration)
        log("initiateConnection")
        try connection.initiateConnection()
    }

    func log(_ call: @autoclosure () -> String) { trace.write(">", call()) }

    /// Shows how close the connection came to its limits.
    func logUsage() {
        guard trace.isOn else { return }
        for line in connection.usage.lines(connection.configuration.limits) {
            trace.write("=", line)
        }
    }

    /// Reads once and replaces `events`. Returns false at the end of input.
    func receive(with buffer: ReadBuffer, at time: ContinuousClock.Instant) throws -> Bool {
        events.removeAll(keepingCapacity: true)
        guard let count = try buffer.fill(from: socket) else { return true }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
        if firstBytes.count < 16 { unsafe firstBytes += bytes.prefix(16 - firstBytes.count) }
        defer { if trace.isOn { for event in events { trace.write("<", event.line) } } }
        let instant = H2Instant(Self.start.duration(to: time))
        try unsafe connection.receiveData(copying: bytes, at: instant, into: &events)
        return count > 0
    }

    /// An arbitrary origin: H2 only compares times of the same connection.
    private static let start = ContinuousClock.now

    /// Writes as much as the socket accepts. Returns whether that was everything.
    func flush() throws(Failure) -> Bool {
        while connection.hasDataToSend {
            let count = try unsafe connection.withSegmentsToSend { pieces throws(Failure) in
                try unsafe socket.push(pieces)
            }
            if count == 0 { return false }
        }
        return true
    }

    /// Lets the peer send `count` more bytes; after the end of the stream, on other streams.
    func acknowledge(_ count: Int, on id: H2StreamID) throws(H2Error) {
        if count == 0 { return }
        log("acknowledgeReceivedData stream \(id) \(count) bytes")
        try connection.acknowledgeReceivedData(count, on: id)
    }

    func reset(_ id: H2StreamID, _ code: H2ErrorCode) throws(H2Error) {
        log("resetStream stream \(id) \(code)")
        try connection.resetStream(id, errorCode: code)
    }
}

/// A buffer for one read, which connections share.
@safe final class ReadBuffer {
    @unsafe private(set) var bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int = 32 << 10) {
        unsafe bytes = .allocate(byteCount: byteCount, alignment: 16)
    }

    deinit { unsafe bytes.deallocate() }

    /// Reads once. Returns the number of bytes: `nil` if there are none yet, 0 at the end.
    func fill(from descriptor: Descriptor) throws(Failure) -> Int? {
        try unsafe descriptor.pull(into: bytes)
    }
}
