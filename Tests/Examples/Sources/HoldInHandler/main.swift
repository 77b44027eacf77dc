// SPDX-License-Identifier: MIT

import H2

/// A connection in a class used by one thread, such as a channel handler of an event loop.
final class Handler {
    private let connection: H2Connection
    private var events: [H2Event] = []
    private let start = ContinuousClock.now
    private let write: ([UInt8]) -> Void
    private let onRequest: (H2Event.RequestReceived) -> H2Headers

    init(
        write: @escaping ([UInt8]) -> Void,
        onRequest: @escaping (H2Event.RequestReceived) -> H2Headers
    ) throws(H2Error) {
        self.connection = H2Connection(.server)
        self.write = write
        self.onRequest = onRequest
        try connection.initiateConnection()
    }

    /// Call this with the bytes read from the socket.
    func channelRead(_ bytes: ArraySlice<UInt8>) {
        events.removeAll(keepingCapacity: true)
        do throws(H2Error) {
            // Pass the event loop's own monotonic time if it has one.
            let time = H2Instant(start.duration(to: .now))
            try connection.receiveData(bytes, at: time, into: &events)
            for case .requestReceived(let request) in events {
                try connection.sendHeaders(
                    onRequest(request), on: request.streamID, endStream: true)
            }
        } catch {
            // The bytes to send end with GOAWAY, which reports the error to the peer.
            print("the connection ended: \(error)")
        }
        write(connection.dataToSend())
    }
}

let client = H2Connection(.client)
try client.initiateConnection()
try client.sendHeaders(
    [(.method, "GET"), (.scheme, "http"), (.authority, "example.com"), (.path, "/")],
    on: client.nextAvailableStreamID(), endStream: true)

var written: [UInt8] = []
let handler = try Handler(write: { written += $0 }) { _ in [(.status, "204")] }
handler.channelRead(client.dataToSend()[...])

let statuses = try client.receiveData(written).compactMap { event in
    if case .responseReceived(let response) = event { response.headers[.status] } else { nil }
}
precondition(statuses == ["204"], "no response was received")
