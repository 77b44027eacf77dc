// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

@Suite("Streams and ends that depend on the peer")
struct ConnectionLimitTests {
    @Test func `a client opens 100 streams before the server announces its limit`() async throws {
        let received = ReceivedBytes()
        try await withTimeout {
            let (client, peer) = try await connectedChannels(
                client: { try $0.pipeline.syncOperations.addH2Client() },
                server: { channel in
                    try channel.pipeline.syncOperations.addHandler(received.handler)
                    return channel
                })
            let requests = Task {
                await withDiscardingTaskGroup { group in
                    for _ in 0..<150 {
                        group.addTask { _ = try? await client.response(to: .get()) }
                    }
                }
            }
            while try await client.openStreams() < 100 { await Task.yield() }
            let ping = Task { try await client.ping() }
            _ = try await received.frame { $0.type == .ping }
            #expect(headerCount(received) == 100)
            try await peer.writeAndFlush(ByteBuffer(bytes: FrameBuilder.settings([(3, 120)])))
            _ = try await received.frame { $0.type == .headers && $0.streamID == 239 }
            #expect(headerCount(received) == 120)
            try? await peer.close()
            await requests.value
            _ = await ping.result
        }
    }

    private func headerCount(_ received: ReceivedBytes) -> Int {
        WireReader.frames(in: received.bytes).count { $0.type == .headers }
    }

    @Test func `a body that fails before its stream is opened leaves no stream`() async throws {
        struct Failure: Error {}
        var server = H2Configuration.server
        server.limits.peerResets = .init(10_000, perSecond: 1)
        try await withClient(server: server) { _, body, writer in
            for try await _ in body {}
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            await withDiscardingTaskGroup { group in
                for _ in 0..<20 {
                    group.addTask {
                        for _ in 0..<100 {
                            _ = try? await client.withResponse(
                                to: HTTPRequest.post(), sending: { _ in throw Failure() }
                            ) { _ in Issue.record("a request without its body has a response") }
                        }
                    }
                }
            }
        }
    }

    @Test func `a body is sent to its end if the response ends first`() async throws {
        let count = Signal<Int>()
        try await withClient { _, body, writer in
            try await writer.respond(HTTPResponse(status: .accepted))
            var received = 0
            for try await bytes in body { received += bytes.readableBytes }
            count.send(received)
        } _: { client in
            let body = ByteBuffer(repeating: 1, count: 2_000_000)
            let response = try await client.response(to: .post(), body: body)
            #expect(response.head.status == .accepted)
            #expect(await count.next() == 2_000_000)
        }
    }

    @Test func `GOAWAY with an error code is the error of the connection`() async throws {
        try await withTimeout {
            let (client, peer) = try await connectedChannels(
                client: { try $0.pipeline.syncOperations.addH2Client() }, server: { $0 })
            let bytes =
                FrameBuilder.settings() + FrameBuilder.goAway(code: 0xb, data: Array("calm".utf8))
            try await peer.writeAndFlush(ByteBuffer(bytes: bytes))
            let error = await #expect(throws: H2TerminationError.self) {
                try await client.waitUntilClosed()
            }
            #expect(error?.errorCode == .enhanceYourCalm)
            #expect(error.map { Array($0.additionalData) } == Array("calm".utf8))
            try? await peer.close()
        }
    }

    /// Requests more than a channel can hold, and reads nothing.
    private static let greedyRequest =
        FrameBuilder.preface() + FrameBuilder.settings([(4, 0x7fff_ffff)])
        + FrameBuilder.windowUpdate(0, increment: 0x7fff_0000) + FrameBuilder.get(1)

    @Test(arguments: [true, false])
    func `a client that does not read delays the end by one second`(
        _ isCancelled: Bool
    ) async throws {
        try await withTimeout {
            let (peer, server) = try await connectedChannels(
                client: { $0 },
                server: { try $0.pipeline.syncOperations.addH2Server() })
            _ = try await peer.setOption(.autoRead, value: false).get()
            let started = Signal<Void>()
            let serving = Task {
                try await server.serve { _, _, writer in
                    started.send()
                    let body = ByteBuffer(repeating: 1, count: 50_000_000)
                    try await writer.respond(HTTPResponse(status: .ok), body)
                }
            }
            try await peer.writeAndFlush(ByteBuffer(bytes: Self.greedyRequest))
            await started.next()
            if isCancelled { serving.cancel() }
            let start = ContinuousClock.now
            await server.shutDown(grace: .milliseconds(100))
            #expect(ContinuousClock.now - start < .seconds(10) * slowness)
            _ = await serving.result
            try? await peer.close()
        }
    }

    @Test func `a task that waits for the end of a server can be cancelled`() async throws {
        try await withTimeout {
            let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { _, _, _ in }
            let waiting = Task { try await server.waitUntilClosed() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            let client = try await H2ClientConnection.connect(host: "127.0.0.1", port: server.port)
            _ = try await client.ping()
            await client.shutDown()
            await server.shutDown()
            try await server.waitUntilClosed()
        }
    }
}
#endif
