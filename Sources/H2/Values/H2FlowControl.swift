// SPDX-License-Identifier: MIT

/// How a connection manages its receive windows, RFC 9113 §5.2.
@nonexhaustive
public enum H2FlowControl: Hashable, Sendable {
    /// The caller decides: a window opens when the caller acknowledges data or enlarges it. The
    /// default, as in h2.
    case manual
    /// H2 sizes the windows, and credits the connection before the caller acknowledges data.
    case automatic(Automatic)

    /// Automatic flow control with the default sizes.
    public static var automatic: H2FlowControl { .automatic(Automatic()) }

    /// The sizes of automatic flow control, in bytes.
    ///
    /// The window of the connection is credited when DATA arrives, so that a stream that nobody reads
    /// does not stall the others, until ``maxUnacknowledged`` bytes await acknowledgement. The window
    /// of a stream is credited when the caller acknowledges its data.
    ///
    /// Both grow with the bandwidth-delay product, while the caller keeps up. H2 measures it with
    /// PINGs: at most one at a time, only after DATA arrived, and none once the windows have their
    /// maximum size. No event reports their acknowledgements. Windows grow only if the caller passes
    /// the time to `receiveData`.
    public struct Automatic: Hashable, Sendable {
        /// The first size of the window of a stream: the INITIAL_WINDOW_SIZE that H2 announces unless
        /// ``H2Configuration/initialSettings`` contains another.
        public var streamWindow: Int
        /// The size up to which the window of a stream grows.
        public var maxStreamWindow: Int
        /// The first size of the window of the connection, unless
        /// ``H2Configuration/connectionWindowSize`` is larger.
        public var connectionWindow: Int
        /// The size up to which the window of the connection grows.
        public var maxConnectionWindow: Int
        /// The number of received bytes, padding included, that may await acknowledgement before H2
        /// stops crediting the connection. The peer can exceed it by the window of the connection.
        public var maxUnacknowledged: Int
        /// Whether the window of a stream is credited when DATA arrives, too. Then only
        /// ``maxUnacknowledged`` bounds what a slow reader receives.
        public var creditsStreamsOnArrival: Bool

        /// Creates sizes, with the given ones instead of the defaults.
        ///
        /// `initiateConnection` throws `.invalidSettingsValue` unless
        /// 0 <= `streamWindow` <= `maxStreamWindow`, 65,535 <= `connectionWindow` <=
        /// `maxConnectionWindow`, and both maximums are at most 2^30.
        public init(
            streamWindow: Int = 65_535, maxStreamWindow: Int = 8 << 20,
            connectionWindow: Int = 1 << 20, maxConnectionWindow: Int = 32 << 20,
            maxUnacknowledged: Int = 64 << 20, creditsStreamsOnArrival: Bool = false
        ) {
            self.streamWindow = streamWindow
            self.maxStreamWindow = maxStreamWindow
            self.connectionWindow = connectionWindow
            self.maxConnectionWindow = maxConnectionWindow
            self.maxUnacknowledged = maxUnacknowledged
            self.creditsStreamsOnArrival = creditsStreamsOnArrival
        }
    }
}
