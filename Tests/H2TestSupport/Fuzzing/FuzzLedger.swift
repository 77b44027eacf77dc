// SPDX-License-Identifier: MIT

import H2

/// The receive window of a connection, computed from the frames alone.
struct FuzzLedger {
    private var received = WireReader()
    private var sent = WireReader()
    /// RFC 9113 §6.9.2.
    private var window = 65_535

    /// Records bytes that the connection received.
    mutating func receive(_ bytes: [UInt8]) {
        for frame in received.feed(bytes) where frame.type == .data {
            window -= frame.payload.count
        }
    }

    /// Records output removed from the connection.
    mutating func send(_ bytes: [UInt8]) {
        for frame in sent.feed(bytes) where frame.type == .windowUpdate && frame.streamID == 0 {
            window += Int(frame.windowIncrement ?? 0)
        }
    }

    /// Throws if the connection is open and has another window. It must not have failed.
    func check(_ connection: H2Connection) throws(PairError) {
        var ahead = self
        unsafe ahead.send(Array(connection.borrowedOutput))
        let available = connection.state.flow.receive.available
        guard connection.connectionState != .open || available == ahead.window else {
            throw PairError("the window is \(available), expected \(ahead.window)")
        }
    }
}
