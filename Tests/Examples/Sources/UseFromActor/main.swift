// SPDX-License-Identifier: MIT

import H2

/// A connection inside an actor, which makes its calls one at a time, from any isolation domain.
actor Peer {
    private let connection: H2Connection
    private let start = ContinuousClock.now
    private(set) var events: [H2Event] = []

    init(_ role: H2Configuration.Role) throws {
        connection = H2Connection(H2Configuration(role))
        try connection.initiateConnection()
    }

    func get(_ path: String) throws -> H2StreamID {
        let stream = try connection.nextAvailableStreamID()
        try connection.sendHeaders(
            [(.method, "GET"), (.scheme, "http"), (.authority, "example.com"), (.path, path)],
            on: stream, endStream: true)
        return stream
    }

    /// Receives the other side's bytes and returns the bytes to send to it.
    func exchange(_ bytes: [UInt8]) throws -> [UInt8] {
        let time = H2Instant(start.duration(to: .now))
        events += try connection.receiveData(bytes, at: time)
        return connection.dataToSend()
    }
}

let client = try Peer(.client)
let server = try Peer(.server)
let stream = try await client.get("/")
var toServer = try await client.exchange([])
while !toServer.isEmpty {
    let toClient = try await server.exchange(toServer)
    toServer = try await client.exchange(toClient)
}
let events = await server.events
let hasRequest = events.contains {
    if case .requestReceived(let request) = $0 { request.streamID == stream } else { false }
}
precondition(hasRequest, "the request did not arrive: \(events)")
