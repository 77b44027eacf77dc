// SPDX-License-Identifier: MIT

#if NIO
import H2
import NIOCore

/// The events of one call to the connection, and the ranges of their payloads in the received
/// bytes.
struct InboundBytes {
    /// A payload is a slice of the buffer if it is at least this fraction of its storage: 1/8.
    private static let minSharedFraction = 8

    var events: [H2Event] = []
    private var payloads: [BorrowedPayload] = []
    private var nextPayload = 0
    /// The last copied payload, whose storage is used again if nothing else holds it.
    private var copied = ByteBuffer()

    /// Processes bytes, and fills `events`. If this throws, `events` contains the events before the
    /// error.
    mutating func process(
        _ buffer: ByteBuffer, with connection: H2Connection, at now: H2Instant
    ) throws(H2Error) {
        nextPayload = 0
        payloads.removeAll(keepingCapacity: true)
        try unsafe buffer.withUnsafeReadableBytes { bytes throws(H2Error) in
            try unsafe connection.receiveData(
                borrowing: bytes, at: now, into: &events, &payloads)
        }
    }

    /// Returns the payload of the event at `index`, which is a `.dataReceived` event.
    mutating func payload(
        of event: H2Event.DataReceived, at index: Int, in buffer: ByteBuffer
    ) -> ByteBuffer {
        guard nextPayload < payloads.count, payloads[nextPayload].event == index else {
            return ByteBuffer(event.data)
        }
        let range = payloads[nextPayload].range
        nextPayload += 1
        let start = buffer.readerIndex + range.lowerBound
        // Fast path: the storage holds at least the readable bytes. Getting its size takes longer.
        let minStorage = range.count * Self.minSharedFraction
        if minStorage >= buffer.readableBytes, minStorage >= buffer.storageCapacity,
            let slice = buffer.getSlice(at: start, length: range.count)
        {
            return slice
        }
        copied.moveReaderIndex(to: 0)
        copied.moveWriterIndex(to: 0)
        unsafe buffer.withUnsafeReadableBytes { bytes in
            _ = unsafe copied.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        return copied
    }
}

extension ByteBuffer {
    /// Creates a buffer with a copy of bytes that a connection holds.
    init(_ bytes: H2Bytes) {
        self = unsafe bytes.withUnsafeBytes { unsafe ByteBuffer(bytes: $0) }
    }
}
#endif
