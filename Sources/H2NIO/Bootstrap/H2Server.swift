// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore
public import NIOPosix

/// A server, which listens on an address and handles the requests of all connections.
///
/// This is a convenience for TCP on `NIOPosix`. With another transport, use `addH2Server` in the
/// initializer of each channel, and ``H2ServerConnection/serve(on:_:)``.
public struct H2Server: Sendable {
    private let channel: any Channel
    private let connections: ServerConnections

    /// Listens on an address.
    ///
    /// Connections use HTTP/2 without TLS, with prior knowledge, RFC 9113 §3.3.
    ///
    /// - Parameters:
    ///   - host: The name or address.
    ///   - port: The port; 0 for any free port, which the property `port` then returns.
    ///   - configuration: The configuration of each connection, with the role `.server`. If its
    ///     deadline `shutdownAnnouncement` is `nil`, the server sets it to 10 seconds.
    ///   - group: The event loops of the connections.
    ///   - executor: The executor of the handlers; `nil` for the event loop of their connection.
    ///   - handler: Handles a request: see ``H2ServerConnection/serve(on:_:)``.
    /// - Throws: An error of the operating system if the address cannot be used.
    public static func bind(
        host: String, port: Int, configuration: H2Configuration = .server,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        on executor: (any TaskExecutor)? = nil,
        _ handler:
            @escaping @Sendable (
                HTTPRequest, H2Body, H2ResponseWriter
            ) async throws -> Void
    ) async throws -> H2Server {
        try await bind(
            host: host, port: port, configuration: configuration, group: group, on: executor,
            H2ServerConnection.converting(handler)
        ) { channel, addHandler in
            channel.eventLoop.makeCompletedFuture { try addHandler(channel) }
        }
    }

    /// Listens on an address.
    ///
    /// - Parameter initialize: Initializes a channel, and calls the function that it receives if
    ///   and when the channel uses HTTP/2. The future completes when the protocol of the channel is
    ///   known.
    package static func bind(
        host: String, port: Int, configuration: H2Configuration, group: any EventLoopGroup,
        on executor: (any TaskExecutor)?,
        _ handler: @escaping @Sendable (H2Headers, H2Body, H2ResponseWriter) async throws -> Void,
        initialize:
            @escaping @Sendable (
                any Channel, @escaping @Sendable (any Channel) throws -> Void
            ) -> EventLoopFuture<Void>
    ) async throws -> H2Server {
        try configuration.checkRole(.server)
        let connections = ServerConnections()
        let configuration = configuration.endingShutdowns
        let addHandler: @Sendable (any Channel) throws -> Void = { channel in
            let connection = try channel.pipeline.syncOperations.addH2Server(configuration)
                .connection
            connection.serve(on: executor ?? connection.executor, handler)
            connections.add(connection, on: channel)
        }
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                connections.begin(channel)
                initialize(channel, addHandler).whenComplete { result in
                    connections.negotiated(channel)
                    if case .failure = result { channel.close(promise: nil) }
                }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: host, port: port).get()
        return H2Server(channel: channel, connections: connections)
    }

    /// The address on which the server listens.
    public var localAddress: SocketAddress? { channel.localAddress }

    /// The port on which the server listens; 0 if it does not use ports.
    public var port: Int { localAddress?.port ?? 0 }

    /// Stops listening, ends all connections gracefully, and waits until they have ended.
    ///
    /// Connections in the TLS handshake are closed. Connections that use another protocol continue.
    ///
    /// Do not call this in a handler without `grace`: the call waits until all handlers have
    /// returned. If the task is cancelled, the call returns early, and the shutdown continues.
    ///
    /// - Parameter grace: The time after which streams that are still open are cut off; `nil` for no
    ///   limit.
    public func shutDown(grace: Duration? = nil) async {
        try? await channel.close()
        await connections.shutDown(within: grace)
    }

    /// Waits until the server has stopped listening. Its connections can still be open.
    ///
    /// - Throws: `CancellationError` if the task is cancelled; the server continues. An error of the
    ///   listening channel; `NIOPosix` reports none.
    public func waitUntilClosed() async throws {
        let waiter = Waiter<Void>()
        try await waiter.wait { channel.closeFuture.whenComplete { waiter.resume($0) } }
    }
}

extension H2Configuration {
    /// The configuration with a limit on the time within which a client must acknowledge the PING
    /// of a graceful shutdown. Without the limit, a client that does not do so keeps its connection
    /// open.
    fileprivate var endingShutdowns: H2Configuration {
        var configuration = self
        if configuration.deadlines.shutdownAnnouncement == nil {
            configuration.deadlines.shutdownAnnouncement = .seconds(10)
        }
        return configuration
    }
}
#endif
