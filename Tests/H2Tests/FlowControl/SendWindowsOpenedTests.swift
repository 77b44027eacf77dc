// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `.sendWindowsOpened` lists the streams on which a larger INITIAL_WINDOW_SIZE allows DATA again.
@Suite struct SendWindowsOpenedTests {
    private static func size(_ value: UInt32) -> [UInt8] { FrameBuilder.settings([(4, value)]) }

    /// Returns the streams of each `.sendWindowsOpened`.
    private func opened(_ events: [H2Event]) -> [[H2StreamID]] {
        events.compactMap { event in
            if case .sendWindowsOpened(let opened) = event { opened.streamIDs } else { nil }
        }
    }

    /// Uses up the window of a stream, and then enlarges the window of the connection again.
    private func use(_ count: Int, on id: H2StreamID, _ peer: Peer) throws {
        var left = count
        while left > 0 {
            let piece = min(left, 16_384)
            try peer.connection.sendData([UInt8](repeating: 0, count: piece), on: id)
            left -= piece
        }
        try peer.receive(FrameBuilder.windowUpdate(0, increment: UInt32(count)))
        peer.sent()
    }

    @Test("only streams whose windows were used up are listed, in order")
    func blocked() throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try Peer.reporting(role)
            try peer.open(1, 3, 5, 7, 9)
            if role == .server {
                for id in [1, 3, 5, 7] as [H2StreamID] {
                    try peer.connection.sendHeaders(.sampleResponse, on: id)
                }
            }
            try use(65_535, on: 7, peer)
            try use(65_535, on: 3, peer)
            try use(65_534, on: 1, peer)
            let events = try peer.receive(Self.size(65_536))
            #expect(events.count == 2)
            guard case .remoteSettingsChanged = events.first else {
                Issue.record("no .remoteSettingsChanged")
                continue
            }
            #expect(opened(events) == [[3, 7]])
            #expect(peer.connection.sendableByteCount(on: 7) == 1)
            // Now they are open.
            #expect(try opened(peer.receive(Self.size(65_537))) == [])
        }
    }

    @Test("a negative window is listed only once it is positive")
    func negative() throws {
        let peer = try Peer.reporting(.client)
        try peer.open(1, 3)
        try use(1_000, on: 1, peer)
        #expect(try opened(peer.receive(Self.size(0))) == [])
        #expect(try peer.connection.localFlowControlWindow(on: 1) == -1_000)
        #expect(try opened(peer.receive(Self.size(1))) == [[3]])
        #expect(try opened(peer.receive(Self.size(1_000))) == [])
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0)
        #expect(try opened(peer.receive(Self.size(1_001))) == [[1]])
        #expect(try opened(peer.receive(Self.size(1_001))) == [])
    }

    @Test("several values in one frame count as the last one")
    func severalValues() throws {
        let peer = try Peer.reporting(.client)
        try peer.open(1)
        let values: [(entries: [(UInt16, UInt32)], expected: [[H2StreamID]])] = [
            ([(4, 0), (4, 70_000)], []), ([(4, 70_000), (4, 0)], []), ([(4, 9), (4, 0)], []),
            ([(3, 7)], []), ([(4, 0), (4, 1)], [[1]]),
        ]
        for (entries, expected) in values {
            #expect(try opened(peer.receive(FrameBuilder.settings(entries))) == expected)
        }
        // Two frames.
        #expect(try opened(peer.receive(Self.size(0) + Self.size(5) + Self.size(6))) == [[1]])
    }

    @Test("a stream that this side ended, or cannot send on, is not listed")
    func ended() throws {
        let client = try Peer.reporting(.client)
        try client.open(1, 3, 5)
        try client.open(7, endStream: true)
        try client.reserve()
        try client.receive(
            FrameBuilder.pushPromise(3, promised: 4, block: H2Headers.sampleRequest.block)
                + FrameBuilder.headers(4, block: H2Headers.sampleResponse.block))
        try client.connection.endStream(3)
        try client.connection.resetStream(5, errorCode: .cancel)
        _ = client.connection.takeEvents()
        #expect(try opened(client.receive(Self.size(0) + Self.size(1))) == [[1]])

        let server = try Peer.reporting(.server)
        try server.open(1, endStream: true)
        try server.open(3, 5)
        try server.reserve()
        try server.connection.sendHeaders(.sampleResponse, on: 5, endStream: true)
        // A response that has not begun can begin, then continue.
        #expect(try opened(server.receive(Self.size(0) + Self.size(1))) == [[1, 2, 3]])
    }

    @Test("a half-closed (remote) stream is listed: its request continues")
    func halfClosedRemote() throws {
        let client = try Peer.reporting(.client)
        try client.open(1)
        try client.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block, endStream: true))
        #expect(try opened(client.receive(Self.size(0) + Self.size(1))) == [[1]])
    }

    @Test("the first SETTINGS of a server can open windows, too")
    func firstSettings() throws {
        var configuration = H2Configuration.client
        configuration.reportsStreamOutcomes = true
        let client = H2Connection(configuration)
        try client.initiateConnection()
        try client.sendHeaders(.samplePost, on: 1)
        for _ in 0..<4 {
            let count = client.sendableByteCount(on: 1)
            try client.sendData([UInt8](repeating: 0, count: count), on: 1)
        }
        #expect(client.sendableByteCount(on: 1) == 0)
        #expect(opened(try client.receiveData(Self.size(100_000))) == [[1]])
    }

    @Test("WINDOW_UPDATE is reported as before, and a window that it opened is not reported again")
    func windowUpdate() throws {
        let peer = try Peer.reporting(.client)
        try peer.open(1, 3)
        try peer.receive(Self.size(0))
        let update = try peer.receive(FrameBuilder.windowUpdate(1, increment: 4))
        #expect(update == [.windowUpdated(.init(streamID: 1, delta: 4))])
        #expect(try opened(peer.receive(Self.size(1))) == [[3]])
    }

    @Test("an INITIAL_WINDOW_SIZE that overflows a window reports none, and cuts off the streams")
    func overflow() throws {
        let peer = try Peer.reporting(.client)
        try peer.open(1, 3)
        try peer.receive(Self.size(0) + FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff))
        let result = peer.receiveResult(Self.size(1))
        #expect(result.error?.errorCode == .flowControlError)
        #expect(result.events == .closed(.cutOff, 1, 3))
    }

    @Test("without reportsStreamOutcomes, there is no such event")
    func off() throws {
        let peer = try Peer.reporting(.client) { $0.reportsStreamOutcomes = false }
        try peer.open(1)
        #expect(try peer.receive(Self.size(0) + Self.size(1)).count == 2)
    }
}
