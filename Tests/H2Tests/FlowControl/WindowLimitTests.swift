// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Random windows in both directions, up to their limits.
@Suite struct WindowLimitTests {
    static let seeds: [Range<UInt64>] = [0..<150, 150..<300]
    static let roles: [H2Configuration.Role] = [.client, .server]

    /// A connection with three streams that are open in both directions.
    private func peer(_ role: H2Configuration.Role) throws -> Peer {
        let peer = try Peer(H2Configuration(role))
        for id: UInt32 in [1, 3, 5] {
            if role == .client {
                try peer.connection.sendHeaders(.samplePost, on: H2StreamID(id))
                try peer.receive(FrameBuilder.headers(id, block: H2Headers.sampleResponse.block))
            } else {
                try peer.receive(FrameBuilder.headers(id, block: H2Headers.samplePost.block))
                try peer.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
            }
        }
        return peer
    }

    /// Returns a number near 0, 2^30 or 2^31-1.
    private func extreme(_ generator: inout SplitMix) -> Int {
        let near = Int.random(in: 0...70_000, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return 0x7fff_ffff - near
        case 1: return 0x3fff_ffff + near
        default: return near
        }
    }

    @Test(
        "§6.9.1: windows grow up to 2^31-1; a call that would exceed it is refused",
        arguments: roles, seeds)
    func receiving(role: H2Configuration.Role, seeds: Range<UInt64>) throws {
        var refusals = 0
        for seed in seeds {
            var generator = SplitMix(seed: seed)
            let peer = try peer(role)
            for _ in 0..<40 {
                let id = [0, 1, 3, 5].randomElement(using: &generator) ?? 0
                let amount = extreme(&generator)
                do throws(H2Error) {
                    switch Int.random(in: 0..<5, using: &generator) {
                    case 0:
                        try peer.connection.incrementFlowControlWindow(
                            by: max(1, amount), on: H2StreamID(UInt32(id)))
                    case 1:
                        try peer.connection.updateSettings([.initialWindowSize: UInt32(amount)])
                    case 2:
                        try peer.receive(FrameBuilder.settingsAck())
                    case 3 where id != 0:
                        let stream = H2StreamID(UInt32(id))
                        let window = try peer.connection.remoteFlowControlWindow(on: stream)
                        guard window > 0 else { continue }
                        let count = min(window, amount, 16_384)
                        try peer.receive(
                            FrameBuilder.data(
                                UInt32(id), [UInt8](repeating: 0, count: count)))
                    default:
                        guard id != 0 else { continue }
                        try peer.connection.acknowledgeReceivedData(
                            amount, on: H2StreamID(UInt32(id)))
                    }
                } catch {
                    // The peer sends no invalid frame here.
                    #expect(error.facts.origin == .local && error.kind == .flowControl, "\(seed)")
                    guard error.kind == .flowControl, error.origin == .local else { return }
                    refusals += 1
                }
                let windows = try [1, 3, 5].map {
                    try peer.connection.remoteFlowControlWindow(on: $0)
                }
                let all = windows + [peer.connection.inboundFlowControlWindow]
                #expect(all.allSatisfy { $0 <= 0x7fff_ffff }, "\(seed)")
                _ = peer.sent()
            }
        }
        #expect(refusals > 100)
    }

    @Test(
        "§6.9: the send window is SETTINGS plus WINDOW_UPDATE, less the DATA sent",
        arguments: roles, seeds)
    func sending(role: H2Configuration.Role, seeds: Range<UInt64>) throws {
        for seed in seeds {
            var generator = SplitMix(seed: seed)
            let peer = try peer(role)
            var connection = 65_535
            var initial = 65_535
            var windows: [UInt32: Int] = [1: 65_535, 3: 65_535, 5: 65_535]
            _ = peer.sent()
            for _ in 0..<60 {
                let ids = windows.keys.sorted()
                guard let id = ids.randomElement(using: &generator), let window = windows[id] else {
                    break
                }
                switch Int.random(in: 0..<8, using: &generator) {
                case 0:
                    let size = extreme(&generator)
                    let delta = size - initial
                    guard windows.values.allSatisfy({ $0 + delta <= 0x7fff_ffff }) else { continue }
                    try peer.receive(FrameBuilder.settings([(0x4, UInt32(size))]))
                    for id in ids { windows[id, default: 0] += delta }
                    initial = size
                case 1:
                    let increment = max(1, extreme(&generator))
                    guard connection + increment <= 0x7fff_ffff else { continue }
                    try peer.receive(FrameBuilder.windowUpdate(0, increment: UInt32(increment)))
                    connection += increment
                case 2:
                    let increment = max(1, extreme(&generator))
                    try peer.receive(FrameBuilder.windowUpdate(id, increment: UInt32(increment)))
                    windows[id] =
                        window + increment <= 0x7fff_ffff ? window + increment : nil
                    if windows[id] == nil {
                        #expect(peer.sent().last?.errorCode == 0x3, "\(seed)")
                    }
                default:
                    let room = min(connection, window, 16_384)
                    let length = Int.random(in: 0...20_000, using: &generator)
                    let data = [UInt8](repeating: 0, count: length)
                    let error = failure { () throws(H2Error) in
                        try peer.connection.sendData(data, on: H2StreamID(id))
                    }
                    #expect((error == nil) == (length == 0 || length <= room), "\(seed)")
                    guard error == nil else { continue }
                    connection -= length
                    windows[id] = window - length
                    #expect(peer.sent().last?.payload.count == length)
                }
                #expect(peer.connection.outboundFlowControlWindow == connection, "\(seed)")
                for (id, window) in windows {
                    let seen = try peer.connection.localFlowControlWindow(on: H2StreamID(id))
                    #expect(seen == min(connection, window), "\(seed)")
                }
            }
        }
    }
}
