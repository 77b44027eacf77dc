// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import NIOCore
import Synchronization
import Testing

@Suite("Sending requests from tasks")
struct ClientTests {
    @Test func `requests wait for the server's limit on streams`() async throws {
        var configuration = H2Configuration.server
        configuration.initialSettings[.maxConcurrentStreams] = 2
        let open = Mutex((now: 0, most: 0))
        try await withClient(server: configuration) { _, _, writer in
            open.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            await Task.yield()
            open.withLock { $0.now -= 1 }
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            _ = try await client.ping()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let value1 = try await client.response(to: .get()).head.status
                        #expect(value1 == .ok)
                    }
                }
                try await group.waitForAll()
            }
            #expect(open.withLock { $0.most } <= 2)
        }
    }

    @Test func `a deadline ends a request`() async throws {
        try await withClient { _, _, writer in
            try await writer.head(HTTPResponse(status: .ok))
            try await Task.sleep(for: .seconds(60))
        } _: { client in
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get(), deadline: .milliseconds(20))
            }
            #expect(error?.reason == .deadlineExceeded)
            #expect(error?.isSafeToRetry == false)
        }
    }

    @Test func `cancelling a task resets its stream`() async throws {
        let started = Signal<Void>()
        let errors = Signal<(any Error)?>()
        try await withClient { _, body, writer in
            started.send()
            do {
                for try await _ in body {}
                try await Task.sleep(for: .seconds(60))
            } catch {
                errors.send(error)
            }
        } _: { client in
            let task = Task { try await client.response(to: .get()) }
            await started.next()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await errors.next() is CancellationError?)
        }
    }

    @Test func `a cancelled task does not wait for a stream`() async throws {
        var configuration = H2Configuration.server
        configuration.initialSettings[.maxConcurrentStreams] = 1
        let started = Signal<Void>()
        try await withClient(server: configuration) { request, _, writer in
            started.send()
            if request.path == "/wait" { try await Task.sleep(for: .seconds(60)) }
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            _ = try await client.ping()
            let first = Task { try await client.response(to: .get("/wait")) }
            await started.next()
            let second = Task { try await client.response(to: .get()) }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
            let value2 = try await client.response(to: .get()).head.status
            #expect(value2 == .ok)
        }
    }

    @Test func `a refused request is safe to retry`() async throws {
        try await withClient { _, _, _ in
            throw H2StreamError.reset(.refusedStream)
        } _: { client in
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get())
            }
            #expect(error?.reason == .streamClosed(.notProcessed))
            #expect(error?.isSafeToRetry == true)
        }
    }

    @Test func `requests on a closed connection are safe to retry`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            await client.shutDown()
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get())
            }
            #expect(error?.reason == .connectionUnavailable)
            #expect(error?.isSafeToRetry == true)
        }
    }

    @Test(arguments: [false, true])
    func `bodies stream both ways at the same time`(onOneLoop: Bool) async throws {
        let chunk = ByteBuffer(repeating: 9, count: 40_000)
        try await withClient(onOneLoop: onOneLoop) { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for try await bytes in body { try await writer.write(bytes) }
            try await writer.end(trailers: try await body.trailers ?? [:])
        } _: { client in
            try await client.withResponse(to: HTTPRequest.post()) { writer in
                for _ in 0..<200 { try await writer.write(chunk) }
                try await writer.end(trailers: [.eTag: "end"])
            } _: { response in
                var count = 0
                for try await bytes in response.body { count += bytes.readableBytes }
                #expect(count == 200 * 40_000)
                let value3 = try await response.body.trailers
                #expect(value3 == [.eTag: "end"])
            }
        }
    }

    @Test(arguments: [false, true])
    func `no chunk is lost if readers of a body are cancelled or stop`(
        onOneLoop: Bool
    ) async throws {
        try await withClient(onOneLoop: onOneLoop) { _, _, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for number in 0..<2_000 {
                try await writer.write(ByteBuffer(integer: UInt32(number)))
                if number % 7 == 0 { await Task.yield() }
            }
            try await writer.end()
        } _: { client in
            try await client.withResponse(to: .get()) { response in
                let body = response.body
                let received = Received()
                var attempt = 0
                while received.bytes.withLock({ $0.readableBytes < 8_000 }) {
                    let stopsEarly = attempt % 3 == 0
                    let reader = Task {
                        for try await bytes in body {
                            received.bytes.withLock { _ = $0.writeImmutableBuffer(bytes) }
                            if stopsEarly { break }
                        }
                    }
                    attempt += 1
                    for _ in 0..<attempt % 5 { await Task.yield() }
                    reader.cancel()
                    _ = await reader.result
                }
                for number in 0..<2_000 {
                    let next = received.bytes.withLock { $0.readInteger(as: UInt32.self) }
                    #expect(next == UInt32(number))
                }
                for try await _ in body { Issue.record("a chunk arrived twice") }
            }
        }
    }

    @Test func `an error of the writer resets the request`() async throws {
        struct Broken: Error {}
        try await withClient { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for try await _ in body {}
        } _: { client in
            await #expect(throws: Broken.self) {
                try await client.withResponse(to: HTTPRequest.post()) { writer in
                    try await writer.write(ByteBuffer(string: "x"))
                    throw Broken()
                } _: { response in
                    for try await _ in response.body {}
                }
            }
        }
    }

    @MainActor @Test func `requests from an actor`() async throws {
        try await withClient { _, body, writer in
            try await writer.respond(
                HTTPResponse(status: .ok), try await body.collect(upTo: 100))
        } _: { client in
            try await Self.echo(client)
        }
    }

    @MainActor private static func echo(_ client: H2ClientConnection) async throws {
        try await client.withResponse(
            to: HTTPRequest.post(), body: ByteBuffer(string: "main")
        ) { response in
            MainActor.assertIsolated()
            let value4 = String(buffer: try await response.body.collect(upTo: 10))
            #expect(value4 == "main")
            MainActor.assertIsolated()
        }
    }

    @Test func `tasks on the executor stay on the event loop`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok), "text")
        } _: { client in
            let eventLoop = client.executor.eventLoop
            try await withTaskExecutorPreference(client.executor) {
                try await client.withResponse(to: .get()) { response in
                    eventLoop.preconditionInEventLoop()
                    for try await _ in response.body { eventLoop.preconditionInEventLoop() }
                }
                eventLoop.preconditionInEventLoop()
            }
        }
    }

    @Test func `a body longer than the limit is an error`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok), "12345678")
        } _: { client in
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get(), upTo: 7)
            }
            #expect(error?.reason == .bodyTooLarge(limit: 7))
            let value5 = try await client.response(to: .get(), upTo: 8).body.readableBytes
            #expect(value5 == 8)
        }
    }

    @Test func `a request that is not valid is a local error`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            let request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil)
            let error = await #expect(throws: H2Error.self) {
                try await client.response(to: request)
            }
            #expect(error?.origin == .local)
            let value6 = try await client.response(to: .get()).head.status
            #expect(value6 == .ok)
        }
    }
}

