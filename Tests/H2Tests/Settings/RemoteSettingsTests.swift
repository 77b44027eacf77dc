// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The peer's settings: validated, then in force immediately and acknowledged. RFC 9113 §6.5.
@Suite struct RemoteSettingsTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    private func changed(_ changes: H2SettingChange...) -> H2Event {
        .remoteSettingsChanged(.init(changes: changes))
    }

    @Test(
        "§6.5.3: settings take effect immediately, are reported with old values, acknowledged",
        arguments: roles)
    func inForce(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        let before = peer.connection.remoteSettings
        #expect(before.headerTableSize == 4_096 && before.initialWindowSize == 65_535)
        #expect(before.maxFrameSize == 16_384 && before.maxConcurrentStreams == nil)
        #expect(before.maxHeaderListSize == nil && !before.enableConnectProtocol)
        #expect(before.unacknowledged.isEmpty)

        let events = try peer.receive(
            FrameBuilder.settings([(0x6, 1_000), (0x3, 0), (0x5, 16_385), (0x8, 1), (0x4, 65_535)]))
        #expect(
            events == [
                changed(
                    .init(.maxHeaderListSize, from: nil, to: 1_000),
                    .init(.maxConcurrentStreams, from: nil, to: 0),
                    .init(.maxFrameSize, from: 16_384, to: 16_385),
                    .init(.enableConnectProtocol, from: 0, to: 1),
                    .init(.initialWindowSize, from: 65_535, to: 65_535))
            ])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.settingsAck()])
        let after = peer.connection.remoteSettings
        #expect(after.maxHeaderListSize == 1_000 && after.maxConcurrentStreams == 0)
        #expect(after.maxFrameSize == 16_385 && after.enableConnectProtocol)
        #expect(after[.maxFrameSize] == 16_385 && after.inForce[.maxHeaderListSize] == 1_000)
        #expect(peer.connection.maxOutboundFrameSize == 16_385)
    }

    @Test("§6.5: an empty SETTINGS frame changes nothing and is acknowledged", arguments: roles)
    func empty(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        #expect(try peer.receive(FrameBuilder.settings()) == [changed()])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.settingsAck()])
    }

    @Test("§6.5.2: unknown settings are reported and kept", arguments: roles)
    func unknown(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        let identifier = H2Settings.Identifier(rawValue: 0xf0f0)
        let zero = H2Settings.Identifier(rawValue: 0)
        let events = try peer.receive(
            FrameBuilder.settings([(0xf0f0, 5), (0x0, 0xffff_ffff), (0x5, 20_000)]))
        #expect(
            events == [
                changed(
                    .init(identifier, from: nil, to: 5), .init(zero, from: nil, to: 0xffff_ffff),
                    .init(.maxFrameSize, from: 16_384, to: 20_000))
            ])
        #expect(peer.connection.remoteSettings[identifier] == 5)
        let again = try peer.receive(FrameBuilder.settings([(0xf0f0, 6)]))
        #expect(again == [changed(.init(identifier, from: 5, to: 6))])
    }

    @Test("§6.5.3: the last value of a repeated setting counts", arguments: roles)
    func repeated(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        let events = try peer.receive(
            FrameBuilder.settings([(0x5, 20_000), (0x4, 9), (0x1, 0), (0x5, 30_000), (0x1, 100)]))
        #expect(
            events == [
                changed(
                    .init(.maxFrameSize, from: 16_384, to: 30_000),
                    .init(.initialWindowSize, from: 65_535, to: 9),
                    .init(.headerTableSize, from: 4_096, to: 100))
            ])
        #expect(peer.connection.maxOutboundFrameSize == 30_000)
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.settingsAck()])
    }

    /// Values that a peer must not announce. The role is the local one.
    static let invalid: [(H2Configuration.Role, [(UInt16, UInt32)], H2ErrorCode)] = [
        (.server, [(0x2, 2)], .protocolError),
        (.client, [(0x2, 1)], .protocolError),
        (.client, [(0x2, 2)], .protocolError),
        (.server, [(0x4, 0x8000_0000)], .flowControlError),
        (.client, [(0x4, 0xffff_ffff)], .flowControlError),
        (.server, [(0x5, 16_383)], .protocolError),
        (.client, [(0x5, 0x100_0000)], .protocolError),
        (.server, [(0x8, 2)], .protocolError),
        (.client, [(0x8, 2)], .protocolError),
        (.client, [(0x9, 2)], .protocolError),
        // A valid value before or after does not help. The first invalid value determines the code.
        (.server, [(0x3, 1), (0x5, 0), (0x4, 0xffff_ffff)], .protocolError),
        (.server, [(0x4, 0xffff_ffff), (0x4, 1)], .flowControlError),
        (.client, [(0x5, 20_000), (0x5, 1)], .protocolError),
    ]

    @Test(
        "§6.5.2: an invalid value is a connection error, and no value of its frame takes effect",
        arguments: invalid)
    func invalidValue(
        role: H2Configuration.Role, settings: [(UInt16, UInt32)], code: H2ErrorCode
    ) throws {
        let peer = try Peer(H2Configuration(role))
        let before = peer.connection.remoteSettings
        let result = peer.receiveResult(FrameBuilder.settings(settings))
        #expect(result.error?.facts == .remote(.invalidSettingsValue, code))
        #expect(result.events.isEmpty)
        #expect(peer.sent().map(\.errorCode) == [code.rawValue])
        #expect(peer.connection.remoteSettings == before)
    }

    @Test("§6.5.2: the smallest and largest values are valid", arguments: roles)
    func limits(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        try peer.receive(
            FrameBuilder.settings([
                (0x1, 0xffff_ffff), (0x3, 0xffff_ffff), (0x4, 0x7fff_ffff), (0x5, 0xff_ffff),
                (0x6, 0xffff_ffff), (0x8, 1), (0x2, 0),
            ]))
        #expect(peer.connection.maxOutboundFrameSize == 0xff_ffff)
        try peer.receive(
            FrameBuilder.settings([(0x1, 0), (0x3, 0), (0x4, 0), (0x5, 16_384), (0x6, 0)]))
        #expect(peer.connection.maxOutboundFrameSize == 16_384)
        #expect(peer.connection.remoteSettings.maxConcurrentStreams == 0)
    }

    @Test("RFC 8441 §3: a server must not disable extended CONNECT again")
    func extendedConnect() throws {
        let client = try Peer(.client, settings: [(0x8, 1)])
        let error = client.receiveResult(FrameBuilder.settings([(0x8, 0)])).error
        #expect(error?.facts == .remote(.invalidSettingsValue, .protocolError))
    }

    @Test(
        "without a limit, 4,096 entries are accepted, and one more is denial of service",
        arguments: roles)
    func tooManyEntries(role: H2Configuration.Role) throws {
        var configuration = H2Configuration.unlimited(role)
        configuration.initialSettings = [.maxFrameSize: 1 << 16]
        let peer = try Peer(configuration)
        let many = (0..<4_096).map { (UInt16(0x1000 + $0 % 16), UInt32($0)) }
        let events = try peer.receive(FrameBuilder.settings(many))
        #expect(events.count == 1)
        #expect(peer.connection.remoteSettings[.init(rawValue: 0x100f)] == 4_095)
        _ = peer.sent()
        let error = peer.receiveResult(FrameBuilder.settings(many + [(0x5, 16_384)])).error
        #expect(error?.facts == .remote(.denialOfService, .enhanceYourCalm))
        #expect(error?.limit == .settingsPerFrame)
        #expect(error?.expected == 4_096 && error?.actual == 4_097)
        #expect(peer.sent().map(\.errorCode) == [0xb])
    }

    @Test("§4.2: a DATA frame may be as long as the peer's MAX_FRAME_SIZE", arguments: roles)
    func maxFrameSize(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role), settings: [(0x4, 1 << 20)])
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1 << 20))
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
            try peer.connection.sendHeaders(.sampleResponse, on: 1)
        }
        _ = peer.sent()
        let data = [UInt8](repeating: 9, count: 40_001)
        let refused = failure { () throws(H2Error) in try peer.connection.sendData(data, on: 1) }
        #expect(refused?.facts == .local(.frameTooLarge, .frameSizeError, on: 1))
        #expect(refused?.expected == 16_384 && refused?.actual == 40_001)
        try peer.receive(FrameBuilder.settings([(0x5, 40_000)]))
        #expect(throws: H2Error.self) { try peer.connection.sendData(data, on: 1) }
        _ = peer.sent()
        try peer.connection.sendData(data.dropLast(), on: 1)
        try peer.connection.sendData(data.dropLast(11), on: 1, padLength: 9)
        #expect(peer.sent().map(\.payload.count) == [40_000, 40_000])
        #expect(try peer.connection.localFlowControlWindow(on: 1) == (1 << 20) - 80_000)
    }

    @Test("§5.1.2: the peer's MAX_CONCURRENT_STREAMS limits the streams that a client opens")
    func maxConcurrentStreams() throws {
        let peer = try Peer(.client, settings: [(0x3, 2)])
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
        try peer.connection.sendHeaders(.sampleRequest, on: 3)
        let error = failure { () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleRequest, on: 5)
        }
        #expect(error?.facts == .local(.tooManyStreams, on: 5))
        #expect(error?.expected == 2 && error?.actual == 2)
        // A lower limit closes no stream, RFC 9113 §5.1.2.
        try peer.receive(FrameBuilder.settings([(0x3, 0)]))
        #expect(peer.connection.openOutboundStreams == 2)
        try peer.receive(FrameBuilder.rstStream(1) + FrameBuilder.settings([(0x3, 2)]))
        try peer.connection.sendHeaders(.sampleRequest, on: 5)
        #expect(peer.connection.openOutboundStreams == 2)
    }

    @Test(
        "RFC 7541 §4.2: field blocks still decode when the peer changes its table size",
        arguments: roles)
    func headerTableSize(role: H2Configuration.Role) throws {
        let peer = try Peer(H2Configuration(role))
        var id: UInt32 = 1
        // The peer's limits, in one frame each. If there are two, both count.
        let steps: [[UInt32]] = [
            [4_096], [0], [0], [65_536], [100], [0, 4_096], [1 << 20], [50, 60],
        ]
        for sizes in steps {
            try peer.receive(FrameBuilder.settings(sizes.map { (0x1, $0) }))
            for size in sizes { peer.decoder.sizeLimit = Int(size) }
            for round in 0..<3 {
                let fields: H2Headers =
                    role == .client
                    ? [
                        ":method": "GET", ":scheme": "https", ":authority": "a.example",
                        ":path": "/", "x-value": "round \(round)", "x-same": "the same",
                    ] : [":status": "200", "x-value": "round \(round)", "x-same": "the same"]
                if role == .server {
                    try peer.receive(
                        FrameBuilder.headers(
                            id, block: H2Headers.sampleRequest.block, endStream: true))
                }
                try peer.connection.sendHeaders(fields, on: H2StreamID(id), endStream: true)
                let frame = try #require(peer.sent().last { $0.type == .headers })
                let decoded = peer.sentHeaders(of: frame)
                #expect(decoded.map(\.name) == fields.map { Array($0.nameBytes) })
                #expect(decoded.map(\.value) == fields.map { Array($0.valueBytes) })
                id += 2
            }
        }
    }
}
