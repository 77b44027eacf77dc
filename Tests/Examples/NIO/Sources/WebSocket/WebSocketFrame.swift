// SPDX-License-Identifier: MIT

import NIOCore

/// A frame of the WebSocket protocol, RFC 6455 §5.2.
struct WebSocketFrame: Equatable {
    enum Opcode: UInt8 {
        case continuation = 0x0
        case text = 0x1
        case binary = 0x2
        case close = 0x8
        case ping = 0x9
        case pong = 0xA

        var isControl: Bool { rawValue >= 0x8 }
    }

    var opcode: Opcode
    var payload: ByteBuffer
    var isFinal = true
}

/// The reason why an endpoint fails a connection, RFC 6455 §7.4.1.
struct WebSocketError: Error {
    static let protocolError = WebSocketError(code: 1002)
    static let invalidText = WebSocketError(code: 1007)
    static let messageTooBig = WebSocketError(code: 1009)

    var code: UInt16
}

extension ByteBuffer {
    /// Creates the bytes of a frame, masked with a random key if `isMasked`, as a client must do.
    init(_ frame: WebSocketFrame, isMasked: Bool) {
        self.init(integer: (frame.isFinal ? 0x80 : 0) | frame.opcode.rawValue)
        let maskBit: UInt8 = isMasked ? 0x80 : 0
        let length = frame.payload.readableBytes
        if length < 126 {
            writeInteger(maskBit | UInt8(length))
        } else if let length = UInt16(exactly: length) {
            writeMultipleIntegers(maskBit | 126, length)
        } else {
            writeMultipleIntegers(maskBit | 127, UInt64(length))
        }
        if isMasked {
            let key = UInt32.random(in: .min ... .max)
            writeInteger(key)
            writeImmutableBuffer(frame.payload.masked(with: key))
        } else {
            writeImmutableBuffer(frame.payload)
        }
    }

    /// Removes and returns a frame; returns `nil` if the frame is incomplete.
    mutating func readFrame(isMasked: Bool, maxLength: Int) throws -> WebSocketFrame? {
        var rest = self
        guard let (first, second) = rest.readMultipleIntegers(as: (UInt8, UInt8).self) else {
            return nil
        }
        // The bits 0x70 are reserved.
        guard first & 0x70 == 0, let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0F),
            second & 0x80 == (isMasked ? 0x80 : 0)
        else { throw WebSocketError.protocolError }
        let isFinal = first & 0x80 != 0
        var length = UInt64(second & 0x7F)
        guard !opcode.isControl || isFinal && length < 126 else {
            throw WebSocketError.protocolError
        }
        if length == 126 {
            guard let value = rest.readInteger(as: UInt16.self) else { return nil }
            length = UInt64(value)
        } else if length == 127 {
            guard let value = rest.readInteger(as: UInt64.self) else { return nil }
            length = value
        }
        guard length <= maxLength else { throw WebSocketError.messageTooBig }
        var key: UInt32 = 0
        if isMasked {
            guard let value = rest.readInteger(as: UInt32.self) else { return nil }
            key = value
        }
        guard let payload = rest.readSlice(length: Int(length)) else { return nil }
        self = rest
        return WebSocketFrame(
            opcode: opcode, payload: isMasked ? payload.masked(with: key) : payload,
            isFinal: isFinal)
    }

    /// Masks or unmasks bytes, RFC 6455 §5.3.
    private func masked(with key: UInt32) -> ByteBuffer {
        var mask = key.bigEndian
        let bytes = withUnsafeBytes(of: &mask) { Array($0) }
        return ByteBuffer(bytes: readableBytesView.enumerated().map { $1 ^ bytes[$0 & 3] })
    }
}
