// SPDX-License-Identifier: MIT

/// The client or server side of an HTTP/2 connection (RFC 9113), without I/O.
///
/// A connection turns received bytes into events and method calls into bytes to send:
///
/// 1. Call `initiateConnection()` once.
/// 2. When bytes arrive, pass them to `receiveData(_:at:)` with the time, and handle the events it
///    returns. Respond with `sendHeaders`, `sendData` and the other sending methods. After
///    processing the payload of a `.dataReceived` event, call `acknowledgeReceivedData`.
/// 3. After each call, write the bytes from `dataToSend()` to the transport.
///
/// If `receiveData` throws, write the remaining output, which normally ends in GOAWAY, and close
/// the transport. A stream is complete only if `.streamEnded` has arrived. Reading a property changes
/// nothing.
///
/// A connection is not `Sendable`: use it from one actor, event loop or thread at a time, and
/// transfer it with `sending`. H2 calls no code of yours except the closures of `withDataToSend`
/// and `withSegmentsToSend`, and those only during the call.
///
/// In h2: `H2Connection`.
public final class H2Connection {
    /// Unchecked, because checks of exclusive access would be an eighth of the cost of a request.
    /// They are not needed: `core` runs no code of the caller, so accesses cannot overlap.
    @exclusivity(unchecked) private var uncheckedCore: ConnectionCore

    var core: ConnectionCore {
        _read { yield unsafe uncheckedCore }
        _modify { yield unsafe &uncheckedCore }
    }

    /// Creates a connection with the given configuration.
    public init(_ configuration: H2Configuration) {
        unsafe uncheckedCore = ConnectionCore(configuration)
    }

    /// The configuration that the connection was created with.
    public var configuration: H2Configuration { core.configuration }

    /// Queues the connection preface, RFC 9113 §3.4.
    ///
    /// The preface of a client begins with 24 fixed bytes. On both sides it contains a SETTINGS
    /// frame with `configuration.initialSettings` and defaults for other settings. They take effect
    /// when the peer acknowledges them, RFC 9113 §6.5.3. A client can send requests at once: it
    /// need not wait for the server's preface. In h2: `initiate_connection`.
    ///
    /// - Throws: `.protocolViolation` if the connection was already initiated;
    ///   `.invalidSettingsValue` if a setting is out of range; `.frameTooLarge` for more than 2,730
    ///   settings, defaults included; `.internalError`.
    public func initiateConnection() throws(H2Error) {
        try core.initiateConnection()
    }

    // MARK: State

    /// The states of a connection.
    @nonexhaustive
    public enum State: Hashable, Sendable {
        /// No stream was used yet, and the server sent no ALTSVC frame. A connection that is not
        /// initiated is idle, too.
        case idle
        /// A stream was used, or the server sent an ALTSVC frame.
        case open
        /// The connection was ended by an error, by `closeConnection` or, with
        /// `GoAwayPolicy.closeAtOnce`, by a GOAWAY of the peer.
        case closed
    }

    /// The state of the connection. In h2: `state_machine.state`.
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

    /// The highest stream that this side opened or promised, 0 for none. In h2:
    /// `highest_outbound_stream_id`.
    public var highestOutboundStreamID: H2StreamID { H2StreamID(core.streams.outbound.highest) }

    /// How much of each limit is used.
    public var usage: H2LimitUsage { core.usage }

    /// The memory that the connection holds.
    public var memory: H2Memory { core.memory }

    /// The number of peer-initiated streams that are open or half-closed; a promised stream counts
    /// from its response. In h2: `open_inbound_streams`.
    public var openInboundStreams: Int { core.streams.openInbound }

    /// The number of locally initiated streams that are open or half-closed; a promised stream
    /// counts from its response. In h2: `open_outbound_streams`.
    public var openOutboundStreams: Int { core.streams.openOutbound }

    /// The number of streams that a client can open now, or that a server can promise without
    /// having to delay their responses; `nil` until the peer's first SETTINGS arrives.
    ///
    /// The number is the peer's MAX_CONCURRENT_STREAMS minus `openOutboundStreams`, but at most the
    /// number of stream identifiers that are left; `Int.max` without a limit. It is 0 after a GOAWAY
    /// from the peer, on a closed connection, and for a server whose client does not accept pushes.
    public var availableOutboundStreams: Int? { core.availableOutboundStreams }

    /// The size in bytes of the largest frame payload that the peer accepts: its MAX_FRAME_SIZE.
    /// In h2: `max_outbound_frame_size`.
    public var maxOutboundFrameSize: Int { core.remote.maxFrameSize }

    /// The size in bytes of the largest frame payload that H2 accepts: the MAX_FRAME_SIZE of this
    /// side that is in force. In h2: `max_inbound_frame_size`.
    public var maxInboundFrameSize: Int { core.local.maxFrameSize }

    /// The settings of this side, which take effect when the peer acknowledges them. In h2:
    /// `local_settings`.
    public var localSettings: H2SettingsView { core.local.view }

    /// The settings of the peer, which take effect when they arrive. In h2: `remote_settings`.
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
