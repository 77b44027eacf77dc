// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore
import Synchronization

/// A client's end of a connection, which `addH2Client` and `connect` create.
///
/// Any task can use it. Calls are fastest from a task whose executor is ``executor``, because the
/// task runs on the event loop of the connection:
///
/// ```swift
/// try await withTaskExecutorPreference(connection.executor) { … }
/// ```
public struct H2ClientConnection: Sendable {
    let connection: LoopConnection

    /// The executor of the event loop of the connection.
    public var executor: H2EventLoopExecutor { connection.executor }

    /// The address of the server; `nil` if the channel is closed or its transport has no addresses.
    public var remoteAddress: SocketAddress? { connection.channel?.remoteAddress }

    // MARK: Requests

    /// Sends a request, and calls `handle` with the response when its header section has arrived.
    ///
    /// While the server's limit on streams is reached, the request waits. If `handle` returns or
    /// throws before the response has ended, or the task is cancelled while it waits, the stream is
    /// reset with CANCEL.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: The whole body; `nil` for none.
    ///   - deadline: The time from this call after which the stream is reset with CANCEL if it is
    ///     still open; `nil` for no limit. Calls that wait then throw an ``H2StreamError`` with the
    ///     reason `deadlineExceeded`.
    ///   - informational: Receives informational responses, RFC 9110 §15.2, on the event loop.
    ///     Those without an equivalent `HTTPResponse` are ignored.
    ///   - handle: Receives the response, and runs where the caller runs.
    /// - Returns: The result of `handle`.
    /// - Throws: ``H2StreamError`` if the exchange fails: if `isSafeToRetry` is `true`, the request
    ///   can be sent again. An `H2Error` if the request is not valid; ``H2ConversionError`` if the
    ///   response has no equivalent; `CancellationError`; and the errors of `handle`.
    public func withResponse<R>(
        to request: HTTPRequest, body: ByteBuffer? = nil, deadline: Duration? = nil,
        informational: (@Sendable (HTTPResponse) -> Void)? = nil,
        _ handle: (H2Response<HTTPResponse>) async throws -> R
    ) async throws -> R {
        let stream = LoopStream(connection)
        let request = OutgoingRequest(
            headers: H2Headers(request), body: body ?? ByteBuffer(), deadline: deadline,
            informational: Self.converting(informational))
        return try await exchange(request, on: stream, { try HTTPResponse($0) }, handle)
    }

    /// Sends a request given as a header section, and calls `handle` with the response when its
    /// header section has arrived.
    ///
    /// Neither the request nor the response is converted. Otherwise, this is the same as
    /// `withResponse` with an `HTTPRequest`.
    public func withResponse<R>(
        to request: H2Headers, body: ByteBuffer? = nil, deadline: Duration? = nil,
        informational: (@Sendable (H2Headers) -> Void)? = nil,
        _ handle: (H2Response<H2Headers>) async throws -> R
    ) async throws -> R {
        let stream = LoopStream(connection)
        let request = OutgoingRequest(
            headers: request, body: body ?? ByteBuffer(), deadline: deadline,
            informational: informational)
        return try await exchange(request, on: stream, { $0 }, handle)
    }

    /// Sends a request whose body `send` writes while `handle` receives the response.
    ///
    /// `send` runs in a child task. When `send` returns, the request ends. If `send` throws before
    /// the stream has ended, the stream is reset with CANCEL, and calls that wait for the response
    /// throw the error of `send`. If `handle` ends first, the child task is cancelled. The call
    /// returns after both have ended. The parameters and errors are otherwise those of
    /// `withResponse` with a complete body.
    public func withResponse<R>(
        to request: HTTPRequest,
        sending send: @escaping @Sendable (H2RequestWriter) async throws -> Void,
        deadline: Duration? = nil, informational: (@Sendable (HTTPResponse) -> Void)? = nil,
        _ handle: (H2Response<HTTPResponse>) async throws -> R
    ) async throws -> R {
        let request = OutgoingRequest(
            headers: H2Headers(request), deadline: deadline,
            informational: Self.converting(informational))
        return try await exchange(request, sending: send, { try HTTPResponse($0) }, handle)
    }

