// SPDX-License-Identifier: MIT

#if NIO
import NIOCore
import Synchronization

/// The open connections of a server.
final class ServerConnections: Sendable {
    private struct State {
        /// The channels whose protocol is not known.
        var channels: [ObjectIdentifier: any Channel] = [:]
        var connections: [ObjectIdentifier: LoopConnection] = [:]
        /// The grace period, once the server shuts down.
        var shutdown: Duration??
    }

    private let state = Mutex(State())

    /// Adds a channel until its protocol is known.
    func begin(_ channel: any Channel) {
        let isShuttingDown = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.shutdown != nil
        }
        if isShuttingDown { channel.close(promise: nil) }
    }

    /// Removes a channel whose protocol is known, or that has failed.
    func negotiated(_ channel: any Channel) {
        state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
    }

    /// Adds a connection until its channel is closed. Call this on its event loop.
    func add(_ connection: LoopConnection, on channel: any Channel) {
        let key = ObjectIdentifier(connection)
        let shutdown = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            state.connections[key] = connection
            return state.shutdown
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.connections[key] = nil }
        }
        if let grace = shutdown { connection.shutDown(within: grace) }
    }

    /// Ends all connections gracefully, including those that are added later, and waits for the
    /// connections that are open now.
    func shutDown(within grace: Duration?) async {
        let (channels, connections) = state.withLock { state in
            state.shutdown = .some(grace)
            return (Array(state.channels.values), Array(state.connections.values))
        }
        for channel in channels { channel.close(promise: nil) }
        for connection in connections {
            connection.onLoopUnlessEnded { connection.shutDown(within: grace) }
        }
        for connection in connections { try? await connection.end.wait() }
    }
}
#endif
