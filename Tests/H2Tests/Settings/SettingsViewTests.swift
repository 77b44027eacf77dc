// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Noticing that settings changed: `H2SettingsView.hasUpdate(since:)`, jh2's `has_update`.
@Suite struct SettingsViewTests {
    @Test("without an earlier view there is an update, and with the same one there is none")
    func first() throws {
        let connection = H2Connection(.client)
        for _ in 0..<2 {
            #expect(connection.localSettings.hasUpdate(since: nil))
            #expect(connection.remoteSettings.hasUpdate(since: nil))
            #expect(!connection.localSettings.hasUpdate(since: connection.localSettings))
            #expect(!connection.remoteSettings.hasUpdate(since: connection.remoteSettings))
        }
    }

    @Test("what the peer announces is an update until the caller looks again")
    func remote() throws {
        let peer = try Peer(.client)
        var known = peer.connection.remoteSettings
        try peer.receive(FrameBuilder.settings([(0x3, 7)]) + FrameBuilder.settingsAck())
        for _ in 0..<2 { #expect(peer.connection.remoteSettings.hasUpdate(since: known)) }
        known = peer.connection.remoteSettings
        #expect(known.maxConcurrentStreams == 7)
        // The values are what counts: these are known.
        try peer.receive(FrameBuilder.settings([(0x3, 7)]) + FrameBuilder.settings())
        #expect(!peer.connection.remoteSettings.hasUpdate(since: known))
        try peer.receive(FrameBuilder.settings([(0xf0f0, 0)]))
        #expect(peer.connection.remoteSettings.hasUpdate(since: known))
        #expect(!peer.connection.localSettings.hasUpdate(since: peer.connection.localSettings))
    }

    @Test("what is announced is an update, and so is its acknowledgement")
    func local() throws {
        let peer = try Peer(.server)
        var known = peer.connection.localSettings
        try peer.connection.updateSettings([.initialWindowSize: 1_000])
        #expect(peer.connection.localSettings.hasUpdate(since: known))
        #expect(!peer.connection.remoteSettings.hasUpdate(since: peer.connection.remoteSettings))
        known = peer.connection.localSettings
        #expect(known.initialWindowSize == 65_535)
        try peer.receive(FrameBuilder.settingsAck())
        #expect(peer.connection.localSettings.hasUpdate(since: known))
        #expect(peer.connection.localSettings.initialWindowSize == 1_000)
    }
}
