// SPDX-License-Identifier: MIT

/// The configuration of a connection, which keeps a copy of it.
///
/// Creating and changing a configuration never throws. Invalid initial settings make
/// `initiateConnection` and `initiateUpgradeConnection` throw.
///
/// In h2: `H2Configuration`.
public struct H2Configuration: Hashable, Sendable {
    /// A side of a connection.
    @nonexhaustive
    public enum Role: Hashable, Sendable {
        case client, server
    }

    /// The effect of a GOAWAY frame from the peer.
    @nonexhaustive
    public enum GoAwayPolicy: Hashable, Sendable {
        /// Streams up to the identifier in the frame continue. Higher streams that this side opened
        /// end with a `.streamReset` that is safe to retry. RFC 9113 §6.8.
        case finishStreams
        /// The connection ends at once, and H2 discards queued output. This is the behavior of h2.
        ///
        /// Close the transport: open streams get no further events, and any later frame, except
        /// GOAWAY and frames of unknown types, makes `receiveData` throw.
        case closeAtOnce
    }

    /// The effect of a malformed message from the peer, RFC 9113 §8.1.1.
    @nonexhaustive
    public enum MalformedMessagePolicy: Hashable, Sendable {
        /// A connection error, PROTOCOL_ERROR, as in h2.
        case connectionError
        /// A stream error: RST_STREAM(PROTOCOL_ERROR), which uses units of
        /// ``H2Limits/provokedResets``.
        ///
        /// `.streamReset` may be the only event of the stream, and a malformed promise causes no
        /// event. The event does not contain the reason: use `.connectionError` while debugging.
        case resetStream
    }

    /// The effect of a field section or stream that exceeds a limit.
    @nonexhaustive
    public enum ExcessPolicy: Hashable, Sendable {
        /// A connection error, as in h2.
        case connectionError
        /// A stream error: RST_STREAM, which uses units of ``H2Limits/provokedResets``.
        case resetStream
    }

    /// The effect of a call on a stream that the peer, a GOAWAY or H2 has closed.
    @nonexhaustive
    public enum LateCallPolicy: Hashable, Sendable {
        /// The call throws `.streamClosed`, as in h2.
        case `throws`
        /// The call returns without any effect, because it may have crossed the frame that closed
        /// the stream.
        ///
        /// `resetStream`, `incrementFlowControlWindow`, `setSendPriority` and `sendPriorityUpdate`
        /// have no effect on any closed stream that H2 still remembers. Methods that send a part of
        /// a message have no effect if the peer, a GOAWAY or H2 reset the stream; if the stream
        /// ended after the caller's own `resetStream` or with complete messages, they throw.
        /// `pushStream` on a closed stream always throws, because it would not reserve the promised
        /// stream.
        case ignored
    }

    /// The scheme that determines the order of queued data.
    @nonexhaustive
    public enum PriorityScheme: Hashable, Sendable {
        /// No scheme: streams with queued data take turns. H2 reports the priorities of RFC 7540,
        /// but does not act on them. This is the default.
        case none
        /// Extensible priorities, RFC 9218. H2 announces SETTINGS_NO_RFC7540_PRIORITIES = 1, and
        /// sends queued data in the order specified by the `priority` field of the request,
        /// PRIORITY_UPDATE frames and `setSendPriority`.
        case extensible
    }

    /// The side of the connection. In h2: `client_side`.
    public var role: Role

    /// The settings to announce when the connection is initiated.
    ///
    /// Settings that are missing here have the defaults of RFC 9113 §6.5.2, except that, as in h2,
    /// MAX_CONCURRENT_STREAMS is 100, MAX_HEADER_LIST_SIZE 65,536, and ENABLE_PUSH of a server 0. A
    /// client accepts pushes unless it sets ENABLE_PUSH to 0.
    ///
    /// The window of the connection is not a setting: see ``connectionWindowSize``.
    public var initialSettings: H2Settings = [:]

    /// The size in bytes of the first receive window of the connection, 65,535 to 2^31-1.
    ///
    /// `initiateConnection` queues WINDOW_UPDATE for a size above 65,535, RFC 9113 §6.9.2, and
    /// throws `.invalidSettingsValue` for a size out of range.
    public var connectionWindowSize = 65_535

    /// How the connection manages its receive windows. The default is `.manual`, as in h2.
    public var flowControl: H2FlowControl {
        get { options.flowControl }
        set { options.flowControl = newValue }
    }

    /// Whether to check field sections and body lengths before sending them.
    ///
    /// A section that violates RFC 9113 §8.2 or §8.3 throws `.protocolViolation`. A body whose
    /// length differs from its content-length, or content in a response that must not have any,
    /// throws `.invalidBodyLength`. In h2: `validate_outbound_headers`.
    public var validateOutboundHeaders = true

    /// Whether to normalize field sections before sending them.
    ///
    /// H2 changes names to lowercase, strips white space from names and values, removes
    /// connection-specific fields, and keeps credentials and cookies shorter than 20 bytes out of
    /// compression tables. In h2: `normalize_outbound_headers`.
    public var normalizeOutboundHeaders = true

    /// Whether to split a cookie at each `; ` before sending it, which compresses better, RFC 9113
    /// §8.2.3. Ignored unless `normalizeOutboundHeaders` is `true`. In h2:
    /// `split_outbound_cookies`.
    public var splitOutboundCookies = false

    /// Whether to check received field sections against RFC 9113 §8.2 and §8.3.
    ///
    /// H2 always checks their compression, size and content-length, and their order within a
    /// message. In h2: `validate_inbound_headers`.
    public var validateInboundHeaders = true

