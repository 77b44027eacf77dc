// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// A payload that the output shares. `takeSegments` passes it with each segment of its bytes.
final class SharedPayload {
    private let buffer: ByteBuffer
    /// The address of the first readable byte.
    private let address: Int

    init(_ buffer: ByteBuffer) {
        self.buffer = buffer
        address = unsafe buffer.withUnsafeReadableBytes { Int(bitPattern: $0.baseAddress) }
    }

    /// Returns the part of the buffer that `bytes` points to; `nil` if it is not in the buffer.
    func slice(_ bytes: UnsafeRawBufferPointer) -> ByteBuffer? {
        let offset = Int(bitPattern: bytes.baseAddress) - address
        return buffer.getSlice(at: buffer.readerIndex + offset, length: bytes.count)
    }
}

/// Moves output from the connection to the channel.
///
/// Shared payloads become slices, which are not copied. All other bytes are joined, because
/// TLS encrypts each buffer as a separate record.
struct OutboundBytes {
    private enum Piece {
        case joined(Range<Int>)
        case shared(ByteBuffer)
    }

    /// Payloads of at least this size are not copied. The connection copies smaller ones.
    static let minSharedSize = 4_096
    /// The maximum number of bytes that are taken from the connection at a time.
    private static let maxTakenSize = 65_536
    /// The size in bytes above which the storage for joined bytes is released after use.
    private static let maxKeptCapacity = 16_384

    /// The joined bytes. Slices of this buffer are written, and the next call of `write` uses it
    /// again.
    private var joined = ByteBuffer()
    private var pieces: [Piece] = []

    /// Takes output, and writes it to the channel without flushing.
    ///
    /// - Returns: The number of bytes.
    mutating func write(
        from connection: H2Connection, to context: ChannelHandlerContext
    ) -> Int {
        if joined.capacity > Self.maxKeptCapacity {
            joined = ByteBuffer()
        } else {
            joined.clear()
        }
        let count = unsafe connection.takeSegments(upTo: Self.maxTakenSize) { bytes, owner in
            if let payload = owner as? SharedPayload, let slice = unsafe payload.slice(bytes) {
                pieces.append(.shared(slice))
            } else {
                unsafe join(bytes)
            }
        }
        for piece in pieces {
            switch piece {
            case .shared(let buffer): context.write(NIOAny(buffer), promise: nil)
            case .joined(let range):
                let buffer = joined.getSlice(at: range.lowerBound, length: range.count)
                context.write(NIOAny(buffer ?? ByteBuffer()), promise: nil)
            }
        }
        pieces.removeAll(keepingCapacity: true)
        return count
    }

    private mutating func join(_ bytes: UnsafeRawBufferPointer) {
        let start = joined.writerIndex
        unsafe joined.writeBytes(bytes)
        if case .joined(let range) = pieces.last, range.upperBound == start {
            pieces[pieces.count - 1] = .joined(range.lowerBound..<joined.writerIndex)
        } else {
            pieces.append(.joined(start..<joined.writerIndex))
        }
    }
}
#endif
