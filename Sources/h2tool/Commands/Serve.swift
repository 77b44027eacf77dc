// SPDX-License-Identifier: MIT

import ArgumentParser

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a directory over HTTP/2 without TLS.",
        usage: "h2tool serve [OPTION...] [DIRECTORY]",
        discussion: """
            Clients must start with HTTP/2 ("prior knowledge"), as h2tool get, nghttp and curl \
            with --http2-prior-knowledge do. Browsers do not.

            For a directory, the server sends its index.html, or a listing if there is none. Files \
            outside DIRECTORY are not served, even if symbolic links lead to them. POST to /echo \
            returns the body. SIGINT (Ctrl-C) or SIGTERM lets open requests finish; a second \
            signal ends the server at once.

            Whatever clients do, at most 64 files and sockets are open beyond one for each \
            connection, at most 32,768 requests are open, and slow clients together hold 4 MiB of \
            responses and 4 MiB of /echo.

            EXAMPLES:
              h2tool serve                        the current directory, on http://127.0.0.1:8080
              h2tool serve --port 0 site          on any free port
              h2tool serve --bind 0.0.0.0 site    for other machines, too
            """)

    @Argument(help: ArgumentHelp("The directory to serve.", valueName: "DIRECTORY"))
    var directory = "."
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The port to listen on, or 0 for any free port.", valueName: "PORT"))
    var port: UInt16 = 8080
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The address to listen on, or 0.0.0.0 or :: for all addresses.",
            valueName: "ADDRESS"))
    var bind = "127.0.0.1"
    @Option(
        help: ArgumentHelp(
            "Close a connection that has no new request and moves no body data for this long.",
            valueName: "SECONDS"))
    var idleTimeout = 60
    @Option(
        help: ArgumentHelp(
            "Close a connection that takes longer to send the preface, a frame or a header "
                + "section while no request is open.",
            valueName: "SECONDS"))
    var headerTimeout = 10
    @Option(
        help: ArgumentHelp(
            "Wait this long for a client after the server stops or ends the connection.",
            valueName: "SECONDS"))
    var stopTimeout = 10
    @Option(
        help: ArgumentHelp(
            "Serve at most this many connections at a time; others wait.", valueName: "COUNT"))
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
        // This must come before anything is opened.
        Descriptor.reserveStandardStreams()
        let limits = ServerLimits(
            idle: .seconds(idleTimeout), header: .seconds(headerTimeout),
            stop: .seconds(stopTimeout), connections: maxConnections)
        // Served files, the listener and others need descriptors, too.
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
            let hint = port == 0 ? "" : " (--port 0 uses any free port)"
            throw Failure("cannot listen: \(error)\(hint)")
        }
    }
}
