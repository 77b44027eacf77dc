// SPDX-License-Identifier: MIT

import H2

/// Starts 1,000 downloads of a file, 50 at a time, and cancels each one when its first DATA arrives.
/// Then downloads the file completely and writes it to standard output.
func cancelDownloads(of path: String, port: UInt16) throws {
    // The window is large enough for a whole download to arrive after its reset.
    let wire = try Wire(.client, over: .connected(to: port))
    let connection = wire.connection
    let headers: H2Headers = [
        (.method, "GET"), (.scheme, "http"), (.authority, "127.0.0.1"), (.path, path),
    ]
    var requestCount = 0
    var cancelled: Set<H2StreamID> = []
    func request() throws -> H2StreamID {
        let id = try connection.nextAvailableStreamID()
        try connection.sendHeaders(headers, on: id, endStream: true)
        requestCount += 1
        return id
    }

    var last: H2StreamID?
    var isComplete = false
    while !isComplete {
        while requestCount < Wire.resetCount && connection.openOutboundStreams < 50 {
            _ = try request()
        }
        if last == nil && cancelled.count == Wire.resetCount { last = try request() }
        guard let events = try wire.exchange() else {
            throw wire.failure("nghttpd ended the connection")
        }
        for event in events {
            switch event {
            case .dataReceived(let part):
                if part.streamID == last {
                    try writeAll(part.data, to: 1)
                } else if cancelled.insert(part.streamID).inserted {
                    try connection.resetStream(part.streamID, errorCode: .cancel)
                }
                try connection.acknowledgeReceivedData(part.flowControlledLength, on: part.streamID)
            case .streamEnded(let end):
                if end.streamID != last {
                    throw wire.failure("stream \(end.streamID) ended before its reset")
                }
                isComplete = true
            case .streamReset(let reset):
                throw wire.failure("stream \(reset.streamID) was reset: \(reset.errorCode)")
            default:
                break
            }
        }
    }
    try wire.finish()
    try wire.check("downloads cancelled", resets: cancelled)
}
