// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Detecting changed settings: `H2SettingsView.hasUpdate(since:)`, jh2's `has_update`.
@Suite struct SettingsViewTests {
    @Test("hasUpdate is true without an earlier view, and false with the same view")
    func first() throws {
        let connection = H2Connection(.client)
        for _ in 0..<2 {
            #expect(connection.localSettings.hasUpdate(since: nil))
            #expect(connection.remoteSettings.hasUpdate(since: nil))
            #expect(!connection.localSettings.hasUpdate(since: connection.localSettings))
            #expect(!connection.remoteSettings.hasUpdate(since: connection.remoteSettings))
        }
    }

    @Test("settings of the peer are an update until the caller reads a new view")
    func remote() throws {
        let peer = try Peer(.client)
        var known = peer.connection.remoteSettings
        try peer.receive(FrameBuilder.settings([(0x3, 7)]) + FrameBuilder.settingsAck())
        for _ in 0..<2 { #expect(peer.connection.remoteSettings.hasUpdate(since: known)) }
        known = peer.connection.remoteSettings
        #expect(known.maxConcurrentStreams == 7)
        // Only values count, and these are unchanged.
        try peer.receive(FrameBuilder.settings([(0x3, 7)]) + FrameBuilder.settings())
        #expect(!peer.connection.remoteSettings.hasUpdate(since: known))
        try peer.receive(FrameBuilder.settings([(0xf0f0, 0)]))
        #expect(peer.connection.remoteSettings.hasUpdate(since: known))
        #expect(!peer.connection.localSettings.hasUpdate(since: peer.connection.localSettings))
    }

    @Test("announced settings are an update, and so is their acknowledgement")
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
