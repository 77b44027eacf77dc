// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// A part of a message that a task sends.
enum SentPart: Sendable {
    /// The header section of a response, which can be informational.
    case head(H2Headers)
    case data(ByteBuffer)
    /// A complete response.
    case message(H2Headers, ByteBuffer)
    case trailers(H2Headers)
    case end
    /// The end, unless it has been queued.
    case endIfNeeded
}

/// What a sending task waits for.
enum WaitingSend: Sendable {
    /// The event loop has to send the part.
    case send(SentPart)
    /// The part has been sent, and the queue is full.
    case roomNeeded
}
#endif
