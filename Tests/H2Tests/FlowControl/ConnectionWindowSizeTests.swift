// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `H2Configuration.connectionWindowSize`.
@Suite struct ConnectionWindowSizeTests {
    @Test(
        "a larger window is announced once, directly after SETTINGS",
        arguments: [H2Configuration.client, .server])
    func announced(configuration: H2Configuration) throws {
        let peer = try Peer(configuration.with { $0.connectionWindowSize = 1 << 20 })
        let growth = UInt32(1 << 20 - 65_535)
        let updates = peer.handshakeFrames.filter { $0.type == .windowUpdate }
        #expect(updates.map(\.bytes) == [FrameBuilder.windowUpdate(0, increment: growth)])
        #expect(peer.handshakeFrames.prefix(2).map(\.type) == [.settings, .windowUpdate])
        #expect(peer.connection.inboundFlowControlWindow == 1 << 20)
    }

    @Test("the peer can use the whole window, and acknowledgements refill it")
    func used() throws {
        let pair = try Pair.started(
            server: H2Configuration.server.with {
                $0.connectionWindowSize = 200_000
                $0.initialSettings = [.initialWindowSize: 200_000]
            })
        #expect(pair.client.outboundFlowControlWindow == 200_000)
        let id = try pair.openStream(headers: .samplePost)
        for _ in 0..<12 { try pair.client.sendData([UInt8](repeating: 0, count: 16_384), on: id) }
        try pair.exchange()
        #expect(pair.server.inboundFlowControlWindow == 200_000 - 12 * 16_384)
        try pair.server.acknowledgeReceivedData(12 * 16_384, on: id)
        try pair.exchange()
        #expect(pair.client.outboundFlowControlWindow == 200_000)
    }

    @Test(
        "a size out of range throws, and nothing is sent", arguments: [Int.min, 0, 65_534, 1 << 31])
    func outOfRange(size: Int) {
        let connection = H2Connection(
            H2Configuration.client.with { $0.connectionWindowSize = size })
        let error = #expect(throws: H2Error.self) { try connection.initiateConnection() }
        #expect(error?.kind == .invalidSettingsValue)
        #expect(!connection.hasDataToSend)
    }

    @Test("65,535 and 2^31-1 are allowed", arguments: [65_535, 0x7fff_ffff])
    func bounds(size: Int) throws {
        let peer = try Peer(H2Configuration.server.with { $0.connectionWindowSize = size })
        #expect(peer.connection.inboundFlowControlWindow == size)
    }

    @Test("a connection that upgrades from HTTP/1.1 announces the window, too")
    func upgraded() throws {
        let client = H2Connection(
            H2Configuration.client.with { $0.connectionWindowSize = 100_000 })
        let header = try client.initiateUpgradeConnection()
        let server = H2Connection(
            H2Configuration.server.with { $0.connectionWindowSize = 90_000 })
        try server.initiateUpgradeConnection(settingsHeader: header)
        _ = try server.receiveData(client.dataToSend())
        _ = try client.receiveData(server.dataToSend())
        #expect(server.outboundFlowControlWindow == 100_000)
        #expect(client.outboundFlowControlWindow == 90_000)
    }
}
