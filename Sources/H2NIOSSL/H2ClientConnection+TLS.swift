// SPDX-License-Identifier: MIT

#if NIOSSL
public import H2
public import H2NIO
public import NIOCore
public import NIOPosix
public import NIOSSL

/// The result of a TLS handshake in which the client offered `h2` and `http/1.1`.
public enum H2Negotiated<HTTP1: Sendable>: Sendable {
    /// HTTP/2, with its connection.
    case h2(H2ClientConnection)
    /// HTTP/1.1 or no protocol, with the result of the closure for HTTP/1.1.
    case http1(HTTP1)
}

extension H2ClientConnection {
    /// Connects to a server that uses HTTP/2 with TLS.
    ///
    /// - Parameters:
    ///   - host: The name or address.
    ///   - port: The port.
    ///   - tls: The configuration of TLS. The method sets the protocols for ALPN, and requires at
    ///     least TLS 1.2, RFC 9113 §9.2.
    ///   - serverName: The name for SNI, which the certificate must have unless it has the address
    ///     of the server; `nil` for `host`.
    ///   - configuration: The configuration of the connection, with the role `.client`.
    ///   - group: The connection uses one of its event loops.
    /// - Throws: ``H2NegotiationError`` if the server does not choose `h2`; an error of SwiftNIO or
    ///   NIOSSL if the connection cannot be established, the handshake takes longer than 30
    ///   seconds, or `tls` is not valid; `CancellationError` if the task is cancelled during the
    ///   handshake.
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
    ///   - tls: The configuration of TLS. The method sets the protocols for ALPN, and requires at
    ///     least TLS 1.2, RFC 9113 §9.2.
    ///   - serverName: The name for SNI, which the certificate must have unless it has the address
    ///     of the server; `nil` for `host`.
    ///   - configuration: The configuration of an HTTP/2 connection, with the role `.client`.
    ///   - group: The connection uses one of its event loops.
    ///   - http1: Initializes the channel if the server does not choose `h2`.
    /// - Returns: The HTTP/2 connection, or the result of `http1`.
    /// - Throws: An error of SwiftNIO or NIOSSL if the connection cannot be established, the
    ///   handshake takes longer than 30 seconds, or `tls` is not valid; the error of the future
    ///   that `http1` returns; `CancellationError` if the task is cancelled during the handshake.
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
        // SNI allows only names, RFC 6066 §3.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let name = serverName ?? (isAddress ? nil : host)
        let (channel, negotiated) = try await ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let negotiated = try channel.pipeline.syncOperations.negotiate(
                        NIOSSLClientHandler(context: context, serverHostname: name),
                        h2: { channel in
                            channel.eventLoop.makeCompletedFuture { try h2(channel) }
                        },
                        other: other)
                    return (channel, negotiated)
                }
            }
        return try await withTaskCancellationHandler {
            do {
                return try await negotiated.get()
            } catch {
                // Closing the channel fails the negotiation.
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}
#endif