    /// Sends a request given as a header section, whose body `send` writes while `handle` receives
    /// the response.
    ///
    /// Neither the request nor the response is converted. Otherwise, this is the same as
    /// `withResponse` with an `HTTPRequest` and `sending`.
    public func withResponse<R>(
        to request: H2Headers,
        sending send: @escaping @Sendable (H2RequestWriter) async throws -> Void,
        deadline: Duration? = nil, informational: (@Sendable (H2Headers) -> Void)? = nil,
        _ handle: (H2Response<H2Headers>) async throws -> R
    ) async throws -> R {
        let request = OutgoingRequest(
            headers: request, deadline: deadline, informational: informational)
        return try await exchange(request, sending: send, { $0 }, handle)
    }

    /// Sends a request, and calls `use` with its stream without waiting for the response.
    ///
    /// Use this if the bodies of the request and the response depend on each other, as in a
    /// WebSocket or a gRPC call that streams in both directions. The request ends when `use` calls
    /// `end` of the writer. If `use` returns or throws before both messages have ended, the stream
    /// is reset with CANCEL. If the request cannot be sent, the calls of the writer and the
    /// response throw.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - deadline: The time from this call after which the stream is reset with CANCEL if it is
    ///     still open; `nil` for no limit. Calls that wait then throw an ``H2StreamError`` with the
    ///     reason `deadlineExceeded`.
    ///   - informational: Receives informational responses, RFC 9110 §15.2, on the event loop.
    ///     Those without an equivalent `HTTPResponse` are ignored.
    ///   - use: Receives the writer of the request's body and the response, and runs where the
    ///     caller runs.
    /// - Returns: The result of `use`.
    /// - Throws: ``H2StreamError`` if the connection has ended; `CancellationError` if the task has
    ///   been cancelled before the call; and the errors of `use`.
    public func withStream<R>(
        to request: HTTPRequest, deadline: Duration? = nil,
        informational: (@Sendable (HTTPResponse) -> Void)? = nil,
        _ use: (H2RequestWriter, H2IncomingResponse<HTTPResponse>) async throws -> R
    ) async throws -> R {
        let stream = LoopStream(connection)
        let request = OutgoingRequest(
            headers: H2Headers(request), deadline: deadline,
            informational: Self.converting(informational))
        return try await opening(stream, request) {
            try await use(
                H2RequestWriter(stream), H2IncomingResponse(stream) { try HTTPResponse($0) })
        }
    }

    /// Sends a request given as a header section, and calls `use` with its stream.
    ///
    /// Neither the request nor the response is converted. Otherwise, this is the same as
    /// `withStream` with an `HTTPRequest`.
    public func withStream<R>(
        to request: H2Headers, deadline: Duration? = nil,
        informational: (@Sendable (H2Headers) -> Void)? = nil,
        _ use: (H2RequestWriter, H2IncomingResponse<H2Headers>) async throws -> R
    ) async throws -> R {
        let stream = LoopStream(connection)
        let request = OutgoingRequest(
            headers: request, deadline: deadline, informational: informational)
        return try await opening(stream, request) {
            try await use(H2RequestWriter(stream), H2IncomingResponse(stream) { $0 })
        }
    }

    /// Sends a request and calls `use`. If the stream is still open afterward, resets it.
    private func opening<R>(
        _ stream: LoopStream, _ request: OutgoingRequest,
        _ use: nonisolated(nonsending) () async throws -> R
    ) async throws -> R {
        defer {
            if !stream.isSettled.load(ordering: .relaxed) {
                connection.onLoopUnlessEnded { stream.leave() }
            }
        }
        try Task.checkCancellation()
        try connection.checkNotEnded()
        let connection = connection
        connection.onLoop { connection.begin(request, on: stream) }
        return try await use()
    }

    /// Sends a request, and returns the whole response.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - body: The whole body; `nil` for none.
    ///   - limit: The maximum number of bytes of the response body. The default is 1 MiB.
    ///   - deadline: The time from this call after which the stream is reset with CANCEL if it is
    ///     still open; `nil` for no limit.
    /// - Throws: The same errors as `withResponse`; ``H2StreamError`` with the reason
    ///   `bodyTooLarge` if the response body is longer than the limit.
    public func response(
        to request: HTTPRequest, body: ByteBuffer? = nil, upTo limit: Int = 1 << 20,
        deadline: Duration? = nil
    ) async throws -> H2FullResponse {
        try await withResponse(to: request, body: body, deadline: deadline) { response in
            let body = try await response.body.collect(upTo: limit)
            return H2FullResponse(
                head: response.head, body: body, trailers: try await response.body.trailers)
        }
    }

