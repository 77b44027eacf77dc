// SPDX-License-Identifier: MIT

import H2

/// Makes a connection for somebody else: the result belongs to the caller alone.
func makeConnection(_ role: H2Configuration.Role) throws(H2Error) -> sending H2Connection {
    let connection = H2Connection(H2Configuration(role))
    try connection.initiateConnection()
    return connection
}

/// Takes over a connection, which the caller cannot touch any more.
func serve(_ connection: sending H2Connection, _ bytes: [UInt8]) -> Task<Int, any Error> {
    Task {
        let events = try connection.receiveData(bytes)
        return events.count
    }
}

/// A place that a connection moves into.
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
    let hello = client.dataToSend()
    let server = try makeConnection(.server)
    let count = try await serve(server, hello).value
    precondition(count == 1, "the server did not see one SETTINGS frame")

    // Made here, touched here, handed over, and gone from here.
    let other = try makeConnection(.client)
    try other.ping(H2PingData(1))
    let length = await Worker().adopt(other)
    precondition(length > 24 + 9 + 17, "preface, SETTINGS and PING were not queued")
}

try await run()
