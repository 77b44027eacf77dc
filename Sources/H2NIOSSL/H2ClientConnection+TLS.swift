// SPDX-License-Identifier: MIT

#if NIOSSL
public import H2
public import H2NIO
public import NIOCore
public import NIOPosix
public import NIOSSL

/// What a client and a server negotiated.
public enum H2Negotiated<HTTP1: Sendable>: Sendable {
    /// HTTP/2.
    case h2(H2ClientConnection)
    /// Another protocol or none.
    case http1(HTTP1)
}

extension H2ClientConnection {
    /// Connects to a server that speaks HTTP/2 with TLS.
    ///
    /// - Parameters:
    ///   - host: The name or address.
    ///   - port: The port.
    ///   - tls: The configuration of TLS. The protocols for ALPN are set, and TLS 1.2 is the
    ///     minimum, RFC 9113 §9.2.
    ///   - serverName: The name that the certificate must have, if it is not `host`.
    ///   - configuration: The configuration of the connection.
    ///   - group: The connection uses one of its event loops.
    /// - Throws: ``H2NegotiationError`` if the server does not choose `h2`. If the connection cannot
    ///   be established, an error of the operating system or of NIOSSL.
    public static func connect(
        host: String, port: Int, tls: TLSConfiguration, serverName: String? = nil,
        configuration: H2Configuration = .client,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) async throws -> H2ClientConnection {
        try await connect(
            host, port, tls.forHTTP2(offeringHTTP1: false), serverName, group,
            h2: { try $0.pipeline.syncOperations.addH2Client(configuration) },
            other: { channel, name in
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(
                    H2NegotiationError(negotiatedProtocol: name))
            })
    }

    /// Connects to a server with TLS, offering `h2` and `http/1.1`.
    ///
    /// - Parameters:
    ///   - host: The name or address.
    ///   - port: The port.
    ///   - tls: The configuration of TLS. The protocols for ALPN are set, and TLS 1.2 is the
    ///     minimum, RFC 9113 §9.2.
    ///   - serverName: The name that the certificate must have, if it is not `host`.
    ///   - configuration: The configuration of an HTTP/2 connection.
    ///   - group: The connection uses one of its event loops.
    ///   - http1: Initializes the channel if the server does not choose `h2`.
    /// - Throws: An error of the operating system or of NIOSSL if the connection cannot be
    ///   established.
    public static func connect<HTTP1: Sendable>(
        host: String, port: Int, tls: TLSConfiguration, serverName: String? = nil,
        configuration: H2Configuration = .client,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup,
        http1: @escaping @Sendable (any Channel) -> EventLoopFuture<HTTP1>
    ) async throws -> H2Negotiated<HTTP1> {
        try await connect(
            host, port, tls.forHTTP2(offeringHTTP1: true), serverName, group,
            h2: { .h2(try $0.pipeline.syncOperations.addH2Client(configuration)) },
            other: { channel, _ in http1(channel).map { .http1($0) } })
    }

    private static func connect<Output: Sendable>(
        _ host: String, _ port: Int, _ tls: TLSConfiguration, _ serverName: String?,
        _ group: any EventLoopGroup,
        h2: @escaping @Sendable (any Channel) throws -> Output,
        other: @escaping @Sendable (any Channel, String?) -> EventLoopFuture<Output>
    ) async throws -> Output {
        let context = try NIOSSLContext(configuration: tls)
        // SNI allows names only, RFC 6066 §3.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let name = serverName ?? (isAddress ? nil : host)
        let negotiated = try await ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.negotiate(
                        NIOSSLClientHandler(context: context, serverHostname: name),
                        h2: { channel in
                            channel.eventLoop.makeCompletedFuture { try h2(channel) }
                        },
                        other: other)
                }
            }
        return try await negotiated.get()
    }
}
#endif
