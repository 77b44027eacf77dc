// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@Suite("Clients that reconnect")
struct ReconnectingClientTests {
    private struct Failure: Error {}

    /// Runs `body` with a client that counts its connections. The server refuses the first
    /// `refusals` requests.
    private func withReconnectingClient(
        refusals: Int = 0, maxRetries: Int = 3,
        _ body: @escaping @Sendable (H2Client, Counter) async throws -> Void
    ) async throws {
        try await withTimeout {
            let requests = Counter()
            let server = try await H2Server.bind(host: "127.0.0.1", port: 0) {
                request, body, writer in
                requests.add(1)
                if requests.count <= refusals { throw H2StreamError.reset(.refusedStream) }
                if request.path == "/fail" { throw H2StreamError.reset(.internalError) }
                for try await _ in body {}
                try await writer.respond(HTTPResponse(status: .ok))
            }
            let connections = Counter()
            let client = H2Client(maxRetries: maxRetries) {
                connections.add(1)
                return try await H2ClientConnection.connect(host: "127.0.0.1", port: server.port)
            }
            try await body(client, connections)
            await client.shutDown()
            await server.shutDown()
        }
    }

    private static func expectResponse(_ client: H2Client) async throws {
        let response = try await client.response(to: .get())
        #expect(response.head.status == .ok)
    }

    @Test func `requests share one connection`() async throws {
        try await withReconnectingClient { client, connections in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask { try await Self.expectResponse(client) }
                }
                try await group.waitForAll()
            }
            #expect(connections.count == 1)
        }
    }

    @Test func `a connection that opens no more streams is replaced`() async throws {
        try await withReconnectingClient { client, connections in
            try await client.withConnection { connection in
                // The stream continues on the old connection.
                try await connection.withStream(to: HTTPRequest.post()) { writer, response in
                    let ending = Task { await connection.shutDown() }
                    while connection.isOpen { await Task.yield() }
                    try await Self.expectResponse(client)
                    try await writer.end()
                    _ = try await response.head
                    for try await _ in response.body {}
                    await ending.value
                }
            }
            #expect(connections.count == 2)
        }
    }

    @Test func `a connection whose identifiers are used up is replaced`() async throws {
        try await withReconnectingClient { client, connections in
            try await client.withConnection { connection in
                let request: H2Headers = [
                    (.method, "GET"), (.scheme, "http"), (.path, "/"), (.authority, "a"),
                ]
                connection.openLastStream(request)
            }
            try await Self.expectResponse(client)
            #expect(connections.count == 2)
        }
    }

    @Test func `refused requests are sent again, at most maxRetries times`() async throws {
        try await withReconnectingClient(refusals: 3) { client, connections in
            try await Self.expectResponse(client)
            #expect(connections.count == 1)
        }
        try await withReconnectingClient(refusals: 3, maxRetries: 2) { client, _ in
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get())
            }
            #expect(error?.isSafeToRetry == true)
            try await Self.expectResponse(client)
        }
    }

    @Test func `requests that may have been processed are not sent again`() async throws {
        try await withReconnectingClient { client, _ in
            let calls = Counter()
            await #expect(throws: H2StreamError.self) {
                try await client.withConnection { connection in
                    calls.add(1)
                    return try await connection.response(to: .get("/fail"))
                }
            }
            await #expect(throws: Failure.self) {
                try await client.withConnection { _ in
                    calls.add(1)
                    throw Failure()
                }
            }
            #expect(calls.count == 2)
        }
    }

    @Test func `after an attempt has failed, the next request connects again`() async throws {
        let attempts = Counter()
        let client = H2Client {
            attempts.add(1)
            throw Failure()
        }
        for _ in 0..<3 {
            await #expect(throws: Failure.self) { try await client.response(to: .get()) }
        }
        #expect(attempts.count == 3)
        await client.shutDown()
    }

    @Test func `cancelling a request ends only its wait for the connection`() async throws {
        try await withTimeout {
            let (started, proceed) = (Signal<Void>(), Signal<Void>())
            let client = H2Client {
                started.send()
                await proceed.next()
                throw Failure()
            }
            let requests = (0..<2).map { _ in Task { try await client.response(to: .get()) } }
            await started.next()
            requests[0].cancel()
            await #expect(throws: CancellationError.self) { try await requests[0].value }
            proceed.send()
            await #expect(throws: Failure.self) { try await requests[1].value }
        }
    }

    @Test func `a client that has been shut down sends no more requests`() async throws {
        try await withReconnectingClient { client, connections in
            _ = try await client.response(to: .get())
            await client.shutDown()
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get())
            }
            #expect(error?.reason == .connectionUnavailable)
            #expect(connections.count == 1)
        }
    }
}
#endif
