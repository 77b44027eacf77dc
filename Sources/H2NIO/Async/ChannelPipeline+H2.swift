// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import NIOCore

extension ChannelPipeline.SynchronousOperations {
    /// Adds the handler of a server's end of a connection, as the last handler.
    ///
    /// - Parameter configuration: The configuration of the connection, with the role `.server`.
    ///   The method turns on stream outcomes and, instead of manual flow control, automatic flow
    ///   control.
    /// - Returns: The connection. Requests wait until you call ``H2ServerConnection/serve(on:_:)``.
    /// - Throws: `H2Error` if the role is not `.server`; an error of SwiftNIO if the handler cannot
    ///   be added.
    public func addH2Server(
        _ configuration: H2Configuration = .server
    ) throws -> H2ServerConnection {
        let connection = try addLoopConnection(configuration, .server)
        connection.server = ServerState()
        return H2ServerConnection(connection: connection)
    }

    /// Adds the handler of a client's end of a connection, as the last handler.
    ///
    /// - Parameter configuration: The configuration of the connection, with the role `.client`.
    ///   The method turns on stream outcomes and, instead of manual flow control, automatic flow
    ///   control. It turns off server push.
    /// - Returns: The connection. Requests wait until the channel is active.
    /// - Throws: `H2Error` if the role is not `.client`; an error of SwiftNIO if the handler cannot
    ///   be added.
    public func addH2Client(
        _ configuration: H2Configuration = .client
    ) throws -> H2ClientConnection {
        H2ClientConnection(connection: try addLoopConnection(configuration, .client))
    }

    private func addLoopConnection(
        _ configuration: H2Configuration, _ role: H2Configuration.Role
    ) throws -> LoopConnection {
        try configuration.checkRole(role)
        let connection = LoopConnection(
            configuration, executor: .shared(for: eventLoop))
        try addHandler(connection.handler)
        connection.channel = connection.handler.context?.channel
        return connection
    }
}

extension H2Configuration {
    /// Throws if the configuration is for the other role.
    func checkRole(_ role: Role) throws(H2Error) {
        guard self.role != role else { return }
        throw .misuse(
            role == .server
                ? "the configuration of a server has the role .client"
                : "the configuration of a client has the role .server")
    }
}
#endif
