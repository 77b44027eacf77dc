// SPDX-License-Identifier: MIT

extension H2Event {
    /// A stream ended, with its outcome. Nothing more happens on the stream.
    public struct StreamClosed: Hashable, Sendable {
        /// The stream.
        public var streamID: H2StreamID
        /// How the stream ended.
        public var outcome: H2StreamOutcome

        /// Creates an event with these values.
        public init(streamID: H2StreamID, outcome: H2StreamOutcome) {
            self.streamID = streamID
            self.outcome = outcome
        }
    }

    /// The peer raised INITIAL_WINDOW_SIZE, RFC 9113 §6.9.2, and can receive DATA again on streams
    /// whose windows were 0 or negative. The event follows `.remoteSettingsChanged`.
    public struct SendWindowsOpened: Hashable, Sendable {
        /// The streams whose windows were 0 or negative and are positive now, in order, without
        /// those that this side has ended.
        public var streamIDs: [H2StreamID]

        /// Creates an event with these values.
        public init(streamIDs: [H2StreamID]) { self.streamIDs = streamIDs }
    }
}
