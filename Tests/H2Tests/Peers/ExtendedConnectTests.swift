// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// RFC 8441 §3: `:protocol` needs the server's SETTINGS_ENABLE_CONNECT_PROTOCOL.
@Suite struct ExtendedConnectTests {
    private static let request: H2Headers = [
        ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": "/",
        ":authority": "a",
    ]

    @Test("a server that announced nothing treats :protocol as malformed")
    func notAnnounced() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        let events = try peer.receive(FrameBuilder.headers(1, block: Self.request.block))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .protocolError, isRemote: false))
            ])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(1, code: 1)])
    }

    @Test("the server's announcement takes effect before it is acknowledged")
    func announced() throws {
        var configuration = H2Configuration.server
        configuration.initialSettings = [.enableConnectProtocol: 1]
        let peer = try Peer(configuration, handshake: false, policies: .asConfigured)
        try peer.connection.initiateConnection()
        let events = try peer.receive(
            FrameBuilder.preface() + FrameBuilder.settings()
                + FrameBuilder.headers(1, block: Self.request.block))
        #expect(events.last?.headers == Self.request)
    }

    @Test("a later announcement takes effect immediately as well")
    func announcedLater() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        try peer.connection.updateSettings([.enableConnectProtocol: 1])
        let events = try peer.receive(FrameBuilder.headers(1, block: Self.request.block))
        #expect(events.first?.headers == Self.request)
    }

    @Test("without validation :protocol needs no announcement")
    func unchecked() throws {
        var server = H2Configuration.server
        server.validateInboundHeaders = false
        let events = try Peer(server, policies: .asConfigured).receive(
            FrameBuilder.headers(1, block: Self.request.block))
        #expect(events.first?.headers == Self.request)
        var client = H2Configuration.client
        client.validateOutboundHeaders = false
        try Peer(client, policies: .asConfigured).connection.sendHeaders(Self.request, on: 1)
    }

    @Test("a client sends :protocol only to a server that announced it")
    func sent() throws {
        let peer = try Peer(.client, policies: .asConfigured)
        expectMisuse(peer.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try peer.connection.sendHeaders(Self.request, on: 1)
        }
        try peer.receive(FrameBuilder.settings([(0x8, 1)]))
        try peer.connection.sendHeaders(Self.request, on: 1)
    }
}
