// SPDX-License-Identifier: MIT

import H2

/// An HTTP/2 connection over a socket. Received bytes go in with `receiveData`, which gives events;
/// calls queue bytes, and `withDataToSend` lends them.
final class Link {
    static let pieceSize = 64 << 10

    let socket: Descriptor
    let connection: H2Connection
    let trace: Trace
    private(set) var events: [H2Event] = []
    /// Whether the peer sent something last that is no event yet: most often a part of a frame or of
    /// a header block. Something is due from the start: the preface.
    private(set) var isWithinFrame = true
    private let start = ContinuousClock.now

    init(_ role: H2Configuration.Role, over socket: Descriptor, _ trace: Trace) throws {
        var configuration = H2Configuration(role)
        configuration.initialSettings = [
            .enablePush: 0, .initialWindowSize: 1 << 20, .maxConcurrentStreams: 128,
        ]
        self.socket = socket
        self.trace = trace
        connection = H2Connection(configuration)
        note("initiateConnection")
        try connection.initiateConnection()
        note("incrementFlowControlWindow by \(2 << 20)")
        try connection.incrementFlowControlWindow(by: 2 << 20)
    }

    func note(_ call: @autoclosure () -> String) { trace.write(">", call()) }

    /// Shows how close the connection came to its limits.
    func noteUsage() {
        guard trace.isOn else { return }
        for line in connection.usage.lines(connection.configuration.limits) {
            trace.write("=", line)
        }
    }

    /// Reads once: `events` is what the peer did. Returns false at the end of input.
    func receive() throws -> Bool {
        events.removeAll(keepingCapacity: true)
        guard let bytes = try socket.pull(upTo: Self.pieceSize) else { return true }
        defer { for event in events { trace.write("<", event.line) } }
        let time = H2Instant(start.duration(to: .now))
        try connection.receiveData(bytes, at: time, into: &events)
        isWithinFrame = events.isEmpty
        return !bytes.isEmpty
    }

    /// Writes as much as the socket takes. Returns whether that was everything.
    func flush() throws(Failure) -> Bool {
        while connection.hasDataToSend {
            if try connection.withDataToSend(socket.push) == 0 { return false }
        }
        return true
    }

    /// Sends one frame of a body, as far as the windows allow; the last one ends the stream.
    /// Returns how many bytes that was.
    func sendPiece(of body: inout Body, on id: H2StreamID) throws -> Int {
        let window = min(try connection.localFlowControlWindow(on: id), Self.pieceSize)
        let room = isBacklogged ? 0 : min(window, connection.maxOutboundFrameSize)
        let piece = try body.take(room)
        if !piece.isEmpty {
            note("sendData stream \(id) \(piece.count) bytes endStream=\(body.isComplete)")
            try connection.sendData(piece, on: id, endStream: body.isComplete)
        } else if body.isComplete {
            note("endStream stream \(id)")
            try connection.endStream(id)
        }
        return piece.count
    }

    /// Lets the peer send that many bytes more; for a stream that is gone, on the others.
    func acknowledge(_ count: Int, on id: H2StreamID) throws(H2Error) {
        if count == 0 { return }
        note("acknowledgeReceivedData stream \(id) \(count) bytes")
        try connection.acknowledgeReceivedData(count, on: id)
    }

    /// Whether so much is queued for the socket that nothing more should be made or read.
    var isBacklogged: Bool { connection.outboundByteCount >= 256 << 10 }
}
