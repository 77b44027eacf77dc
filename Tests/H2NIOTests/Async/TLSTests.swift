// SPDX-License-Identifier: MIT

#if NIOSSL
import H2
import H2NIO
import H2NIOSSL
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@Suite("TLS with ALPN")
struct TLSTests {
    private func server(
        http1: (@Sendable (any Channel) -> EventLoopFuture<Void>)? = nil
    ) async throws -> H2Server {
        try await H2Server.bind(
            host: "127.0.0.1", port: 0, tls: try TestCertificate.serverConfiguration(),
            http1: http1
        ) { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for try await bytes in body { try await writer.write(bytes) }
            try await writer.end()
        }
    }

    @Test func `a request over TLS`() async throws {
        try await withTimeout {
            let server = try await server()
            let client = try await H2ClientConnection.connect(
                host: "127.0.0.1", port: server.port,
                tls: try TestCertificate.clientConfiguration(), serverName: "localhost")
            let response = try await client.response(
                to: .post(), body: ByteBuffer(repeating: 1, count: 500_000))
            #expect(response.body.readableBytes == 500_000)
            await client.shutDown()
            await server.shutDown()
        }
    }

    @Test func `an unknown certificate is the error of connect`() async throws {
        try await withTimeout {
            let server = try await server()
            await #expect(throws: NIOSSLError.self) {
                try await H2ClientConnection.connect(
                    host: "127.0.0.1", port: server.port, tls: .makeClientConfiguration(),
                    serverName: "localhost")
            }
            await server.shutDown()
        }
    }

    @Test func `a client without h2 reaches the closure for HTTP 1`() async throws {
        try await withTimeout {
            let channels = Signal<Void>()
            let server = try await server(http1: { channel in
                channels.send()
                return channel.eventLoop.makeSucceededVoidFuture()
            })
            var tls = try TestCertificate.clientConfiguration()
            tls.applicationProtocols = ["http/1.1"]
            let context = try NIOSSLContext(configuration: tls)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    }
                }
                .connect(host: "127.0.0.1", port: server.port).get()
            await channels.next()
            try await channel.close()
            await server.shutDown()
        }
    }

    @Test func `a server that chooses no protocol is an error of negotiation`() async throws {
        try await withTimeout {
            let context = try NIOSSLContext(configuration: TestCertificate.serverConfiguration())
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: context))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(listener.localAddress?.port)
            let error = await #expect(throws: H2NegotiationError.self) {
                try await H2ClientConnection.connect(
                    host: "127.0.0.1", port: port, tls: try TestCertificate.clientConfiguration(),
                    serverName: "localhost")
            }
            #expect(error?.negotiatedProtocol == nil)
            let negotiated = try await H2ClientConnection.connect(
                host: "127.0.0.1", port: port, tls: try TestCertificate.clientConfiguration(),
                serverName: "localhost",
                http1: { $0.close().map { "closed" } })
            guard case .http1("closed") = negotiated else {
                Issue.record("negotiated \(negotiated)")
                return
            }
            try await listener.close()
        }
    }

    @Test func `cancelling a task ends its handshake`() async throws {
        try await withTimeout {
            let accepted = Signal<any Channel>()
            let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    accepted.send(channel)
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = try #require(listener.localAddress?.port)
            let connecting = Task {
                try await H2ClientConnection.connect(
                    host: "127.0.0.1", port: port, tls: .makeClientConfiguration())
            }
            let channel = await accepted.next()
            connecting.cancel()
            await #expect(throws: CancellationError.self) { try await connecting.value }
            try await channel?.closeFuture.get()
            try await listener.close()
        }
    }

    @Test func `a handshake takes at most 30 seconds`() throws {
        let channel = EmbeddedChannel()
        let context = try NIOSSLContext(configuration: TestCertificate.serverConfiguration())
        let negotiated = try channel.pipeline.syncOperations.negotiate(
            NIOSSLServerHandler(context: context),
            h2: { $0.eventLoop.makeSucceededFuture("h2") },
            other: { channel, _ in channel.eventLoop.makeSucceededFuture("other") })
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        channel.embeddedEventLoop.advanceTime(by: .seconds(29))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        #expect(throws: ChannelError.connectTimeout(.seconds(30))) { try negotiated.wait() }
    }

    @Test func `a shutdown closes connections in the handshake`() async throws {
        try await withTimeout {
            let server = try await server()
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: server.port).get()
            // After a request on another connection, the server has accepted the first connection,
            // too.
            let client = try await H2ClientConnection.connect(
                host: "127.0.0.1", port: server.port,
                tls: try TestCertificate.clientConfiguration(), serverName: "localhost")
            _ = try await client.response(to: .get())
            await server.shutDown(grace: .seconds(5))
            try await channel.closeFuture.get()
        }
    }
}
#endif
