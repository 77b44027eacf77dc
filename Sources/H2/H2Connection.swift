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
/// a thread. It can be handed over with `sending`. H2 calls no code of yours except the closures of
/// `withDataToSend` and `withSegmentsToSend`, before they return.
///
/// In h2: `H2Connection`.
public final class H2Connection {
    /// Without the check at each access that nobody else is at it, which would be an eighth of what a
    /// request costs: nothing in `core` runs code of the caller, so none can come back to it.
    @exclusivity(unchecked) private var uncheckedCore: ConnectionCore

    var core: ConnectionCore {
        _read { yield unsafe uncheckedCore }
        _modify { yield unsafe &uncheckedCore }
    }

    /// Makes a connection that nothing was sent or received on.
    public init(_ configuration: H2Configuration) {
        unsafe uncheckedCore = ConnectionCore(configuration)
    }

    /// How the connection behaves.
    public var configuration: H2Configuration { core.configuration }

    /// Queues the connection preface: for a client its 24 bytes, and for both sides SETTINGS with
    /// the values of `configuration.initialSettings`. RFC 9113 §3.4. In h2: `initiate_connection`.
    ///
    /// The settings are in force when the peer acknowledges them, RFC 9113 §6.5.3.
    ///
    /// - Throws: `.invalidSettingsValue` where a setting is out of range; `.frameTooLarge` for more
    ///   than 2,730 of them; `.protocolViolation` the second time.
    public func initiateConnection() throws(H2Error) {
        try core.initiateConnection()
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
        switch core.lifecycle.state.current {
        case .idle: .idle
        case .clientOpen, .serverOpen: .open
        case .closed: .closed
        }
    }

    /// The highest peer-initiated stream that was or might be processed, 0 for none; refused
    /// promises do not count. In h2: `highest_inbound_stream_id`.
    public var highestInboundStreamID: H2StreamID { H2StreamID(core.streams.lastProcessed) }

    /// The highest stream that this side opened, 0 for none. In h2: `highest_outbound_stream_id`.
    public var highestOutboundStreamID: H2StreamID { H2StreamID(core.streams.outbound.highest) }

    /// How much of each of the limits is used.
    public var usage: H2LimitUsage { core.usage }

    /// Bytes that the connection holds. It takes time in proportion to what nghttp2 keeps for later:
    /// of use for a report now and then.
    public var memory: H2Memory { core.memory }

    /// Whether the peer has to send more to complete its connection preface, a frame or a header
    /// block.
    package var hasIncompleteInput: Bool { core.hasIncompleteInput }

    /// Streams of the peer that are open or half-closed. In h2: `open_inbound_streams`.
    public var openInboundStreams: Int { core.streams.openInbound }

    /// Streams of this side that are open or half-closed. In h2: `open_outbound_streams`.
    public var openOutboundStreams: Int { core.streams.openOutbound }

    /// Bytes of the largest frame payload that may be sent: the peer's MAX_FRAME_SIZE.
    /// In h2: `max_outbound_frame_size`.
    public var maxOutboundFrameSize: Int { core.remote.maxFrameSize }

    /// Bytes of the largest frame payload that is accepted: our MAX_FRAME_SIZE, once it is
    /// acknowledged. In h2: `max_inbound_frame_size`.
    public var maxInboundFrameSize: Int { core.local.maxFrameSize }

    /// The settings of this side. In h2: `local_settings`.
    public var localSettings: H2SettingsView { core.local.view }

    /// The settings of the peer; they are in force as soon as they arrive. In h2:
    /// `remote_settings`.
    public var remoteSettings: H2SettingsView { core.remote.view }
}

// For error messages: Embedded Swift cannot print the names of enum cases.
extension H2Connection.State: CustomStringConvertible {
    /// The name of the case.
    public var description: String {
        switch self {
        case .idle: "idle"
        case .open: "open"
        case .closed: "closed"
        }
    }
}