    /// Whether to join the cookies of a received section into one field line, RFC 9113 §8.2.3. It
    /// becomes the last one and is never indexed. In h2: `normalize_inbound_headers`.
    public var normalizeInboundHeaders = true

    /// The effect of a GOAWAY frame from the peer. The default is `.finishStreams`; h2 closes the
    /// connection at once.
    public var goAway: GoAwayPolicy = .finishStreams

    /// The effect of a malformed message. The default is `.resetStream`; h2 ends the connection.
    public var malformedMessages: MalformedMessagePolicy = .resetStream

    /// The effect of a field section that exceeds ``H2Limits/headerListSize`` or
    /// ``H2Limits/headerFields``, or of a stream that exceeds an acknowledged
    /// MAX_CONCURRENT_STREAMS. The default is `.resetStream`; h2 ends the connection.
    ///
    /// The stream or promise of the section gets RST_STREAM(ENHANCE_YOUR_CALM), the surplus stream
    /// RST_STREAM(REFUSED_STREAM), RFC 9113 §5.1.2. A promise beyond a limit and a surplus request
    /// cause no event; a surplus response on a promised stream causes `.streamReset`. A section
    /// larger than four times the limit is a connection error with either policy.
    public var excess: ExcessPolicy = .resetStream

    /// Whether each stream that was opened or reserved ends with exactly one `.streamClosed` event,
    /// which contains its ``H2StreamOutcome``.
    ///
    /// The event follows `.streamEnded` or `.streamReset`, which H2 still reports. It also reports
    /// streams that end in a call by the caller or with the connection: see
    /// ``H2Connection/takeEvents()``. In addition:
    ///
    /// * A call after the end of the connection throws `.connectionClosed`, and opening a stream
    ///   after a GOAWAY from the peer throws `.goingAway`, both instead of `.protocolViolation`.
    ///   Only `closeConnection` can be called again, unless an error or `connectionLost` ended the
    ///   connection.
    /// * `.sendWindowsOpened` reports the streams on which a larger INITIAL_WINDOW_SIZE allows DATA
    ///   again.
    public var reportsStreamOutcomes: Bool {
        get { options.reportsStreamOutcomes }
        set { options.reportsStreamOutcomes = newValue }
    }

    /// The scheme that determines the order in which H2 sends data from `enqueueData`. The default
    /// is `.none`.
    public var priorities: PriorityScheme {
        get { options.priorities }
        set { options.priorities = newValue }
    }

    /// The number of bytes queued on a stream above which the caller should not call `enqueueData`
    /// until `.sendQueueDrained`. The default is 65,536.
    ///
    /// H2 does not enforce the mark: compare it with ``H2Connection/queuedByteCount(on:)``.
    public var sendQueueHighWaterMark: Int {
        get { options.sendQueueHighWaterMark }
        set { options.sendQueueHighWaterMark = newValue }
    }

    /// The number of queued bytes at which `.sendQueueDrained` reports a stream that exceeded
    /// ``sendQueueHighWaterMark``. The default is 16,384.
    public var sendQueueLowWaterMark: Int {
        get { options.sendQueueLowWaterMark }
        set { options.sendQueueLowWaterMark = newValue }
    }

    /// The effect of a call on a stream that the peer, a GOAWAY or H2 has closed. The default is
    /// `.throws`, as in h2.
    public var lateCalls: LateCallPolicy {
        get { options.lateCalls }
        set { options.lateCalls = newValue }
    }

    /// The deadlines of the connection, on which `handleDeadlines(at:)` acts. All are off by
    /// default.
    public var deadlines: H2Deadlines {
        get { options.deadlines }
        set { options.deadlines = newValue }
    }

    /// Whether a client sends GOAWAY in a graceful shutdown. By default, it sends nothing, and only
    /// opens no more streams.
    public var sendsClientGoAway: Bool {
        get { options.sendsClientGoAway }
        set { options.sendsClientGoAway = newValue }
    }

    /// The limits on what the peer can make the connection do and hold.
    public var limits = H2Limits()

    /// The seed of the hash table of streams and of the payloads of PINGs that H2 sends by itself;
    /// `nil` for a random seed.
    ///
    /// A peer that knows the seed can choose stream identifiers that are slow to find, and can
    /// acknowledge these PINGs before they arrive. Set the seed only to replay a recorded
    /// connection in exactly the same steps. The seed has no other effect.
    public var hashSeed: UInt64?

    /// The properties of features that are off by default. They are large and rarely set, so a
    /// configuration stores them only if one is set.
    struct Options: Hashable, Sendable {
        var flowControl: H2FlowControl = .manual
        var reportsStreamOutcomes = false
        var lateCalls: LateCallPolicy = .throws
        var priorities: PriorityScheme = .none
        var sendQueueHighWaterMark = 65_536
        var sendQueueLowWaterMark = 16_384
        var deadlines = H2Deadlines()
        var sendsClientGoAway = false
    }

    /// Options on the heap. Copying a configuration without options retains nothing.
    private final class OptionsBox: Hashable, Sendable {
        let options: Options

        init(_ options: Options) { self.options = options }

        static func == (a: OptionsBox, b: OptionsBox) -> Bool { a.options == b.options }

        func hash(into hasher: inout Hasher) { hasher.combine(options) }
    }

    private var box: OptionsBox?

    var options: Options {
        get { box?.options ?? Options() }
        set { box = newValue == Options() ? nil : OptionsBox(newValue) }
    }

    /// Whether any feature that is off by default is configured.
    var hasOptions: Bool { box != nil }

    /// Creates a configuration with the default values.
    public init(_ role: Role) { self.role = role }

    /// The default configuration of a client.
    public static var client: H2Configuration { H2Configuration(.client) }

    /// The default configuration of a server.
    public static var server: H2Configuration { H2Configuration(.server) }
}
