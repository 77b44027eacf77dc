// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// The body of a received message: its chunks as they arrive, and then its trailers.
///
/// Each chunk is returned once: a second iteration continues where the first one stopped.
/// Bytes that have not been read limit what the peer may send. The iterator throws an
/// ``H2StreamError`` if the stream ends before the body.
public struct H2Body: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    let stream: LoopStream

    init(_ stream: LoopStream) { self.stream = stream }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream) }

    /// The trailers, when the message has ended; `nil` if it has none.
    ///
    /// Read the body first: the peer may send no trailers before there is room for the body.
    ///
    /// - Throws: ``H2StreamError`` if the stream ends before the message; ``H2ConversionError`` if
    ///   the trailers have no equivalent.
    public var trailers: HTTPFields? {
        get async throws {
            try await trailerHeaders.map { try HTTPFields($0) }
        }
    }

    /// The trailers without conversion; otherwise the same as `trailers`.
    public var trailerHeaders: H2Headers? {
        get async throws { try await stream.receivedTrailers() }
    }

    /// Reads the rest of the body.
    ///
    /// - Parameter limit: The maximum number of bytes.
    /// - Throws: ``H2StreamError`` if the body is longer, or if the stream ends before the body.
    public func collect(upTo limit: Int) async throws -> ByteBuffer {
        var iterator = makeAsyncIterator()
        guard var bytes = try await iterator.next() else { return ByteBuffer() }
        while bytes.readableBytes <= limit {
            guard var chunk = try await iterator.next() else { return bytes }
            bytes.writeBuffer(&chunk)
        }
        throw H2StreamError(.bodyTooLarge(limit: limit))
    }

    /// Reads the chunks of a body.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let stream: LoopStream

        init(_ stream: LoopStream) { self.stream = stream }

        /// Returns the next chunk, or `nil` after the last one.
        public mutating func next() async throws -> ByteBuffer? {
            try await next(isolation: #isolation)
        }

        /// Returns the next chunk, or `nil` after the last one.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws -> ByteBuffer? {
            while true {
                switch try stream.nextChunk() {
                case .chunk(let data): if data.readableBytes > 0 { return data }
                case .end: return nil
                case .wait: try await stream.waitForChunk()
                }
            }
        }
    }
}
#endif
