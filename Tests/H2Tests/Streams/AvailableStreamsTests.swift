// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `availableOutboundStreams` is the number of streams that this side can open.
@Suite struct AvailableStreamsTests {
    @Test("a client knows the number once SETTINGS arrived, and opens exactly as many streams")
    func client() throws {
        let peer = try Peer(.client, handshake: false)
        let client = peer.connection
        #expect(client.availableOutboundStreams == nil)
        try client.initiateConnection()
        #expect(client.availableOutboundStreams == nil)
        try peer.receive(FrameBuilder.settings([(3, 3)]))
        #expect(client.availableOutboundStreams == 3)
        for left in [2, 1, 0] {
            try client.sendHeaders(.sampleRequest, on: client.nextAvailableStreamID())
            #expect(client.availableOutboundStreams == left)
        }
        #expect(throws: H2Error.self) {
            try client.sendHeaders(.sampleRequest, on: client.nextAvailableStreamID())
        }
        try peer.receive(FrameBuilder.rstStream(3))
        #expect(client.availableOutboundStreams == 1)
        // A limit below the number of open streams.
        try peer.receive(FrameBuilder.settings([(3, 1)]))
        #expect(client.availableOutboundStreams == 0)
    }

    @Test("without a limit it is Int.max, and at most the identifiers that are left with one")
    func identifiers() throws {
        let peer = try Peer(.client)
        #expect(peer.connection.availableOutboundStreams == .max)
        try peer.connection.sendHeaders(.sampleRequest, on: H2StreamID(0x7fff_fffb))
        try peer.receive(FrameBuilder.settings([(3, 100)]))
        #expect(peer.connection.availableOutboundStreams == 2)
        try peer.connection.sendHeaders(.sampleRequest, on: H2StreamID(0x7fff_ffff))
        #expect(peer.connection.availableOutboundStreams == 0)
    }

    @Test("it is 0 after GOAWAY and on a closed connection")
    func closed() throws {
        let peer = try Peer(.client)
        try peer.receive(FrameBuilder.goAway(last: 0x7fff_ffff))
        #expect(peer.connection.availableOutboundStreams == 0)
        let failed = try Peer(.client)
        #expect(throws: H2Error.self) { try failed.receive(FrameBuilder.data(1)) }
        #expect(failed.connection.availableOutboundStreams == 0)
        let closed = try Peer(.client)
        try closed.connection.closeConnection()
        #expect(closed.connection.availableOutboundStreams == 0)
    }

    @Test("a server can promise streams unless the client set ENABLE_PUSH to 0")
    func server() throws {
        let peer = try Peer(.server, settings: [(3, 5)])
        #expect(peer.connection.availableOutboundStreams == 5)
        let refusing = try Peer(.server, settings: [(2, 0)])
        #expect(refusing.connection.availableOutboundStreams == 0)
    }
}
