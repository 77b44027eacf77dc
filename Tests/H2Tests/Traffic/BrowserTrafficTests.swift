// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// What browsers send at the start of a connection and with their requests, with the default
/// limits.
@Suite struct BrowserTrafficTests {
    private static let get = H2Headers.sampleRequest.block

    /// The beginning of a connection, after the preface.
    struct Browser: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let settings: [(UInt16, UInt32)]
        let start: [UInt8]
        /// Returns the bytes that follow each request.
        let extra: @Sendable (UInt32) -> [UInt8]
    }

    static let browsers = [
        Browser(
            testDescription: "Chromium, with a setting and a frame of unknown type",
            settings: [
                (0x1, 65_536), (0x2, 0), (0x4, 6_291_456), (0x6, 262_144), (0x5a5a, 0x1234_5678),
            ],
            start: FrameBuilder.windowUpdate(0, increment: 15_663_105),
            extra: { id in
                // PRIORITY_UPDATE, RFC 9218, and a frame of unknown type.
                FrameBuilder.raw(
                    type: 0x10,
                    payload: [0, 0, UInt8(truncatingIfNeeded: id >> 8), UInt8(id & 0xff)]
                        + Array("u=1, i".utf8))
                    + FrameBuilder.raw(type: 0xba, flags: 0x3a, stream: id, payload: [1, 2, 3])
            }),
        Browser(
            testDescription: "an old Firefox, with its priority tree",
            settings: [(0x1, 65_536), (0x4, 131_072), (0x5, 16_384)],
            start: FrameBuilder.windowUpdate(0, increment: 12_517_377)
                + [3, 5, 7, 9, 11, 13].flatMap {
                    FrameBuilder.priority($0, dependsOn: $0 > 7 ? 7 : 0, weightByte: 200)
                },
            extra: { FrameBuilder.windowUpdate($0, increment: 12_451_840) }),
        Browser(
            testDescription: "Safari",
            settings: [(0x4, 4_194_304), (0x3, 100)],
            start: FrameBuilder.windowUpdate(0, increment: 10_485_760),
            extra: { FrameBuilder.priority($0, dependsOn: 0, exclusive: false, weightByte: 254) }),
    ]

    @Test("2,000 requests with the frames that browsers add are accepted", arguments: browsers)
    func requests(_ browser: Browser) throws {
        let peer = try Peer(.server, handshake: false)
        let connection = peer.connection
        try connection.initiateConnection()
        try peer.receive(
            FrameBuilder.preface() + FrameBuilder.settings(browser.settings) + browser.start
                + FrameBuilder.settingsAck())
        for index: UInt32 in 0..<2_000 {
            let id = 15 + index * 2
            _ = try connection.receiveData(
                FrameBuilder.headers(
                    id, block: Self.get, endStream: true, priority: (0, true, 255))
                    + browser.extra(id))
            try connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
            try connection.sendData([1, 2, 3], on: H2StreamID(id), endStream: true)
            _ = connection.dataToSend()
        }
        #expect(connection.openInboundStreams == 0)
        #expect(connection.usage.controlFrames.used < 20)
        #expect(connection.usage.windowUpdates.used < 20)
    }

    @Test(
        "100 concurrent requests with the frames that browsers add are accepted",
        arguments: browsers)
    func burst(_ browser: Browser) throws {
        let peer = try Peer(.server, handshake: false)
        try peer.connection.initiateConnection()
        try peer.receive(
            FrameBuilder.preface() + FrameBuilder.settings(browser.settings) + browser.start
                + FrameBuilder.settingsAck())
        for index: UInt32 in 0..<100 {
            let id = 15 + index * 2
            try peer.receive(
                FrameBuilder.headers(id, block: Self.get, endStream: true) + browser.extra(id))
        }
        #expect(peer.connection.openInboundStreams == 100)
    }

    @Test("cookies of 64 KiB in 1,000 fields are accepted", arguments: [Cut.whole, .every(1_000)])
    func cookies(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        var encoder = HPACKEncoder()
        encoder.raw(Self.get)
        // 64 KiB in all when joined.
        var size = -2
        for index in 0..<1_000 {
            let length = index == 999 ? 65_536 - size - 2 : 60
            let value = "c\(index)=" + String(repeating: "v", count: length)
            let cookie = String(value.prefix(length))
            encoder.literal("cookie", cookie)
            size += cookie.utf8.count + 2
        }
        #expect(size == 65_536)
        let events = try peer.receive(
            FrameBuilder.split(1, block: encoder.bytes, every: 16_384, endStream: true))
        guard case .requestReceived(let request)? = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(request.headers["cookie"]?.utf8.count == 65_536)
        #expect(peer.connection.usage.headerFields == 1_004)
    }
}
