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

            The server has at most 64 open files and sockets in addition to one socket for each \
            connection, and at most 32,768 open requests, or 8 for each connection if that is \
            more. It holds about 4 MiB of responses for slow clients, and 4 MiB of /echo.

            The exit status is 0 after SIGINT or SIGTERM, 64 after a usage error, and 1 after any \
            other error.

            EXAMPLES:
              h2tool serve                        the current directory, on http://127.0.0.1:8080
              h2tool serve --port 0 site          on any free port
              h2tool serve --bind 0.0.0.0 site    for other machines, too
            """)

    @Argument(help: ArgumentHelp("The directory to serve.", valueName: "DIRECTORY"))
    var directory = "."
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("The port to listen on, or 0 for any free port.", valueName: "PORT"))
    var port = "8080"
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp(
            "The address to listen on, or 0.0.0.0 or :: for all addresses.",
            valueName: "ADDRESS"))
    var bind = "127.0.0.1"
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Close a connection that has no request, or reads nothing, for this long; reset a stream "
                + "whose client sends nothing, or accepts fewer than 4,096 bytes, for this long.",
            valueName: "SECONDS"))
    var idleTimeout: Seconds = 60
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Close a connection that takes longer to send its first SETTINGS or a header section.",
            valueName: "SECONDS"))
    var headerTimeout: Seconds = 10
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Wait this long for a client after the server stops or ends the connection.",
            valueName: "SECONDS"))
    var stopTimeout: Seconds = 10
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Serve at most this many connections at a time; others wait.", valueName: "COUNT"))
    var maxConnections = 256
    @Flag(name: .shortAndLong, help: "Show each event and call on standard error.")
    var verbose = false

    func validate() throws {
        if directory.isEmpty {
            throw ValidationError("DIRECTORY is empty; use . for the current directory")
        }
        if UInt16(port) == nil {
            throw ValidationError("\(port) is not a port; ports are 0 to 65535")
        }
        if bind.hasPrefix("[") ? bind.contains("]:") : bind.count(where: { $0 == ":" }) == 1 {
            throw ValidationError("--bind \(bind): give the port with --port")
        }
        try Seconds.validate([
            "--idle-timeout": idleTimeout, "--header-timeout": headerTimeout,
            "--stop-timeout": stopTimeout,
        ])
        guard 1...1_000_000 ~= maxConnections else {
            throw ValidationError("--max-connections \(maxConnections): use 1 to 1000000")
        }
    }

    func run() throws {
        // This must come before anything is opened.
        Descriptor.reserveStandardStreams()
        let limits = ServerLimits(
            idle: idleTimeout.duration, header: headerTimeout.duration,
            stop: stopTimeout.duration, connections: maxConnections)
        // Served files, the listener and others need descriptors, too.
        let (needed, available) = (maxConnections + 64, Descriptor.raiseLimit())
        if needed > available {
            throw Failure(
                "--max-connections \(maxConnections) needs \(needed) open files; the limit is "
                    + "\(available) (ulimit -n)")
        }
        var server = try Server(
            site: try site(), limits: limits, isVerbose: verbose,
            signals: try StopSignals.descriptor(), listener: try listener())
        let host = address.contains(":") ? "[\(address)]" : address
        let line = "listening on http://\(host):\(server.port)\n"
        try Descriptor.standardOutput.pushAll(line.utf8Span.span)
        while !server.isStopping { try server.step() }
        let count = server.connectionCount
        if count > 0 {
            printError(
                "stopping: waiting up to \(stopTimeout) s for \(count) "
                    + "connection\(count == 1 ? "" : "s"); Ctrl-C again ends at once\n")
        }
        while !server.isDone { try server.step() }
    }

    private func site() throws(Failure) -> Site {
        do throws(Failure) { return try Site(directory) } catch {
            if error.isNotDirectory { throw Failure("\(directory): not a directory") }
            guard error.isNotFound else { throw error }
            let hint =
                UInt16(directory) != nil
                ? "; to listen on this port, use --port \(directory)"
                : directory.contains(":")
                    ? "; to choose the address and the port, use --bind and --port" : ""
            throw Failure("\(directory): no such directory\(hint)")
        }
    }

    /// The value of `bind`, without brackets.
    private var address: String {
        bind.hasPrefix("[") && bind.hasSuffix("]") ? String(bind.dropFirst().dropLast()) : bind
    }

    private func listener() throws(Failure) -> Descriptor {
        do throws(Failure) {
            return try .listening(on: address, UInt16(port) ?? 0)
        } catch {
            if error.isAddressUnavailable {
                throw Failure("cannot listen: \(address) is not an address of this machine")
            }
            let hint =
                error.isAddressInUse
                ? " (--port 0 uses any free port)"
                : error.isPermissionDenied
                    ? " (ports below 1024 need root; try --port 8080)" : ""
            throw Failure("cannot listen: \(error)\(hint)")
        }
    }
}
