// SPDX-License-Identifier: MIT

/// How far a connection has come, from its preface to the GOAWAY or error that ends it.
struct Lifecycle: Sendable {
    var state = ConnectionStateMachine()
    private(set) var isInitiated = false
    /// Whether the peer's first SETTINGS frame arrived. It is the first frame of all.
    var hasPeerSettings = false
    /// Whether `closeConnection` was called: received bytes are ignored from then on.
    private(set) var isClosedByCaller = false
    /// The last stream that a GOAWAY of this side named. A further GOAWAY must not name a higher one.
    private(set) var lastStreamInGoAway: UInt32?
    /// The error that ended the connection.
    private(set) var terminalError: H2Error?

    /// Records that the preface was written.
    mutating func initiate() { isInitiated = true }

    @inline(__always)
    func checkInitiated() throws(H2Error) {
        guard isInitiated else { throw Self.notReady(false, .idle) }
    }

    /// Checks that something may be sent; returns the state of the connection after it.
    @inline(__always)
    func ready(for input: ConnectionInput) throws(H2Error) -> ConnectionStateMachine {
        var next = state
        guard isInitiated, terminalError == nil, next.process(input) else {
            throw Self.notReady(isInitiated, state.current)
        }
        return next
    }

    @inline(never)
    private static func notReady(
        _ isInitiated: Bool, _ state: ConnectionStateMachine.State
    ) -> H2Error {
        guard isInitiated else { return .local(.notInitiated, "initiateConnection() comes first") }
        return .local(
            .protocolViolation, "not allowed while the connection is \(state)")
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
            "a frame is not allowed while the connection is \(state)")
    }

    /// Records a GOAWAY that the caller sends.
    mutating func close(naming lastStream: UInt32, _ next: ConnectionStateMachine) {
        state = next
        lastStreamInGoAway = lastStream
        isClosedByCaller = true
    }

    /// Records the error that ends the connection.
    mutating func end(with error: H2Error) {
        terminalError = error
        state = ConnectionStateMachine(.closed)
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
