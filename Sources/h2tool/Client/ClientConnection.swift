// SPDX-License-Identifier: MIT

import H2

/// A connection to a server, and the reason for its end.
final class ClientConnection {
    let target: Target
    let link: Link
    /// Whether the server may send more.
    private(set) var isOpen = true
    /// Whether no write has failed.
    private(set) var canSend = true
    private(set) var goAway: H2Event.ConnectionTerminated?
    private var hasSettings = false
    private var error: (any Error)?
    private let buffer = ReadBuffer()

    init(to target: Target, _ deadlines: Deadlines, _ trace: Trace) throws {
        self.target = target
        let (host, port) = (target.host, target.port)
        let socket: Descriptor
        do throws(Failure) {
            socket = try .connecting(to: host, port) { deadlines.connectMilliseconds }
        } catch {
            if error.isTimeout { throw deadlines.connectTimedOut(target) }
            guard error.isConnectionRefused else { throw error }
            throw Failure(
                "nothing listens on \(host) port \(port) (connection refused); is the server "
                    + "running?"
            )
        }
        link = try Link(Self.configuration(deadlines.timeouts), over: socket, trace, at: .now)
    }

    private static func configuration(_ timeouts: Timeouts) -> H2Configuration {
        var configuration = H2Configuration.client
        configuration.initialSettings = [.enablePush: 0]
        configuration.flowControl = .automatic(
            .init(streamWindow: 1 << 20, connectionWindow: 3 << 20))
        configuration.reportsStreamOutcomes = true
        configuration.lateCalls = .ignored
        // The server must open its window for the request, and read from the socket.
        configuration.deadlines.drainRate = .init(bytes: 1, per: timeouts.idle)
        configuration.deadlines.output = timeouts.idle
        // A connection error says what is wrong with a response; a stream error has only a code.
        configuration.malformedMessages = .connectionError
        configuration.excess = .connectionError
        return configuration
    }

    /// Whether another request can be sent.
    var isReusable: Bool { isOpen && canSend && goAway == nil }

    /// Whether the server has sent nothing.
    var isSilent: Bool { link.firstBytes.isEmpty }

    /// Reads once and returns the events. At the end of input, they include the outcomes of open
    /// streams.
    func receive() -> [H2Event] {
        do { isOpen = try link.receive(with: buffer, at: .now) } catch {
            self.error = error
            isOpen = false
        }
        var events = link.events
        // After an HTTP/2 error, GOAWAY still has to be sent.
        if !isOpen && !(error is H2Error) { events += link.connectionLost() }
        for event in events {
            switch event {
            case .remoteSettingsChanged: hasSettings = true
            case .connectionTerminated(let end): goAway = end
            default: break
            }
        }
        return events
    }

    /// Writes as much as the socket accepts. Returns false if the rest has to wait.
    func flush() -> Bool {
        // After an error, nothing can be sent, but unread input may explain the error.
        do { return try !canSend || link.flush() } catch { canSend = false }
        return true
    }

    /// Handles what the server has sent since the last request, for at most 1 second.
    func receivePending() {
        let end = H2Instant.now.advanced(by: .seconds(1))
        while isOpen, .now < end,
            (try? Descriptor.wait([(link.socket, true, false)], timeout: 0)) == [.input]
        {
            _ = receive()
        }
    }

    /// Sends all queued output and GOAWAY, then waits up to 1 second for the server to close the
    /// connection. Closing earlier can discard output that the server has not received.
    func shutDown(_ deadlines: Deadlines) {
        receivePending()
        link.log("closeConnection")
        try? link.connection.closeConnection()
        let socket = link.socket
        while !flush(), !deadlines.isOver {
            let interest = (socket, isOpen, true) as Descriptor.Interest
            guard let ready = try? Descriptor.wait([interest], timeout: deadlines.milliseconds)
            else { return }
            if ready == [.input] { discard() }
        }
        socket.endOutput()
        let end = H2Instant.now.advanced(by: .seconds(deadlines.isOver ? 0 : 1))
        while isOpen, case let now = H2Instant.now, now < end {
            let timeout = now.milliseconds(until: end)
            _ = try? Descriptor.wait([(socket, true, false)], timeout: timeout)
            discard()
        }
    }

    private func discard() {
        do { isOpen = try buffer.fill(from: link.socket) != 0 } catch { isOpen = false }
    }

    // MARK: The reason for the end

    /// The error code and the debug data of a received GOAWAY.
    var goAwayText: String? {
        goAway.map { end in
            let text = String(decoding: end.additionalData, as: UTF8.self)
            return "GOAWAY \(end.errorCode)" + (text.isEmpty ? "" : ": \(text)")
        }
    }

    /// Why no response can arrive any more.
    var reason: Failure {
        let server = "\(target.host) port \(target.port)"
        let start = link.firstBytes
        if start.starts(with: "HTTP/".utf8) {
            return Failure(
                "\(server) answered in HTTP/1; h2tool needs a server that speaks HTTP/2 without "
                    + "TLS and without an upgrade (h2c with prior knowledge)")
        }
        // An alert record, RFC 8446 §5.1.
        if start.starts(with: [0x15, 0x03]) {
            return Failure("\(server) expects TLS (https); h2tool speaks HTTP/2 only without TLS")
        }
        if start.isEmpty {
            return Failure(
                "\(server) ended the connection without an answer; it may expect TLS (https) "
                    + "or speak only HTTP/1.1")
        }
        if !hasSettings {
            let text = String(decoding: start, as: UTF8.self)
            // An HTTP/0.9 response, for example, begins with the HTML.
            let hint = text.hasPrefix("<") ? "; it may speak HTTP/1.1 only: try curl" : ""
            return Failure(
                "\(server) does not speak HTTP/2; its answer begins with '\(text)'\(hint)")
        }
        if let goAwayText { return Failure("the server ended the connection: \(goAwayText)") }
        switch error {
        case let error as H2Error: return Failure("the server caused an HTTP/2 error: \(error)")
        case let error?: return Failure("the connection to \(server) failed: \(error)")
        case nil: return Failure("the server ended the connection before the response was complete")
        }
    }
}
