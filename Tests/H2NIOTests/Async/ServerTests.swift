// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import HTTPTypes
import NIOCore
import Testing

@Suite("Handling requests in tasks")
struct ServerTests {
    @Test(arguments: [false, true])
    func `request and response with body and trailers`(onOneLoop: Bool) async throws {
        try await withClient(onOneLoop: onOneLoop) { request, body, writer in
            let received = try await body.collect(upTo: 100)
            #expect(String(buffer: received) == "ping")
            let value1 = try await body.trailers
            #expect(value1 == nil)
            #expect(request.method == .post)
            try await writer.head(HTTPResponse(status: .ok, headerFields: [.server: "test"]))
            try await writer.write(ByteBuffer(string: "po"))
            try await writer.write(ByteBuffer(string: "ng"))
            try await writer.end(trailers: [.eTag: "1"])
        } _: { client in
            let response = try await client.response(
                to: .post(), body: ByteBuffer(string: "ping"))
            #expect(response.head.status == .ok)
            #expect(response.head.headerFields[.server] == "test")
            #expect(String(buffer: response.body) == "pong")
            #expect(response.trailers == [.eTag: "1"])
        }
    }

    @Test func `a complete response takes one call`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok), "hello")
        } _: { client in
            for _ in 0..<100 {
                let response = try await client.response(to: .get())
                #expect(String(buffer: response.body) == "hello")
            }
        }
    }

    struct Unexpected: Error {}

    @Test func `the body of a response to HEAD is discarded`() async throws {
        try await withClient { request, _, writer in
            var head = HTTPResponse(status: .ok)
            head.headerFields[.contentLength] = "5"
            guard request.path != "/" else { return try await writer.respond(head, "hello") }
            try await writer.head(head)
            try await writer.write(ByteBuffer(string: "hello"))
            try await writer.end()
        } _: { client in
            for path in ["/", "/streamed"] {
                var request = HTTPRequest.get(path)
                request.method = .head
                let response = try await client.response(to: request)
                #expect(response.head.headerFields[.contentLength] == "5")
                #expect(response.body.readableBytes == 0)
                let whole = try await client.response(to: .get(path))
                #expect(String(buffer: whole.body) == "hello")
            }
        }
    }

    @Test func `a handler that throws resets only its stream`() async throws {
        try await withClient { request, _, writer in
            switch request.path {
            case "/throw": throw Unexpected()
            case "/code": throw H2StreamError.reset(.enhanceYourCalm)
            case "/silent": break
            case "/half": try await writer.head(HTTPResponse(status: .ok))
            default: try await writer.respond(HTTPResponse(status: .noContent))
            }
        } _: { client in
            for (path, code) in [
                ("/throw", H2ErrorCode.internalError), ("/code", .enhanceYourCalm),
                ("/silent", .internalError),
            ] {
                let error = await #expect(throws: H2StreamError.self) {
                    try await client.response(to: .get(path))
                }
                #expect(error?.reason == .streamClosed(.reset(code, isRemote: true)))
                #expect(error?.isSafeToRetry == false)
            }
            try await client.withResponse(to: .get("/half")) { response in
                #expect(response.head.status == .ok)
                await #expect(throws: H2StreamError.self) {
                    for try await _ in response.body {}
                }
            }
            let value2 = try await client.response(to: .get()).head.status
            #expect(value2 == .noContent)
        }
    }

    @Test func `a response without the whole request ends with NO_ERROR`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .contentTooLarge), "too large")
        } _: { client in
            let sent = Signal<Bool>()
            try await client.withResponse(to: HTTPRequest.post()) { writer in
                do {
                    while true { try await writer.write(ByteBuffer(repeating: 1, count: 10_000)) }
                } catch {
                    sent.send(true)
                    throw error
                }
            } _: { response in
                #expect(response.head.status == .contentTooLarge)
                let value3 = String(buffer: try await response.body.collect(upTo: 100))
                #expect(value3 == "too large")
            }
            #expect(await sent.next() == true)
        }
    }

    @Test func `a response that waits for a window refuses the rest of the request later`()
        async throws
    {
        let received = ReceivedBytes()
        try await withTimeout {
            let (peer, server) = try await connectedChannels(
                client: { channel in
                    try channel.pipeline.syncOperations.addHandler(received.handler)
                    return channel
                },
                server: { try $0.pipeline.syncOperations.addH2Server() })
            let serving = Task {
                try await server.serve { _, _, writer in
                    try await writer.respond(
                        HTTPResponse(status: .contentTooLarge), "too large")
                }
            }
            func send(_ bytes: [UInt8]) async throws {
                try await peer.writeAndFlush(ByteBuffer(bytes: bytes))
            }
            try await send(
                FrameBuilder.preface() + FrameBuilder.settings([(4, 5)]) + FrameBuilder.post(1))
            let first = try await received.frame { $0.type == .data }
            #expect(first.payload.count == 5)
            try await send(FrameBuilder.windowUpdate(1, increment: 5) + FrameBuilder.data(1, [1]))
            let last = try await received.frame { $0.type == .data && $0.flags & 1 != 0 }
            #expect(last.payload.count == 4)
            // The client continues its upload.
            try await send(FrameBuilder.data(1, [2]))
            let reset = try await received.frame { $0.type == .rstStream }
            #expect(reset.errorCode == H2ErrorCode.noError.rawValue)
            try await peer.close()
            _ = await serving.result
        }
    }

    @Test func `informational responses precede the final one`() async throws {
        try await withClient { _, _, writer in
            try await writer.informational(
                HTTPResponse(status: .earlyHints, headerFields: [.link: "</a.css>"]))
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            let hints = Signal<HTTPResponse>()
            try await client.withResponse(to: .get(), informational: { hints.send($0) }) {
                #expect($0.head.status == .ok)
            }
            #expect(await hints.next()?.headerFields[.link] == "</a.css>")
        }
    }

    @Test func `bodies that handlers do not read return their flow-control credit`() async throws {
        try await withClient { request, body, writer in
            if request.path == "/some" {
                for try await _ in body { break }
            }
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            // Together, the bodies are many times the window of the connection.
            for number in 0..<200 {
                let response = try await client.response(
                    to: .post(number % 2 == 0 ? "/none" : "/some"),
                    body: ByteBuffer(repeating: 7, count: 60_000))
                #expect(response.head.status == .ok)
            }
        }
    }

    @Test func `a writer waits for a client that does not read`() async throws {
        let chunk = ByteBuffer(repeating: 3, count: 32_768)
        let written = Signal<Int>()
        try await withClient { _, _, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for number in 0..<256 {
                try await writer.write(chunk)
                written.send(number)
            }
            try await writer.end()
        } _: { client in
            try await client.withResponse(to: .get()) { response in
                // The client does not read yet. PING frames are not subject to flow control.
                for _ in 0..<20 { _ = try await client.ping() }
                written.send(-1)
                var count = 0
                while let number = await written.next(), number >= 0 { count = number }
                #expect(count < 255, "the writer did not wait")
                var total = 0
                for try await bytes in response.body { total += bytes.readableBytes }
                #expect(total == 256 * 32_768)
            }
        }
    }

    @Test func `the task of a stream is cancelled when the client resets it`() async throws {
        let cancelled = Signal<Bool>()
        try await withClient { _, _, writer in
            try await writer.head(HTTPResponse(status: .ok))
            do {
                try await Task.sleep(for: .seconds(60))
                cancelled.send(false)
            } catch {
                cancelled.send(true)
                throw error
            }
        } _: { client in
            try await client.withResponse(to: .get()) { _ in }
            #expect(await cancelled.next() == true)
        }
    }

    @Test func `the error of a body says why the stream was reset`() async throws {
        let errors = Signal<H2StreamError?>()
        try await withClient { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            do {
                for try await _ in body {}
            } catch {
                errors.send(error as? H2StreamError)
            }
        } _: { client in
            try await client.withResponse(to: HTTPRequest.post()) { writer in
                try await writer.write(ByteBuffer(string: "part"))
                try await Task.sleep(for: .seconds(60))
            } _: { _ in
            }
            #expect(await errors.next()??.reason == .streamClosed(.reset(.cancel, isRemote: true)))
        }
    }

    @Test func `handlers can run on another executor`() async throws {
        try await withTimeout {
            let (client, server) = try await connectedChannels(
                client: { try $0.pipeline.syncOperations.addH2Client() },
                server: { try $0.pipeline.syncOperations.addH2Server() })
            let serving = Task {
                try await server.serve(on: globalConcurrentExecutor) { _, body, writer in
                    let bytes = try await body.collect(upTo: 1 << 20)
                    try await writer.head(HTTPResponse(status: .ok))
                    try await writer.write(bytes)
                    try await writer.end()
                }
            }
            for count in [0, 1, 5_000, 200_000] {
                let response = try await client.response(
                    to: .post(), body: ByteBuffer(repeating: 5, count: count))
                #expect(response.body.readableBytes == count)
            }
            await client.shutDown()
            _ = await serving.result
        }
    }

    @Test func `cancelling serve ends the connection`() async throws {
        try await withTimeout {
            let (client, server) = try await connectedChannels(
                client: { try $0.pipeline.syncOperations.addH2Client() },
                server: { try $0.pipeline.syncOperations.addH2Server() })
            let started = Signal<Void>()
            let serving = Task {
                try await server.serve { _, _, _ in
                    started.send()
                    try await Task.sleep(for: .seconds(60))
                }
            }
            let request = Task { try await client.response(to: .get()) }
            await started.next()
            serving.cancel()
            await #expect(throws: CancellationError.self) { try await serving.value }
            await #expect(throws: H2StreamError.self) { try await request.value }
            try? await client.waitUntilClosed()
        }
    }
}
#endif
