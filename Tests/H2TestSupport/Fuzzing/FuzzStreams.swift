// SPDX-License-Identifier: MIT

import H2

/// What a connection reports about its streams: their outcomes and their bodies.
struct FuzzStreams {
    /// The body bytes that the connection accepted on each stream.
    var accepted: [UInt32: Int] { bodies.accepted }
    /// Whether the connection discarded output, so that a frame may be cut off.
    var isOutputDiscarded: Bool { bodies.isDiscarded }
    private var bodies = FuzzBodies()
    /// `nil` if the connection does not report outcomes.
    private var outcomes: OutcomeLedger?
    private let connection: H2Connection

    init(_ connection: H2Connection) {
        self.connection = connection
        if connection.configuration.reportsStreamOutcomes { outcomes = OutcomeLedger() }
    }

    /// Call this when the connection has been initiated.
    mutating func start() { outcomes?.start(connection) }

    /// The streams that have ended, but whose outcomes were not delivered.
    var undelivered: Set<H2StreamID> { outcomes?.undelivered(connection) ?? [] }

    /// Records the effect of a call.
    mutating func record(_ effect: FuzzCaller.Effect?) {
        switch effect {
        case .data(let count, let stream): bodies.accept(count, on: stream)
        case .ended(let events, let error):
            // These discard the output.
            if [nil, .output, .keepalive].contains(error?.deadline) { bodies.outputDiscarded() }
            for event in events { see(event) }
        case .events(let events): for event in events { see(event) }
        case .headers, .queuedTrailers, .promise, .goAway, .other, nil: break
        }
    }

    /// Records output removed from the connection.
    mutating func send(_ bytes: [UInt8]) { bodies.send(bytes) }

    mutating func see(_ event: H2Event) {
        let isEnded = connection.connectionState == .closed
        let isServer = connection.configuration.role == .server
        outcomes?.see(event, isServer: isServer, isEnded: isEnded)
        bodies.see(event)
        if case .connectionTerminated = event, connection.configuration.goAway == .closeAtOnce {
            bodies.outputDiscarded()
        }
    }

    /// Checks all streams. Call it after each call, when its events are recorded.
    mutating func check() throws(PairError) {
        outcomes?.check(connection)
        try checkOutcomes()
        try bodies.check(connection)
    }

    /// Ends the transport, and checks that each stream has an outcome.
    mutating func finish() throws(PairError) {
        outcomes?.finish(connection)
        try checkOutcomes()
    }

    private func checkOutcomes() throws(PairError) {
        if let problem = outcomes?.problem { throw PairError(problem) }
    }
}
