// SPDX-License-Identifier: MIT

#if NIO
public import H2
public import HTTPTypes
public import NIOCore

/// The body of a received message: its chunks as they arrive, and then its trailers.
///
/// Each chunk is returned once: a second iteration continues where the first one stopped. Only one
/// task at a time can wait for a chunk. The peer can send only as many bytes as the window allows,
/// and bytes that have not been read use up the window.
public struct H2Body: AsyncSequence, Sendable {
    /// A chunk, which is never empty.
    public typealias Element = ByteBuffer

    let stream: LoopStream

    init(_ stream: LoopStream) { self.stream = stream }

    /// Returns an iterator that begins with the first chunk that has not been read.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream) }

    /// The trailers; `nil` if the message has none. Reading them waits for the end of the message.
    ///
    /// Read the body first: the peer cannot send trailers before the window has room for the rest
    /// of the body. Several tasks can wait for the trailers.
    ///
    /// - Throws: ``H2StreamError`` if the stream ends before the message; ``H2ConversionError``
    ///   if the trailers have no equivalent; `CancellationError` if the task is cancelled while it
    ///   waits.
    public var trailers: HTTPFields? {
        get async throws {
            try await trailerHeaders.map { try HTTPFields($0) }
        }
    }

    /// The trailers without conversion to `HTTPFields`; otherwise the same as `trailers`.
    public var trailerHeaders: H2Headers? {
        get async throws { try await stream.receivedTrailers() }
    }

    /// Reads the rest of the body.
    ///
    /// - Parameter limit: The maximum number of bytes.
    /// - Throws: ``H2StreamError`` with the reason `bodyTooLarge` if there are more bytes than the
    ///   limit; otherwise, for the same reasons as the iterator.
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
        ///
        /// - Throws: ``H2StreamError`` if the stream ends before the body, or if another task
        ///   already waits for a chunk; `CancellationError` if the task is cancelled while it
        ///   waits. Chunks that arrived before the end of the stream are returned first.
        public mutating func next() async throws -> ByteBuffer? {
            try await next(isolation: #isolation)
        }

        /// Returns the next chunk, or `nil` after the last one, and runs on `actor`.
        ///
        /// - Throws: The same errors as `next()`.
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
