// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct FrameHeaderTests {
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

    @Test(
        "§6: a frame type for streams on stream 0 is a PROTOCOL_ERROR",
        arguments: [
            FrameBuilder.data(0, [1]),
            FrameBuilder.headers(0, block: H2Headers.sampleRequest.block),
            FrameBuilder.priority(0, dependsOn: 1), FrameBuilder.rstStream(0),
            FrameBuilder.pushPromise(0, promised: 2, block: H2Headers.sampleRequest.block),
            FrameBuilder.continuation(0, block: []),
        ], roles)
    func streamFrameOnConnection(_ bytes: [UInt8], _ role: H2Configuration) throws {
        for cut in Cut.all {
            let peer = try peer(role, cut: cut)
            let result = peer.receiveResult(bytes)
            #expect(result.error?.facts == .remote(.protocolViolation))
            #expect(result.events == [])
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }

    @Test(
        "§6: a frame type for the connection on a stream is a PROTOCOL_ERROR",
        arguments: [0x4, 0x6, 0x7] as [UInt8], roles)
    func connectionFrameOnStream(_ type: UInt8, _ role: H2Configuration) throws {
        for stream in [1, 2, 5, 0x7fff_ffff] as [UInt32] {
            for cut in Cut.all {
                let payload = [UInt8](repeating: 0, count: type == 0x4 ? 0 : 8)
                let peer = try peer(role, cut: cut)
                let result = peer.receiveResult(
                    FrameBuilder.raw(type: type, stream: stream, payload: payload))
                #expect(
                    result.error?.facts == .remote(.protocolViolation, on: H2StreamID(stream)))
                #expect(peer.sent().map(\.errorCode) == [0x1])
            }
        }
    }

    @Test("§4.1: the reserved bit of the stream identifier is ignored", arguments: Cut.all)
    func reservedBit(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let bit: UInt32 = 0x8000_0000
        let block = H2Headers.samplePost.block
        let events = try peer.receive(
            FrameBuilder.headers(1 | bit, block: Array(block.prefix(3)), endHeaders: false)
                + FrameBuilder.continuation(
                    1, block: Array(block.dropFirst(3).prefix(4)),
                    endHeaders: false)
                + FrameBuilder.continuation(1 | bit, block: Array(block.dropFirst(7)))
                + FrameBuilder.data(1 | bit, [1, 2])
                + FrameBuilder.priority(1 | bit)
                + FrameBuilder.windowUpdate(1 | bit, increment: 5)
                + FrameBuilder.raw(type: 0x6, stream: bit, payload: [0, 0, 0, 0, 0, 0, 0, 9])
                + FrameBuilder.raw(type: 0x4, stream: bit)
                + FrameBuilder.raw(type: 0xee, stream: 3 | bit)
                + FrameBuilder.rstStream(1 | bit, code: 0x8))
        #expect(
            events == [
                .requestReceived(.init(streamID: 1, headers: .samplePost)),
                .dataReceived(.init(streamID: 1, data: [1, 2], flowControlledLength: 2)),
                .priorityUpdated(.init(streamID: 1, priority: H2Priority())),
                .windowUpdated(.init(streamID: 1, delta: 5)),
                .pingReceived(.init(data: H2PingData(9))),
                .remoteSettingsChanged(.init(changes: [])),
                .unknownFrameReceived(.init(type: 0xee, flags: 0, streamID: 3, payload: [])),
                .streamReset(.init(streamID: 1, errorCode: .cancel, isRemote: true)),
            ])
    }

    @Test("§6.6, §6.8, §6.9: the reserved bits in payloads are ignored", arguments: Cut.all)
    func reservedBitInPayload(cut: Cut) throws {
        let bit: UInt32 = 0x8000_0000
        let peer = try peer(.client, cut: cut)
        let events = try peer.receive(
            FrameBuilder.windowUpdate(0, increment: 5 | bit)
                + FrameBuilder.pushPromise(
                    1, promised: 2 | bit, block: H2Headers.sampleRequest.block)
                + FrameBuilder.goAway(last: 1 | bit, code: 0))
        #expect(
            events == [
                .windowUpdated(.init(streamID: 0, delta: 5)),
                .pushedStreamReceived(
                    .init(pushedStreamID: 2, parentStreamID: 1, headers: .sampleRequest)),
                .connectionTerminated(.init(errorCode: .noError, lastStreamID: 1)),
            ])
        #expect(peer.connection.outboundFlowControlWindow == 65_540)
    }

    @Test(
        "§5.5: a frame of unknown type is an event and has no other effect",
        arguments: [0xb, 0xc, 0x10, 0x20, 0x7f, 0x80, 0xfe, 0xff] as [UInt8], Cut.all)
    func unknownType(_ type: UInt8, _ cut: Cut) throws {
        for role in Self.roles {
            let peer = try peer(role, cut: cut)
            let before = ConnectionSnapshot(of: peer.connection)
            for stream in [0, 1, 2, 99, 0x7fff_ffff] as [UInt32] {
                for payload in [[], [1, 2, 3], [UInt8](repeating: 9, count: 2_000)] as [[UInt8]] {
                    let events = try peer.receive(
                        FrameBuilder.raw(type: type, flags: 0xff, stream: stream, payload: payload))
                    #expect(
                        events == [
                            .unknownFrameReceived(
                                .init(
                                    type: type, flags: 0xff, streamID: H2StreamID(stream),
                                    payload: H2Bytes(payload)))
                        ])
                }
            }
            #expect(ConnectionSnapshot(of: peer.connection) == before)
        }
    }

    @Test("§4.1: flags that a frame type does not define are ignored", arguments: Cut.all)
    func unknownFlags(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let block = H2Headers.samplePost.block
        let word: [UInt8] = [0, 0, 0, 8]
        let events = try peer.receive(
            // All but END_STREAM, PADDED and PRIORITY.
            FrameBuilder.raw(type: 0x1, flags: 0xff & ~0x29, stream: 1, payload: block)
                + FrameBuilder.raw(type: 0x0, flags: 0xff & ~0x9, stream: 1, payload: [1])
                + FrameBuilder.raw(type: 0x8, flags: 0xff, stream: 1, payload: word)
                + FrameBuilder.raw(type: 0x2, flags: 0xff, stream: 1, payload: [0, 0, 0, 0, 15])
                + FrameBuilder.raw(type: 0x4, flags: 0xfe)
                + FrameBuilder.raw(type: 0x6, flags: 0xfe, payload: word + word)
                + FrameBuilder.raw(type: 0x3, flags: 0xff, stream: 1, payload: word)
                + FrameBuilder.raw(type: 0x7, flags: 0xff, payload: word + word))
        #expect(
            events == [
                .requestReceived(.init(streamID: 1, headers: .samplePost)),
                .dataReceived(.init(streamID: 1, data: [1], flowControlledLength: 1)),
                .windowUpdated(.init(streamID: 1, delta: 8)),
                .priorityUpdated(.init(streamID: 1, priority: H2Priority())),
                .remoteSettingsChanged(.init(changes: [])),
                .pingReceived(.init(data: H2PingData(0x8_0000_0008))),
                .streamReset(.init(streamID: 1, errorCode: .cancel, isRemote: true)),
                .connectionTerminated(.init(errorCode: .cancel, lastStreamID: 8)),
            ])
    }

    @Test("§6.8: GOAWAY may carry debug data", arguments: [0, 1, 100, 1_017, 16_376], Cut.all)
    func goAwayWithData(_ count: Int, _ cut: Cut) throws {
        let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let peer = try peer(.server, cut: cut)
        let events = try peer.receive(FrameBuilder.goAway(last: 0, code: 0xb, data: data))
        #expect(
            events == [
                .connectionTerminated(
                    .init(
                        errorCode: .enhanceYourCalm, lastStreamID: 0,
                        additionalData: H2Bytes(data)))
            ])
        // The peer opened stream 1, so it continues.
        let more = try peer.receive(FrameBuilder.data(1, [1], endStream: true))
        #expect(more.count == 2)
    }

    @Test("§7: unknown error codes are reported unchanged", arguments: Cut.all)
    func unknownErrorCodes(cut: Cut) throws {
        let peer = try peer(.client, cut: cut)
        let events = try peer.receive(
            FrameBuilder.rstStream(1, code: 0xdead_beef) + FrameBuilder.goAway(code: 0xffff_ffff))
        #expect(
            events == [
                .streamReset(
                    .init(
                        streamID: 1, errorCode: H2ErrorCode(rawValue: 0xdead_beef), isRemote: true)),
                .connectionTerminated(
                    .init(errorCode: H2ErrorCode(rawValue: 0xffff_ffff), lastStreamID: 0)),
            ])
    }
}
