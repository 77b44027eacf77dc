// SPDX-License-Identifier: MIT

#if NIOSSL
public import H2
public import H2NIO
public import HTTPTypes
public import NIOCore
public import NIOPosix
public import NIOSSL

extension H2Server {
    /// Listens on an address, with TLS.
    ///
    /// - Parameters:
    ///   - host: The name or address.
    ///   - port: The port; 0 for a free one, which `localAddress` names.
    ///   - tls: The certificate and the rest of the configuration. The protocols for ALPN are set,
    ///     and TLS 1.2 is the minimum, RFC 9113 §9.2.
    ///   - configuration: The configuration of each connection. Without a deadline
    ///     `shutdownAnnouncement`, 10 seconds are used.
    ///   - group: The event loops of the connections.
    ///   - executor: Where the handlers run, if not on the event loop of their connection.
    ///   - http1: Initializes the channel of a client that does not choose HTTP/2. If it is `nil`,
    ///     only `h2` is offered, and the connections of other clients are closed.
    ///   - handler: Handles a request: see `H2ServerConnection.serve`.
    /// - Throws: An error of the operating system if the address cannot be used, and an error of
    ///   NIOSSL if the configuration is not valid.
    public static func bind(
        host: String, port: Int, tls: TLSConfiguration,
        configuration: H2Configuration = .server,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        on executor: (any TaskExecutor)? = nil,
        http1: (@Sendable (any Channel) -> EventLoopFuture<Void>)? = nil,
        _ handler:
            @escaping @Sendable (
                HTTPRequest, H2Body, H2ResponseWriter
            ) async throws -> Void
    ) async throws -> H2Server {
        let context = try NIOSSLContext(
            configuration: tls.forHTTP2(offeringHTTP1: http1 != nil))
        return try await bind(
            host: host, port: port, configuration: configuration, group: group, on: executor,
            H2ServerConnection.converting(handler)
        ) { channel, addHandler in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.negotiate(
                    NIOSSLServerHandler(context: context),
                    h2: { channel in
                        channel.eventLoop.makeCompletedFuture { try addHandler(channel) }
                    },
                    other: { channel, _ in http1?(channel) ?? channel.close() })
            }.flatMap { $0 }
        }
    }
}
#endif
