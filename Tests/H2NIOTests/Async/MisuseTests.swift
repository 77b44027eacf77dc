// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@Suite("Calls that are not valid, and extreme values")
struct MisuseTests {
    @Test func `calls after the end of a response throw and change nothing`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok), "first")
            await #expect(throws: (any Error).self) {
                try await writer.respond(HTTPResponse(status: .ok), "second")
            }
            await #expect(throws: (any Error).self) {
                try await writer.write(ByteBuffer(string: "x"))
            }
            await #expect(throws: (any Error).self) { try await writer.end() }
            await #expect(throws: (any Error).self) { try await writer.end(trailers: [.eTag: "x"]) }
        } _: { client in
            for _ in 0..<5 {
                let response = try await client.response(to: .get())
                #expect(String(buffer: response.body) == "first")
                #expect(response.trailers == nil)
            }
        }
    }

    @Test func `calls in the wrong order throw, and the response continues`() async throws {
        try await withClient { _, _, writer in
            await #expect(throws: H2Error.self) { try await writer.write(ByteBuffer(string: "x")) }
            try await writer.head(HTTPResponse(status: .ok))
            await #expect(throws: H2Error.self) {
                try await writer.informational(HTTPResponse(status: .earlyHints))
            }
            await #expect(throws: H2Error.self) {
                try await writer.end(trailers: [(.status, "200")])
            }
            try await writer.write(ByteBuffer())
            try await writer.write(ByteBuffer(string: "whole"))
            try await writer.end(trailers: [.eTag: "x"])
        } _: { client in
            let response = try await client.response(to: .get())
            #expect(String(buffer: response.body) == "whole")
            #expect(response.trailers == [.eTag: "x"])
        }
    }

    @Test func `a response whose body is not valid sends nothing`() async throws {
        try await withClient { _, _, writer in
            var short = HTTPResponse(status: .ok)
            short.headerFields[.contentLength] = "4"
            let informational = HTTPResponse(status: .earlyHints)
            for response in [HTTPResponse(status: .noContent), short, informational] {
                await #expect(throws: H2Error.self) { try await writer.respond(response, "abc") }
            }
            await #expect(throws: H2Error.self) { try await writer.respond(short) }
            await #expect(throws: H2Error.self) { try await writer.respond(informational) }
            try await writer.respond(HTTPResponse(status: .ok), "abc")
        } _: { client in
            let response = try await client.response(to: .get())
            #expect(response.head.status == .ok)
            #expect(String(buffer: response.body) == "abc")
        }
    }

    @Test func `a request whose body is not valid is not sent`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok), "a")
        } _: { client in
            var request = HTTPRequest.post()
            request.headerFields[.contentLength] = "4"
            for body in ["abc", "abcde", ""] {
                let error = await #expect(throws: H2Error.self) {
                    try await client.response(to: request, body: ByteBuffer(string: body))
                }
                #expect(error?.kind == .invalidBodyLength)
            }
            let body = ByteBuffer(string: "abcd")
            let response = try await client.response(to: request, body: body)
            #expect(String(buffer: response.body) == "a")
            #expect(try await client.openStreams() == 0)
        }
    }

    @Test func `writers and bodies outlive their closures without effect`() async throws {
        let writers = Signal<H2ResponseWriter>()
        try await withClient { _, body, writer in
            try await writer.respond(HTTPResponse(status: .ok), "a")
            writers.send(writer)
        } _: { client in
            let body = try await client.withResponse(to: HTTPRequest.get()) { $0.body }
            // The closure did not read the body: reading it now ends with or without an error.
            do {
                for try await _ in body {}
            } catch {
                #expect(error is CancellationError || error is H2StreamError)
            }
            let writer = await writers.next()
            _ = try await client.ping()
            await #expect(throws: (any Error).self) {
                try await writer?.write(ByteBuffer(string: "b"))
            }
            let request = try await client.withStream(to: HTTPRequest.post()) { writer, _ in writer
            }
            await #expect(throws: (any Error).self) {
                try await request.write(ByteBuffer(string: "b"))
            }
        }
    }

    @Test func `deadlines of any length`() async throws {
        try await withClient { request, _, writer in
            if request.path == "/wait" { try await Task.sleep(for: .seconds(60)) }
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            for deadline in [Duration.zero, .seconds(-1), .seconds(Int64.min)] {
                let error = await #expect(throws: H2StreamError.self) {
                    try await client.response(to: .get("/wait"), deadline: deadline)
                }
                #expect(error?.reason == .deadlineExceeded)
            }
            for deadline in [Duration.seconds(60), .seconds(Int64.max)] {
                let status = try await client.response(to: .get(), deadline: deadline).head.status
                #expect(status == .ok)
            }
        }
    }

    @Test(arguments: [Duration.zero, .seconds(Int64.min), .seconds(Int64.max)])
    func `shutdowns with any grace period, at the same time`(_ grace: Duration) async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            _ = try await client.response(to: .get())
            await withDiscardingTaskGroup { group in
                for _ in 0..<3 { group.addTask { await client.shutDown(grace: grace) } }
            }
            await #expect(throws: (any Error).self) { try await client.ping() }
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get())
            }
            #expect(error?.isSafeToRetry == true)
        }
    }

    @Test func `thousands of requests wait for one stream`() async throws {
        var configuration = H2Configuration.server
        configuration.initialSettings[.maxConcurrentStreams] = 1
        try await withClient(server: configuration) { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            _ = try await client.ping()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<3_000 {
                    group.addTask {
                        // The deadline of every third request passes at once.
                        let deadline: Duration? = number % 3 == 0 ? .zero : nil
                        do {
                            _ = try await client.response(to: .get(), deadline: deadline)
                        } catch let error as H2StreamError where deadline != nil {
                            #expect(error.reason == .deadlineExceeded)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a body is read by one task at a time, and has an exact limit`() async throws {
        try await withClient { request, body, writer in
            if request.path == "/collect" {
                let bytes = try await body.collect(upTo: 5)
                return try await writer.respond(HTTPResponse(status: .ok), bytes)
            }
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do {
                            for try await _ in body {}
                            return false
                        } catch {
                            return (error as? H2StreamError)?.reason == .concurrentRead
                        }
                    }
                }
                // The other task continues to read.
                #expect(await group.next() == true)
                try? await writer.head(HTTPResponse(status: .ok))
                #expect(await group.next() == false)
            }
            try await writer.end()
        } _: { client in
            try await client.withStream(to: HTTPRequest.post()) { writer, response in
                _ = try await response.head
                try await writer.end()
                for try await _ in response.body {}
            }
            for (count, isShort) in [(0, true), (5, true), (6, false)] {
                let body = ByteBuffer(repeating: 1, count: count)
                let result = try? await client.response(to: .post("/collect"), body: body)
                #expect((result?.body == body) == isShort)
            }
        }
    }

    @Test func `a configuration for the other role is an error`() async throws {
        let channel = EmbeddedChannel()
        #expect(throws: H2Error.self) {
            try channel.pipeline.syncOperations.addH2Server(.client)
        }
        #expect(throws: H2Error.self) {
            try channel.pipeline.syncOperations.addH2Client(.server)
        }
        await #expect(throws: H2Error.self) {
            try await H2Server.bind(host: "127.0.0.1", port: 0, configuration: .client) { _, _, _ in
            }
        }
    }

    @Test func `a high-water mark below 0 counts as 0`() async throws {
        var (server, client) = (H2Configuration.server, H2Configuration.client)
        server.sendQueueHighWaterMark = -1
        client.sendQueueHighWaterMark = -1
        try await withClient(server: server, client: client) { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for try await bytes in body { try await writer.write(bytes) }
            try await writer.end()
        } _: { client in
            let body = ByteBuffer(repeating: 1, count: 300_000)
            let response = try await client.response(to: .post(), body: body)
            #expect(response.body == body)
        }
    }

    @Test func `addresses that cannot be used are errors`() async throws {
        let server = try await H2Server.bind(host: "127.0.0.1", port: 0) { _, _, _ in }
        await #expect(throws: (any Error).self) {
            try await H2Server.bind(host: "127.0.0.1", port: server.port) { _, _, _ in }
        }
        await server.shutDown()
        await server.shutDown()
        await #expect(throws: (any Error).self) {
            try await H2ClientConnection.connect(host: "127.0.0.1", port: server.port)
        }
    }

    @Test(arguments: [true, false])
    func `tasks and calls end when their event loop does`(_ isOnLoop: Bool) async throws {
        try await withTimeout {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let (client, server) = try await connectedChannels(
                on: group, client: { try $0.pipeline.syncOperations.addH2Client() },
                server: { try $0.pipeline.syncOperations.addH2Server() })
            let started = Signal<Void>()
            let serving = Task {
                try await server.serve(on: isOnLoop ? nil : globalConcurrentExecutor) {
                    _, body, _ in
                    started.send()
                    // On the event loop, only what runs before its end is executed.
                    if !isOnLoop { try await Task.sleep(for: .seconds(60)) }
                    for try await _ in body {}
                }
            }
            let request = Task {
                try await client.withStream(to: HTTPRequest.post()) { _, response in
                    try await response.head
                }
            }
            await started.next()
            try await group.shutdownGracefully()
            await #expect(throws: H2StreamError.self) { try await request.value }
            _ = await serving.result
            await client.shutDown()
            await server.shutDown()
            let error = await #expect(throws: H2StreamError.self) {
                try await client.response(to: .get())
            }
            #expect(error?.reason == .connectionUnavailable)
            await #expect(throws: H2StreamError.self) { try await client.ping() }
            await #expect(throws: H2StreamError.self) {
                try await client.withStream(to: HTTPRequest.post()) { _, _ in }
            }
        }
    }
}
#endif
