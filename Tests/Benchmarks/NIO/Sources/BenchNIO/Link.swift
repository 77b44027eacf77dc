// SPDX-License-Identifier: MIT

import BenchSupport
import NIOCore
import NIOEmbedded

/// A client and a server in memory; one for each way to use swift-nio-http2.
protocol Link: AnyObject {
    init(_ shared: Shared, _ loop: EmbeddedEventLoop) throws
    var client: Wire { get }
    var server: Wire { get }
    /// Sends the next request.
    func request() throws
    /// Sends what is handed over at a time of a long body, by whoever has one.
    func sendBodies()
    /// Runs what was put off.
    func run()
    /// Ends the connection.
    func close()
}

extension Link {
    /// Until both are silent.
    func settle() {
        var moved = true
        while moved {
            sendBodies()
            run()
            moved = client.carry(to: server)
            run()
            sendBodies()
            if server.carry(to: client) { moved = true }
        }
    }
}

/// A body that is being sent.
struct Sender {
    private var offset = 0
    private var left = 0

    mutating func begin(length: Int) {
        offset = 0
        left = length
    }

    /// The next frame and whether it is the last, unless that many bytes are on their way already:
    /// a handler would keep all that the windows do not allow.
    mutating func next(of block: ByteBuffer, received: Int) -> (ByteBuffer, isLast: Bool)? {
        guard left > 0, offset - received < Job.framesAtATime * Job.unit else { return nil }
        let count = min(left, Job.unit)
        guard let piece = block.getSlice(at: offset % Job.blockSize, length: count) else {
            fail("the block is too short")
        }
        offset += count
        left -= count
        return (piece, left == 0)
    }
}
