// SPDX-License-Identifier: MIT

import H2

/// Creates a connection that the caller may transfer to another isolation domain.
func makeConnection(_ role: H2Configuration.Role) throws(H2Error) -> sending H2Connection {
    let connection = H2Connection(H2Configuration(role))
    try connection.initiateConnection()
    return connection
}

/// Takes ownership of a connection, which the caller can no longer use.
func serve(_ connection: sending H2Connection, _ bytes: [UInt8]) -> Task<Int, any Error> {
    Task {
        let events = try connection.receiveData(bytes)
        return events.count
    }
}

/// An actor to which connections are transferred.
actor Worker {
    private var connections: [H2Connection] = []

    func adopt(_ connection: sending H2Connection) -> Int {
        connections.append(connection)
        return connections.reduce(0) { $0 + $1.dataToSend().count }
    }
}

@MainActor
func run() async throws {
    let client = try makeConnection(.client)
    let output = client.dataToSend()
    let server = try makeConnection(.server)
    let count = try await serve(server, output).value
    precondition(count == 1, "the server did not receive exactly one SETTINGS frame")

    // Created and used here, then transferred and no longer accessible.
    let other = try makeConnection(.client)
    try other.ping(H2PingData(1))
    let length = await Worker().adopt(other)
    precondition(length > 24 + 9 + 17, "preface, SETTINGS and PING were not queued")
}

try await run()
