// SPDX-License-Identifier: MIT

extension H2Event {
    /// A stream ended. No other event of the stream follows.
    public struct StreamClosed: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// How the stream ended.
        public var outcome: H2StreamOutcome
        /// The number of bytes from `enqueueData` that H2 discarded because the stream ended before
        /// they were sent.
        public var unsentByteCount: Int

        /// Creates an event with these values.
        public init(streamID: H2StreamID, outcome: H2StreamOutcome, unsentByteCount: Int = 0) {
            self.streamID = streamID
            self.outcome = outcome
            self.unsentByteCount = unsentByteCount
        }
    }

    /// A client sent PRIORITY_UPDATE, RFC 9218 §7.1, for a stream that is open or that it can open
    /// later. H2 has applied the priority.
    public struct PriorityUpdateReceived: Hashable, Sendable {
        /// The stream whose priority changed.
        public var streamID: H2StreamID
        /// The new priority.
        public var priority: H2ExtensiblePriority

        /// Creates an event with these values.
        public init(streamID: H2StreamID, priority: H2ExtensiblePriority) {
            self.streamID = streamID
            self.priority = priority
        }
    }

    /// The size of a stream's queued data has fallen to ``H2Configuration/sendQueueLowWaterMark``
    /// after it exceeded ``H2Configuration/sendQueueHighWaterMark``. This happens when the caller
    /// takes output: `takeEvents` then returns the event.
    public struct SendQueueDrained: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// The number of bytes that are still queued.
        public var queuedByteCount: Int

        /// Creates an event with these values.
        public init(streamID: H2StreamID, queuedByteCount: Int) {
            self.streamID = streamID
            self.queuedByteCount = queuedByteCount
        }
    }

    /// The peer raised INITIAL_WINDOW_SIZE, RFC 9113 §6.9.2, which allows DATA again on streams
    /// whose windows were 0 or negative. The event follows `.remoteSettingsChanged`.
    public struct SendWindowsOpened: Hashable, Sendable {
        /// The streams whose windows were 0 or negative and are now positive, by ascending
        /// identifier, except those that this side has ended.
        public var streamIDs: [H2StreamID]

        /// Creates an event with these values.
        public init(streamIDs: [H2StreamID]) { self.streamIDs = streamIDs }
    }

    /// A deadline of ``H2Deadlines`` passed. For `.streamInactivity` and `.drainRate`, H2 resets
    /// the stream, and `.streamReset` follows. For `.idle` and `.maximumAge`, H2 starts a graceful
    /// shutdown.
    public struct DeadlineExpired: Hashable, Sendable {
        /// The deadline.
        public var deadline: H2Deadline
        /// The stream, or `nil` for a deadline of the connection.
        public var streamID: H2StreamID?

        /// Creates an event with these values.
        public init(deadline: H2Deadline, streamID: H2StreamID? = nil) {
            self.deadline = deadline
            self.streamID = streamID
        }
    }
}
