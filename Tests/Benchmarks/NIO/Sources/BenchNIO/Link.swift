// SPDX-License-Identifier: MIT

import BenchSupport
import NIOCore
import NIOEmbedded

/// A client and a server in memory, implemented once for each way of using swift-nio-http2.
protocol Link: AnyObject {
    init(_ shared: Shared, _ loop: EmbeddedEventLoop) throws
    var client: Wire { get }
    var server: Wire { get }
    /// Sends the next request.
    func request() throws
    /// Sends the next frames of the long body, if there is one.
    func sendBodies()
    /// Runs the tasks queued on the event loop.
    func run()
    /// Closes the connection.
    func close()
}

extension Link {
    /// Exchanges output until neither end has output.
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

/// A body being sent.
struct Sender {
    private var offset = 0
    private var left = 0

    mutating func begin(length: Int) {
        offset = 0
        left = length
    }

    /// Returns the payload of the next DATA frame and whether it is the last, or `nil` if
    /// `Job.framesAtATime` frames are in flight: the handler would buffer what the windows forbid.
    ///
    /// - Parameter received: The bytes of this body that the other end has received.
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
