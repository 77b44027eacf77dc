// SPDX-License-Identifier: MIT

/// How a connection manages its receive windows, RFC 9113 §5.2.
@nonexhaustive
public enum H2FlowControl: Hashable, Sendable {
    /// The caller manages the windows: H2 sends WINDOW_UPDATE only after the caller acknowledges
    /// data or enlarges a window. This is the default, as in h2.
    case manual
    /// H2 sizes the windows, and credits the connection before the caller acknowledges data.
    case automatic(Automatic)

    /// Automatic flow control with the default sizes.
    public static var automatic: H2FlowControl { .automatic(Automatic()) }

    /// The sizes of automatic flow control, in bytes.
    ///
    /// H2 credits the window of the connection when DATA arrives, until ``maxUnacknowledged`` bytes
    /// await acknowledgement, so that a stream that the caller does not read does not stall the
    /// others. H2 credits the window of a stream when the caller acknowledges its data.
    ///
    /// Both windows grow with the bandwidth-delay product while the caller keeps up, provided that
    /// it passes the current time to `receiveData`. H2 measures the product with PINGs: at most one
    /// at a time, only after DATA arrived, and none once the windows have their maximum size. Their
    /// acknowledgements cause no events.
    public struct Automatic: Hashable, Sendable {
        /// The initial size of the window of a stream: the INITIAL_WINDOW_SIZE that H2 announces,
        /// unless ``H2Configuration/initialSettings`` contains another.
        public var streamWindow: Int
        /// The maximum size to which the window of a stream grows.
        public var maxStreamWindow: Int
        /// The initial size of the window of the connection, unless
        /// ``H2Configuration/connectionWindowSize`` is larger.
        public var connectionWindow: Int
        /// The maximum size to which the window of the connection grows.
        public var maxConnectionWindow: Int
        /// The number of received bytes, padding included, that may await acknowledgement before H2
        /// stops crediting the connection. The peer can exceed it by one window of the connection.
        public var maxUnacknowledged: Int
        /// Whether H2 credits the window of a stream when DATA arrives, too. Then only
        /// ``maxUnacknowledged`` limits the data that awaits a slow reader.
        public var creditsStreamsOnArrival: Bool

        /// Creates sizes with default arguments.
        ///
        /// `initiateConnection` throws `.invalidSettingsValue` unless
        /// 0 <= `streamWindow` <= `maxStreamWindow` <= 2^30,
        /// 65,535 <= `connectionWindow` <= `maxConnectionWindow` <= 2^30, and
        /// 0 <= `maxUnacknowledged`.
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