    /// Sends a request while `send` writes its body, and calls `handle` with the response.
    private func exchange<Head, R>(
        _ request: OutgoingRequest,
        sending send: @escaping @Sendable (H2RequestWriter) async throws -> Void,
        _ convert: (H2Headers) throws -> Head,
        _ handle: nonisolated(nonsending) (H2Response<Head>) async throws -> R
    ) async throws -> R {
        let stream = LoopStream(connection)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await send(H2RequestWriter(stream))
                    try await stream.finish(.send(.endIfNeeded))
                } catch {
                    stream.connection.onLoopUnlessEnded { stream.failSending(error) }
                }
            }
            defer { group.cancelAll() }
            return try await exchange(request, on: stream, convert, handle)
        }
    }

    /// Sends a request and calls `handle` with the response. If the stream is still open afterward,
    /// resets it.
    @inline(__always)
    private func exchange<Head, R>(
        _ request: OutgoingRequest, on stream: LoopStream,
        _ convert: (H2Headers) throws -> Head,
        _ handle: nonisolated(nonsending) (H2Response<Head>) async throws -> R
    ) async throws -> R {
        defer {
            if !stream.isSettled.load(ordering: .relaxed) {
                connection.onLoopUnlessEnded { stream.leave() }
            }
        }
        try connection.checkNotEnded()
        let waiter = Waiter<H2Headers>()
        let head = try await waiter.wait { connection.send(request, on: stream, waiter) }
        return try await handle(H2Response(head: convert(head), body: H2Body(stream)))
    }

    private static func converting(
        _ informational: (@Sendable (HTTPResponse) -> Void)?
    ) -> (@Sendable (H2Headers) -> Void)? {
        guard let informational else { return nil }
        return { headers in
            // Ignore an informational response without an equivalent: the final response follows.
            guard let response = try? HTTPResponse(headers) else { return }
            informational(response)
        }
    }

    // MARK: The connection

    /// Whether requests can be sent: `false` after a shutdown by either side has begun, and after the
    /// end.
    public var isOpen: Bool { connection.opensStreams.load(ordering: .relaxed) }

    /// Ends the connection gracefully, and waits until it has ended.
    ///
    /// Open streams continue to their end. New requests, and requests that wait for a stream, fail
    /// with an error that is safe to retry. If the task is cancelled, the call returns early, and
    /// the shutdown continues.
    ///
    /// - Parameter grace: The time after which streams that are still open are cut off; `nil` for no
    ///   limit.
    public func shutDown(grace: Duration? = nil) async {
        let connection = connection
        connection.onLoopUnlessEnded { connection.shutDown(within: grace) }
        try? await connection.end.wait()
    }

    /// Waits until the connection has ended.
    ///
    /// - Throws: The error that ended the connection, such as an ``H2TerminationError`` if the server
    ///   sent GOAWAY with an error code; `CancellationError` if the task is cancelled.
    public func waitUntilClosed() async throws {
        try await connection.end.wait()
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

/// A response whose header section has arrived.
///
/// `Head` is `HTTPResponse`, or `H2Headers` for a request given as a header section.
public struct H2Response<Head: Sendable>: Sendable {
    /// The header section.
    public var head: Head
    /// The body and the trailers.
    public var body: H2Body
}

/// A response that may not have begun.
///
/// `Head` is `HTTPResponse`, or `H2Headers` for a request given as a header section.
public struct H2IncomingResponse<Head: Sendable>: Sendable {
    private let stream: LoopStream
    private let convert: @Sendable (H2Headers) throws -> Head

    init(_ stream: LoopStream, _ convert: @escaping @Sendable (H2Headers) throws -> Head) {
        self.stream = stream
        self.convert = convert
    }

    /// The header section. Reading it waits until it has arrived.
    ///
    /// - Throws: ``H2StreamError`` if the stream ends before the section arrives, or if another
    ///   task already waits for it; an `H2Error` if the request is not valid; ``H2ConversionError``
    ///   if the section has no equivalent; `CancellationError` if the task is cancelled while it
    ///   waits.
    public var head: Head {
        get async throws { try convert(await stream.receivedHead()) }
    }

    /// The body and the trailers.
    public var body: H2Body { H2Body(stream) }
}

/// A response that has arrived as a whole.
public struct H2FullResponse: Sendable {
    /// The header section.
    public var head: HTTPResponse
    /// The body.
    public var body: ByteBuffer
    /// The trailers; `nil` if there are none.
    public var trailers: HTTPFields?
}
#endif
