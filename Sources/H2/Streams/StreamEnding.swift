// SPDX-License-Identifier: MIT

/// Why a stream closes.
enum StreamEnding {
    /// The side that resets a stream.
    enum Cause {
        /// The program called `resetStream`.
        case program
        /// H2 resets the stream because of the peer.
        case library
        /// The peer sent RST_STREAM.
        case peer
    }

    /// Both sides sent END_STREAM.
    case messages
    case reset(H2ErrorCode, by: Cause)
    /// The identifier exceeds the last stream of a GOAWAY from the peer.
    case refusedByGoAway

    /// Whether H2 resets the stream because of the peer.
    var isForced: Bool {
        if case .reset(_, by: .library) = self { true } else { false }
    }
}