private final class Received: Sendable {
    let bytes = Mutex(ByteBuffer())

    @Test func `several tasks can wait for the trailers`() async throws {
        try await withClient { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for try await _ in body {}
            try await writer.end(trailers: [.eTag: "a"])
        } _: { client in
            let waiting = Signal<Void>()
            try await client.withResponse(to: HTTPRequest.post()) { _ in
                // Both tasks are about to wait when the request ends.
                for _ in 0..<2 { await waiting.next() }
            } _: { response in
                let body = response.body
                async let first = trailers(body)
                async let second = trailers(body)
                let both = try await [first, second]
                #expect(both == ["a", "a"])

                @Sendable func trailers(_ body: H2Body) async throws -> String? {
                    waiting.send()
                    return try await body.trailers?[.eTag]
                }
            }
        }
    }

    @Test func `a request that is never sent leaves no deadline behind`() async throws {
        let token = LeakToken()
        try await withTimeout {
            let (client, peer) = try await connectedChannels(
                client: { try $0.pipeline.syncOperations.addH2Client() }, server: { $0 })
            try await peer.close()
            try? await client.waitUntilClosed()
            await #expect(throws: H2StreamError.self) {
                try await client.withResponse(
                    to: HTTPRequest.get(), deadline: .seconds(3_600),
                    informational: { [box = token.box] _ in _ = box }
                ) { _ in }
            }
            // A deadline would hold the stream, and the stream would hold its closures.
            while !token.isFreed { await Task.yield() }
        }
    }
}
#endif
