// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// Sends the body of a request.
///
/// Methods wait and throw like those of ``H2ResponseWriter``; before the server allows the stream,
/// they wait, too. In `withResponse`, the request also ends when the closure that uses the writer
/// returns. In `withStream`, it ends only when you call `end`.
public struct H2RequestWriter: Sendable {
    let stream: LoopStream

    init(_ stream: LoopStream) { self.stream = stream }

    /// Sends a part of the body. Data of 4 KiB or more is not copied.
    public func write(_ data: ByteBuffer) async throws {
        if let waiting = try stream.sendNow(.data(data)) { try await stream.finish(waiting) }
    }

    /// Ends the request. This has no effect if the response has ended and the server has refused
    /// the rest of the request with RST_STREAM(NO_ERROR), RFC 9113 §8.1.
    public func end() async throws {
        if let waiting = try stream.sendNow(.end) { try await stream.finish(waiting) }
    }

    /// Ends the request with trailers, or without if `trailers` is `nil`.
    public func end(trailers: HTTPFields?) async throws {
        guard let trailers else { return try await end() }
        try await end(trailers: H2Headers(trailers))
    }

    /// Ends the request with trailers.
    public func end(trailers: H2Headers) async throws {
        if let waiting = try stream.sendNow(.trailers(trailers)) {
            try await stream.finish(waiting)
        }
    }
}
#endif
