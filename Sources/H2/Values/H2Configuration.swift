// SPDX-License-Identifier: MIT

/// How a connection behaves; a value that is copied into it.
///
/// In h2: `H2Configuration`. Nothing here throws: values out of range make `initiateConnection`
/// throw `.invalidSettingsValue`.
public struct H2Configuration: Hashable, Sendable {
    /// Which end of the connection this is.
    @nonexhaustive
    public enum Role: Hashable, Sendable {
        case client, server
    }

    /// What a GOAWAY from the peer does.
    @nonexhaustive
    public enum GoAwayPolicy: Hashable, Sendable {
        /// Streams up to its last identifier go on; later ones of ours end as safe to retry. RFC
        /// 9113 §6.8.
        case finishStreams
        /// The connection is over at once, and what was not yet sent is dropped. This is what h2
        /// does.
        case closeAtOnce
    }

    /// What a malformed message does, RFC 9113 §8.1.1.
    @nonexhaustive
    public enum MalformedMessagePolicy: Hashable, Sendable {
        /// The connection ends with GOAWAY(PROTOCOL_ERROR), as in h2.
        case connectionError
        /// The stream ends with RST_STREAM(PROTOCOL_ERROR), which uses units of
        /// ``H2Limits/provokedResets``. `.streamReset` may be the only event of its stream. It does
        /// not say what is wrong; for that, use `.connectionError` while debugging.
        case resetStream
    }

    /// What happens if a header section or a stream exceeds a limit.
    @nonexhaustive
    public enum ExcessPolicy: Hashable, Sendable {
        /// The connection ends, as in h2.
        case connectionError
        /// The stream ends with RST_STREAM, which uses units of ``H2Limits/provokedResets``.
        case resetStream
    }

    /// Which end of the connection this is. In h2: `client_side`.
    public var role: Role

    /// Settings to announce in `initiateConnection`, on top of the defaults of RFC 9113 §6.5.2.
    ///
    /// Unless set here, MAX_CONCURRENT_STREAMS is 100 and MAX_HEADER_LIST_SIZE 65,536, as in h2.
    public var initialSettings: H2Settings = [:]

    /// Whether header sections are checked before they are sent, RFC 9113 §8.2 and §8.3, and sent
    /// bodies are compared with content-length and with the responses that have no content. In h2:
    /// `validate_outbound_headers`.
    public var validateOutboundHeaders = true

    /// Whether header sections are put into form before they are sent: names in lower case, no
    /// white space around names and values, no connection-specific fields, and credentials kept out
    /// of compression tables. In h2: `normalize_outbound_headers`.
    public var normalizeOutboundHeaders = true

    /// Whether a cookie is split at each `; ` before it is sent, which compresses better; only
    /// where `normalizeOutboundHeaders` is on, too. RFC 9113 §8.2.3. In h2:
    /// `split_outbound_cookies`.
    public var splitOutboundCookies = false

    /// Whether received header sections are checked, RFC 9113 §8.2 and §8.3. Off, everything that
    /// is not about their fields still holds: compression, the size of the list, content-length,
    /// the order of sections. In h2: `validate_inbound_headers`.
    public var validateInboundHeaders = true

    /// Whether the cookies of a received section are joined into one field, the last, which is
    /// never indexed. RFC 9113 §8.2.3. In h2: `normalize_inbound_headers`.
    public var normalizeInboundHeaders = true

    /// What a GOAWAY from the peer does.
    public var goAway: GoAwayPolicy = .finishStreams

    /// What a malformed message does. The default is `.resetStream`; h2 ends the connection.
    public var malformedMessages: MalformedMessagePolicy = .resetStream

    /// What happens if a header section exceeds ``H2Limits/headerListSize`` or
    /// ``H2Limits/headerFields``, or a stream exceeds an acknowledged MAX_CONCURRENT_STREAMS. The
    /// default is `.resetStream`; h2 ends the connection.
    ///
    /// The section's stream gets RST_STREAM(ENHANCE_YOUR_CALM), the surplus stream
    /// RST_STREAM(REFUSED_STREAM), RFC 9113 §5.1.2. A surplus request is not reported; a surplus
    /// response on a promised stream is, as the reset of that stream. A section larger than four
    /// times the limit ends the connection with either policy.
    public var excess: ExcessPolicy = .resetStream

    /// How much the peer may cost.
    public var limits = H2Limits()

    /// The seed of the hash table of streams, or `nil` for a random one.
    ///
    /// A peer that knows the seed can choose stream identifiers that are slow to find. Set the seed
    /// only to replay a recorded conversation in exactly the same steps; the seed has no other
    /// effect.
    public var hashSeed: UInt64?

    public init(_ role: Role) { self.role = role }

    /// A client with the defaults.
    public static var client: H2Configuration { H2Configuration(.client) }

    /// A server with the defaults.
    public static var server: H2Configuration { H2Configuration(.server) }
}
