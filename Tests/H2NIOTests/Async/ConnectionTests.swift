// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import NIOCore
import Testing

@Suite("Lifetime of async connections")
struct ConnectionTests {
    @Test func `a graceful shutdown of the server completes open requests`() async throws {
        try await withTimeout {
            let started = Signal<Void>()
            let proceed = Signal<Void>()
            let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { _, _, writer in
                try await writer.head(HTTPResponse(status: .ok))
                started.send()
                await proceed.next()
                try await writer.write(ByteBuffer(string: "complete"))
                try await writer.end()
            }
            let port = try #require(server.localAddress?.port)
            let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: port)
            let request = Task { try await client.response(to: .get()) }
            await started.next()
            let shutdown = Task { await server.shutDown(grace: .seconds(10)) }
            try await server.waitUntilClosed()
            proceed.send()
            let value1 = String(buffer: try await request.value.body)
            #expect(value1 == "complete")
            await shutdown.value
            try await client.waitUntilClosed()
        }
    }

    @Test func `a shutdown cuts off streams after its grace period`() async throws {
        try await withClient { _, _, writer in
            try await writer.head(HTTPResponse(status: .ok))
            try await Task.sleep(for: .seconds(60))
        } _: { client in
            try await client.withResponse(to: .get()) { response in
                async let shutdown: Void = client.shutDown(grace: .milliseconds(10))
                await #expect(throws: H2StreamError.self) {
                    for try await _ in response.body {}
                }
                await shutdown
            }
        }
    }

    @Test func `ping measures the round trip`() async throws {
        try await withClient { _, _, _ in
        } _: { client in
            let value2 = try await client.ping()
            #expect(value2 > .zero)
            await client.shutDown()
            await #expect(throws: (any Error).self) { try await client.ping() }
        }
    }

    @Test func `an idle connection ends`() async throws {
        try await withTimeout {
            var configuration = H2Configuration.server
            configuration.deadlines.idle = .milliseconds(20)
            configuration.deadlines.shutdownAnnouncement = .seconds(5)
            let server = try await H2Server.bind(
                host: "127.0.0.1", port: 0, configuration: configuration
            ) { _, _, writer in try await writer.respond(HTTPResponse(status: .ok)) }
            let port = try #require(server.localAddress?.port)
            let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: port)
            try await client.waitUntilClosed()
            await server.shutDown()
        }
    }

    @Test func `a server that vanishes ends the requests of its clients`() async throws {
        try await withTimeout {
            let (client, channel) = try await connectedChannels(
                client: { try $0.pipeline.syncOperations.addH2Client() }, server: { $0 })
            let request = Task { try await client.response(to: .get()) }
            try await channel.close()
            let error = await #expect(throws: H2StreamError.self) { try await request.value }
            #expect(
                [.streamClosed(.cutOff), .streamClosed(.notProcessed), .connectionUnavailable]
                    .contains(error?.reason))
            try? await client.waitUntilClosed()
        }
    }

    @Test func `serving a connection that has ended releases the handler`() async throws {
        let token = LeakToken()
        try await withTimeout {
            let (peer, server) = try await connectedChannels(
                client: { $0 }, server: { try $0.pipeline.syncOperations.addH2Server() })
            try await peer.close()
            await server.shutDown()
            try? await server.serve { [box = token.box] _, _, _ in
                _ = (box, server)
            }
        }
        #expect(token.isFreed)
    }

    @Test func `each end knows the address of the other`() async throws {
        try await withTimeout {
            let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { _, _, writer in
                let address = writer.remoteAddress?.ipAddress ?? "none"
                try await writer.respond(HTTPResponse(status: .ok), address)
            }
            let client = try await H2ClientConnection.connect(
                host: "127.0.0.1", port: server.port)
            #expect(client.remoteAddress?.port == server.port)
            let response = try await client.response(to: .get())
            #expect(String(buffer: response.body) == "127.0.0.1")
            await client.shutDown()
            await server.shutDown()
        }
    }
}
#endif
