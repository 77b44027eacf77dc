// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// Compares the outcomes of streams with the streams of the connection, whatever the peer sends.
struct MutationOutcomes {
    private var opened: Set<H2StreamID> = []
    private var closed: Set<H2StreamID> = []
    private(set) var problem: String?

    /// Records an event.
    ///
    /// - Parameter isEnded: Whether the connection has ended.
    mutating func see(_ event: H2Event, isServer: Bool, isEnded: Bool) {
        switch event {
        case .streamClosed(let event):
            // A request that ends the connection is opened, but not reported.
            let isUnreported =
                isServer && isEnded && event.outcome == .cutOff && event.streamID.isClientInitiated
            if !opened.contains(event.streamID), !isUnreported {
                problem = problem ?? "an outcome of a stream that was not opened: \(event)"
            }
            opened.insert(event.streamID)
            if !closed.insert(event.streamID).inserted {
                problem = problem ?? "a second outcome: \(event)"
            }
        // Both are allowed on closed streams.
        case .priorityUpdated, .unknownFrameReceived: break
        default:
            guard let id = event.streamID else { return }
            if closed.contains(id) { problem = problem ?? "after the outcome: \(event)" }
            // A malformed request is not reported, but its reset is.
            opened.insert(id)
        }
    }

    /// Checks that exactly the streams without an outcome are live.
    mutating func check(_ connection: H2Connection) {
        guard connection.connectionState != .closed else { return }
        let live = Set(connection.state.streams.live.records.map { H2StreamID($0.id) })
        let isServer = connection.configuration.role == .server
        // The caller opened them.
        opened.formUnion(live.filter { $0.isClientInitiated != isServer })
        let open = opened.subtracting(closed)
        if open != live {
            problem = problem ?? "without outcome: \(open), live: \(live)"
        }
    }

    /// Checks that each stream has an outcome when the transport has ended.
    mutating func finish(_ connection: H2Connection) {
        let isServer = connection.configuration.role == .server
        for event in connection.connectionLost() {
            see(event, isServer: isServer, isEnded: true)
        }
        let open = opened.subtracting(closed)
        if !open.isEmpty { problem = problem ?? "no outcome: \(open)" }
    }
}
