// SPDX-License-Identifier: MIT

package import H2

/// Compares the outcomes of streams with the streams of the connection, whatever the peer sends.
package struct OutcomeLedger {
    private var opened: Set<H2StreamID> = []
    private var closed: Set<H2StreamID> = []
    package private(set) var problem: String?

    package init() {}

    /// Records an event.
    ///
    /// - Parameter isEnded: Whether the connection has ended.
    package mutating func see(_ event: H2Event, isServer: Bool, isEnded: Bool) {
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
        // Also allowed before the stream is opened.
        case .priorityUpdateReceived(let event):
            if closed.contains(event.streamID) {
                problem = problem ?? "after the outcome: \(event)"
            }
        default:
            guard let id = event.streamID else { return }
            if closed.contains(id) { problem = problem ?? "after the outcome: \(event)" }
            // A malformed request is not reported, but its reset is.
            opened.insert(id)
        }
    }

    /// Records that an upgrade from HTTP/1.1 may have opened a stream.
    package mutating func start(_ connection: H2Connection) { opened = Self.live(connection) }

    /// Checks that exactly the streams without an outcome are live. Call it after each call.
    package mutating func check(_ connection: H2Connection) {
        guard connection.connectionState != .closed else { return }
        let live = Self.live(connection)
        let isServer = connection.configuration.role == .server
        // The caller opened them.
        opened.formUnion(live.filter { $0.isClientInitiated != isServer })
        let open = opened.subtracting(closed)
        // Some outcomes may not be delivered yet.
        if open != live, !open.isSuperset(of: live) || !connection.hasEvents {
            problem = problem ?? "without outcome: \(open), live: \(live)"
        }
    }

    /// Returns the streams that have ended, but whose outcomes were not delivered.
    package func undelivered(_ connection: H2Connection) -> Set<H2StreamID> {
        opened.subtracting(closed).subtracting(Self.live(connection))
    }

    /// Checks that each stream has an outcome when the transport has ended.
    package mutating func finish(_ connection: H2Connection) {
        let isServer = connection.configuration.role == .server
        for event in connection.connectionLost() {
            see(event, isServer: isServer, isEnded: true)
        }
        let open = opened.subtracting(closed)
        if !open.isEmpty { problem = problem ?? "no outcome: \(open)" }
    }

    private static func live(_ connection: H2Connection) -> Set<H2StreamID> {
        Set(connection.state.streams.live.records.map { H2StreamID($0.id) })
    }
}
