// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct NotHTTP2Tests {
    /// The beginning of a TLS 1.3 ClientHello.
    private static let tlsHello: [UInt8] =
        [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]
        + [UInt8](repeating: 0x5a, count: 501)

    /// Input that is not HTTP/2, with the number of bytes that it shares with the client preface.
    private static let otherProtocols: [(bytes: [UInt8], common: Int)] = [
        (tlsHello, 0),
        (Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8), 0),
        (Array("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".utf8), 1),
        (Array("PRI * HTTP/1.1\r\nhost: a\r\n\r\n".utf8), 11),
        (Array("PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n".utf8), 19),
        (Array("PRI * HTTP/2.0\n\nSM\n\n".utf8), 14),
        ([UInt8](repeating: 0, count: 64), 0),
        (FrameBuilder.settings(), 0),
    ]

    @Test(
        "§3.4: an invalid client preface is refused at the first byte that differs",
        arguments: otherProtocols.indices)
    func firstDifferentByte(_ index: Int) throws {
        let (bytes, common) = Self.otherProtocols[index]
        for length in 0...common {
            let peer = try Peer(.server, handshake: false)
            try peer.connection.initiateConnection()
            let queued = peer.connection.outboundByteCount
            let prefix = peer.receiveResult(Array(bytes.prefix(length)))
            #expect(prefix.error == nil, "after \(length) bytes")
            #expect(prefix.events == [])
            #expect(peer.connection.outboundByteCount == queued)
        }
        let peer = try Peer(.server, cut: .every(1), handshake: false)
        try peer.connection.initiateConnection()
        _ = peer.receiveResult(Array(bytes.prefix(common)))
        let result = peer.receiveResult([bytes[common]])
        #expect(result.error?.facts == .remote(.protocolViolation))
    }

    @Test("§3.4: each byte of the preface is checked", arguments: 0..<24)
    func eachByteIsChecked(_ position: Int) throws {
        var bytes = FrameBuilder.preface() + FrameBuilder.settings()
        bytes[position] ^= 0x20
        for cut in Cut.all {
            let peer = try Peer(.server, cut: cut, handshake: false)
            try peer.connection.initiateConnection()
            let before = peer.receiveResult(Array(bytes.prefix(position)))
            #expect(before.error == nil)
            let result = peer.receiveResult(Array(bytes.dropFirst(position)))
            #expect(result.error?.facts == .remote(.protocolViolation))
            #expect(result.events == [])
        }
    }

    @Test(
        "after an invalid client preface, only the server's SETTINGS are sent",
        arguments: otherProtocols.indices, Cut.all)
    func nothingIsQueued(_ index: Int, _ cut: Cut) throws {
        let connection = H2Connection(.server)
        try connection.initiateConnection()
        let other = H2Connection(.server)
        try other.initiateConnection()
        let expected = other.dataToSend()
        var errors: [ErrorFacts] = []
        for piece in cut.pieces(of: Self.otherProtocols[index].bytes) {
            let error = failure { () throws(H2Error) in _ = try connection.receiveData(piece) }
            if let error { errors.append(error.facts) }
        }
        #expect(Set(errors) == [.remote(.protocolViolation)])
        #expect(connection.dataToSend() == expected)
        #expect(connection.connectionState == .closed)
        #expect(connection.heldByteCount == 0)
        // Nothing more can be sent on such a connection.
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.ping(H2PingData(0))
        }
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.closeConnection()
        }
    }

    @Test(
        "§3.4: an HTTP/1.1 response to a client is a connection error",
        arguments: Cut.all)
    func clientReceivesHTTP1(cut: Cut) throws {
        let answer = Array("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n".utf8)
        let peer = try Peer(.client, cut: cut, handshake: false)
        try peer.connection.initiateConnection()
        #expect(peer.sent().map(\.type) == [.settings])
        // Nine bytes are a frame header.
        let before = peer.receiveResult(Array(answer.prefix(8)))
        #expect(before.error == nil)
        let result = peer.receiveResult(Array(answer.dropFirst(8)))
        #expect(result.error?.facts == .remote(.protocolViolation))
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.goAway])
        #expect(frames.last?.errorCode == 0x1)
    }

    /// Frames that must not be the first.
    private static let wrongFirstFrames: [[UInt8]] = [
        FrameBuilder.settingsAck(),
        FrameBuilder.ping(1),
        FrameBuilder.headers(1, block: H2Headers.sampleRequest.block, endStream: true),
        FrameBuilder.windowUpdate(0, increment: 1),
        FrameBuilder.priority(1),
        FrameBuilder.goAway(),
        FrameBuilder.data(1, [1]),
        FrameBuilder.raw(type: 0xfa, payload: [1, 2, 3]),
        FrameBuilder.rstStream(1),
        FrameBuilder.continuation(1, block: []),
    ]

    @Test(
        "§3.4: the first frame must be SETTINGS", arguments: wrongFirstFrames.indices,
        [H2Configuration.client, .server])
    func firstFrameIsSettings(_ index: Int, _ configuration: H2Configuration) throws {
        for cut in Cut.all {
            let peer = try Peer(configuration, cut: cut, handshake: false)
            try peer.connection.initiateConnection()
            _ = peer.sent()
            let result = peer.receiveResult(peer.preface + Self.wrongFirstFrames[index])
            #expect(result.error?.facts == .remote(.protocolViolation))
            #expect(result.events == [])
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }

    @Test(
        "§3.4: an empty SETTINGS frame is a valid first frame",
        arguments: [H2Configuration.client, .server])
    func emptySettingsAreEnough(_ configuration: H2Configuration) throws {
        let peer = try Peer(configuration, cut: .every(1), handshake: false)
        try peer.connection.initiateConnection()
        let events = try peer.receive(
            peer.preface + FrameBuilder.settings() + FrameBuilder.ping(7))
        #expect(
            events == [
                .remoteSettingsChanged(.init(changes: [])),
                .pingReceived(.init(data: H2PingData(7))),
            ])
        #expect(peer.sent().map(\.isAck) == [false, true, true])
    }
}
