// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `sendableByteCount` is what `sendData` takes.
@Suite struct SendableByteCountTests {
    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

    /// Expects that `sendData` throws for one byte more than the count, and takes the count.
    private func expectExact(_ connection: H2Connection, on id: H2StreamID) throws {
        let count = connection.sendableByteCount(on: id)
        #expect(throws: H2Error.self) { try connection.sendData(bytes(count + 1), on: id) }
        if count > 0 { try connection.sendData(bytes(count), on: id) }
    }

    @Test("the peer's frame size limits it, then the windows", arguments: [16_384, 20_000, 70_000])
    func frameSize(size: Int) throws {
        let peer = try Peer(.client, settings: [(5, UInt32(size))])
        try peer.connection.sendHeaders(.samplePost, on: 1)
        var sent = 0
        while peer.connection.sendableByteCount(on: 1) > 0 {
            let count = peer.connection.sendableByteCount(on: 1)
            #expect(count == min(size, 65_535 - sent))
            try expectExact(peer.connection, on: 1)
            sent += count
        }
        #expect(sent == 65_535)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 10))
        #expect(peer.connection.sendableByteCount(on: 1) == 0)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 7))
        try expectExact(peer.connection, on: 1)
        #expect(peer.connection.outboundFlowControlWindow == 3)
    }

    @Test("the rest of the content-length limits it")
    func contentLength() throws {
        let peer = try Peer(.client)
        var headers = H2Headers.samplePost
        headers[.contentLength] = "30000"
        try peer.connection.sendHeaders(headers, on: 1)
        for expected in [16_384, 13_616, 0] {
            #expect(peer.connection.sendableByteCount(on: 1) == expected)
            try expectExact(peer.connection, on: 1)
        }
    }

    @Test("it is 0 where no byte can be sent, and never negative")
    func zero() throws {
        let idle = H2Connection(.client)
        #expect(idle.sendableByteCount(on: 1) == 0)
        let server = try Peer(.server)
        #expect(server.connection.sendableByteCount(on: 1) == 0)
        try server.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        #expect(server.connection.sendableByteCount(on: 1) == 0, "before the response")
        #expect(server.connection.sendableByteCount(on: 0) == 0)
        #expect(server.connection.sendableByteCount(on: H2StreamID(.max)) == 0)
        try server.connection.sendHeaders(.sampleResponse, on: 1)
        #expect(server.connection.sendableByteCount(on: 1) == 16_384)
        try server.receive(FrameBuilder.settings([(4, 0)]))
        try server.connection.sendData([], on: 1)
        #expect(server.connection.sendableByteCount(on: 1) == 0)
        try server.receive(FrameBuilder.settings([(4, 100)]))
        try server.connection.sendData(bytes(60), on: 1)
        try server.receive(FrameBuilder.settings([(4, 10)]))
        #expect(try server.connection.localFlowControlWindow(on: 1) == -50)
        #expect(server.connection.sendableByteCount(on: 1) == 0, "after the window became negative")
        try server.receive(FrameBuilder.settings([(4, 100)]))
        #expect(server.connection.sendableByteCount(on: 1) == 40)
        try server.receive(FrameBuilder.rstStream(1))
        #expect(server.connection.sendableByteCount(on: 1) == 0, "after a reset")
    }

    @Test("it is 0 after this side ended the stream or closed the connection")
    func ended() throws {
        let client = try Peer(.client).connection
        for id: H2StreamID in [1, 3] { try client.sendHeaders(.samplePost, on: id) }
        try client.endStream(1)
        #expect(client.sendableByteCount(on: 1) == 0)
        #expect(client.sendableByteCount(on: 3) == 16_384)
        try client.closeConnection()
        #expect(throws: H2Error.self) { try client.sendData(bytes(1), on: 3) }
        #expect(client.sendableByteCount(on: 3) == 0)
    }
}
