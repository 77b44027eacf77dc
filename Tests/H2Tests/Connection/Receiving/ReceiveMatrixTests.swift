// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Frames on which HTTP/2 libraries differ, received with h2's policies. H2 reacts as h2 does,
/// except where RFC 9113 requires otherwise. `ClosedStreamFramesTests` contains the frames on
/// closed, half-closed and reserved streams.
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

    /// Expects that these bytes end the connection with one GOAWAY, and that later bytes throw the
    /// same error.
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

    @Test("an invalid client preface is an error, and nothing is sent", arguments: cuts)
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
        "§3.4: a first frame other than SETTINGS is a connection error; h2 accepts it",
        arguments: cuts,
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
        PING on stream 1 is a connection error: earlier events are kept, and later calls throw \
        the same and send nothing; h2 loses the events, and sends GOAWAY each time
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

    @Test("§4.2: a frame of 16,385 bytes is a frameTooLarge error", arguments: cuts)
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

    @Test("§4.3: invalid HPACK is a COMPRESSION_ERROR; in h2, a PROTOCOL_ERROR", arguments: cuts)
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

    @Test(
        "§6.4: RST_STREAM on an idle stream is a connection error, even after other streams",
        arguments: cuts)
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

    @Test("§5.1: WINDOW_UPDATE on an idle stream is a noSuchStream error", arguments: cuts)
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

    @Test(
        "§6.9: WINDOW_UPDATE with increment 0 is a connection error on any stream", arguments: cuts)
    func windowUpdateOfZero(cut: Cut) throws {
        Self.expectEnd(
            try Self.peer(.client, cut), FrameBuilder.windowUpdate(0, increment: 0),
            .remote(.protocolViolation))
        Self.expectEnd(
            try Self.peerWithStream(.client, cut), FrameBuilder.windowUpdate(1, increment: 0),
            .remote(.protocolViolation, on: 1))
    }

    @Test("RFC 7540 §5.3.1: a stream that depends on itself is a connection error", arguments: cuts)
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

    @Test("§6: a frame with an invalid length is a FRAME_SIZE_ERROR", arguments: cuts)
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

    @Test("§6.9.1: an overflow of the connection's window is a connection error", arguments: cuts)
    func connectionOverflow(cut: Cut) throws {
        let peer = try Self.peer(.client, cut)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_535))
        #expect(peer.connection.outboundFlowControlWindow == 0x7fff_ffff)
        Self.expectEnd(
            peer, FrameBuilder.windowUpdate(0, increment: 1),
            .remote(.flowControl, .flowControlError))
    }

    @Test("§6.9.1: an overflow of a stream's window resets only the stream", arguments: cuts)
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

    @Test(
        "§6.9.2: SETTINGS that make a stream's window overflow are a connection error",
        arguments: cuts)
    func settingsOverflow(cut: Cut) throws {
        let peer = try Self.peerWithStream(.client, cut)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff - 65_535))
        Self.expectEnd(
            peer, FrameBuilder.settings([(0x4, 65_536)]), .remote(.flowControl, .flowControlError))
    }

    @Test("an unsolicited SETTINGS acknowledgement is an event without changes", arguments: cuts)
    func unexpectedAck(cut: Cut) throws {
        let peer = try Self.peer(.client, cut)
        let events = try peer.receive(FrameBuilder.settingsAck())
        #expect(events == [.settingsAcknowledged(.init(changes: []))])
        #expect(peer.sent() == [])
    }

    @Test("33 settings in a frame are accepted", arguments: cuts)
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

    @Test("any last stream in GOAWAY is accepted, even a higher one in a later GOAWAY")
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

    @Test("any frame after GOAWAY is a connection error", arguments: cuts)
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
        // A frame that no state depends on is still an event, as in h2.
        let peer = try Self.peerWithStream(.client, cut)
        try peer.receive(FrameBuilder.goAway(last: 1))
        let events = try peer.receive(FrameBuilder.raw(type: 0xbe))
        #expect(
            events == [
                .unknownFrameReceived(.init(type: 0xbe, flags: 0, streamID: 0, payload: []))
            ])
    }

    @Test("after GOAWAY was received, sending is misuse, and queued output is dropped")
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

    /// nghttp2 refuses such a field while decoding it; h2 decodes it and compares it with its
    /// limit.
    @Test("a field name or value above 65,536 bytes is a COMPRESSION_ERROR", arguments: cuts)
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

    @Test("§5.5: a frame of unknown type is an event", arguments: cuts)
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
