// SPDX-License-Identifier: MIT

/// Fetches URLs one after the other. Successive URLs with the same host and port share a
/// connection.
struct Client {
    let timeouts: Timeouts
    let trace: Trace
    private var connection: ClientConnection?

    init(_ timeouts: Timeouts, _ trace: Trace) {
        self.timeouts = timeouts
        self.trace = trace
    }

    /// Sends a request and writes the response to `output`. Returns its status and location.
    mutating func fetch(
        _ target: Target, _ request: Request, to output: Output, showsSections: Bool
    ) throws -> Transfer.Outcome {
        try fetch(target, request, to: output, showsSections: showsSections, Deadlines(timeouts))
    }

    private mutating func fetch(
        _ target: Target, _ request: Request, to output: Output, showsSections: Bool,
        _ deadlines: Deadlines, isRetry: Bool = false
    ) throws -> Transfer.Outcome {
        let old = connection
        let connection = try connection(to: target, deadlines)
        var transfer = try Transfer(
            request, for: target, over: connection, to: output, showsSections: showsSections,
            deadlines)
        do {
            return try transfer.run()
        } catch {
            // After a timeout, do not wait again for output that the server has not accepted.
            if error is TimedOut {
                close(Deadlines(.none))
                throw error
            }
            guard !isRetry, transfer.canBeRepeated(isReused: connection === old) else {
                throw error
            }
            trace.write("!", "\(error); trying again on a new connection")
            close(deadlines)
            return try fetch(
                target, request, to: output, showsSections: showsSections, deadlines,
                isRetry: true)
        }
    }

    private mutating func connection(
        to target: Target, _ deadlines: Deadlines
    ) throws -> ClientConnection {
        if let connection {
            connection.receivePending()
            let isSame =
                (connection.target.host, connection.target.port) == (target.host, target.port)
            if isSame && connection.isReusable { return connection }
            close()
        }
        let new = try ClientConnection(to: target, deadlines, trace)
        connection = new
        return new
    }

    /// Ends the connection, if there is one.
    mutating func close() { close(Deadlines(timeouts)) }

    private mutating func close(_ deadlines: Deadlines) {
        connection?.shutDown(deadlines)
        connection = nil
    }
}
