// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import NIOCore
public import NIOPosix

extension H2ClientConnection {
    /// Connects to a server that speaks HTTP/2 without TLS, with prior knowledge, RFC 9113 §3.3.
    ///
    /// This is a convenience for TCP on `NIOPosix`. With another transport, use `addH2Client` in the
    /// initializer of the channel.
    ///
    /// - Parameters:
    ///   - host: The name or address.
    ///   - port: The port.
    ///   - configuration: The configuration of the connection, with the role `.client`.
    ///   - group: The connection uses one of its event loops.
    /// - Throws: An error of SwiftNIO, such as `NIOConnectionError`, if the connection cannot be
    ///   established.
    public static func connect(
        host: String, port: Int, configuration: H2Configuration = .client,
        group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
    ) async throws -> H2ClientConnection {
        try await ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addH2Client(configuration)
                }
            }
    }
}
#endif
