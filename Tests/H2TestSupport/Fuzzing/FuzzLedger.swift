// SPDX-License-Identifier: MIT

import H2

/// What a peer may still send on a connection, reckoned from the frames alone.
struct FuzzLedger {
    private var received = WireReader()
    private var sent = WireReader()
    /// RFC 9113 §6.9.2.
    private var window = 65_535

    /// Notes bytes that the connection received.
    mutating func receive(_ bytes: [UInt8]) {
        for frame in received.feed(bytes) where frame.type == .data {
            window -= frame.payload.count
        }
    }

    /// Notes bytes that were taken from the connection.
    mutating func send(_ bytes: [UInt8]) {
        for frame in sent.feed(bytes) where frame.type == .windowUpdate && frame.streamID == 0 {
            window += Int(frame.windowIncrement ?? 0)
        }
    }

    /// Throws unless the connection, which had no error, goes by the same window.
    func check(_ connection: H2Connection) throws(PairError) {
        var ahead = self
        unsafe ahead.send(Array(connection.borrowedOutput))
        let available = connection.state.flow.receive.available
        guard connection.connectionState != .open || available == ahead.window else {
            throw PairError("the window is \(available), and should be \(ahead.window)")
        }
    }
}
