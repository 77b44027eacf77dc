// SPDX-License-Identifier: MIT

import H2NIO
import NIOCore

/// The messages and control frames in a body. The fragments of a message are joined.
struct WebSocketMessages: AsyncSequence, AsyncIteratorProtocol {
    private static let maxLength = 1 << 20
    private let isMasked: Bool
    private var chunks: H2Body.AsyncIterator
    private var buffer = ByteBuffer()
    private var fragments: WebSocketFrame?

    /// Creates a sequence of the messages in a body.
    ///
    /// - Parameter isMasked: Whether the frames must be masked, as those of a client are.
    init(_ body: H2Body, isMasked: Bool) {
        self.isMasked = isMasked
        chunks = body.makeAsyncIterator()
    }

    func makeAsyncIterator() -> WebSocketMessages { self }

    mutating func next() async throws -> WebSocketFrame? {
        while let frame = try await nextFrame() {
            if frame.opcode.isControl { return frame }
            if let message = try joined(frame) { return message }
        }
        return nil
    }

    private mutating func nextFrame() async throws -> WebSocketFrame? {
        while true {
            if let frame = try buffer.readFrame(isMasked: isMasked, maxLength: Self.maxLength) {
                return frame
            }
            guard var chunk = try await chunks.next() else { return nil }
            buffer.discardReadBytes()
            buffer.writeBuffer(&chunk)
        }
    }

    /// Returns the message that the frame completes; `nil` if more fragments follow.
    private mutating func joined(_ frame: WebSocketFrame) throws -> WebSocketFrame? {
        var message = frame
        if var previous = fragments {
            guard frame.opcode == .continuation else { throw WebSocketError.protocolError }
            previous.payload.writeImmutableBuffer(frame.payload)
            guard previous.payload.readableBytes <= Self.maxLength else {
                throw WebSocketError.messageTooBig
            }
            message = WebSocketFrame(opcode: previous.opcode, payload: previous.payload)
        } else if frame.opcode == .continuation {
            throw WebSocketError.protocolError
        }
        fragments = frame.isFinal ? nil : message
        guard frame.isFinal else { return nil }
        guard
            message.opcode != .text
                || String(validating: message.payload.readableBytesView, as: UTF8.self) != nil
        else { throw WebSocketError.invalidText }
        return message
    }
}
