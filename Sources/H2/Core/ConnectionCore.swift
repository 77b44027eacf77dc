// SPDX-License-Identifier: MIT

/// All that a connection knows, and all that it decides: what `H2Connection` is the face of.
///
/// A value, so that the compiler proves that nobody reaches into it while it changes: as properties
/// of the class, the same state would be guarded at run time, at each access. The callbacks of
/// nghttp2 cannot reach it at all: they have storage of their own.
struct ConnectionCore: ~Copyable {
    let configuration: H2Configuration

    var session: Session
    var reader: FrameReader
    var output = Outbox()

    var machine = ConnectionStateMachine()
    var local: SettingsState
    var remote: SettingsState
    var isInitiated = false
    /// Whether the peer's first SETTINGS was received, which is the first frame of all.
    var hasPeerSettings = false
    /// Whether `closeConnection` was called: then received bytes are ignored.
    var isClosedByCaller = false
    /// The last stream that GOAWAY of this side named. A further one must not name a higher stream.
    var lastStreamInGoAway: UInt32?
    /// The error that ended the connection.
    var terminalError: H2Error?
    var isTerminated = false
    /// The last stream of ours that the peer takes, once it sent GOAWAY.
    var goAwayLimit: UInt32?

    var streams: StreamTable
    /// Streams that the peer opened, and how they ended.
    var inbound: ClosedStreams
    /// Streams that this side opened, and how they ended.
    var outbound: ClosedStreams
    /// The highest peer-initiated stream that was or might be processed, for GOAWAY. A refused
    /// promise uses up its identifier but is not processed, so `inbound.highest` may be larger.
    var lastProcessed: UInt32 = 0
    var openInbound = 0
    var openOutbound = 0
    var reservedInbound = 0
    /// The largest number of streams that were open at once, of both sides.
    var mostOpen = 0

    /// Bytes that may be sent on the connection.
    var sendWindow = 65_535
    var receiveWindow = ReceiveWindow(size: 65_535)
    var engineWindow = EngineWindow()

    /// What the peer cost.
    var budgets: Budgets
    /// How large things may be, and were.
    var bounds: SizeBounds
    var pings = Pings()
    /// Whether the first SETTINGS announce a MAX_HEADER_LIST_SIZE that the caller did not ask for,
    /// and are not acknowledged yet.
    var hasDefaultListSizePending = false

    /// The last small payload that was copied.
    var sparePayload = SparePayload()
    /// Payloads that events do not hold, of the call that is lent its bytes.
    var borrowedPayloads: [BorrowedPayload] = []

    /// The field block of which CONTINUATION frames are still to come.
    var block: PendingBlock?
    /// Finds a name or value in that block that is too long for nghttp2.
    var blockLiterals = LiteralScanner()
    /// Field blocks that began, for `audit`.
    var receivedBlocks = 0

    init(_ configuration: H2Configuration) {
        let isServer = configuration.role == .server
        self.budgets = Budgets(configuration.limits)
        self.bounds = SizeBounds(configuration.limits)
        self.session = Session(
            isServer: isServer, fieldLimit: bounds[.headerFields],
            hardLimitFactor: configuration.excess == .resetStream ? 4 : 1)
        self.streams = StreamTable(seed: configuration.hashSeed ?? HashSeed.next())
        self.inbound = ClosedStreams(capacity: configuration.limits.closedStreams)
        self.outbound = ClosedStreams(capacity: configuration.limits.closedStreams)
        self.reader = FrameReader(expectsPreface: isServer)
        self.local = SettingsState(of: configuration.role)
        self.remote = SettingsState(of: isServer ? .client : .server)
        // Assigned last, so that the compiler does not copy it.
        self.configuration = configuration
    }

    var isServer: Bool { configuration.role == .server }

    var connectionState: H2Connection.State { H2Connection.State(machine.state) }

    mutating func initiateConnection() throws(H2Error) {
        let settings = try initialSettings()
        if !isServer { output.append(FrameReader.preface[...]) }
        try writing { core throws(H2Error) in
            try core.session.submit(settings: settings, into: &core.output)
        }
        initiated(with: settings)
    }

    /// The settings to announce first, all that have a value. It changes nothing: see below.
    mutating func initialSettings() throws(H2Error) -> H2Settings {
        guard !isInitiated else {
            throw .local(.protocolViolation, "the connection was initiated already")
        }
        var settings = SettingsState.announcedFirst(by: configuration.role)
        if !configuration.initialSettings.isEmpty {
            settings.merge(configuration.initialSettings)
        }
        try checkLocal(settings, isFirst: true)
        return settings
    }

    /// Notes that the preface was written.
    mutating func initiated(with settings: H2Settings) {
        isInitiated = true
        announce(settings)
        if let size = configuration.initialSettings[.maxHeaderListSize] {
            bounds.announce(Int(size), isAcknowledged: false)
        } else {
            hasDefaultListSizePending = true
        }
        session.headerListLimit = bounds[.headerListSize]
    }

    // Checks that do not change the connection are inlined where each request passes them, or
    // `mutating` all the same: the compiler copies the whole of it, 1,440 bytes, for a call that only
    // borrows it.

    /// Checks that something may be sent; the state of the connection after it.
    @inline(__always)
    func ready(for input: ConnectionInput) throws(H2Error) -> ConnectionStateMachine {
        var machine = machine
        guard isInitiated, !isTerminated, machine.process(input) else {
            throw Self.notReady(isInitiated, machine.state)
        }
        return machine
    }

    @inline(__always)
    func checkInitiated() throws(H2Error) {
        guard isInitiated else { throw Self.notReady(false, .idle) }
    }

    @inline(never)
    private static func notReady(
        _ isInitiated: Bool, _ state: ConnectionStateMachine.State
    ) -> H2Error {
        guard isInitiated else { return .local(.notInitiated, "initiateConnection() comes first") }
        return .local(
            .protocolViolation, "not allowed while the connection is \(H2Connection.State(state))")
    }

    /// Takes an input of the connection's state machine that the peer caused.
    @inline(__always)
    mutating func advance(_ input: ConnectionInput) throws(H2Error) {
        guard machine.process(input) else { throw Self.notExpected(machine.state) }
    }

    @inline(never)
    private static func notExpected(_ state: ConnectionStateMachine.State) -> H2Error {
        .remote(
            .protocolViolation, .protocolError,
            "a frame is not allowed while the connection is \(H2Connection.State(state))")
    }

    /// Ends the connection because of an error: one GOAWAY, and nothing after it. RFC 9113 §5.4.1.
    mutating func fail(with error: H2Error) -> H2Error {
        if !isTerminated {
            FrameWriter.goAway(error.errorCode, lastStream: lastProcessed, into: &output)
            end(with: error)
        }
        return error
    }

    /// Ends the connection without a word.
    mutating func end(with error: H2Error) {
        terminalError = error
        isTerminated = true
        session.poison()
        machine = ConnectionStateMachine(.closed)
        reader.drop()
        block = nil
    }
}

extension H2Connection.State {
    init(_ state: ConnectionStateMachine.State) {
        switch state {
        case .idle: self = .idle
        case .clientOpen, .serverOpen: self = .open
        case .closed: self = .closed
        }
    }
}
