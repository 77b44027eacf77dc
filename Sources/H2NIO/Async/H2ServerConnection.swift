// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// A server's end of a connection, which `addH2Server` creates.
public struct H2ServerConnection: Sendable {
    let connection: LoopConnection

    /// The executor of the event loop, on which handlers run by default.
    public var executor: H2EventLoopExecutor { connection.executor }

    /// The address of the client; `nil` if the channel is closed or its transport has no addresses.
    public var remoteAddress: SocketAddress? { connection.channel?.remoteAddress }

    /// Handles the requests of the connection, each in its own task, until the connection and all
    /// handlers have ended.
    ///
    /// Each call of `handler` receives the request, its body, and a writer for the response. If the
    /// handler throws, or returns without ending the response, the stream is reset, and the
    /// connection continues. The code is that of ``H2StreamError/reset(_:)``, CANCEL for
    /// `CancellationError`, and otherwise INTERNAL_ERROR. If the handler ends the response before
    /// the request has arrived completely, the rest of the request is refused with
    /// RST_STREAM(NO_ERROR), RFC 9113 §8.1. The task of the handler is cancelled if the stream is
    /// reset or the connection ends. A request without an equivalent `HTTPRequest` is answered with
    /// status 400.
    ///
    /// By default, handlers run on the event loop of the connection: a handler that blocks its
    /// thread blocks all connections of the event loop. `Task {}` and `Task.detached` leave the
    /// event loop; child tasks and `async let` do not.
    ///
    /// Call this once for each connection. If the task is cancelled, the connection is closed, and
    /// the call returns without waiting for the handlers.
    ///
    /// - Parameters:
    ///   - executor: The executor of the handlers; `nil` for the event loop of the connection.
    ///   - handler: Handles a request.
    /// - Throws: The error that ended the connection; `CancellationError` if the task is cancelled.
    public func serve(
        on executor: (any TaskExecutor)? = nil,
        _ handler:
            @escaping @Sendable (
                HTTPRequest, H2Body, H2ResponseWriter
            ) async throws -> Void
    ) async throws {
        try await serveHeaders(on: executor, Self.converting(handler))
    }

    /// Handles the requests of the connection without converting them to `HTTPRequest`.
    ///
    /// Otherwise, this is the same as `serve`.
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
            connection.onLoopUnlessEnded { connection.handler.cutOff() }
            throw error
        }
    }

    /// Returns a handler that converts each request, and answers 400 if there is no equivalent
    /// `HTTPRequest`.
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

    /// Ends the connection gracefully, and waits until the connection and all handlers have ended.
    ///
    /// Open streams continue to their end. Set the deadline `shutdownAnnouncement`, or `grace`:
    /// otherwise, a client that does not acknowledge a PING keeps the connection open.
    ///
    /// Do not call this in a handler without `grace`: the call waits until all handlers have
    /// returned. If the task is cancelled, the call returns early, and the shutdown continues.
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
    /// - Throws: ``H2StreamError`` if the connection has ended, or ends before the
    ///   acknowledgement arrives; an `H2Error` if no PING can be sent; `CancellationError` if the
    ///   task is cancelled.
    public func ping() async throws -> Duration {
        try await connection.ping()
    }
}
#endif
