// SPDX-License-Identifier: MIT

/// One end of an HTTP/2 connection, RFC 9113: bytes in, events out; calls in, bytes out. It does no
/// I/O.
///
/// There are four kinds of members, and one way to use them. Call `initiateConnection()` once.
/// Then, whenever bytes arrive, give them to `receiveData(_:)` and act on the events that it
/// returns: send with `sendHeaders`, `sendData` and their like, and hand the space of each
/// `.dataReceived` back with `acknowledgeReceivedData`. After each such call, write what
/// `dataToSend()` returns to the peer. The properties tell the state, and change nothing. When
/// `receiveData` throws, write what is left to send, which ends in a GOAWAY, and close the
/// transport.
///
/// A connection is not `Sendable`: use it in one place at a time, be it an actor, an event loop or
/// a thread. It can be handed over with `sending`. Nothing calls back: `withDataToSend` alone takes
/// a closure.
///
/// In h2: `H2Connection`.
public final class H2Connection {
    /// How the connection behaves.
    public let configuration: H2Configuration

    var session: Session
    var reader: FrameReader
    var output = OutputBuffer()
    /// Counts `clearOutboundDataBuffer`, so that bytes which are lent meanwhile are dropped, too.
    var outputGeneration = 0

    package var machine = ConnectionStateMachine()
    package var local: SettingsState
    package var remote: SettingsState
    var isInitiated = false
    /// Whether the peer's first SETTINGS was received, which is the first frame of all.
    var hasPeerSettings = false
    /// The error that ended the connection.
    var terminalError: H2Error?
    /// The last stream of ours that the peer takes, once it sent GOAWAY.
    var goAwayLimit: UInt32?

    package var streams = StreamTable()
    /// Streams that the peer opened, and how they ended.
    package var inbound = ClosedStreams()
    /// Streams that this side opened, and how they ended.
    package var outbound = ClosedStreams()
    package var openInbound = 0
    package var openOutbound = 0
    var reservedInbound = 0

    /// Bytes that may be sent on the connection.
    package var sendWindow = 65_535
    package var receiveWindow = ReceiveWindow(size: 65_535)

    /// The header block of which CONTINUATION frames are still to come.
    var block: PendingBlock?
    /// Header blocks that began, for `audit`.
    package var receivedBlocks = 0

    /// Makes a connection that nothing was sent or received on.
    public init(_ configuration: H2Configuration) {
        let isServer = configuration.role == .server
        self.configuration = configuration
        self.session = Session(isServer: isServer)
        self.reader = FrameReader(expectsPreface: isServer)
        self.local = SettingsState(of: configuration.role)
        self.remote = SettingsState(of: isServer ? .client : .server)
    }

    var isServer: Bool { configuration.role == .server }

    /// Queues the connection preface: for a client its 24 bytes, and for both sides SETTINGS with
    /// the values of `configuration.initialSettings`. RFC 9113 §3.4. In h2: `initiate_connection`.
    ///
    /// The settings are in force when the peer acknowledges them, RFC 9113 §6.5.3.
    ///
    /// - Throws: `.invalidSettingsValue` where a setting is out of range; `.protocolViolation` the
    ///   second time.
    public func initiateConnection() throws(H2Error) {
        guard !isInitiated else {
            throw .local(.protocolViolation, "the connection was initiated already")
        }
        var settings = local.inForce
        settings[.maxConcurrentStreams] = 100
        settings[.maxHeaderListSize] = 65_536
        settings.merge(configuration.initialSettings)
        try checkLocal(settings, isFirst: true)
        try sending { () throws(H2Error) in
            try session.submit(settings: settings, into: &output)
        }
        isInitiated = true
        local.announce(settings)
        let limit = Int(settings[.maxHeaderListSize] ?? 65_536)
        session.headerListLimit = max(session.headerListLimit, limit)
    }

    // MARK: The state

    /// Where the connection stands.
    @nonexhaustive
    public enum State: Hashable, Sendable {
        /// No stream was opened yet.
        case idle
        /// Streams were opened.
        case open
        /// It is over: nothing but GOAWAY may be sent.
        case closed
    }

    /// Where the connection stands. In h2: `state_machine.state`.
    public var connectionState: State {
        switch machine.state {
        case .idle: .idle
        case .clientOpen, .serverOpen: .open
        case .closed: .closed
        }
    }

    /// The highest stream that the peer opened, 0 for none. In h2: `highest_inbound_stream_id`.
    public var highestInboundStreamID: H2StreamID { H2StreamID(inbound.highest) }

    /// The highest stream that this side opened, 0 for none. In h2: `highest_outbound_stream_id`.
    public var highestOutboundStreamID: H2StreamID { H2StreamID(outbound.highest) }

    /// Streams of the peer that are open or half-closed. In h2: `open_inbound_streams`.
    public var openInboundStreams: Int { openInbound }

    /// Streams of this side that are open or half-closed. In h2: `open_outbound_streams`.
    public var openOutboundStreams: Int { openOutbound }

    /// Bytes of the largest frame payload that may be sent: the peer's MAX_FRAME_SIZE.
    /// In h2: `max_outbound_frame_size`.
    public var maxOutboundFrameSize: Int { remote.maxFrameSize }

    /// Bytes of the largest frame payload that is accepted: our MAX_FRAME_SIZE, once it is
    /// acknowledged. In h2: `max_inbound_frame_size`.
    public var maxInboundFrameSize: Int { local.maxFrameSize }

    /// The settings of this side. In h2: `local_settings`.
    public var localSettings: H2SettingsView { local.view }

    /// The settings of the peer; they are in force as soon as they arrive. In h2:
    /// `remote_settings`.
    public var remoteSettings: H2SettingsView { remote.view }

    /// Bytes held of a frame that is not complete.
    package var heldByteCount: Int { reader.heldByteCount }

    /// How often nghttp2 did what nobody expected; 0 unless there is a defect.
    package var unexpectedReactions: Int { session.unexpected }

    /// Whether the engine was given up.
    package var isCondemned: Bool { session.isCondemned }

    /// Test hook: the next frame is not fed to nghttp2, as if it had been forgotten.
    package func forgetNextFrame() { session.forgetsNextFrame = true }
}
