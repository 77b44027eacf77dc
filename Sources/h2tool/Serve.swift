// SPDX-License-Identifier: MIT

import ArgumentParser

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a directory on 127.0.0.1, and sends back what is posted to /echo.",
        discussion: """
            Files outside of the directory are not served, whatever links there are in it. SIGINT or \
            SIGTERM lets open streams finish; a second one ends at once.
            """)

    @Option(help: "The port; 0 is any free one.") var port: UInt16 = 8080
    @Option(help: "Seconds without a request or a byte of a body until a client is sent away.")
    var idleTimeout = 60
    @Option(help: "Seconds that a client may take to send the preface, or a request, to its end.")
    var headerTimeout = 10
    @Option(help: "Seconds that clients have to finish once the server or a connection ends.")
    var stopTimeout = 10
    @Option(help: "Connections at a time; more wait to be accepted.") var maxConnections = 256
    @Flag(name: .shortAndLong, help: "Show each event and call on stderr.") var verbose = false
    @Argument(help: "What to serve.") var directory = "."

    func validate() throws {
        let limits = [idleTimeout, headerTimeout, stopTimeout, maxConnections]
        guard limits.allSatisfy({ 1...1_000_000 ~= $0 }) else {
            throw ValidationError("Timeouts and --max-connections are 1 to 1000000.")
        }
    }

    func run() throws {
        let limits = ServerLimits(
            idle: .seconds(idleTimeout), header: .seconds(headerTimeout),
            stop: .seconds(stopTimeout), connections: maxConnections)
        var server = Server(
            site: try StaticFiles(directory), limits: limits, isVerbose: verbose,
            signals: try Descriptor.stopSignals(),
            listener: try Descriptor.stream("127.0.0.1", String(port), listens: true))
        let line = "listening on http://127.0.0.1:\(server.port)\n"
        try Descriptor.standardOutput.pushAll(line.utf8Span.span)
        while !server.isDone { try server.step() }
    }
}
