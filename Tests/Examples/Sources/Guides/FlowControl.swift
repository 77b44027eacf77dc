// SPDX-License-Identifier: MIT

import H2

/// Sends a body that is produced piece by piece.
final class BodySender {
    let connection: H2Connection
    let stream: H2StreamID
    private var pieces: any IteratorProtocol<[UInt8]>

    init(
        _ pieces: any IteratorProtocol<[UInt8]>, on stream: H2StreamID,
        of connection: H2Connection
    ) {
        self.pieces = pieces
        self.stream = stream
        self.connection = connection
    }

    /// Call this after `sendHeaders`, and for each `.sendQueueDrained` of the stream.
    func send() throws(H2Error) {
        let mark = connection.configuration.sendQueueHighWaterMark
        var room = mark - connection.queuedByteCount(on: stream)
        while room >= 0 {
            guard let piece = pieces.next() else {
                return try connection.enqueueData([], on: stream, endStream: true)
            }
            try connection.enqueueData(piece, on: stream)
            room -= piece.count
        }
    }
}

/// Writes output until the transport accepts no more. Call this after other calls of the
/// connection, and when the transport accepts bytes again. `write` returns the number of bytes
/// that the transport accepted, and throws if the transport has failed.
func writeOutput(
    of connection: H2Connection, write: (Span<UInt8>) throws -> Int,
    handle: ([H2Event]) throws -> Void
) throws {
    while true {
        // Taking output causes events, such as `.sendQueueDrained`.
        try handle(connection.takeEvents())
        guard connection.hasDataToSend, try connection.withDataToSend(write) > 0 else { return }
    }
}
