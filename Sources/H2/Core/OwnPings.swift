// SPDX-License-Identifier: MIT

/// The PINGs that H2 sends by itself. Their acknowledgements cause no events.
///
/// A peer cannot guess the payloads, and therefore cannot acknowledge a PING before it arrives.
struct OwnPings {
    enum Purpose: Equatable {
        /// Measures the bandwidth-delay product.
        case windowProbe
        /// Checks whether the peer still responds.
        case keepalive
        /// Detects when the peer has received the first GOAWAY of a graceful shutdown.
        case shutdown
    }

    /// At most one for each purpose.
    private var sent: [(purpose: Purpose, data: H2PingData)] = []
    /// The state of the payload generator if the caller set a seed, to replay a connection.
    private var seed: UInt64?

    init(seed: UInt64?) { self.seed = seed }

    /// Records and returns the payload of a PING that is about to be sent.
    mutating func send(_ purpose: Purpose) -> H2PingData {
        sent.removeAll { $0.purpose == purpose }
        let data = H2PingData(nextNumber())
        sent.append((purpose, data))
        return data
    }

    /// Removes and returns the purpose of an acknowledged PING; `nil` if H2 did not send it.
    mutating func acknowledge(_ data: H2PingData) -> Purpose? {
        guard let index = sent.firstIndex(where: { $0.data == data }) else { return nil }
        return sent.remove(at: index).purpose
    }

    /// Returns whether a PING for this purpose has not been acknowledged.
    func isWaiting(for purpose: Purpose) -> Bool { sent.contains { $0.purpose == purpose } }

    private mutating func nextNumber() -> UInt64 {
        guard let seed else { return HashSeed.random() }
        self.seed = seed &+ 0x9e37_79b9_7f4a_7c15
        var mixed = (seed ^ seed &>> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed &>> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed &>> 31
    }
}
