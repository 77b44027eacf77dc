// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct FrameLengthTests {
    private static let roles = [H2Configuration.client, .server]

    /// A connection with stream 1 open, and empty output.
    private func peer(_ role: H2Configuration, cut: Cut = .whole) throws -> Peer {
        let peer = try Peer(role, cut: cut)
        if role.role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleResponse.block))
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        }
        peer.sent()
        return peer
    }

    /// Returns a stream on which the frame type is allowed.
    private func stream(for type: UInt8) -> UInt32 { [4, 6, 7].contains(type) ? 0 : 1 }

    @Test(
        "§4.2: a frame above MAX_FRAME_SIZE is refused by its header alone",
        arguments: [UInt8](0...0x10) + [0xff])
    func frameTooLarge(_ type: UInt8) throws {
        for role in Self.roles {
            for length in [16_385, 65_536, 0xff_ffff] {
                let peer = try peer(role, cut: .every(4))
                let header = FrameBuilder.raw(type: type, stream: stream(for: type), length: length)
                let before = peer.receiveResult(Array(header.prefix(8)))
                #expect(before.error == nil)
                let result = peer.receiveResult(Array(header.suffix(1)))
                #expect(result.error?.kind == .frameTooLarge)
                #expect(result.error?.errorCode == .frameSizeError)
                #expect(result.error?.origin == .remote)
                #expect(result.error?.expected == 16_384)
                #expect(result.error?.actual == length)
                #expect(result.events == [])
                let last: UInt32 = role.role == .server ? 1 : 0
                let answer = peer.connection.dataToSend()
                #expect(answer == FrameBuilder.goAway(last: last, code: 0x6))
                #expect(peer.connection.heldByteCount == 0)
            }
        }
    }

    @Test("§4.2: a frame of exactly MAX_FRAME_SIZE is accepted", arguments: Cut.all)
    func largestFrame(cut: Cut) throws {
        let peer = try peer(.server, cut: cut)
        let payload = [UInt8](repeating: 7, count: 16_384)
        let events = try peer.receive(
            FrameBuilder.data(1, payload) + FrameBuilder.raw(type: 0xee, payload: payload))
        #expect(
            events == [
                .dataReceived(
                    .init(streamID: 1, data: H2Bytes(payload), flowControlledLength: 16_384)),
                .unknownFrameReceived(
                    .init(type: 0xee, flags: 0, streamID: 0, payload: H2Bytes(payload))),
            ])
    }

    @Test("§6.5.3: a larger MAX_FRAME_SIZE applies once it is acknowledged")
    func raisedLimit() throws {
        let bytes = FrameBuilder.raw(type: 0xee, payload: [UInt8](repeating: 7, count: 16_385))
        let tooSoon = try peer(.server)
        try tooSoon.connection.updateSettings([.maxFrameSize: 20_000])
        #expect(tooSoon.receiveResult(bytes).error?.kind == .frameTooLarge)

        let peer = try peer(.server)
        try peer.connection.updateSettings([.maxFrameSize: 20_000])
        try peer.receive(FrameBuilder.settingsAck())
        #expect(peer.connection.maxInboundFrameSize == 20_000)
        let events = try peer.receive(bytes)
        #expect(events.count == 1)
        let result = peer.receiveResult(
            FrameBuilder.raw(type: 0xee, payload: [UInt8](repeating: 7, count: 20_001)))
        #expect(result.error?.facts == .remote(.frameTooLarge, .frameSizeError))
    }

    /// Returns the lengths up to 24 that the frame type may have.
    private func allowed(_ type: UInt8, flags: UInt8) -> [Int] {
        switch (type, flags) {
        case (0x2, _): [5]
        case (0x3, _), (0x8, _): [4]
        case (0x4, 0x1): [0]
        case (0x4, _): [0, 6, 12, 18, 24]
        case (0x6, _): [8]
        case (0x7, _): Array(8...24)
        default: []
        }
    }

    @Test(
        "§6.3-§6.9: a frame with an invalid length is a FRAME_SIZE_ERROR",
        arguments: [
            (0x2, 0), (0x3, 0), (0x4, 0), (0x4, 0x1), (0x6, 0), (0x6, 0x1), (0x7, 0), (0x8, 0),
        ] as [(UInt8, UInt8)])
    func fixedLengths(_ type: UInt8, _ flags: UInt8) throws {
        let allowed = allowed(type, flags: flags)
        #expect(!allowed.isEmpty)
        for role in Self.roles {
            for length in 0...24 {
                let stream = stream(for: type)
                let peer = try peer(role)
                // Ones are an unknown setting, a valid increment, and an unused last stream.
                let payload = [UInt8](repeating: 1, count: length)
                let result = peer.receiveResult(
                    FrameBuilder.raw(type: type, flags: flags, stream: stream, payload: payload))
                guard !allowed.contains(length) else {
                    #expect(result.error == nil, "length \(length)")
                    continue
                }
                let expected = ErrorFacts.remote(
                    .frameDataMissing, .frameSizeError, on: stream == 0 ? nil : 1)
                #expect(result.error?.facts == expected, "length \(length)")
                #expect(result.events == [])
                #expect(peer.sent().map(\.errorCode) == [0x6])
            }
        }
    }

    @Test(
        "an invalid length is refused before the payload arrives",
        arguments: [
            FrameBuilder.raw(type: 0x6, length: 9),
            FrameBuilder.raw(type: 0x3, stream: 1, length: 3),
            FrameBuilder.raw(type: 0x4, length: 7), FrameBuilder.raw(type: 0x7, length: 7),
            FrameBuilder.raw(type: 0x8, length: 16_000),
        ])
    func refusedByItsHeader(_ header: [UInt8]) throws {
        for cut in Cut.all {
            let result = try peer(.client, cut: cut).receiveResult(header)
            #expect(result.error?.kind == .frameDataMissing)
        }
    }

    @Test(
        "§6.5: a SETTINGS acknowledgement with a payload is a FRAME_SIZE_ERROR, unlike in h2")
    func acknowledgementWithPayload() throws {
        let peer = try peer(.client)
        try peer.connection.updateSettings([.maxFrameSize: 20_000])
        peer.sent()
        let result = peer.receiveResult(FrameBuilder.settings([(0x4, 1)], ack: true))
        #expect(result.error?.facts == .remote(.frameDataMissing, .frameSizeError))
        #expect(peer.connection.maxInboundFrameSize == 16_384)
        #expect(peer.connection.remoteSettings.initialWindowSize == 65_535)
    }
}
