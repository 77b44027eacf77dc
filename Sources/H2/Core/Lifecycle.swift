// SPDX-License-Identifier: MIT

/// The life of a connection, from its preface to the GOAWAY or error that ends it.
struct Lifecycle: ~Copyable {
    enum Phase {
        /// The connection has not been initiated yet.
        case created
        case running
        /// `closeConnection` was called: received bytes are ignored.
        case closedByCaller
        /// An error ended the connection.
        case failed
    }

    /// Received bytes are processed only while this is `running`.
    private(set) var phase = Phase.created
    /// h2's state of the connection, which decides what may be sent and received.
    var state = ConnectionStateMachine()
    /// Whether the peer's first SETTINGS frame, which must be its first frame, was received.
    var hasPeerSettings = false
    /// The last stream identifier of this side's latest GOAWAY. Another GOAWAY must not exceed it.
    private(set) var lastStreamInGoAway: UInt32?
    /// The error that ended the connection.
    private(set) var terminalError: H2Error?

    /// Whether calls after the end throw `.connectionClosed` instead of h2's error.
    var reportsClosed = false
    /// Whether the transport has ended: the caller reported it, or a deadline showed it.
    var isLost = false
    /// Whether the outcomes of all streams were reported, because the connection ended.
    var hasEndedStreams = false

    /// The progress of a graceful shutdown.
    enum Shutdown {
        case none
        /// The server has sent the first GOAWAY, which the client may not have received yet.
        case announced
        /// This side opens no streams, and a server processes no new ones.
        case complete
    }

    private(set) var shutdown = Shutdown.none
    /// Whether the last stream ended after a graceful shutdown.
    var isDrained = false

    /// Records a step of a graceful shutdown, and the last stream identifier of its GOAWAY, if any.
    mutating func startShutdown(_ step: Shutdown, naming lastStream: UInt32?) {
        shutdown = step
        if let lastStream { lastStreamInGoAway = lastStream }
    }

    /// Records that the preface was written.
    mutating func initiate() { phase = .running }

    /// Throws `.notInitiated` or `.connectionClosed`. If a call after the end throws h2's error, it
    /// does so in a later check.
    @inline(__always)
    func checkInitiated() throws(H2Error) {
        // A GOAWAY from the peer can end a connection that still processes bytes.
        if phase != .running || state.current == .closed { try checkNotRunning() }
    }

    @inline(never)
    private func checkNotRunning() throws(H2Error) {
        guard phase != .created else { throw Self.notInitiated }
        if reportsClosed || isLost { throw closed() }
    }

    private static var notInitiated: H2Error {
        .local(.notInitiated, "call initiateConnection() first")
    }

    /// The error of a call after the end of the connection.
    @inline(never)
    func closed(on id: H2StreamID? = nil) -> H2Error {
        if isLost { return Self.lost }
        return .local(
            reportsClosed ? .connectionClosed : .protocolViolation, on: id,
            "the connection is closed")
    }

    /// The error of a call after the end of the transport.
    static var lost: H2Error { .local(.connectionClosed, "the transport has ended") }

    /// Returns whether to process received bytes.
    ///
    /// - Throws: The error that ended the connection; `.notInitiated`.
    @inline(__always)
    func isReceiving() throws(H2Error) -> Bool {
        if phase == .running { return true }
        if let terminalError { throw terminalError }
        guard phase != .created else { throw Self.notInitiated }
        return false
    }

    /// Checks that `input` may be sent, and returns the state of the connection after it.
    @inline(__always)
    func ready(for input: ConnectionInput) throws(H2Error) -> ConnectionStateMachine {
        var next = state
        guard phase != .created, phase != .failed, next.process(input) else { throw notReady }
        return next
    }

    private var notReady: H2Error {
        @inline(never) get {
            if phase == .created { return Self.notInitiated }
            if isLost || reportsClosed && state.current == .closed { return closed() }
            return .local(
                .protocolViolation,
                "this call is not allowed while the connection is \(state.current)")
        }
    }

    /// Processes an input that the peer caused.
    @inline(__always)
    mutating func advance(_ input: ConnectionInput) throws(H2Error) {
        guard state.process(input) else { throw Self.notExpected(state.current) }
    }

    @inline(never)
    private static func notExpected(_ state: ConnectionStateMachine.State) -> H2Error {
        .remote(
            .protocolViolation, .protocolError,
            "this frame is not allowed while the connection is \(state)")
    }

    /// Records a GOAWAY frame that the caller sends.
    mutating func close(naming lastStream: UInt32, _ next: ConnectionStateMachine) {
        phase = .closedByCaller
        state = next
        lastStreamInGoAway = lastStream
    }

    /// Records the error that ends the connection.
    mutating func end(with error: H2Error) {
        phase = .failed
        state = ConnectionStateMachine(.closed)
        terminalError = error
    }
}

extension ConnectionStateMachine.State: CustomStringConvertible {
    /// The name of the public state, for error messages.
    package var description: String {
        switch self {
        case .idle: "idle"
        case .clientOpen, .serverOpen: "open"
        case .closed: "closed"
        }
    }
}
