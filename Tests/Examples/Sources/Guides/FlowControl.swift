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
        while connection.queuedByteCount(on: stream) <= mark {
            guard let piece = pieces.next() else {
                return try connection.enqueueData([], on: stream, endStream: true)
            }
            try connection.enqueueData(piece, on: stream)
        }
    }
}
