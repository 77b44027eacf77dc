// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// What the library does with frames in which HTTP/2 libraries differ, with h2's policies: its
/// reaction is h2's, except where RFC 9113 says that it must be another. `ClosedStreamFramesTests`
/// has the frames on streams that are closed, half-closed or reserved.
@Suite struct ReceiveMatrixTests {
    static let cuts: [Cut] = [.whole, .every(1)]

    static func configuration(_ role: H2Configuration.Role) -> H2Configuration {
        var configuration = H2Configuration.unlimited(role)
        configuration.goAway = .closeAtOnce
        return configuration
    }

    static func peer(_ role: H2Configuration.Role, _ cut: Cut) throws -> Peer {
        let peer = try Peer(configuration(role), cut: cut)
        peer.sent()
        return peer
    }

    /// A server that received a request on stream 1, or a client that sent one.
    static func peerWithStream(
        _ role: H2Configuration.Role, _ cut: Cut = .whole, endStream: Bool = false
    ) throws -> Peer {
        let peer = try peer(role, cut)
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1, endStream: endStream)
        } else {
            try peer.receive(
                FrameBuilder.headers(1, block: H2Headers.samplePost.block, endStream: endStream))
        }
        peer.sent()
        return peer
    }

    /// Expects that these bytes end the connection, with one GOAWAY, and that it stays so.
    static func expectEnd(
        _ peer: Peer, _ bytes: [UInt8], _ expected: ErrorFacts, after events: [H2Event] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let last = peer.connection.highestInboundStreamID
        let result = peer.receiveResult(bytes)
        #expect(result.error?.facts == expected, sourceLocation: sourceLocation)
        #expect(result.events == events, sourceLocation: sourceLocation)
        let goAway = peer.sent().last
        #expect(goAway?.type == .goAway, sourceLocation: sourceLocation)
        #expect(goAway?.errorCode == expected.code.rawValue, sourceLocation: sourceLocation)
        #expect(goAway?.debugData == [], sourceLocation: sourceLocation)
        #expect(
            (goAway?.lastStreamID ?? 0) >= last.rawValue, sourceLocation: sourceLocation)
        #expect(peer.connection.connectionState == .closed, sourceLocation: sourceLocation)
        let again = peer.receiveResult(FrameBuilder.ping(1))
        #expect(again.error?.facts == expected, sourceLocation: sourceLocation)
        #expect(again.events == [] && peer.sent() == [], sourceLocation: sourceLocation)
    }

    @Test("bad magic: an error, and nothing sent", arguments: cuts)
    func badMagic(cut: Cut) throws {
        let peer = try Peer(Self.configuration(.server), cut: cut, handshake: false)
        try peer.connection.initiateConnection()
        peer.sent()
        let result = peer.receiveResult(Array("PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n".utf8))
        #expect(result.error?.facts == .remote(.protocolViolation))
        #expect(result.events == [] && peer.sent() == [])
        #expect(peer.connection.connectionState == .closed)
    }

    @Test(
        "first frame not SETTINGS, §3.4: a connection error; h2 takes it", arguments: cuts,
        [H2Configuration.Role.client, .server])
    func firstFrame(cut: Cut, role: H2Configuration.Role) throws {
        for bytes in [
            FrameBuilder.ping(1), FrameBuilder.settingsAck(),
            FrameBuilder.windowUpdate(0, increment: 1), FrameBuilder.raw(type: 0xbe),
        ] {
            let peer = try Peer(Self.configuration(role), cut: cut, handshake: false)
            try peer.connection.initiateConnection()
            peer.sent()
            Self.expectEnd(peer, peer.preface + bytes, .remote(.protocolViolation))
        }
    }

    @Test(
        """
        PING on stream 1 mid-buffer: earlier events are kept, later calls throw the same and send \
        nothing; h2 loses the events, and sends GOAWAY each time
        """, arguments: cuts)
    func pingOnStream(cut: Cut) throws {
        let peer = try Self.peer(.client, cut)
        let bad = FrameBuilder.raw(type: 0x6, stream: 1, payload: [UInt8](repeating: 0, count: 8))
        Self.expectEnd(
            peer, FrameBuilder.ping(7) + bad + FrameBuilder.ping(8),
            .remote(.protocolViolation, on: 1),
            after: [.pingReceived(.init(data: H2PingData(7 as UInt64)))])

        let whole = try Self.peer(.client, .whole).connection
        let error = failure { () throws(H2Error) in
            _ = try whole.receiveData(FrameBuilder.ping(7) + bad)
        }
        #expect(
            error?.precedingEvents == [.pingReceived(.init(data: H2PingData(7 as UInt64)))])
    }

    @Test("length 16385, §4.2: FrameTooLarge", arguments: cuts)
    func tooLong(cut: Cut) throws {
        for type: UInt8 in [0x0, 0x1, 0x4, 0x9, 0xbe] {
            let peer = try Self.peer(.server, cut)
            let bytes = FrameBuilder.raw(
                type: type, stream: type == 0x4 ? 0 : 1,
                payload: [UInt8](repeating: 0, count: 16_385))
            let result = peer.receiveResult(bytes)
            #expect(result.error?.kind == .frameTooLarge && result.error?.origin == .remote)
            #expect(result.error?.expected == 16_384 && result.error?.actual == 16_385)
            #expect(peer.sent().map(\.errorCode) == [0x6])
        }
    }

    @Test("HPACK garbage, §4.3: COMPRESSION_ERROR; h2 says PROTOCOL_ERROR", arguments: cuts)
    func garbage(cut: Cut) throws {
        for block: [UInt8] in [
            [0xff, 0xff, 0xff], [0x80], [0x40, 0x05, 0x61], [0x3f, 0xff, 0xff],
        ] {
            let peer = try Self.peer(.server, cut)
            Self.expectEnd(
                peer, FrameBuilder.headers(1, block: block),
                .remote(.protocolViolation, .compressionError))
        }
    }

    @Test("RST idle, §6.4: PROTOCOL_ERROR in any state; h2 ignores it later", arguments: cuts)
    func resetIdle(cut: Cut) throws {
        let fresh = try Self.peer(.server, cut)
        Self.expectEnd(fresh, FrameBuilder.rstStream(1), .remote(.protocolViolation, on: 1))
        for stream: UInt32 in [2, 3] {
            let used = try Self.peerWithStream(.server, cut)
            Self.expectEnd(
                used, FrameBuilder.rstStream(stream),
                .remote(.protocolViolation, on: H2StreamID(stream)))
        }
    }

    @Test("WU idle, §5.1: NoSuchStream", arguments: cuts)
    func windowUpdateIdle(cut: Cut) throws {
        for (role, stream) in [(.server, 1), (.server, 2), (.client, 1), (.client, 2)]
            as [(H2Configuration.Role, UInt32)]
        {
            let peer = try Self.peer(role, cut)
            Self.expectEnd(
                peer, FrameBuilder.windowUpdate(stream, increment: 1),
                .remote(.noSuchStream, on: H2StreamID(stream)))
        }
    }

    @Test("WU +0, §6.9: ProtocolError, on stream and connection", arguments: cuts)
    func windowUpdateOfNothing(cut: Cut) throws {
        Self.expectEnd(
            try Self.peer(.client, cut), FrameBuilder.windowUpdate(0, increment: 0),
            .remote(.protocolViolation))
        Self.expectEnd(
            try Self.peerWithStream(.client, cut), FrameBuilder.windowUpdate(1, increment: 0),
            .remote(.protocolViolation, on: 1))
    }

    @Test("PRIORITY self-dep, RFC 7540 §5.3.1: ProtocolError", arguments: cuts)
    func selfDependency(cut: Cut) throws {
        Self.expectEnd(
            try Self.peer(.server, cut), FrameBuilder.priority(5, dependsOn: 5),
            .remote(.protocolViolation, on: 5))
        Self.expectEnd(
            try Self.peer(.server, cut),
            FrameBuilder.headers(
                1, block: H2Headers.sampleRequest.block, priority: (1, true, 3)),
            .remote(.protocolViolation, on: 1))
    }

    @Test("lengths, §6: FrameDataMissing, FRAME_SIZE_ERROR", arguments: cuts)
    func lengths(cut: Cut) throws {
        let wrong: [(type: UInt8, flags: UInt8, stream: UInt32, length: Int)] = [
            (0x2, 0, 1, 4), (0x2, 0, 1, 6), (0x3, 0, 1, 3), (0x3, 0, 1, 5), (0x4, 0, 0, 5),
            (0x4, 0x1, 0, 6), (0x6, 0, 0, 7), (0x6, 0, 0, 9), (0x7, 0, 0, 7), (0x8, 0, 1, 3),
            (0x8, 0, 1, 5), (0x0, 0x8, 1, 0), (0x1, 0x20, 1, 4), (0x1, 0x28, 1, 5), (0xa, 0, 0, 1),
        ]
        for (type, flags, stream, length) in wrong {
            let peer = try Self.peerWithStream(.server, cut)
            let bytes = FrameBuilder.raw(
                type: type, flags: flags, stream: stream,
                payload: [UInt8](repeating: 0, count: length))
            let id: H2StreamID? = stream == 0 ? nil : H2StreamID(stream)
            Self.expectEnd(peer, bytes, .remote(.frameDataMissing, .frameSizeError, on: id))
        }
    }

    @Test("conn WU overflow, §6.9.1: FlowControl", arguments: cuts)
    func connectionOverflow(cut: Cut) throws {
        let peer = try Self.peer(.client, cut)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_535))
        #expect(peer.connection.outboundFlowControlWindow == 0x7fff_ffff)
        Self.expectEnd(
            peer, FrameBuilder.windowUpdate(0, increment: 1),
            .remote(.flowControl, .flowControlError))
    }

    @Test("stream WU overflow, §6.9.1: RST 3, StreamReset, the connection lives", arguments: cuts)
    func streamOverflow(cut: Cut) throws {
        let peer = try Self.peerWithStream(.client, cut)
        let events = try peer.receive(
            FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff) + FrameBuilder.ping(1))
        #expect(
            events == [
                .streamReset(
                    .init(streamID: 1, errorCode: .flowControlError, isRemote: false)),
                .pingReceived(.init(data: H2PingData(1 as UInt64))),
            ])
        #expect(
            peer.sent()
                == WireReader.frames(
                    in: FrameBuilder.rstStream(1, code: 3) + FrameBuilder.ping(1, ack: true)))
        #expect(peer.connection.openOutboundStreams == 0)
    }

    @Test("IWS raise overflows a stream window, §6.9.2: FlowControl, connection", arguments: cuts)
    func settingsOverflow(cut: Cut) throws {
        let peer = try Self.peerWithStream(.client, cut)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff - 65_535))
        Self.expectEnd(
            peer, FrameBuilder.settings([(0x4, 65_536)]), .remote(.flowControl, .flowControlError))
    }

    @Test("SETTINGS ACK unexpected: an event without changes", arguments: cuts)
    func unexpectedAck(cut: Cut) throws {
        let peer = try Self.peer(.client, cut)
        let events = try peer.receive(FrameBuilder.settingsAck())
        #expect(events == [.settingsAcknowledged(.init(changes: []))])
        #expect(peer.sent() == [])
    }

    @Test("33 settings are taken", arguments: cuts)
    func manySettings(cut: Cut) throws {
        let peer = try Self.peer(.client, cut)
        let entries = (0..<33).map { (UInt16(0x100 + $0), UInt32($0)) }
        let events = try peer.receive(FrameBuilder.settings(entries))
        #expect(
            events == [
                .remoteSettingsChanged(
                    .init(
                        changes: entries.map {
                            H2SettingChange(.init(rawValue: $0.0), from: nil, to: $0.1)
                        }))
            ])
        #expect(peer.sent() == WireReader.frames(in: FrameBuilder.settingsAck()))
    }

    @Test("without a limit, any number of CONTINUATION frames is accepted", arguments: cuts)
    func continuations(cut: Cut) throws {
        for count in [9, 63, 64, 300] {
            let peer = try Self.peer(.server, cut)
            let block = H2Headers.sampleRequest.block
            var bytes = FrameBuilder.headers(1, block: block, endHeaders: false)
            for index in 1...count {
                bytes += FrameBuilder.continuation(1, block: [], endHeaders: index == count)
            }
            let events = try peer.receive(bytes)
            #expect(events == [.requestReceived(.init(streamID: 1, headers: .sampleRequest))])
        }
    }

    @Test("GOAWAY with last id of wrong parity, or increased, and a second one: taken")
    func anyLastStream() throws {
        let peer = try Self.peerWithStream(.client)
        for last: UInt32 in [2, 0, 5, 0x7fff_ffff] {
            let events = try peer.receive(FrameBuilder.goAway(last: last, code: 0))
            #expect(
                events == [
                    .connectionTerminated(
                        .init(errorCode: .noError, lastStreamID: H2StreamID(last)))
                ])
            #expect(peer.sent() == [])
        }
    }

    @Test("anything after GOAWAY received: ProtocolError, GOAWAY", arguments: cuts)
    func afterGoAway(cut: Cut) throws {
        let frames: [(bytes: [UInt8], stream: H2StreamID?)] = [
            (FrameBuilder.headers(1, block: H2Headers.sampleResponse.block), 1),
            (FrameBuilder.data(1), 1), (FrameBuilder.ping(1), nil), (FrameBuilder.settings(), nil),
            (FrameBuilder.settingsAck(), nil), (FrameBuilder.windowUpdate(0, increment: 1), nil),
            (FrameBuilder.rstStream(1), 1), (FrameBuilder.priority(1), 1),
        ]
        for (bytes, _) in frames {
            let peer = try Self.peerWithStream(.client, cut)
            try peer.receive(FrameBuilder.goAway(last: 1))
            let result = peer.receiveResult(bytes)
            #expect(result.error?.kind == .protocolViolation && result.events == [])
            #expect(result.error?.origin == .remote && result.error?.errorCode == .protocolError)
            #expect(peer.sent().map(\.type) == [.goAway])
        }
        // What has no state is still an event, as in h2.
        let peer = try Self.peerWithStream(.client, cut)
        try peer.receive(FrameBuilder.goAway(last: 1))
        let events = try peer.receive(FrameBuilder.raw(type: 0xbe))
        #expect(
            events == [
                .unknownFrameReceived(.init(type: 0xbe, flags: 0, streamID: 0, payload: []))
            ])
    }

    @Test("anything sent after GOAWAY received: a misuse; what was queued before it is dropped")
    func sendingAfterGoAway() throws {
        let peer = try Self.peerWithStream(.client)
        try peer.connection.ping(H2PingData(1 as UInt64))
        try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(peer.connection.outboundByteCount == 0)
        let connection = peer.connection
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.ping(H2PingData(1 as UInt64))
        }
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.sendData([1], on: 1)
        }
    }

    /// nghttp2 gives such a field up before anybody sees it; h2 holds it against the limit.
    @Test("header name or value > 65536 B: cannot be decoded, RFC 9113 §4.3", arguments: cuts)
    func longField(cut: Cut) throws {
        let long = String(repeating: "a", count: 70_000)
        for field in [[("a", long)], [(long, "a")]] {
            let peer = try Self.peer(.server, cut)
            let result = peer.receiveResult(
                FrameBuilder.split(1, block: HPACKEncoder.block(field), every: 16_384))
            #expect(result.error?.kind == .protocolViolation)
            #expect(result.error?.errorCode == .compressionError)
            #expect(peer.sent().map(\.errorCode) == [0x9])
        }
    }

    @Test("unknown frame, §5.5: UnknownFrameReceived", arguments: cuts)
    func unknownFrame(cut: Cut) throws {
        for type: UInt8 in [0xb, 0xc, 0x10, 0x7f, 0xff] {
            let peer = try Self.peer(.client, cut)
            let events = try peer.receive(
                FrameBuilder.raw(type: type, flags: 0xa5, stream: 77, payload: [1, 2, 3]))
            #expect(
                events == [
                    .unknownFrameReceived(
                        .init(type: type, flags: 0xa5, streamID: 77, payload: [1, 2, 3]))
                ])
            #expect(peer.sent() == [])
        }
    }
}
