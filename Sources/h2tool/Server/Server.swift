// SPDX-License-Identifier: MIT

package import H2

/// The event loop of `h2tool serve`, with all connections.
package struct Server {
    /// The maximum number of connections to accept in one call, so that open connections are served
    /// in between.
    private static let acceptBatch = 64

    private let context: ServerContext
    private let isVerbose: Bool
    private let signals: Descriptor
    private var listener: Descriptor?
    private var poller: Poller
    private var clients: [Int32: Client] = [:]
    private var acceptedCount = 0
    /// Whether the poller watches the listener.
    private var isListening = true
    /// Whether no descriptor was free for a new connection. The listener is then not watched in the
    /// next round, which waits at most 100 ms.
    private var isPaused = false
    /// A time before which no connection has a deadline; `nil` if none has one.
    private var nextDeadline: H2Instant?
    private let clock: () -> H2Instant

    private struct Client {
        let connection: ServerConnection
        /// Whether the poller watches the socket for input, and for output.
        var input = true
        var output = false
    }

    /// - Parameters:
    ///   - signals: Becomes readable, or reaches its end, when the server has to stop.
    ///   - clock: Returns the current time.
    package init(
        site: Site, limits: ServerLimits, isVerbose: Bool, signals: Descriptor,
        listener: Descriptor, clock: @escaping () -> H2Instant = { .now }
    ) throws {
        context = ServerContext(site, limits)
        self.isVerbose = isVerbose
        self.signals = signals
        self.listener = listener
        self.clock = clock
        poller = try Poller()
        try poller.add(signals, input: true, output: false)
        try poller.add(listener, input: true, output: false)
    }

    package var port: UInt16 { listener?.port ?? 0 }
    package var connectionCount: Int { clients.count }
    /// Whether the server has stopped accepting connections.
    package var isStopping: Bool { listener == nil }
    /// Whether the server was stopped, and all connections have ended.
    package var isDone: Bool { isStopping && clients.isEmpty }

    /// Waits for a descriptor or a deadline, then handles everything that is ready or due.
    package mutating func step() throws {
        try listen()
        try poller.wait(timeout: timeout)
        isPaused = false
        let now = clock()
        context.site.beginRound()
        // Under load, the events may lack the listener: accept new clients nevertheless.
        if poller.mayHaveMore && isListening { try accept(at: now) }
        for event in poller.events {
            if let client = clients[event.descriptor] {
                client.connection.advance(hasInput: event.input, at: now)
                try update(client)
                try limitEcho(at: now)
            } else if event.descriptor == listener?.raw {
                try accept(at: now)
            } else if event.descriptor == signals.raw {
                try stop(at: now)
            }
        }
        try expire(at: now)
    }

    /// Watches the listener if another connection may be accepted.
    private mutating func listen() throws {
        let shouldListen = !isPaused && clients.count < context.limits.connections
        guard let listener, shouldListen != isListening else { return }
        isListening = shouldListen
        try poller.change(listener, input: shouldListen, output: false)
    }

    /// The milliseconds to wait for events, or -1 for no limit.
    private var timeout: Int32 { isPaused ? 100 : clock().milliseconds(until: nextDeadline) }

    private mutating func accept(at now: H2Instant) throws {
        for _ in 0..<Self.acceptBatch where clients.count < context.limits.connections {
            switch listener?.accept() {
            case .connection(let socket):
                acceptedCount += 1
                let trace = Trace(label: "[\(acceptedCount)] ", isOn: isVerbose)
                let connection = try ServerConnection(socket, context, trace, at: now)
                try poller.add(socket, input: true, output: false)
                clients[socket.raw] = Client(connection: connection)
                // Usually, the client has already sent its request.
                connection.advance(hasInput: true, at: now)
                try update(Client(connection: connection))
            case .exhausted:
                isPaused = true
                return
            case .nothing, nil:
                return
            }
        }
    }

    /// Adjusts the poller, `clients` and `nextDeadline` to a connection after a call to it.
    private mutating func update(_ client: Client) throws {
        let connection = client.connection
        let socket = connection.socket
        if connection.isClosed {
            clients[socket.raw] = nil
            return
        }
        let (input, output) = (connection.wantsInput, connection.wantsOutput)
        if input != client.input || output != client.output {
            try poller.change(socket, input: input, output: output)
            clients[socket.raw] = Client(connection: connection, input: input, output: output)
        }
        if let deadline = connection.deadline {
            nextDeadline = min(nextDeadline ?? deadline, deadline)
        }
    }

    private mutating func forEachClient(_ body: (ServerConnection) -> Void) throws {
        for client in Array(clients.values) {
            body(client.connection)
            try update(client)
        }
    }

    private mutating func expire(at now: H2Instant) throws {
        guard let deadline = nextDeadline, now >= deadline else { return }
        nextDeadline = nil
        try forEachClient { $0.expire(at: now) }
    }

    private mutating func stop(at now: H2Instant) throws {
        listener = nil
        try poller.change(signals, input: false, output: false)
        try forEachClient { $0.stop(at: now) }
    }

    /// Resets /echo streams, those of the connection that holds the most bytes first, until all
    /// connections together hold few enough.
    private mutating func limitEcho(at now: H2Instant) throws {
        while context.memory.hasTooMuchEcho {
            let most = clients.values.max {
                $0.connection.echoByteCount < $1.connection.echoByteCount
            }
            guard let most, most.connection.echoByteCount > 0 else { return }
            most.connection.resetEchoStreams(at: now)
            try update(most)
        }
    }
}
