// SPDX-License-Identifier: MIT

import H2

/// An HTTP/2 connection over a socket. `receive` passes bytes from the socket to the connection;
/// `write` and `flush` pass queued bytes from the connection to the socket.
final class Link {
    let socket: Descriptor
    let connection: H2Connection
    let trace: Trace
    /// The events of the last call of `receive`, even if it threw an error.
    private(set) var events: [H2Event] = []
    /// The first 16 bytes that the peer sent, to recognize other protocols.
    private(set) var firstBytes: [UInt8] = []

    init(
        _ configuration: H2Configuration, over socket: Descriptor, _ trace: Trace,
        at time: H2Instant
    ) throws(H2Error) {
        self.socket = socket
        self.trace = trace
        connection = H2Connection(configuration)
        log("initiateConnection")
        try connection.initiateConnection()
        connection.advance(to: time)
    }

    func log(_ call: @autoclosure () -> String) { trace.write(">", call()) }

    /// Shows how close the connection came to its limits.
    func logUsage() {
        guard trace.isOn else { return }
        for line in connection.usage.lines(connection.configuration.limits) {
            trace.write("=", line)
        }
    }

    // MARK: Events

    /// Reads once and replaces `events`. Returns false at the end of input.
    func receive(with buffer: ReadBuffer, at time: H2Instant) throws -> Bool {
        events.removeAll(keepingCapacity: true)
        guard let count = try buffer.fill(from: socket) else { return true }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])
        if firstBytes.count < 16 { unsafe firstBytes += bytes.prefix(16 - firstBytes.count) }
        defer { show(events) }
        try unsafe connection.receiveData(copying: bytes, at: time, into: &events)
        return count > 0
    }

    /// Returns the pending events of calls that return none.
    func takeEvents() -> [H2Event] { shown(connection.takeEvents()) }

    func handleDeadlines(at time: H2Instant) throws(H2Error) -> [H2Event] {
        do { return try shown(connection.handleDeadlines(at: time)) } catch {
            show(error.precedingEvents)
            throw error
        }
    }

    func connectionLost() -> [H2Event] { shown(connection.connectionLost()) }

    private func shown(_ events: [H2Event]) -> [H2Event] {
        show(events)
        return events
    }

    private func show(_ events: [H2Event]) {
        guard trace.isOn else { return }
        for event in events { trace.write("<", event.line) }
    }

    // MARK: Output

    /// Writes once, up to 64 KiB. Returns the number of bytes written, 0 if there is no room.
    ///
    /// Urgent data cannot overtake bytes in the output, so this does not take more output at once.
    func write() throws(Failure) -> Int {
        try connection.withDataToSend { bytes throws(Failure) in try socket.push(bytes) }
    }

    /// Writes as much as the socket accepts. Returns whether that was everything.
    func flush() throws(Failure) -> Bool {
        while connection.hasDataToSend { if try write() == 0 { return false } }
        return true
    }

    /// Lets the peer send `count` more bytes; after the end of the stream, on other streams.
    func acknowledge(_ count: Int, on id: H2StreamID) throws(H2Error) {
        if count == 0 { return }
        log("acknowledgeReceivedData stream \(id) \(count) bytes")
        try connection.acknowledgeReceivedData(count, on: id)
    }

    func enqueue(_ data: ArraySlice<UInt8>, on id: H2StreamID, endStream: Bool) throws(H2Error) {
        log("enqueueData stream \(id) \(data.count) bytes endStream=\(endStream)")
        try connection.enqueueData(data, on: id, endStream: endStream)
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
