// SPDX-License-Identifier: MIT

#if NIO
import NIOCore

/// Joins long DATA frames that arrive in several buffers, so that each of their bytes is copied
/// only once.
///
/// The connection could join them, too, but then the payload would have to be copied again, to a
/// `ByteBuffer`.
struct FrameAssembly {
    private static let headerSize = 9
    private static let prefaceSize = 24
    private static let dataType: UInt8 = 0
    /// The shortest payload of a frame to join. The connection joins frames with shorter payloads.
    private static let minPayload = 2_048
    /// The maximum number of bytes of storage that are allocated before they arrive.
    private static let maxReserved = 65_536

    /// The number of bytes before the next frame header.
    private var untilHeader: Int
    /// If the last buffer ended within a frame header: the number of bytes of the header that have
    /// arrived, and the part of its length field in them.
    private var partialHeader = (count: 0, length: 0)
    private var frame = ByteBuffer()
    /// The number of bytes of `frame` that have not arrived; 0 if no frame is being joined.
    private var missing = 0

    init(isServer: Bool) { untilHeader = isServer ? Self.prefaceSize : 0 }

    /// Whether a frame is being joined.
    var isJoining: Bool { missing > 0 }

    /// Removes and returns the next bytes to process; `nil` if `buffer` is empty, or its rest is
    /// kept until the frame is complete.
    ///
    /// - Parameter maxPayload: The longest payload that the connection accepts.
    mutating func next(_ buffer: inout ByteBuffer, maxPayload: Int) -> ByteBuffer? {
        guard buffer.readableBytes > 0 else { return nil }
        if missing == 0 {
            let count = unsafe buffer.withUnsafeReadableBytes { bytes in
                unsafe scan(bytes, maxPayload: maxPayload)
            }
            if count == buffer.readableBytes {
                let whole = buffer
                buffer = ByteBuffer()
                return whole
            }
            if count > 0 { return buffer.readSlice(length: count) }
        }
        return join(&buffer)
    }

    private mutating func join(_ buffer: inout ByteBuffer) -> ByteBuffer? {
        guard var part = buffer.readSlice(length: min(missing, buffer.readableBytes)) else {
            return nil
        }
        if frame.readableBytes == 0 { frame.reserveCapacity(min(missing, Self.maxReserved)) }
        missing -= part.readableBytes
        frame.writeBuffer(&part)
        guard missing == 0 else { return nil }
        defer { frame = ByteBuffer() }
        return frame
    }

    /// Finds the frame headers in `bytes`. If the last frame is a long DATA frame and incomplete,
    /// sets `missing` to its size.
    ///
    /// - Returns: The number of bytes before that frame; all bytes if there is none.
    private mutating func scan(_ bytes: UnsafeRawBufferPointer, maxPayload: Int) -> Int {
        while untilHeader < bytes.count {
            let start = untilHeader
            guard partialHeader.count == 0, bytes.count - start >= Self.headerSize else {
                unsafe scanPartialHeader(bytes)
                continue
            }
            let length =
                unsafe Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8
                | Int(bytes[start + 2])
            untilHeader = start + Self.headerSize + length
            if untilHeader > bytes.count, unsafe bytes[start + 3] == Self.dataType,
                Self.minPayload...max(Self.minPayload, maxPayload) ~= length
            {
                missing = untilHeader - start
                untilHeader = 0
                return start
            }
        }
        untilHeader -= bytes.count
        return bytes.count
    }

    /// Reads the part of a split frame header that is in `bytes`. The connection joins the frame of
    /// a split header.
    private mutating func scanPartialHeader(_ bytes: UnsafeRawBufferPointer) {
        while untilHeader < bytes.count, partialHeader.count < Self.headerSize {
            if partialHeader.count < 3 {
                partialHeader.length =
                    unsafe partialHeader.length << 8 | Int(bytes[untilHeader])
            }
            partialHeader.count += 1
            untilHeader += 1
        }
        guard partialHeader.count == Self.headerSize else { return }
        untilHeader += partialHeader.length
        partialHeader = (0, 0)
    }
}
#endif
