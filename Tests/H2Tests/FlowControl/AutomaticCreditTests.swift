// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// When automatic flow control gives credit, frame by frame.
@Suite struct AutomaticCreditTests {
    private func server(
        streamWindow: Int = 65_535, maxUnacknowledged: Int = 64 << 20, onArrival: Bool = false,
        _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> Peer {
        let sizes = H2FlowControl.Automatic(
            streamWindow: streamWindow, connectionWindow: 65_535,
            maxUnacknowledged: maxUnacknowledged, creditsStreamsOnArrival: onArrival)
        return try Peer(
            H2Configuration.server.with {
                $0.flowControl = .automatic(sizes)
                change(&$0)
            }, cut: .whole, policies: .asConfigured)
    }

    private func update(_ id: UInt32, _ increment: UInt32) -> [UInt8] {
        FrameBuilder.windowUpdate(id, increment: increment)
    }

    // MARK: The first windows

    @Test("the first windows are announced", arguments: [H2Configuration.Role.client, .server])
    func announced(role: H2Configuration.Role) throws {
        let sizes = H2FlowControl.Automatic(streamWindow: 100_000, connectionWindow: 300_000)
        var configuration = H2Configuration(role)
        configuration.flowControl = .automatic(sizes)
        let peer = try Peer(configuration)
        let settings = peer.handshakeFrames.first?.settings ?? []
        #expect(settings.contains(WireFrame.Setting(4, 100_000)))
        #expect(peer.handshakeFrames.dropFirst().first?.bytes == update(0, 300_000 - 65_535))
        #expect(peer.connection.localSettings[.initialWindowSize] == 100_000)
        #expect(peer.connection.inboundFlowControlWindow == 300_000)
    }

    @Test("initialSettings and a larger connectionWindowSize take precedence")
    func configured() throws {
        let peer = try server(streamWindow: 100_000) {
            $0.initialSettings = [.initialWindowSize: 7]
            $0.connectionWindowSize = 500_000
        }
        #expect(peer.connection.localSettings[.initialWindowSize] == 7)
        #expect(peer.connection.inboundFlowControlWindow == 500_000)
    }

    /// Sizes that are out of range, by one where possible.
    private static let badSizes: [H2FlowControl.Automatic] = [
        .init(streamWindow: -1), .init(streamWindow: 10, maxStreamWindow: 9),
        .init(maxStreamWindow: (1 << 30) + 1), .init(connectionWindow: 65_534),
        .init(connectionWindow: 70_000, maxConnectionWindow: 69_999),
        .init(maxConnectionWindow: (1 << 30) + 1), .init(maxUnacknowledged: -1),
        .init(streamWindow: .max, maxStreamWindow: .max), .init(connectionWindow: .min),
    ]

    @Test("sizes out of range throw, and nothing is sent", arguments: badSizes)
    func outOfRange(sizes: H2FlowControl.Automatic) {
        for role in [H2Configuration.Role.client, .server] {
            let connection = H2Connection(
                H2Configuration(role).with { $0.flowControl = .automatic(sizes) })
            let error = failure { () throws(H2Error) in try connection.initiateConnection() }
            #expect(error?.facts == .local(.invalidSettingsValue, .flowControlError))
            let upgrade = failure { () throws(H2Error) in
                if role == .client {
                    _ = try connection.initiateUpgradeConnection()
                } else {
                    try connection.initiateUpgradeConnection(settingsHeader: "")
                }
            }
            #expect(upgrade?.kind == .invalidSettingsValue)
            #expect(!connection.hasDataToSend)
        }
    }

    @Test(
        "the smallest and the largest sizes are allowed",
        arguments: [
            H2FlowControl.Automatic(
                streamWindow: 0, maxStreamWindow: 0, connectionWindow: 65_535,
                maxConnectionWindow: 65_535, maxUnacknowledged: 0),
            H2FlowControl.Automatic(
                streamWindow: 1 << 30, maxStreamWindow: 1 << 30, connectionWindow: 1 << 30,
                maxConnectionWindow: 1 << 30, maxUnacknowledged: .max),
        ])
    func bounds(sizes: H2FlowControl.Automatic) throws {
        let peer = try Peer(
            H2Configuration.server.with { $0.flowControl = .automatic(sizes) })
        #expect(peer.connection.inboundFlowControlWindow == sizes.connectionWindow)
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.data(1, [], padLength: nil))
        if sizes.streamWindow > 0 {
            for _ in 0..<5 { try peer.receive(FrameBuilder.data(1, [1])) }
        }
    }

