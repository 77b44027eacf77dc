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
    /// A client must complete the TLS handshake within 30 seconds.
    ///
    /// - Parameters:
    ///   - host: The name or address.
    ///   - port: The port; 0 for any free port, which the property `port` then returns.
    ///   - tls: The configuration of TLS, with a certificate. The method sets the protocols for
    ///     ALPN, and requires at least TLS 1.2, RFC 9113 §9.2.
    ///   - configuration: The configuration of each connection, with the role `.server`. If its
    ///     deadline `shutdownAnnouncement` is `nil`, the server sets it to 10 seconds.
    ///   - group: The event loops of the connections.
    ///   - executor: The executor of the handlers; `nil` for the event loop of their connection.
    ///   - http1: Initializes the channel of a client that does not negotiate `h2`. If `http1` is
    ///     `nil`, the server offers only `h2`, and closes the connections of other clients.
    ///   - handler: Handles a request: see `H2ServerConnection.serve`.
    /// - Throws: An error of the operating system if the address cannot be used; an error of NIOSSL
    ///   if `tls` is not valid.
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
