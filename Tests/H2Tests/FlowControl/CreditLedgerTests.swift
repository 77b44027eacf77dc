// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// No byte that a peer sends is credited twice, and none is lost.
@Suite struct CreditLedgerTests {
    /// The parameters of a set of conversations.
    struct Variant: Sendable, CustomTestStringConvertible {
        var role: H2Configuration.Role
        var enlargesWindows: Bool
        var seeds: Range<UInt64>

        var testDescription: String {
            "\(role)\(enlargesWindows ? ", enlarging windows" : ""), seeds \(seeds)"
        }
    }

    static let variants: [Variant] = [H2Configuration.Role.client, .server].flatMap { role in
        [false, true].flatMap { enlargesWindows in
            (0..<2).map { part in
                Variant(
                    role: role, enlargesWindows: enlargesWindows,
                    seeds: UInt64(part) * 300..<UInt64(part + 1) * 300)
            }
        }
    }

    @Test(
        "§6.9: sent = credited + held + uncredited after each step of 2,400 conversations",
        arguments: variants)
    func ledger(variant: Variant) throws {
        var counts: [String: Int] = [:]
        for seed in variant.seeds {
            let conversation = try CreditConversation(
                variant.role, seed: seed, enlargesWindows: variant.enlargesWindows,
                cut: seed % 16 == 0 ? .random(seed: seed) : .whole)
            for step in 0..<60 {
                let found = try conversation.step()
                guard found.isEmpty else {
                    Issue.record("seed \(seed), step \(step): \(found.joined(separator: "\n"))")
                    return
                }
            }
            counts.merge(conversation.counts, uniquingKeysWith: +)
        }
        // Each of these must occur often enough for the test to be meaningful.
        var needed = [
            "WINDOW_UPDATE", "padded DATA", "plain DATA", "ignored DATA", "DATA too late", "resets",
            "full windows", "negative windows", "acknowledged", "acknowledged too much", "shrunk",
            "grown", "streams",
        ]
        if variant.enlargesWindows { needed.append("opened explicitly") }
        for name in needed { #expect(counts[name, default: 0] >= 50, "\(name)") }
    }
    /// Returns a server with a request on stream 1.
    private func serverWithStream() throws -> Peer {
        let peer = try Peer(.unlimited(.server))
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        return peer
    }

    /// Returns the increments that were sent for a stream, or for the connection.
    private func increments(_ frames: [WireFrame], _ stream: UInt32) -> [UInt32] {
        frames.filter { $0.streamID == stream }.compactMap(\.windowIncrement)
    }

    @Test("padding is credited when it is acknowledged, not before")
    func paddingAlone() throws {
        let peer = try serverWithStream()
        let frame = FrameBuilder.data(1, padLength: 255)
        for _ in 0..<140 { try peer.receive(frame) }
        // nghttp2 alone would credit the padding at half a window.
        #expect(peer.sent().isEmpty)
        #expect(peer.connection.state.flow.receive.held == 140 * 256)

        try peer.connection.acknowledgeReceivedData(140 * 256, on: 1)
        let asked = peer.sent()
        #expect(increments(asked, 0) == [140 * 256] && increments(asked, 1) == [140 * 256])
        #expect(asked.count == 2)
        try peer.connection.acknowledgeReceivedData(140 * 256, on: 1)
        #expect(peer.sent().isEmpty)
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 65_535)
    }

    @Test("padding that is acknowledged immediately is credited exactly once")
    func paddingAcknowledgedAtOnce() throws {
        let peer = try serverWithStream()
        var credited: [UInt32: Int] = [:]
        for index in 1...1_000 {
            try peer.receive(FrameBuilder.data(1, padLength: 255))
            try peer.connection.acknowledgeReceivedData(256, on: 1)
            for frame in peer.sent() {
                credited[frame.streamID, default: 0] += Int(frame.windowIncrement ?? 0)
            }
            let window = peer.connection.state.flow.receive
            #expect(window.held == 0)
            #expect(credited[0, default: 0] + window.uncredited == index * 256)
            #expect(credited[1, default: 0] == credited[0, default: 0])
        }
        #expect(credited[0, default: 0] >= 256_000 - 32_768)
    }

    @Test("§6.9.2: padding is credited once if the window becomes smaller")
    func shrinking() throws {
        let peer = try serverWithStream()
        try peer.receive(FrameBuilder.data(1, padLength: 255))
        try peer.connection.updateSettings([.initialWindowSize: 500])
        #expect(peer.sent().count == 1)
        let events = try peer.receive(FrameBuilder.settingsAck())
        #expect(
            events == [
                .settingsAcknowledged(
                    .init(changes: [.init(.initialWindowSize, from: 65_535, to: 500)]))
            ])
        #expect(peer.sent().isEmpty)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 500 - 256)
        try peer.connection.acknowledgeReceivedData(256, on: 1)
        #expect(increments(peer.sent(), 1) == [256])
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 500)
    }

    @Test("DATA on a closed stream is credited to the connection without acknowledgement")
    func ignoredData() throws {
        let peer = try serverWithStream()
        try peer.connection.resetStream(1)
        _ = peer.sent()
        let frame = FrameBuilder.data(1, [UInt8](repeating: 0, count: 13_500))
        // As in h2's `test_send_update_on_closed_streams`.
        for _ in 0..<3 { #expect(try peer.receive(frame) == []) }
        let frames = peer.sent()
        #expect(increments(frames, 0) == [40_500] && frames.count == 1)
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
        #expect(peer.connection.state.flow.receive.uncredited == 0)
    }

    @Test("bytes of a reset stream are credited when they are acknowledged")
    func resetStream() throws {
        for isRemote in [false, true] {
            let peer = try serverWithStream()
            for _ in 0..<3 {
                try peer.receive(FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_000)))
            }
            if isRemote {
                try peer.receive(FrameBuilder.rstStream(1, code: 8))
            } else {
                try peer.connection.resetStream(1)
            }
            _ = peer.sent()
            #expect(peer.connection.state.flow.receive.held == 48_000)
            try peer.connection.acknowledgeReceivedData(48_000, on: 1)
            let frames = peer.sent()
            #expect(increments(frames, 0) == [48_000] && frames.count == 1)
        }
    }
}