    // MARK: Credit

    @Test("the connection is credited on arrival, in quarters; the stream when acknowledged")
    func arrival() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1))
        try peer.receive(FrameBuilder.zeros(1, 16_382))
        #expect(peer.sent() == [])
        // 65,535 / 4 = 16,383, padding included.
        try peer.receive(FrameBuilder.data(1, padLength: 0))
        #expect(peer.sent().map(\.bytes) == [update(0, 16_383)])
        try peer.connection.acknowledgeReceivedData(16_383, on: 1)
        #expect(peer.sent().map(\.bytes) == [update(1, 16_383)])
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 65_535)
    }

    @Test("an unread stream leaves the connection's window open for others")
    func unread() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        for size in [16_384, 16_384, 16_384, 16_383] {
            try peer.receive(FrameBuilder.zeros(1, size))
        }
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 0)
        #expect(try peer.connection.remoteFlowControlWindow(on: 3) >= 65_535 * 3 / 4)
    }

    @Test("above maxUnacknowledged, credit of the connection waits for acknowledgements")
    func withheld() throws {
        let peer = try server(streamWindow: 1 << 20, maxUnacknowledged: 20_000)
        try peer.receive(FrameBuilder.post(1))
        try peer.receive(FrameBuilder.zeros(1, 16_384))
        #expect(peer.sent().map(\.bytes) == [update(0, 16_384)])
        for _ in 0..<3 { try peer.receive(FrameBuilder.zeros(1, 16_384)) }
        // 45,536 bytes of 65,536 are withheld, and 3,616 await more credit.
        #expect(peer.sent() == [])
        #expect(peer.connection.inboundFlowControlWindow == 65_535 - 3 * 16_384)
        try peer.receive(FrameBuilder.zeros(1, 16_383))
        // The window was used up, so any credit above 1,024 bytes was due.
        #expect(peer.sent().map(\.bytes) == [update(0, 3_616)])
        #expect(peer.connection.inboundFlowControlWindow == 3_616)
        try peer.connection.acknowledgeReceivedData(16_382, on: 1)
        #expect(peer.sent() == [])
        try peer.connection.acknowledgeReceivedData(1, on: 1)
        #expect(peer.sent().map(\.bytes) == [update(0, 16_383)])
        try peer.connection.acknowledgeReceivedData(100_000, on: 1)
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
    }

    @Test("with maxUnacknowledged 0, the connection is credited only when acknowledged")
    func nothingUnacknowledged() throws {
        let peer = try server(maxUnacknowledged: 0)
        try peer.receive(FrameBuilder.post(1))
        for size in [16_384, 16_384, 16_384, 16_383] {
            try peer.receive(FrameBuilder.zeros(1, size))
        }
        #expect(peer.sent() == [])
        try peer.connection.acknowledgeReceivedData(65_535, on: 1)
        #expect(peer.sent().map(\.bytes) == [update(0, 65_535), update(1, 65_535)])
    }

    @Test("streams can be credited on arrival, too")
    func onArrival() throws {
        let peer = try server(onArrival: true)
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.zeros(1, 16_384))
        #expect(peer.sent().map(\.bytes) == [update(0, 16_384), update(1, 16_384)])
        try peer.connection.acknowledgeReceivedData(16_384, on: 1)
        #expect(peer.sent() == [])
    }

    @Test("§5.1: DATA that ends a stream is not credited on arrival, as the stream is closed then")
    func onArrivalOfEnd() throws {
        let client = try Peer(
            H2Configuration.client.with {
                $0.flowControl = .automatic(.init(creditsStreamsOnArrival: true))
            })
        try client.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        client.sent()
        try client.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block)
                + FrameBuilder.zeros(1, 16_384) + FrameBuilder.zeros(1, 16_384, endStream: true))
        #expect(client.sent().map(\.bytes) == [update(1, 16_384)])
        try client.connection.acknowledgeReceivedData(32_768, on: 1)
        #expect(client.connection.openOutboundStreams == 0)
        #expect(client.sent() == [])
    }

    @Test("only maxUnacknowledged bounds a slow reader whose streams are credited on arrival")
    func onArrivalWithheld() throws {
        let peer = try server(maxUnacknowledged: 100_000, onArrival: true)
        try peer.receive(FrameBuilder.post(1))
        var count = 0
        while true {
            let size = min(16_384, try peer.connection.remoteFlowControlWindow(on: 1))
            guard size > 0 else { break }
            try peer.receive(FrameBuilder.zeros(1, size))
            peer.sent()
            count += size
        }
        #expect(count == 165_535)
        let error = peer.receiveResult(FrameBuilder.data(1, [0])).error
        #expect(error?.facts.kind == .flowControl)
    }

    @Test("acknowledging on a closed stream credits the connection, once")
    func closedStream() throws {
        let peer = try server(maxUnacknowledged: 0)
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.zeros(1, 16_384))
        try peer.connection.resetStream(1)
        // Late DATA is credited without an acknowledgement.
        try peer.receive(FrameBuilder.zeros(1, 16_383))
        #expect(
            peer.sent().map(\.bytes) == [FrameBuilder.rstStream(1), update(0, 16_383)])
        try peer.connection.acknowledgeReceivedData(10_000, on: 1)
        try peer.connection.acknowledgeReceivedData(10_000, on: 1)
        #expect(peer.sent().map(\.bytes) == [update(0, 16_384)])
        try peer.connection.acknowledgeReceivedData(100_000, on: 1)
        #expect(peer.sent() == [])
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
    }

    @Test("acknowledging too much on one stream never opens a window beyond its size")
    func tooMuch() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        try peer.receive(FrameBuilder.zeros(1, 16_384) + FrameBuilder.zeros(3, 16_384))
        try peer.connection.acknowledgeReceivedData(.max, on: 1)
        try peer.connection.acknowledgeReceivedData(16_384, on: 3)
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
        #expect(try peer.connection.remoteFlowControlWindow(on: 3) == 65_535)
    }

    @Test("credit that is due after INITIAL_WINDOW_SIZE was lowered is given, so no stream stalls")
    func loweredWindow() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.post(1) + FrameBuilder.post(3))
        try peer.receive(FrameBuilder.zeros(1, 10_000))
        // Less than a quarter of the window, and all data that can be acknowledged.
        try peer.connection.acknowledgeReceivedData(10_000, on: 1)
        try peer.connection.updateSettings([.initialWindowSize: 5_000])
        peer.sent()
        try peer.receive(FrameBuilder.settingsAck())
        #expect(peer.sent().map(\.bytes) == [update(1, 10_000)])
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 5_000)
    }

    @Test("messages of 5 bytes can use all windows before the program acknowledges any")
    func smallMessages() throws {
        let sizes = H2FlowControl.Automatic(
            streamWindow: 20_000, connectionWindow: 65_535, maxConnectionWindow: 65_535,
            maxUnacknowledged: 1 << 20)
        let peer = try Peer(
            H2Configuration.server.with {
                $0.flowControl = .automatic(sizes)
                $0.limits.smallData.perSecond = 0
            }, cut: .whole)
        let message = FrameBuilder.data(1, [1, 2, 3, 4, 5])
        for id in Attacker.streams(10) {
            try peer.receive(FrameBuilder.post(id))
            var frame = message
            frame[8] = UInt8(id)
            for _ in 0..<4 {
                try peer.receive((0..<1_000).flatMap { _ in frame })
            }
        }
        #expect(peer.connection.openInboundStreams == 10)
    }
}
