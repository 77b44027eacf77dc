// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The upgrade from HTTP/1.1, RFC 7540 §3.2, which RFC 9113 removed and h2 supports.
@Suite struct UpgradeTests {
    /// The value that h2 4.4.1 returns by default.
    static let defaults = "AAEAABAAAAIAAAABAAQAAP__AAUAAEAAAAgAAAAAAAMAAABkAAYAAQAA"

    private static let defaultSettings: [(UInt16, UInt32)] = [
        (1, 4_096), (2, 1), (4, 65_535), (5, 16_384), (8, 0), (3, 100), (6, 65_536),
    ]

    // MARK: Client

    @Test("RFC 7540 §3.2.1: HTTP2-Settings is the settings in base64url, as in h2")
    func headerValue() throws {
        let plain = H2Connection(.client)
        #expect(try plain.initiateUpgradeConnection() == Self.defaults)
        var configuration = H2Configuration.client
        configuration.initialSettings = [
            .initialWindowSize: 1 << 20, .enablePush: 0, .init(rawValue: 0x99): 7,
        ]
        // From h2 4.4.1 with the same settings.
        let changed = H2Connection(configuration)
        #expect(
            try changed.initiateUpgradeConnection()
                == "AAEAABAAAAIAAAAAAAQAEAAAAAUAAEAAAAgAAAAAAAMAAABkAAYAAQAAAJkAAAAH")
    }

    @Test("RFC 4648 §5: HTTP2-Settings uses base64url with \"-\" and \"_\", without padding")
    func alphabet() throws {
        var configuration = H2Configuration.client
        configuration.initialSettings = [
            .init(rawValue: 0xfbef): 0xbeff_ffff, .init(rawValue: 0x3f3e): 0xfbff_fffe,
        ]
        let value = try H2Connection(configuration).initiateUpgradeConnection()
        #expect(value.contains("-") && value.contains("_"))
        #expect(!value.contains { "+/=".contains($0) })
        let server = H2Connection(.server)
        try server.initiateUpgradeConnection(settingsHeader: value)
        #expect(server.remoteSettings[.init(rawValue: 0xfbef)] == 0xbeff_ffff)
        #expect(server.remoteSettings[.init(rawValue: 0x3f3e)] == 0xfbff_fffe)
    }

    @Test("RFC 7540 §3.2: the client sends its preface, and stream 1 is half-closed (local)")
    func client() throws {
        let peer = try Peer(.client, handshake: false)
        _ = try peer.connection.initiateUpgradeConnection()
        #expect(
            peer.connection.dataToSend()
                == FrameBuilder.preface() + FrameBuilder.settings(Self.defaultSettings))
        #expect(peer.connection.connectionState == .open)
        #expect(peer.connection.openOutboundStreams == 1)
        #expect(peer.connection.highestOutboundStreamID == 1)
        #expect(try peer.connection.nextAvailableStreamID() == 3)
        let connection = peer.connection
        func refuse(_ call: () throws(H2Error) -> Void) {
            expectMisuse(connection, .local(.protocolViolation, on: 1), call)
        }
        refuse { () throws(H2Error) in try connection.sendHeaders(.sampleRequest, on: 1) }
        refuse { () throws(H2Error) in try connection.sendData([1], on: 1) }
        refuse { () throws(H2Error) in try connection.endStream(1) }
        let events = try peer.receive(
            FrameBuilder.settings() + FrameBuilder.settingsAck()
                + FrameBuilder.headers(1, block: H2Headers.sampleResponse.block)
                + FrameBuilder.data(1, [1], endStream: true))
        #expect(
            events.suffix(3) == [
                .responseReceived(.init(streamID: 1, headers: .sampleResponse)),
                .dataReceived(
                    .init(streamID: 1, data: [1], flowControlledLength: 1, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
        #expect(connection.openOutboundStreams == 0)
        try connection.sendHeaders(.sampleRequest, on: 3)
    }

    @Test("RFC 7540 §3.2.1: the client's settings are in force: the 101 response acknowledges them")
    func clientSettings() throws {
        var configuration = H2Configuration.client
        configuration.initialSettings = [.initialWindowSize: 10]
        let peer = try Peer(configuration, handshake: false)
        _ = try peer.connection.initiateUpgradeConnection()
        #expect(peer.connection.localSettings.initialWindowSize == 10)
        #expect(peer.connection.localSettings.unacknowledged.count == 1)
        try peer.receive(FrameBuilder.settings() + FrameBuilder.settingsAck())
        #expect(peer.connection.localSettings.initialWindowSize == 10)
        #expect(peer.connection.localSettings.unacknowledged.isEmpty)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 10)
    }

    @Test("RFC 9110 §9.3.2: the request may have been HEAD, so the response may have no body")
    func headRequest() throws {
        let peer = try Peer(.client, handshake: false)
        _ = try peer.connection.initiateUpgradeConnection()
        let headers: H2Headers = [":status": "200", "content-length": "5"]
        let events = try peer.receive(
            FrameBuilder.settings()
                + FrameBuilder.headers(1, block: headers.block, endStream: true))
        #expect(events.last == .streamEnded(.init(streamID: 1)))

        // If there is a body, it must have the announced length.
        let wrong = try Peer(.client, handshake: false)
        _ = try wrong.connection.initiateUpgradeConnection()
        let result = wrong.receiveResult(
            FrameBuilder.settings() + FrameBuilder.headers(1, block: headers.block)
                + FrameBuilder.data(1, [1], endStream: true))
        #expect(result.error?.facts == .remote(.invalidBodyLength, on: 1))
    }

    // MARK: Server

    @Test("RFC 7540 §3.2: the server's SETTINGS are sent, and the client's settings are in force")
    func server() throws {
        let peer = try Peer(.server, handshake: false)
        let connection = peer.connection
        // INITIAL_WINDOW_SIZE 32,768.
        try connection.initiateUpgradeConnection(settingsHeader: "AAQAAIAA")
        let frames = peer.sent()
        #expect(
            frames
                == WireReader.frames(
                    in: FrameBuilder.settings([
                        (1, 4_096), (2, 0), (4, 65_535), (5, 16_384), (8, 0), (3, 100), (6, 65_536),
                    ])))
        #expect(connection.remoteSettings.initialWindowSize == 32_768)
        #expect(try connection.localFlowControlWindow(on: 1) == 32_768)
        #expect(connection.openInboundStreams == 1 && connection.highestInboundStreamID == 1)
        #expect(connection.connectionState == .open)

        try connection.sendHeaders(.sampleResponse, on: 1)
        try connection.sendData([1, 2, 3], on: 1, endStream: true)
        #expect(peer.sent().map(\.type) == [.headers, .data])
        #expect(connection.openInboundStreams == 0)
    }

    @Test(
        "RFC 7540 §3.5: the client preface follows the upgrade, and no event is repeated",
        arguments: Cut.all)
    func preface(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut, handshake: false)
        try peer.connection.initiateUpgradeConnection(settingsHeader: "AAQAAIAA")
        peer.sent()
        let events = try peer.receive(
            FrameBuilder.preface() + FrameBuilder.settings([(4, 40_000)])
                + FrameBuilder.headers(3, block: H2Headers.sampleRequest.block))
        #expect(
            events == [
                .remoteSettingsChanged(
                    .init(changes: [H2SettingChange(.initialWindowSize, from: 32_768, to: 40_000)])),
                .requestReceived(.init(streamID: 3, headers: .sampleRequest)),
            ])
        // The only acknowledgement is the one of the SETTINGS frame.
        #expect(peer.sent() == WireReader.frames(in: FrameBuilder.settingsAck()))
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 40_000)
    }

    @Test("RFC 7540 §3.5: a missing client preface is a connection error without GOAWAY")
    func noPreface() throws {
        let peer = try Peer(.server, handshake: false)
        try peer.connection.initiateUpgradeConnection(settingsHeader: Self.defaults)
        peer.sent()
        let result = peer.receiveResult(FrameBuilder.settings())
        #expect(result.error?.facts == .remote(.protocolViolation) && peer.sent() == [])
    }

    @Test("§5.1: the request on stream 1 is complete; further frames on it reset the stream")
    func requestIsComplete() throws {
        for bytes in [
            FrameBuilder.data(1, [1]),
            FrameBuilder.headers(1, block: H2Headers.sampleRequest.block),
        ] {
            let peer = try Peer(.server, handshake: false)
            try peer.connection.initiateUpgradeConnection(settingsHeader: nil)
            try peer.receive(FrameBuilder.preface() + FrameBuilder.settings())
            peer.sent()
            let events = try peer.receive(bytes)
            #expect(
                events == [
                    .streamReset(.init(streamID: 1, errorCode: .streamClosed, isRemote: false))
                ])
            #expect(peer.sent() == WireReader.frames(in: FrameBuilder.rstStream(1, code: 5)))
        }
    }

    @Test("a server may push on stream 1, unless HTTP2-Settings disables push")
    func push() throws {
        let allowing = H2Connection(.server)
        try allowing.initiateUpgradeConnection(settingsHeader: Self.defaults)
        try allowing.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        let refusing = H2Connection(.server)
        try refusing.initiateUpgradeConnection(settingsHeader: "AAIAAAAA")
        expectMisuse(refusing, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try refusing.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        }
    }

    @Test("each role has its own upgrade method, and a connection is initiated only once")
    func misuse() throws {
        let client = H2Connection(.client)
        expectMisuse(client, .local(.protocolViolation)) { () throws(H2Error) in
            try client.initiateUpgradeConnection(settingsHeader: Self.defaults)
        }
        let server = H2Connection(.server)
        expectMisuse(server, .local(.protocolViolation)) { () throws(H2Error) in
            _ = try server.initiateUpgradeConnection()
        }
        _ = try client.initiateUpgradeConnection()
        try server.initiateUpgradeConnection(settingsHeader: nil)
        expectMisuse(client, .local(.protocolViolation)) { () throws(H2Error) in
            _ = try client.initiateUpgradeConnection()
        }
        expectMisuse(client, .local(.protocolViolation)) { () throws(H2Error) in
            try client.initiateConnection()
        }
        expectMisuse(server, .local(.protocolViolation)) { () throws(H2Error) in
            try server.initiateUpgradeConnection(settingsHeader: nil)
        }
    }

    @Test("a complete upgrade, from client to server and back", arguments: Cut.all)
    func conversation(cut: Cut) throws {
        let pair = Pair(cut: cut)
        let value = try pair.client.initiateUpgradeConnection()
        try pair.server.initiateUpgradeConnection(settingsHeader: value)
        try pair.exchange()
        try pair.respond(on: 1, body: [1, 2, 3])
        let events = try pair.exchange().client
        #expect(
            events == [
                .responseReceived(.init(streamID: 1, headers: .sampleResponse)),
                .dataReceived(
                    .init(streamID: 1, data: [1, 2, 3], flowControlledLength: 3, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
        let id = try pair.openStream(endStream: true)
        #expect(id == 3)
        try pair.respond(on: id)
        try pair.exchange()
        #expect(pair.client.openOutboundStreams == 0 && pair.server.openInboundStreams == 0)
    }
}
