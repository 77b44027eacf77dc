// SPDX-License-Identifier: MIT

/// All connections of `h2tool serve`, in one poll loop.
package struct Server {
    private let site: StaticFiles
    private let limits: ServerLimits
    private let isVerbose: Bool
    private let signals: Descriptor
    private var listener: Descriptor?
    private var connections: [ServerConnection] = []
    private var acceptedCount = 0
    /// No descriptor was free for a new connection: the next try waits a moment.
    private var isPaused = false
    private let clock: () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - signals: It can be read, or is at its end, when the server is to stop.
    ///   - clock: Tells the time.
    package init(
        site: StaticFiles, limits: ServerLimits, isVerbose: Bool, signals: Descriptor,
        listener: Descriptor, clock: @escaping () -> ContinuousClock.Instant = { .now }
    ) {
        self.site = site
        self.limits = limits
        self.isVerbose = isVerbose
        self.signals = signals
        self.listener = listener
        self.clock = clock
    }

    package var port: UInt16 { listener?.port ?? 0 }
    package var connectionCount: Int { connections.count }
    /// Whether the server was stopped, and all connections have ended.
    package var isDone: Bool { listener == nil && connections.isEmpty }

    /// Waits until something can be done, or is due, and does it.
    package mutating func step() throws {
        let isFull = isPaused || connections.count >= limits.connections
        let others = [listener == nil ? nil : signals, isFull ? nil : listener]
        var interests: [Descriptor.Interest] = others.map { ($0, true, false) }
        interests += connections.map { ($0.socket, $0.wantsInput, $0.wantsOutput) }
        let ready = try Descriptor.wait(interests, timeout: timeout)
        isPaused = false
        let now = clock()
        for (connection, ready) in zip(connections, ready[2...]) where ready != .nothing {
            connection.advance(hasInput: ready == .input, at: now)
        }
        for connection in connections { connection.expire(at: now) }
        if ready[1] == .input { accept(at: now) }
        if ready[0] == .input {
            listener = nil
            for connection in connections { connection.stop(at: now) }
        }
        connections.removeAll { $0.isClosed }
    }

    /// Milliseconds until something is due; -1 for never.
    private var timeout: Int32 {
        if isPaused { return 100 }
        guard let next = connections.map(\.deadline).min() else { return -1 }
        let left = clock().duration(to: next) / .milliseconds(1)
        // Rounded up, so that it is due then.
        return Int32(min(max(left.rounded(.up), 0), 1_000_000))
    }

    private mutating func accept(at now: ContinuousClock.Instant) {
        guard let socket = listener?.accepted() else { return isPaused = true }
        acceptedCount += 1
        let trace = Trace(label: "[\(acceptedCount)] ", isOn: isVerbose)
        if let client = try? ServerConnection(socket, site, limits, trace, at: now) {
            connections.append(client)
        }
    }
}
