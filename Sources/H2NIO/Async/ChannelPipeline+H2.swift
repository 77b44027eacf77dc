// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import NIOCore

extension ChannelPipeline.SynchronousOperations {
    /// Adds the handler of a server's end of a connection, as the last handler.
    ///
    /// - Parameter configuration: ``H2ServerConnection`` needs stream outcomes and automatic flow
    ///   control, and turns them on.
    public func addH2Server(
        _ configuration: H2Configuration = .server
    ) throws -> H2ServerConnection {
        let connection = try addLoopConnection(configuration)
        connection.server = ServerState()
        return H2ServerConnection(connection: connection)
    }

    /// Adds the handler of a client's end of a connection, as the last handler.
    ///
    /// - Parameter configuration: ``H2ClientConnection`` needs stream outcomes and automatic flow
    ///   control, and turns them on. It refuses pushed streams.
    public func addH2Client(
        _ configuration: H2Configuration = .client
    ) throws -> H2ClientConnection {
        H2ClientConnection(connection: try addLoopConnection(configuration))
    }

    private func addLoopConnection(
        _ configuration: H2Configuration
    ) throws -> LoopConnection {
        let connection = LoopConnection(
            configuration, executor: .shared(for: eventLoop))
        try addHandler(connection.handler)
        connection.channel = connection.handler.context?.channel
        return connection
    }
}
#endif
