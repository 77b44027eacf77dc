// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Local settings, and when they are in force: RFC 9113 §6.5.3.
@Suite struct LocalSettingsTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    /// A connection whose settings are not acknowledged, with empty output.
    private func unacknowledged(
        _ role: H2Configuration.Role = .server, _ settings: H2Settings = [:]
    ) throws -> Peer {
        var configuration = H2Configuration(role)
        configuration.initialSettings = settings
        let peer = try Peer(configuration, handshake: false)
        try peer.connection.initiateConnection()
        try peer.receive(peer.preface + FrameBuilder.settings())
        _ = peer.sent()
        return peer
    }

    private func request(_ id: UInt32, endStream: Bool = false) -> [UInt8] {
        FrameBuilder.headers(id, block: H2Headers.sampleRequest.block, endStream: endStream)
    }

    private func acknowledged(_ changes: H2SettingChange...) -> H2Event {
        .settingsAcknowledged(.init(changes: changes))
    }

    @Test("§3.4: a client's first bytes are the preface and SETTINGS, as h2 writes them")
    func clientPreface() throws {
        let connection = H2Connection(.client)
        try connection.initiateConnection()
        let settings = FrameBuilder.settings([
            (0x1, 4_096), (0x2, 1), (0x4, 65_535), (0x5, 16_384), (0x8, 0), (0x3, 100),
            (0x6, 65_536),
        ])
        #expect(connection.dataToSend() == FrameBuilder.preface() + settings)
    }

    @Test("§3.4: a server's first bytes are SETTINGS, as h2 writes them")
    func serverPreface() throws {
        let connection = H2Connection(.server)
        try connection.initiateConnection()
        let settings = FrameBuilder.settings([
            (0x1, 4_096), (0x2, 0), (0x4, 65_535), (0x5, 16_384), (0x8, 0), (0x3, 100),
            (0x6, 65_536),
        ])
        #expect(connection.dataToSend() == settings)
    }

    @Test("initial settings replace the defaults, and further ones follow", arguments: roles)
    func initialSettings(role: H2Configuration.Role) throws {
        var configuration = H2Configuration(role)
        configuration.initialSettings = [
            .init(rawValue: 0xf0f0): 7, .maxHeaderListSize: 1, .maxFrameSize: 0xff_ffff,
            .headerTableSize: 0, .initialWindowSize: 0x7fff_ffff, .enablePush: 0,
        ]
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        let frame = WireReader.frames(in: connection.dataToSend()).first
        #expect(
            frame?.settings == [
                .init(0x1, 0), .init(0x2, 0), .init(0x4, 0x7fff_ffff), .init(0x5, 0xff_ffff),
                .init(0x8, 0), .init(0x3, 100), .init(0x6, 1), .init(0xf0f0, 7),
            ])
    }

    @Test(
        "§6.5.3: settings are in force after the acknowledgement, and none of them before",
        arguments: roles)
    func inForce(role: H2Configuration.Role) throws {
        let peer = try unacknowledged(role, [.maxFrameSize: 20_000, .initialWindowSize: 10])
        let before = peer.connection.localSettings
        #expect(before.maxFrameSize == 16_384 && before.initialWindowSize == 65_535)
        #expect(before.maxConcurrentStreams == nil && before.maxHeaderListSize == nil)
        #expect(before.headerTableSize == 4_096 && before.enablePush == (role == .client))
        #expect(before.unacknowledged.count == 1)
        #expect(before.unacknowledged.first?[.maxFrameSize] == 20_000)
        #expect(peer.connection.maxInboundFrameSize == 16_384)

        let events = try peer.receive(FrameBuilder.settingsAck())
        let push: UInt32 = role == .client ? 1 : 0
        #expect(
            events == [
                acknowledged(
                    .init(.headerTableSize, from: 4_096, to: 4_096),
                    .init(.enablePush, from: push, to: push),
                    .init(.initialWindowSize, from: 65_535, to: 10),
                    .init(.maxFrameSize, from: 16_384, to: 20_000),
                    .init(.enableConnectProtocol, from: 0, to: 0),
                    .init(.maxConcurrentStreams, from: nil, to: 100),
                    .init(.maxHeaderListSize, from: nil, to: 65_536))
            ])
        let after = peer.connection.localSettings
        #expect(after.maxFrameSize == 20_000 && after.initialWindowSize == 10)
        #expect(after.maxConcurrentStreams == 100 && after.maxHeaderListSize == 65_536)
        #expect(after.unacknowledged.isEmpty && peer.connection.maxInboundFrameSize == 20_000)
    }

    @Test("§6.5.3: larger frames are accepted once MAX_FRAME_SIZE is acknowledged")
    func maxFrameSize() throws {
        let frame = FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_385))
        let early = try unacknowledged(.server, [.maxFrameSize: 16_385])
        let refused = early.receiveResult(request(1) + frame)
        #expect(refused.error?.facts == .remote(.frameTooLarge, .frameSizeError, on: 1))

        let peer = try unacknowledged(.server, [.maxFrameSize: 16_385])
        try peer.receive(FrameBuilder.settingsAck() + request(1) + frame)
        let tooLarge = FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_386))
        #expect(peer.receiveResult(tooLarge).error?.kind == .frameTooLarge)
    }

    @Test("§6.5.3: the acknowledgement also changes the windows of open streams")
    func initialWindowSize() throws {
        let peer = try unacknowledged(.server, [.initialWindowSize: 10])
        try peer.receive(request(1) + FrameBuilder.data(1, [UInt8](repeating: 0, count: 100)))
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 65_435)
        try peer.receive(FrameBuilder.settingsAck() + request(3))
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == -90)
        #expect(try peer.connection.remoteFlowControlWindow(on: 3) == 10)
    }

    @Test("§6.5.2: MAX_HEADER_LIST_SIZE is in force once it is acknowledged")
    func maxHeaderListSize() throws {
        let peer = try unacknowledged(.server, [.maxHeaderListSize: 60])
        try peer.receive(request(1) + FrameBuilder.settingsAck())
        let error = peer.receiveResult(request(3)).error
        #expect(error?.kind == .denialOfService && error?.limit == .headerListSize)
        #expect(error?.errorCode == .enhanceYourCalm && error?.expected == 60)
        #expect(peer.sent().last?.errorCode == 0xb)
    }

    @Test(
        "§5.1.2: an excess stream is refused before the acknowledgement, a connection error after")
    func maxConcurrentStreams() throws {
        let peer = try unacknowledged(.server, [.maxConcurrentStreams: 1])
        let events = try peer.receive(request(1) + request(3, endStream: true) + request(5))
        #expect(events == [.requestReceived(.init(streamID: 1, headers: .sampleRequest))])
        #expect(
            peer.sent().map(\.bytes) == [
                FrameBuilder.rstStream(3, code: 0x7), FrameBuilder.rstStream(5, code: 0x7),
            ])
        #expect(peer.connection.openInboundStreams == 1)
        #expect(peer.connection.highestInboundStreamID == 5)
        let closed = failure { () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleResponse, on: 3)
        }
        #expect(closed?.facts == .local(.streamClosed, .streamClosed, on: 3))

        // A refused request may be sent again.
        try peer.receive(FrameBuilder.rstStream(1))
        #expect(try peer.receive(request(7)).count == 1)
        try peer.receive(FrameBuilder.settingsAck())
        let error = peer.receiveResult(request(9)).error
        #expect(error?.facts == .remote(.tooManyStreams, .protocolError, on: 9))
        #expect(error?.expected == 1 && error?.actual == 1)
        #expect(peer.sent().last?.lastStreamID == 7)
    }

    @Test("§6.5.3: a limit of 0 refuses every stream")
    func noStreams() throws {
        let peer = try unacknowledged(.server, [.maxConcurrentStreams: 0])
        #expect(try peer.receive(request(1)) == [])
        #expect(peer.sent().map(\.errorCode) == [0x7])
        try peer.receive(FrameBuilder.settingsAck())
        #expect(peer.receiveResult(request(3)).error?.kind == .tooManyStreams)
    }

    @Test("§6.5.3: each acknowledgement is for one SETTINGS frame", arguments: roles)
    func oneFrameEach(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        try peer.connection.updateSettings([.maxFrameSize: 20_000, .initialWindowSize: 1_000])
        try peer.connection.updateSettings([.maxFrameSize: 30_000])
        #expect(
            peer.sent().map(\.bytes) == [
                FrameBuilder.settings([(0x5, 20_000), (0x4, 1_000)]),
                FrameBuilder.settings([(0x5, 30_000)]),
            ])
        #expect(
            peer.connection.localSettings.unacknowledged == [
                [.maxFrameSize: 20_000, .initialWindowSize: 1_000], [.maxFrameSize: 30_000],
            ])
        #expect(
            try peer.receive(FrameBuilder.settingsAck()) == [
                acknowledged(
                    .init(.maxFrameSize, from: 16_384, to: 20_000),
                    .init(.initialWindowSize, from: 65_535, to: 1_000))
            ])
        #expect(peer.connection.maxInboundFrameSize == 20_000)
        #expect(
            try peer.receive(FrameBuilder.settingsAck()) == [
                acknowledged(.init(.maxFrameSize, from: 20_000, to: 30_000))
            ])
        #expect(peer.connection.localSettings.initialWindowSize == 1_000)
        #expect(peer.connection.localSettings.unacknowledged.isEmpty)
    }

    @Test(
        "an unsolicited acknowledgement is reported without changes, and changes nothing",
        arguments: roles)
    func unsolicitedAcknowledgement(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        let before = ConnectionSnapshot(of: peer.connection)
        let events = try peer.receive(FrameBuilder.settingsAck() + FrameBuilder.settingsAck())
        #expect(events == [acknowledged(), acknowledged()])
        #expect(ConnectionSnapshot(of: peer.connection) == before)
    }

    @Test("§6.5: an acknowledgement with a payload is a FRAME_SIZE_ERROR", arguments: roles)
    func acknowledgementWithPayload(role: H2Configuration.Role) throws {
        for payload in [[UInt8](repeating: 0, count: 6), [1]] {
            let peer = try Peer(H2Configuration(role))
            let frame = FrameBuilder.raw(type: 0x4, flags: 0x1, payload: payload)
            let error = peer.receiveResult(frame).error
            #expect(error?.errorCode == .frameSizeError && error?.origin == .remote)
            #expect(peer.sent().map(\.errorCode) == [0x6])
        }
    }

    @Test("an empty SETTINGS frame may be sent, and is acknowledged", arguments: roles)
    func emptySettings(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        try peer.connection.updateSettings([:])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.settings()])
        #expect(try peer.receive(FrameBuilder.settingsAck()) == [acknowledged()])
    }

    @Test(
        "RFC 7541 §4.2: a smaller local table requires a size update once it is acknowledged",
        arguments: roles)
    func headerTableSize(role: H2Configuration.Role) throws {
        for hasUpdate in [true, false] {
            let peer = try Peer(H2Configuration(role))
            try peer.connection.updateSettings([.headerTableSize: 0])
            try peer.receive(FrameBuilder.settingsAck())
            if role == .client { try peer.connection.sendHeaders(.sampleRequest, on: 1) }
            var block = HPACKEncoder()
            if hasUpdate { block.sizeUpdate(0) }
            block.raw((role == .client ? H2Headers.sampleResponse : .sampleRequest).block)
            let result = peer.receiveResult(FrameBuilder.headers(1, block: block.bytes))
            if hasUpdate {
                #expect(result.error == nil && result.events.count == 1)
            } else {
                #expect(result.error?.errorCode == .compressionError)
            }
        }
    }

    @Test(
        "2,730 settings fit in a frame, regardless of the peer's MAX_FRAME_SIZE", arguments: roles)
    func tooManySettings(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role), settings: [(0x5, 32_768)])
        var settings = H2Settings()
        for identifier in 0x100..<0x100 + 2_730 as Range<UInt16> {
            settings[.init(rawValue: identifier)] = 1
        }
        try peer.connection.updateSettings(settings)
        #expect(peer.sent().map(\.payload.count) == [16_380])
        settings[.init(rawValue: 0x2000)] = 1
        expectMisuse(peer.connection, .local(.frameTooLarge, .frameSizeError)) {
            () throws(H2Error) in try peer.connection.updateSettings(settings)
        }
        var configuration = H2Configuration(role)
        configuration.initialSettings = settings
        let connection = H2Connection(configuration)
        let error = failure { () throws(H2Error) in try connection.initiateConnection() }
        #expect(error?.facts == .local(.frameTooLarge, .frameSizeError))
        #expect(error?.expected == 16_384 && !connection.hasDataToSend)
    }

    /// Values that must not be announced, and the error code of each.
    static let invalid: [(H2Settings, H2ErrorCode)] = [
        ([.enablePush: 2], .protocolError),
        ([.initialWindowSize: 0x8000_0000], .flowControlError),
        ([.initialWindowSize: 0xffff_ffff], .flowControlError),
        ([.maxFrameSize: 16_383], .protocolError),
        ([.maxFrameSize: 0x100_0000], .protocolError),
        ([.enableConnectProtocol: 2], .protocolError),
        ([.headerTableSize: 1, .maxFrameSize: 0], .protocolError),
    ]

    @Test(
        "§6.5.2: invalid values are refused with their error code, and change nothing",
        arguments: roles)
    func invalidValues(role: H2Configuration.Role) throws {
        for (settings, code) in Self.invalid {
            let peer = try Peer(H2Configuration(role))
            expectMisuse(peer.connection, .local(.invalidSettingsValue, code)) {
                () throws(H2Error) in try peer.connection.updateSettings(settings)
            }
            var configuration = H2Configuration(role)
            configuration.initialSettings = settings
            let connection = H2Connection(configuration)
            let error = failure { () throws(H2Error) in try connection.initiateConnection() }
            #expect(error?.facts == .local(.invalidSettingsValue, code))
            #expect(!connection.hasDataToSend)
        }
    }

    @Test("§6.5.2: a server cannot enable push; a client can disable and enable it again")
    func push() throws {
        let server = try Peer(.server)
        expectMisuse(server.connection, .local(.invalidSettingsValue)) { () throws(H2Error) in
            try server.connection.updateSettings([.enablePush: 1])
        }
        try server.connection.updateSettings([.enablePush: 0])
        let client = try Peer(.client)
        try client.connection.updateSettings([.enablePush: 0])
        try client.receive(FrameBuilder.settingsAck())
        #expect(!client.connection.localSettings.enablePush)
        try client.connection.updateSettings([.enablePush: 1])
        try client.receive(FrameBuilder.settingsAck())
        #expect(client.connection.localSettings.enablePush)
    }
}
