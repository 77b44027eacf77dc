// SPDX-License-Identifier: MIT

import ArgumentParser

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a directory on 127.0.0.1, and sends back what is posted to /echo.",
        discussion: "SIGINT or SIGTERM lets open streams finish; a second one ends at once.")

    @Option(help: "The port; 0 is any free one.") var port: UInt16 = 8080
    @Flag(name: .shortAndLong, help: "Show each event and call on stderr.") var verbose = false
    @Argument(help: "What to serve.") var directory = "."

    func run() throws {
        var server = Server(
            site: try StaticFiles(directory), isVerbose: verbose,
            signals: try Descriptor.stopSignals(),
            listener: try Descriptor.stream("127.0.0.1", String(port), listens: true))
        let line = "listening on http://127.0.0.1:\(server.listener?.port ?? 0)\n"
        try Descriptor.standardOutput.pushAll(line.utf8Span.span)
        try server.run()
    }
}

/// One poll loop over all connections.
private struct Server {
    let site: StaticFiles
    let isVerbose: Bool
    let signals: Descriptor
    var listener: Descriptor?
    var connections: [ServerConnection] = []
    var connectionCount = 0
    /// No descriptor was free for a new connection: the next try waits a moment.
    var isPaused = false

    mutating func run() throws {
        while listener != nil || !connections.isEmpty {
            let isFull = isPaused || connections.count >= 256
            let others = [listener == nil ? nil : signals, isFull ? nil : listener]
            var interests: [Descriptor.Interest] = others.map { ($0, true, false) }
            interests += connections.map { ($0.socket, $0.wantsInput, $0.wantsOutput) }
            let ready = try Descriptor.wait(interests, timeout: isPaused ? 100 : -1)
            isPaused = false
            for (connection, ready) in zip(connections, ready[2...]) where ready != .nothing {
                connection.advance(hasInput: ready == .input)
            }
            if ready[1] == .input { accept() }
            if ready[0] == .input {
                listener = nil
                for connection in connections { connection.stop() }
            }
            connections.removeAll { $0.isClosed }
        }
    }

    mutating func accept() {
        guard let socket = listener?.accepted() else { return isPaused = true }
        connectionCount += 1
        let trace = Trace(label: "[\(connectionCount)] ", isOn: isVerbose)
        if let client = try? ServerConnection(socket, site, trace) { connections.append(client) }
    }
}
