// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// Sends the body of a request.
///
/// Methods return and throw like those of ``H2ResponseWriter``. When the function that uses the
/// writer returns, the request ends, unless `end` was called.
public struct H2RequestWriter: Sendable {
    let stream: LoopStream

    init(_ stream: LoopStream) { self.stream = stream }

    /// Sends a part of the body. At least 4 KiB are not copied.
    public func write(_ data: ByteBuffer) async throws {
        if let waiting = try stream.sendNow(.data(data)) { try await stream.finish(waiting) }
    }

    /// Ends the request.
    public func end() async throws {
        if let waiting = try stream.sendNow(.end) { try await stream.finish(waiting) }
    }

    /// Ends the request with trailers; `nil` sends none.
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
