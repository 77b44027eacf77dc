// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import HTTPTypes
import NIOCore
import NIOPosix
import Synchronization
import Testing

typealias Handler = @Sendable (HTTPRequest, H2Body, H2ResponseWriter) async throws -> Void

/// Runs `body` with a client whose server calls `handler`. Then checks that no streams, tasks or
/// handlers are left.
///
/// The server runs on an event loop, the client on another one or, with `onOneLoop`, on the same.
func withClient(
    server serverConfiguration: H2Configuration = .server,
    client clientConfiguration: H2Configuration = .client, onOneLoop: Bool = false,
    handler: @escaping Handler,
    _ body: @escaping @Sendable (H2ClientConnection) async throws -> Void
) async throws {
    let token = LeakToken()
    try await withTimeout {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: onOneLoop ? 1 : 2)
        let (client, server) = try await connectedChannels(
            on: group,
            client: { try $0.pipeline.syncOperations.addH2Client(clientConfiguration) },
            server: { try $0.pipeline.syncOperations.addH2Server(serverConfiguration) })
        let serving = Task { [box = token.box] in
            try await server.serve { request, body, writer in
                _ = box
                try await handler(request, body, writer)
            }
        }
        try await body(client)
        // Wait until all streams have ended.
        while try await client.openStreams() > 0 { await Task.yield() }
        await client.shutDown(grace: .seconds(5))
        _ = await serving.result
        let left = try await server.usage()
        #expect(left.streams == 0)
        #expect(left.tasks == 0)
        try await group.shutdownGracefully()
    }
    #expect(token.isFreed, "a handler is still referenced")
}

/// Shows whether all references to its box have been released.
final class LeakToken: Sendable {
    final class Box: Sendable {}

    private struct WeakBox {
        weak var box: Box?
    }

    private let reference = Mutex(WeakBox())

    /// The box, or a new box if the last one has been released.
    var box: Box {
        reference.withLock { reference in
            if let box = reference.box { return box }
            let box = Box()
            reference.box = box
            return box
        }
    }

    var isFreed: Bool { reference.withLock { $0.box == nil } }
}

extension HTTPRequest {
    /// A request for a path.
    static func get(_ path: String = "/") -> HTTPRequest {
        HTTPRequest(method: .get, scheme: "http", authority: "example.com", path: path)
    }

    /// A request with content.
    static func post(_ path: String = "/") -> HTTPRequest {
        HTTPRequest(method: .post, scheme: "http", authority: "example.com", path: path)
    }
}

extension HTTPField.Name {
    // swift-format-ignore: NeverForceUnwrap
    static let link = HTTPField.Name("link")!
}

/// A queue of values that a task waits for.
final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func send(_ value: Value) { continuation.yield(value) }

    /// Returns the next value; only one task may wait.
    func next() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}

extension Signal<Void> {
    func send() { send(()) }
}
#endif
