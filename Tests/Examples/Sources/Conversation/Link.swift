// SPDX-License-Identifier: MIT

import H2

/// A client and a server that exchange bytes in memory.
final class Link {
    let client = H2Connection(.client)
    let server = H2Connection(.server)
    /// The maximum number of bytes received at once.
    private let chunk: Int

    init(chunk: Int) throws(H2Error) {
        self.chunk = chunk
        try client.initiateConnection()
        try server.initiateConnection()
    }

    /// Exchanges bytes until neither side has output; returns the events of each side.
    @discardableResult
    func settle() throws(H2Error) -> (client: [H2Event], server: [H2Event]) {
        var seen: (client: [H2Event], server: [H2Event]) = ([], [])
        while client.hasDataToSend || server.hasDataToSend {
            try Self.carry(client.dataToSend(), to: server, by: chunk, into: &seen.server)
            try Self.carry(server.dataToSend(), to: client, by: chunk, into: &seen.client)
        }
        return seen
    }

    private static func carry(
        _ bytes: [UInt8], to receiver: H2Connection, by chunk: Int, into events: inout [H2Event]
    ) throws(H2Error) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try receiver.receiveData(rest.prefix(chunk), into: &events)
            rest = rest.dropFirst(chunk)
        }
    }
}
