// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Frames that the peer sends before it reads the local GOAWAY are valid: after `closeConnection`,
/// H2 ignores them.
@Suite struct AfterClosingTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    @Test(
        "after closeConnection, valid frames cause neither an event nor an error", arguments: roles)
    func dropped(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role), policies: .asConfigured)
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        }
        try peer.connection.closeConnection()
        peer.sent()
        let section = role == .client ? H2Headers.sampleResponse : .sampleRequest
        let frames =
            FrameBuilder.headers(role == .client ? 1 : 3, block: section.block)
            + FrameBuilder.data(1, [1, 2, 3]) + FrameBuilder.ping(1) + FrameBuilder.settings()
            + FrameBuilder.settingsAck() + FrameBuilder.windowUpdate(0, increment: 9)
            + FrameBuilder.rstStream(1) + FrameBuilder.goAway() + FrameBuilder.priority(1)
        #expect(try peer.receive(frames) == [])
        #expect(peer.sent() == [])
        #expect(peer.connection.connectionState == .closed)
    }

    @Test("closeConnection drops an incomplete frame, and no later one is stored", arguments: roles)
    func cutFrame(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role), policies: .asConfigured)
        try peer.receive(Array(FrameBuilder.ping(1).dropLast()))
        try peer.connection.closeConnection()
        #expect(try peer.receive([0]) == [])
        #expect(try peer.receive([UInt8](repeating: 0xff, count: 100_000)) == [])
        #expect(peer.connection.memory.input < 1_024)
    }
}
