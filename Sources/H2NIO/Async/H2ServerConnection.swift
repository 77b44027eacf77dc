// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// A server's end of a connection. `addH2Server` creates it.
public struct H2ServerConnection: Sendable {
    let connection: LoopConnection

    /// The executor of the event loop, on which handlers run by default.
    public var executor: H2EventLoopExecutor { connection.executor }

    /// The address of the peer; `nil` if the channel is closed or its transport has no addresses.
    public var remoteAddress: SocketAddress? { connection.channel?.remoteAddress }

    /// Handles the requests of the connection, each in a task of its own, until the connection has
    /// ended.
    ///
    /// Each call of `handler` receives the request, its body, and a writer for the response. If it
    /// throws, or returns without ending the response, its stream is reset with INTERNAL_ERROR, or
    /// with the code of ``H2StreamError/reset(_:)``; the connection continues. If it ends the
    /// response without having read the request, the rest of the request is refused with
    /// RST_STREAM(NO_ERROR), RFC 9113 §8.1. Its task is cancelled if the stream is reset or the
    /// connection ends.
    ///
    /// By default, handlers run on the event loop of the connection: blocking a handler blocks all
    /// connections of the event loop. `Task {}` and `Task.detached` leave the event loop; child
    /// tasks and `async let` do not.
    ///
    /// - Parameters:
    ///   - executor: Where the handlers run, if not on the event loop.
    ///   - handler: Handles a request.
    /// - Throws: The error that ended the connection; `CancellationError` if this task is cancelled,
    ///   which ends the connection at once.
    public func serve(
        on executor: (any TaskExecutor)? = nil,
        _ handler:
            @escaping @Sendable (
                HTTPRequest, H2Body, H2ResponseWriter
            ) async throws -> Void
    ) async throws {
        try await serveHeaders(on: executor, Self.converting(handler))
    }

    /// Handles the requests of the connection as they were received, without converting them to
    /// `HTTPRequest`; otherwise the same as `serve`.
    public func serveHeaders(
        on executor: (any TaskExecutor)? = nil,
        _ handler:
            @escaping @Sendable (
                H2Headers, H2Body, H2ResponseWriter
            ) async throws -> Void
    ) async throws {
        let connection = connection
        connection.onLoopUnlessEnded {
            connection.serve(on: executor ?? connection.executor, handler)
        }
        do {
            try await connection.end.wait()
        } catch let error as CancellationError {
            connection.onLoopUnlessEnded { connection.handler.closeConnection() }
            throw error
        }
    }

    /// Returns a handler that answers 400 to a request without an equivalent `HTTPRequest`.
    package static func converting(
        _ handler: @escaping @Sendable (HTTPRequest, H2Body, H2ResponseWriter) async throws -> Void
    ) -> @Sendable (H2Headers, H2Body, H2ResponseWriter) async throws -> Void {
        { headers, body, writer in
            let request: HTTPRequest
            do {
                request = try HTTPRequest(headers)
            } catch {
                return try await writer.respond([(.status, "400")])
            }
            try await handler(request, body, writer)
        }
    }

    /// Ends the connection gracefully: open streams continue to their end.
    ///
    /// Set the deadline `shutdownAnnouncement`, or `grace`: otherwise, a client that does not answer a
    /// PING keeps the connection open.
    ///
    /// - Parameter grace: The time after which streams that are still open are cut off; `nil` for no
    ///   limit.
    public func shutDown(grace: Duration? = nil) async {
        let connection = connection
        connection.onLoopUnlessEnded { connection.shutDown(within: grace) }
        try? await connection.end.wait()
    }

    /// Sends a PING and returns the time until its acknowledgement arrived.
    ///
    /// - Throws: An error if the connection has ended or ends before.
    public func ping() async throws -> Duration {
        try await connection.ping()
    }
}
#endif
