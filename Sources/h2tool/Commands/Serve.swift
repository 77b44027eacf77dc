// SPDX-License-Identifier: MIT

import ArgumentParser

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a directory over HTTP/2 without TLS.",
        usage: "h2tool serve [OPTION...] [DIRECTORY]",
        discussion: """
            Clients must begin with HTTP/2 ("prior knowledge"): h2tool get, nghttp, or curl with \
            --http2-prior-knowledge. Browsers do not.

            A directory with an index.html is that file, any other one is listed. Files outside of \
            DIRECTORY are not served, whatever links there are in it. POST to /echo sends the body \
            back. SIGINT or SIGTERM (Ctrl-C) lets open requests finish; a second one ends at once.

            EXAMPLES:
              h2tool serve                        this directory, on http://127.0.0.1:8080
              h2tool serve --port 0 site          on any free port
              h2tool serve --bind 0.0.0.0 site    for other machines, too
            """)

    @Argument(help: ArgumentHelp("The directory to serve.", valueName: "DIRECTORY"))
    var directory = "."
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The port to listen on; 0 is any free one.", valueName: "PORT"))
    var port: UInt16 = 8080
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The address to listen on; 0.0.0.0 and :: are all of this machine.",
            valueName: "ADDRESS"))
    var bind = "127.0.0.1"
    @Option(
        help: ArgumentHelp(
            "Close a connection without a request or a byte of a body for this time.",
            valueName: "SECONDS"))
    var idleTimeout = 60
    @Option(
        help: ArgumentHelp(
            "Close a connection that takes longer to send the preface, or a request's header.",
            valueName: "SECONDS"))
    var headerTimeout = 10
    @Option(
        help: ArgumentHelp(
            "Wait this long for clients once a connection or the server ends.",
            valueName: "SECONDS"))
    var stopTimeout = 10
    @Option(
        help: ArgumentHelp("Serve this many at a time; further ones wait.", valueName: "COUNT"))
    var maxConnections = 256
    @Flag(name: .shortAndLong, help: "Show each event and call on standard error.")
    var verbose = false

    func validate() throws {
        let limits = [
            ("--idle-timeout", idleTimeout), ("--header-timeout", headerTimeout),
            ("--stop-timeout", stopTimeout), ("--max-connections", maxConnections),
        ]
        for (name, value) in limits where !(1...1_000_000 ~= value) {
            throw ValidationError("\(name) must be 1 to 1000000; it is \(value).")
        }
    }

    func run() throws {
        // Before anything is opened.
        Descriptor.reserveStandardStreams()
        let limits = ServerLimits(
            idle: .seconds(idleTimeout), header: .seconds(headerTimeout),
            stop: .seconds(stopTimeout), connections: maxConnections)
        // Files, the listener and the like need some, too.
        let (needed, available) = (maxConnections + 64, Descriptor.raiseLimit())
        if needed > available {
            throw Failure(
                "--max-connections \(maxConnections) needs \(needed) open files; the limit is "
                    + "\(available) (ulimit -n)")
        }
        let site = try Site(directory)
        var server = try Server(
            site: site, limits: limits, isVerbose: verbose,
            signals: try StopSignals.descriptor(), listener: try listener())
        let host = bind.contains(":") ? "[\(bind)]" : bind
        let line = "listening on http://\(host):\(server.port)\n"
        try Descriptor.standardOutput.pushAll(line.utf8Span.span)
        while !server.isDone { try server.step() }
    }

    private func listener() throws(Failure) -> Descriptor {
        do throws(Failure) {
            return try .listening(on: bind, port)
        } catch {
            let hint = port == 0 ? "" : " (--port 0 takes any free port)"
            throw Failure("cannot listen: \(error)\(hint)")
        }
    }
}
