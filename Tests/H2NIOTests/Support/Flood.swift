// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2TestSupport
import Testing

/// A flood of frames that ends the connection.
struct Flood: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var opening: [UInt8] = []
    /// The expected error code of GOAWAY. The default is ENHANCE_YOUR_CALM.
    var code: UInt32 = 0xb
    var step: @Sendable (UInt32) -> [UInt8]

    /// Floods that a client sends.
    static let onServers: [Flood] = [
        Flood(testDescription: "rapid reset") {
            FrameBuilder.get(2 * $0 + 1) + FrameBuilder.rstStream(2 * $0 + 1, code: 8)
        },
        Flood(testDescription: "malformed requests that provoke resets") {
            FrameBuilder.headers(2 * $0 + 1, block: [0x82], endStream: true)
        },
        Flood(
            testDescription: "continuation flood",
            opening: FrameBuilder.headers(1, block: FrameBuilder.getBlock, endHeaders: false)
        ) { _ in FrameBuilder.continuation(1, block: [0x90], endHeaders: false) },
        Flood(
            testDescription: "empty continuation flood",
            opening: FrameBuilder.headers(1, block: [], endHeaders: false)
        ) { _ in FrameBuilder.continuation(1, block: [], endHeaders: false) },
        Flood(
            testDescription: "long continuation flood",
            opening: FrameBuilder.headers(1, block: FrameBuilder.getBlock, endHeaders: false)
        ) { _ in
            FrameBuilder.continuation(
                1, block: [UInt8](repeating: 0x90, count: 16_384), endHeaders: false)
        },
        Flood(testDescription: "ping flood") { FrameBuilder.ping(UInt64($0)) },
        Flood(testDescription: "settings flood") { _ in FrameBuilder.settings() },
        Flood(testDescription: "settings flood that changes the window") {
            FrameBuilder.settings([(0x4, $0 % 2)])
        },
        Flood(testDescription: "empty DATA", opening: FrameBuilder.post(1)) { _ in
            FrameBuilder.data(1)
        },
        Flood(testDescription: "DATA of padding only", opening: FrameBuilder.post(1)) { _ in
            FrameBuilder.data(1, [], padLength: 0)
        },
        Flood(testDescription: "window update flood", opening: FrameBuilder.post(1)) { _ in
            FrameBuilder.windowUpdate(1, increment: 1)
        },
        Flood(testDescription: "priority flood") {
            FrameBuilder.priority(2 * $0 + 1, dependsOn: 0)
        },
        Flood(testDescription: "unknown frames") {
            FrameBuilder.raw(type: 0xbe, stream: $0)
        },
    ]

    /// Small budgets, which unoptimized code exhausts quickly.
    static let serverConfiguration: H2Configuration = {
        var configuration = H2Configuration(.server)
        let allowance = H2Limits.Budget(1_000, perSecond: 1)
        configuration.limits.peerResets = allowance
        configuration.limits.provokedResets = allowance
        configuration.limits.controlFrames = allowance
        configuration.limits.windowUpdates = allowance
        configuration.limits.emptyData = allowance
        configuration.limits.smallData = allowance
        configuration.limits.peerOutput = 20_000
        return configuration
    }()
}
#endif
