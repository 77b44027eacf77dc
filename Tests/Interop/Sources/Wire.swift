// SPDX-License-Identifier: MIT

import H2

/// A connection over a socket, with counts of its frames.
final class Wire {
    /// The number of streams that are reset: the maximum that nghttpd accepts at once.
    static let resetCount = 1_000

    let connection: H2Connection
    private let socket: Socket
    private var sent: FrameTally
    private var received: FrameTally

    init(_ role: H2Configuration.Role, over socket: Socket) throws {
        var configuration = H2Configuration(role)
        // A whole body fits into the window of a stream, so that much of it can arrive late. The
        // first streams are reset before the peer acknowledges this window.
        configuration.initialSettings[.initialWindowSize] = 1 << 20
        // With a small window of the connection, hardly any DATA would be late.
        configuration.connectionWindowSize = 16 << 20
        connection = H2Connection(configuration)
        self.socket = socket
        sent = FrameTally(prefaceLength: role == .client ? 24 : 0)
        received = FrameTally(prefaceLength: role == .server ? 24 : 0)
        try connection.initiateConnection()
    }

    /// Writes the queued bytes and reads once. Returns the events, or `nil` at the end.
    func exchange() throws -> [H2Event]? {
        try flush()
        guard let bytes = try receive() else { return nil }
        do {
            return try connection.receiveData(bytes)
        } catch {
            // Send the GOAWAY with the error code.
            try? flush()
            throw failure("\(error)")
        }
    }

    /// Closes the connection and reads the peer's remaining output.
    func finish() throws {
        try connection.closeConnection()
        try flush()
        socket.endOutput()
        while try receive() != nil {}
    }

    /// Fails unless there are 1,000 of these streams, RST_STREAM was sent once on each and on no
    /// others, DATA arrived after the resets, and neither side sent GOAWAY with an error. Otherwise
    /// reports the counts.
    func check(_ what: String, resets streams: Set<H2StreamID>) throws {
        let expected = Dictionary(uniqueKeysWithValues: streams.map { ($0.rawValue, 1) })
        let wrong = sent.resets.filter { id, count in count != expected[id] }.keys.sorted()
        guard
            streams.count == Self.resetCount, sent.resets == expected, received.lateCount > 0,
            !sent.hasError, !received.hasError
        else {
            throw failure("\(streams.count) \(what), wrong on streams \(wrong.prefix(10))")
        }
        try writeAll("\(streams.count) \(what): \(report)\n".utf8, to: 2)
    }

    func failure(_ reason: String) -> Failure { Failure("\(reason): \(report)") }

    private func flush() throws {
        let bytes = connection.dataToSend()
        sent.count(bytes, afterResets: received.resets)
        try socket.send(bytes)
    }

    private func receive() throws -> [UInt8]? {
        let bytes = try socket.receive()
        received.count(bytes, afterResets: sent.resets)
        return bytes.isEmpty ? nil : bytes
    }

    /// The counts of frames, and the use of each budget.
    private var report: String {
        let usage = connection.usage
        let limits = FrequencyLimit.allCases.filter { usage[$0].total > 0 }
            .map { "\($0) \(usage[$0].used) of \(usage[$0].total)" }.joined(separator: ", ")
        return """
            RST_STREAM \(sent.resetCount) sent, \(received.resetCount) received; \
            \(received.lateCount) late DATA; GOAWAY \(sent.goAwayCodes) sent, \
            \(received.goAwayCodes) received; limits used: \(limits.isEmpty ? "none" : limits)
            """
    }
}
