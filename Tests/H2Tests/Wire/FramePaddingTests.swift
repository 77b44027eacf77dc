// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct FramePaddingTests {
    private static let padded: UInt8 = 0x8
    private static let priority: UInt8 = 0x20

    /// Returns the number of bytes before the data or field block.
    private static func fixedLength(_ type: UInt8, _ flags: UInt8) -> Int {
        let padding = flags & padded != 0 ? 1 : 0
        switch type {
        case 0x1: return padding + (flags & priority != 0 ? 5 : 0)
        case 0x5: return padding + 4
        default: return padding
        }
    }

    /// Returns the error for a frame with this length and pad length, RFC 9113 §4.2, §6.1, §6.2 and
    /// §6.6.
    private static func expected(
        _ type: UInt8, _ flags: UInt8, length: Int, padLength: Int
    ) -> ErrorFacts? {
        let rest = length - fixedLength(type, flags)
        guard rest >= 0 else { return .remote(.frameDataMissing, .frameSizeError, on: 1) }
        guard flags & padded == 0 || padLength <= rest else {
            return .remote(.protocolViolation, on: 1)
        }
        return nil
    }

    /// A client or server whose stream 1 accepts the frame type.
    private func peer(_ type: UInt8, cut: Cut) throws -> Peer {
        guard type != 0x5 else {
            let peer = try Peer(.client, cut: cut)
            try peer.connection.sendHeaders(.sampleRequest, on: 1)
            peer.sent()
            return peer
        }
        let peer = try Peer(.server, cut: cut)
        if type == 0x0 {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        }
        return peer
    }

    @Test(
        "§6.1, §6.2, §6.6: every short length with every padding has the right error, or none",
        arguments: [0x0, 0x1, 0x5] as [UInt8], [0, 0x8, 0x20, 0x28] as [UInt8])
    func everyShortLength(_ type: UInt8, _ flags: UInt8) throws {
        for length in 0...12 {
            for padLength in Array(0...13) + [127, 255] {
                guard length != 0 || padLength == 0 else { continue }
                // 0x82 is an indexed field, a weight, and part of an even identifier that is
                // neither 0 nor 1.
                var payload = [UInt8](repeating: 0x82, count: length)
                if flags & Self.padded != 0, length > 0 { payload[0] = UInt8(padLength) }
                // Without END_HEADERS the field block is incomplete, so only the form of the frame
                // is validated.
                let bytes = FrameBuilder.raw(type: type, flags: flags, stream: 1, payload: payload)
                let expected = Self.expected(type, flags, length: length, padLength: padLength)
                for cut in [Cut.whole, .every(1)] {
                    let peer = try peer(type, cut: cut)
                    let result = peer.receiveResult(bytes)
                    let comment: Comment = "length \(length), padding \(padLength), cut \(cut)"
                    #expect(result.error?.facts == expected, comment)
                    if expected == nil {
                        try checkAccepted(
                            peer, type, flags, length: length, padLength: padLength,
                            result.events)
                    } else {
                        #expect(result.events == [], comment)
                        #expect(peer.sent().map(\.type) == [.goAway], comment)
                    }
                }
            }
        }
    }

    private func checkAccepted(
        _ peer: Peer, _ type: UInt8, _ flags: UInt8, length: Int, padLength: Int,
        _ events: [H2Event]
    ) throws {
        guard type == 0x0 else {
            // The field block continues in CONTINUATION.
            #expect(events == [])
            return
        }
        let isPadded = flags & Self.padded != 0
        let data = [UInt8](repeating: 0x82, count: length - (isPadded ? 1 + padLength : 0))
        #expect(
            events == [
                .dataReceived(
                    .init(streamID: 1, data: H2Bytes(data), flowControlledLength: length))
            ])
        #expect(peer.connection.inboundFlowControlWindow == 65_535 - length)
    }

    @Test(
        "§6.2: padding and priority are not part of the field block", arguments: Cut.all,
        [nil, 0, 1, 255] as [UInt8?])
    func headersWithPadding(cut: Cut, padLength: UInt8?) throws {
        let peer = try Peer(.server, cut: cut)
        let bytes = FrameBuilder.headers(
            3, block: H2Headers.sampleRequest.block, endStream: true, padLength: padLength,
            priority: (1, true, 200))
        let priority = H2Priority(weight: 201, dependsOn: 1, isExclusive: true)
        let events = try peer.receive(bytes)
        #expect(
            events == [
                .requestReceived(
                    .init(
                        streamID: 3, headers: .sampleRequest, endsStream: true, priority: priority)),
                .streamEnded(.init(streamID: 3)),
                .priorityUpdated(.init(streamID: 3, priority: priority)),
            ])
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
    }

    @Test("§6.2: padding of HEADERS does not extend into CONTINUATION", arguments: Cut.all)
    func paddedHeadersWithContinuation(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let block = H2Headers.sampleRequest.block
        let events = try peer.receive(
            FrameBuilder.headers(
                1, block: Array(block.prefix(5)), endHeaders: false, padLength: 90,
                priority: (0, false, 0))
                + FrameBuilder.continuation(1, block: Array(block.dropFirst(5))))
        let priority = H2Priority(weight: 1)
        #expect(
            events == [
                .requestReceived(.init(streamID: 1, headers: .sampleRequest, priority: priority)),
                .priorityUpdated(.init(streamID: 1, priority: priority)),
            ])
    }

    @Test("§6.6: padding of PUSH_PROMISE is not part of the field block", arguments: Cut.all)
    func pushPromiseWithPadding(cut: Cut) throws {
        for padLength in [nil, 0, 1, 255] as [UInt8?] {
            let peer = try Peer(.client, cut: cut)
            try peer.connection.sendHeaders(.sampleRequest, on: 1)
            let events = try peer.receive(
                FrameBuilder.pushPromise(
                    1, promised: 2, block: H2Headers.sampleRequest.block, padLength: padLength))
            #expect(
                events == [
                    .pushedStreamReceived(
                        .init(pushedStreamID: 2, parentStreamID: 1, headers: .sampleRequest))
                ])
        }
    }

    @Test(
        "§6.1: a DATA frame may consist of padding only, and all of it counts", arguments: Cut.all)
    func nothingButPadding(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let events = try peer.receive(
            FrameBuilder.data(1, [], padLength: 255)
                + FrameBuilder.data(1, [], endStream: true, padLength: 0))
        #expect(
            events == [
                .dataReceived(.init(streamID: 1, data: [], flowControlledLength: 256)),
                .dataReceived(
                    .init(streamID: 1, data: [], flowControlledLength: 1, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
        #expect(peer.connection.inboundFlowControlWindow == 65_535 - 257)
    }
}
