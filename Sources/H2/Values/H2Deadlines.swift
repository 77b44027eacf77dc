// SPDX-License-Identifier: MIT

/// The deadlines of a connection, all off by default.
///
/// H2 reads no clock: the caller passes the current time to `receiveData(_:at:)`, `advance(to:)`
/// and `handleDeadlines(at:)`. Call `handleDeadlines(at:)` when ``H2Connection/nextDeadline`` has
/// passed: only this call acts on deadlines. A deadline starts at the first time passed after its
/// wait begins; calls without a time start none.
public struct H2Deadlines: Hashable, Sendable {
    /// When H2 checks whether the peer still responds.
    public struct Keepalive: Hashable, Sendable {
        /// The time without a received byte after which H2 sends a PING.
        public var interval: Duration
        /// The time without a received byte after the PING. Then the connection ends without
        /// GOAWAY. While the PING is still in the output, each byte that the caller takes restarts
        /// the time.
        public var answer: Duration
        /// Whether H2 also sends PINGs while no stream is open.
        public var pingsWithoutStreams: Bool

        /// Creates a keepalive with these times.
        public init(interval: Duration, answer: Duration, pingsWithoutStreams: Bool = false) {
            self.interval = interval
            self.answer = answer
            self.pingsWithoutStreams = pingsWithoutStreams
        }
    }

    /// The rate at which the peer has to accept data.
    public struct DrainRate: Hashable, Sendable {
        /// The number of bytes that the peer has to accept in each interval.
        public var bytes: Int
        /// The length of an interval.
        public var interval: Duration

        /// Creates a rate.
        public init(bytes: Int, per interval: Duration) {
            self.bytes = bytes
            self.interval = interval
        }
    }

    /// The time until the first SETTINGS of the peer. Then the connection ends with PROTOCOL_ERROR.
    public var firstSettings: Duration?
    /// The time until the peer acknowledges a SETTINGS frame. Then the connection ends with
    /// SETTINGS_TIMEOUT, RFC 9113 §6.5.3.
    public var settingsAcknowledgement: Duration?
    /// The time until a field block, from its first byte, is complete. Then the connection ends with
    /// ENHANCE_YOUR_CALM.
    public var fieldBlock: Duration?
    /// The time without an open stream after which a graceful shutdown begins. On a server, also set
    /// ``shutdownAnnouncement``, which ends the shutdown of a client that does not respond.
    public var idle: Duration?
    /// When H2 sends PINGs, and when the connection ends because the peer does not respond.
    public var keepalive: Keepalive?
    /// The time in which the peer sends no DATA, no complete field block and no WINDOW_UPDATE on a
    /// stream that it has not ended. Then H2 resets the stream with CANCEL. While the windows allow
    /// the peer no DATA, the time does not count. It does count while this side sends a long body,
    /// although the peer may have nothing to send until that ends.
    public var streamInactivity: Duration?
    /// The rate at which the peer has to accept the data that `enqueueData` queued on a stream. If
    /// the peer is slower, H2 resets the stream with CANCEL.
    ///
    /// Bytes that the windows of the stream and the connection still allow count as accepted, so a
    /// stream that waits for more urgent ones is not reset. An interval during which the queue was
    /// empty does not count. H2 checks at the end of each interval, so a peer that stops reading is
    /// reset after at most two intervals.
    ///
    /// A peer may send WINDOW_UPDATE only after it has read a whole window. Choose an interval in
    /// which the slowest peer that you serve does so, or a peer with large windows is reset although
    /// it reads.
    public var drainRate: DrainRate?
    /// The time in which the caller takes no bytes of waiting output. Then the connection ends
    /// without GOAWAY.
    public var output: Duration?
    /// The time that a server in a graceful shutdown waits for the acknowledgement of the PING that
    /// follows its first GOAWAY. Then it sends the second GOAWAY.
    public var shutdownAnnouncement: Duration?
    /// The time from the start of a graceful shutdown until all streams have ended. Then the
    /// connection ends with GOAWAY(NO_ERROR).
    public var shutdown: Duration?
    /// The time from the first call that passes a time until a graceful shutdown begins.
    public var maximumAge: Duration?

    /// Creates deadlines that are all off.
    public init() {}
}

/// The name of a deadline in ``H2Deadlines``.
@nonexhaustive
public enum H2Deadline: Hashable, Sendable, CaseIterable {
    /// The first SETTINGS of the peer.
    case firstSettings
    /// The acknowledgement of a SETTINGS frame.
    case settingsAcknowledgement
    /// The end of a field block.
    case fieldBlock
    /// The connection had no open stream.
    case idle
    /// The peer did not respond to a PING.
    case keepalive
    /// The peer sent nothing on a stream.
    case streamInactivity
    /// The peer accepted too little of the data that is queued on a stream.
    case drainRate
    /// The caller took no output.
    case output
    /// Streams were still open too long after the start of a graceful shutdown.
    case shutdown
    /// The connection reached its maximum age.
    case maximumAge
}

extension H2Deadline: CustomStringConvertible {
    /// The name of the case.
    public var description: String {
        switch self {
        case .firstSettings: "firstSettings"
        case .settingsAcknowledgement: "settingsAcknowledgement"
        case .fieldBlock: "fieldBlock"
        case .idle: "idle"
        case .keepalive: "keepalive"
        case .streamInactivity: "streamInactivity"
        case .drainRate: "drainRate"
        case .output: "output"
        case .shutdown: "shutdown"
        case .maximumAge: "maximumAge"
        }
    }
}
