// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import NIOCore
import Testing

@Suite("Bodies that depend on each other")
struct StreamTests {
    @Test(arguments: [false, true])
    func `each side answers the other`(onOneLoop: Bool) async throws {
        try await withClient(onOneLoop: onOneLoop) { _, body, writer in
            var iterator = body.makeAsyncIterator()
            guard let name = try await iterator.next() else { return }
            try await writer.head(HTTPResponse(status: .accepted))
            try await writer.write(name)
            while let chunk = try await iterator.next() { try await writer.write(chunk) }
            try await writer.end(trailers: [.eTag: "x"])
        } _: { client in
            try await client.withStream(to: HTTPRequest.post()) { writer, response in
                // The server sends its header section only after the first bytes.
                try await writer.write(ByteBuffer(string: "a"))
                let head = try await response.head
                #expect(head.status == .accepted)
                var iterator = response.body.makeAsyncIterator()
                for text in ["b", "c", "d"] {
                    let chunk = try await iterator.next()
                    #expect(chunk?.readableBytes == 1)
                    try await writer.write(ByteBuffer(string: text))
                }
                let last = try await iterator.next()
                #expect(last == ByteBuffer(string: "d"))
                try await writer.end()
                let end = try await iterator.next()
                #expect(end == nil)
                let trailers = try await response.body.trailers
                #expect(trailers == [.eTag: "x"])
                // The header section can be read again.
                let again = try await response.head
                #expect(again == head)
            }
        }
    }

    @Test func `leaving an open stream resets it`() async throws {
        let started = Signal<Void>()
        let errors = Signal<any Error>()
        try await withClient { _, body, _ in
            do {
                for try await _ in body { started.send() }
            } catch {
                errors.send(error)
                throw error
            }
        } _: { client in
            try await client.withStream(to: HTTPRequest.post()) { writer, _ in
                try await writer.write(ByteBuffer(string: "a"))
                await started.next()
            }
            // The task is cancelled, and the body throws: the reader gets whichever error is first.
            let error = await errors.next()
            let reason = (error as? H2StreamError)?.reason
            #expect(
                error is CancellationError
                    || reason == .streamClosed(.reset(.cancel, isRemote: true)))
        }
    }

    @Test func `a request that cannot be sent fails each use of its stream`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            // A request without a scheme.
            let request: H2Headers = [(.method, "POST"), (.path, "/"), (.authority, "a")]
            try await client.withStream(to: request) { writer, response in
                await #expect(throws: H2Error.self) { try await response.head }
                await #expect(throws: H2Error.self) {
                    try await writer.write(ByteBuffer(string: "a"))
                }
                await #expect(throws: H2Error.self) { for try await _ in response.body {} }
            }
            #expect(try await client.response(to: .get()).head.status == .ok)
        }
    }

    @Test func `a request can be ended after the server has refused its rest`() async throws {
        try await withClient { _, _, writer in
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            try await client.withStream(to: HTTPRequest.post()) { writer, response in
                for try await _ in response.body {}
                while try await client.openStreams() > 0 { await Task.yield() }
                await #expect(throws: H2StreamError.self) {
                    try await writer.write(ByteBuffer(string: "a"))
                }
                try await writer.end()
            }
        }
    }

    @Test func `only one task can wait for the header section`() async throws {
        let started = Signal<Void>()
        try await withClient { _, body, writer in
            started.send()
            for try await _ in body {}
            try await writer.respond(HTTPResponse(status: .ok))
        } _: { client in
            try await client.withStream(to: HTTPRequest.post()) { writer, response in
                await started.next()
                await withTaskGroup(of: Int?.self) { group in
                    for _ in 0..<2 { group.addTask { try? await response.head.status.code } }
                    #expect(await group.next() == .some(nil))
                    try? await writer.end()
                    #expect(await group.next() == .some(200))
                }
            }
        }
    }
}
#endif
