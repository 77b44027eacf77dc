// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// Sends the response to a request.
///
/// Methods return when there is room for more: immediately if there is and the task runs on the
/// event loop. They throw an ``H2StreamError`` if the stream has ended, an `H2Error` for a call that
/// is not valid, and `CancellationError` if the task is cancelled while it waits.
public struct H2ResponseWriter: Sendable {
    let stream: LoopStream

    init(_ stream: LoopStream) { self.stream = stream }

    // MARK: With the types of swift-http-types

    /// Sends an informational response, such as 103 Early Hints, RFC 9110 §15.2.
    public nonisolated(nonsending) func informational(_ response: HTTPResponse) async throws {
        try await informational(H2Headers(response))
    }

    /// Sends the header section of the response.
    public nonisolated(nonsending) func head(_ response: HTTPResponse) async throws {
        try await head(H2Headers(response))
    }

    /// Ends the response.
    public nonisolated(nonsending) func end(trailers: HTTPFields) async throws {
        try await end(trailers: H2Headers(trailers))
    }

    /// Sends a complete response.
    public nonisolated(nonsending) func respond(
        _ response: HTTPResponse, _ body: ByteBuffer = ByteBuffer()
    ) async throws {
        try await respond(H2Headers(response), body)
    }

    /// Sends a complete response, whose body is text in UTF-8.
    public nonisolated(nonsending) func respond(
        _ response: HTTPResponse, _ text: String
    ) async throws {
        try await respond(response, ByteBuffer(string: text))
    }

    // MARK: With the types of H2

    /// Sends an informational response, such as 103 Early Hints, RFC 9110 §15.2.
    public nonisolated(nonsending) func informational(_ headers: H2Headers) async throws {
        try await stream.sending { try $0.sendHead(headers, endStream: false) }
    }

    /// Sends the header section of the response.
    public nonisolated(nonsending) func head(_ headers: H2Headers) async throws {
        try await stream.sending { try $0.sendHead(headers, endStream: false) }
    }

    /// Sends a part of the body. At least 4 KiB are not copied.
    public nonisolated(nonsending) func write(_ data: ByteBuffer) async throws {
        try await stream.sending { try $0.write(data, endStream: false) }
    }

    /// Ends the response.
    public nonisolated(nonsending) func end() async throws {
        try await stream.sending { try $0.write(ByteBuffer(), endStream: true) }
    }

    /// Ends the response with trailers.
    public nonisolated(nonsending) func end(trailers: H2Headers) async throws {
        try await stream.sending { try $0.writeTrailers(trailers) }
    }

    /// Sends a complete response.
    public nonisolated(nonsending) func respond(
        _ headers: H2Headers, _ body: ByteBuffer = ByteBuffer()
    ) async throws {
        try await stream.sending {
            let isEmpty = body.readableBytes == 0
            try $0.sendHead(headers, endStream: isEmpty)
            if !isEmpty { try $0.write(body, endStream: true) }
        }
    }
}
#endif
