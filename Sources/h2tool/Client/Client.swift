// SPDX-License-Identifier: MIT

/// Fetches URLs one after the other. Those with the same host and port share a connection.
struct Client {
    let timeouts: Timeouts
    let trace: Trace
    private var connection: ClientConnection?

    init(_ timeouts: Timeouts, _ trace: Trace) {
        self.timeouts = timeouts
        self.trace = trace
    }

    /// Sends a request, and writes the response to `output`. Returns its status.
    mutating func fetch(
        _ target: Target, _ request: Request, to output: Output, showsSections: Bool
    ) throws -> Int {
        let deadlines = Deadlines(timeouts)
        let old = connection
        let connection = try connection(to: target, deadlines)
        var transfer = try Transfer(
            request, for: target, over: connection, to: output, showsSections: showsSections,
            deadlines)
        do {
            return try transfer.run()
        } catch {
            // The server ended the connection while the request was on its way.
            if connection === old && transfer.canBeRepeated {
                return try fetch(target, request, to: output, showsSections: showsSections)
            }
            // What could not be sent in time is not waited for once more.
            if error is TimedOut { close(Deadlines(.none)) }
            throw error
        }
    }

    private mutating func connection(
        to target: Target, _ deadlines: Deadlines
    ) throws -> ClientConnection {
        if let connection {
            connection.catchUp()
            let isSame =
                (connection.target.host, connection.target.port) == (target.host, target.port)
            if isSame && connection.isReusable { return connection }
            close()
        }
        let new = try ClientConnection(to: target, deadlines, trace)
        connection = new
        return new
    }

    /// Ends the last connection.
    mutating func close() { close(Deadlines(timeouts)) }

    private mutating func close(_ deadlines: Deadlines) {
        connection?.sayGoodbye(deadlines)
        connection = nil
    }
}
