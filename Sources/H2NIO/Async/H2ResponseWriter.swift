// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// Sends the response to a request.
///
/// Each method sends, and then waits if more than `sendQueueHighWaterMark` bytes of the stream are
/// queued, until the number has fallen to `sendQueueLowWaterMark`. On the event loop, a method that
/// does not have to wait returns without suspending the task.
///
/// Methods throw an ``H2StreamError`` if the stream has ended, and `CancellationError` if the task
/// is cancelled while it waits. They throw an `H2Error` if the call is not valid: for example, if
/// `write` comes before `head`, or if the length of the body would differ from its content-length.
/// A call that throws an `H2Error` has sent nothing, and another call can follow.
///
/// A response to HEAD has no content, RFC 9110 §9.3.2. The writer discards the body of such a
/// response, so a handler can treat HEAD like GET.
public struct H2ResponseWriter: Sendable {
    let stream: LoopStream

    init(_ stream: LoopStream) { self.stream = stream }

    /// The address of the client; `nil` if the channel is closed or its transport has no addresses.
    public var remoteAddress: SocketAddress? { stream.connection.channel?.remoteAddress }

    // MARK: With the types of swift-http-types

    /// Sends an informational response, such as 103 Early Hints, RFC 9110 §15.2.
    ///
    /// - Parameter response: A response whose status is 1xx, except 101.
    public func informational(_ response: HTTPResponse) async throws {
        try await informational(H2Headers(response))
    }

    /// Sends the header section of the response.
    public func head(_ response: HTTPResponse) async throws {
        try await head(H2Headers(response))
    }

    /// Ends the response with trailers, or without if `trailers` is `nil`.
    public func end(trailers: HTTPFields?) async throws {
        guard let trailers else { return try await end() }
        try await end(trailers: H2Headers(trailers))
    }

    /// Sends a complete response.
    public func respond(
        _ response: HTTPResponse, _ body: ByteBuffer = ByteBuffer()
    ) async throws {
        let message = SentPart.message(H2Headers(response), body)
        if let waiting = try stream.sendNow(message) { try await stream.finish(waiting) }
    }

    /// Sends a complete response whose body is text, encoded as UTF-8.
    public func respond(_ response: HTTPResponse, _ text: String) async throws {
        try await respond(response, ByteBuffer(string: text))
    }

    // MARK: With the types of H2

    /// Sends an informational response, such as 103 Early Hints, RFC 9110 §15.2.
    ///
    /// - Parameter headers: A header section whose status is 1xx, except 101.
    public func informational(_ headers: H2Headers) async throws { try await head(headers) }

    /// Sends the header section of the response.
    public func head(_ headers: H2Headers) async throws {
        if let waiting = try stream.sendNow(.head(headers)) { try await stream.finish(waiting) }
    }

    /// Sends a part of the body. Data of 4 KiB or more is not copied.
    public func write(_ data: ByteBuffer) async throws {
        if let waiting = try stream.sendNow(.data(data)) { try await stream.finish(waiting) }
    }

    /// Ends the response.
    public func end() async throws {
        if let waiting = try stream.sendNow(.end) { try await stream.finish(waiting) }
    }

    /// Ends the response with trailers.
    public func end(trailers: H2Headers) async throws {
        if let waiting = try stream.sendNow(.trailers(trailers)) {
            try await stream.finish(waiting)
        }
    }

    /// Sends a complete response.
    public func respond(
        _ headers: H2Headers, _ body: ByteBuffer = ByteBuffer()
    ) async throws {
        if let waiting = try stream.sendNow(.message(headers, body)) {
            try await stream.finish(waiting)
        }
    }
}
#endif
