// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// CONNECT, RFC 9113 §8.5, and extended CONNECT, RFC 8441.
@Suite struct ConnectTests {
    private static let connect: H2Headers = [":method": "CONNECT", ":authority": "example.com:443"]

    private static let extended: H2Headers = [
        ":method": "CONNECT", ":protocol": "websocket", ":scheme": "https", ":path": "/chat",
        ":authority": "example.com", "sec-websocket-version": "13",
    ]

    @Test(
        "§8.5: a tunnel carries DATA in both directions, and each direction ends by itself",
        arguments: Cut.all,
        [connect, extended])
    func tunnel(cut: Cut, headers: H2Headers) throws {
        var server = H2Configuration.server
        server.initialSettings = [.enableConnectProtocol: 1]
        let pair = try Pair.started(server: server, cut: cut)
        try pair.client.sendHeaders(headers, on: 1)
        let requests = try pair.exchange().server
        #expect(requests == [.requestReceived(.init(streamID: 1, headers: headers))])
        try pair.server.sendHeaders([":status": "200"], on: 1)
        for round: UInt8 in 0..<5 {
            try pair.client.sendData([round, 1], on: 1)
            try pair.server.sendData([round, 2], on: 1)
            let events = try pair.exchange()
            #expect(
                events.server == [
                    .dataReceived(.init(streamID: 1, data: [round, 1], flowControlledLength: 2))
                ])
            #expect(
                events.client.last
                    == .dataReceived(.init(streamID: 1, data: [round, 2], flowControlledLength: 2)))
        }
        try pair.client.endStream(1)
        let half = try pair.exchange().server
        #expect(half.last == .streamEnded(.init(streamID: 1)))
        try pair.server.sendData([9], on: 1, endStream: true)
        let end = try pair.exchange().client
        #expect(end.last == .streamEnded(.init(streamID: 1)))
        #expect(pair.client.openOutboundStreams == 0 && pair.server.openInboundStreams == 0)
    }

    @Test("§8.5: \"A TCP connection error is signaled with RST_STREAM … CONNECT_ERROR\"")
    func connectError() throws {
        let pair = try Pair.started()
        try pair.client.sendHeaders(Self.connect, on: 1)
        try pair.exchange()
        try pair.server.sendHeaders([":status": "200"], on: 1)
        try pair.server.resetStream(1, errorCode: .connectError)
        let events = try pair.exchange().client
        #expect(
            events.last
                == .streamReset(.init(streamID: 1, errorCode: .connectError, isRemote: true)))
    }

    @Test("§8.5: a refusal of CONNECT is an ordinary response")
    func refusal() throws {
        let pair = try Pair.started()
        try pair.client.sendHeaders(Self.connect, on: 1)
        try pair.exchange()
        try pair.respond(on: 1, headers: [":status": "403", "content-length": "2"], body: [1, 2])
        let events = try pair.exchange().client
        #expect(events.last == .streamEnded(.init(streamID: 1)))
    }

    @Test(
        "RFC 9110 §8.6: content-length is ignored in a 2xx response to CONNECT, unlike in h2")
    func lengthOfTunnel() throws {
        func received(_ headers: H2Headers, _ data: [UInt8]) throws -> ErrorFacts? {
            let peer = try Peer(.client)
            try peer.connection.sendHeaders(Self.connect, on: 1)
            return peer.receiveResult(
                FrameBuilder.headers(1, block: headers.block)
                    + FrameBuilder.data(1, data, endStream: true)
            ).error?.facts
        }
        for status in ["200", "204", "299"] {
            let headers: H2Headers = [":status": status, "content-length": "2"]
            #expect(try received(headers, [1, 2, 3]) == nil)
            #expect(try received(headers, []) == nil)
        }
        for status in ["302", "403", "503"] {
            let headers: H2Headers = [":status": status, "content-length": "2"]
            #expect(try received(headers, [1, 2]) == nil)
            #expect(try received(headers, [1, 2, 3]) == .remote(.invalidBodyLength, on: 1))
            #expect(try received(headers, []) == .remote(.invalidBodyLength, on: 1))
        }
    }

    @Test("§8.5: \":scheme and :path … MUST be omitted\"; :authority is required")
    func plainForms() throws {
        for headers: H2Headers in [
            Self.connect + ["host": "example.com:443"],
            [":authority": "a:1", ":method": "CONNECT"],
        ] {
            try HeaderRuleProbe.expectAccepted(headers, .request)
            try HeaderRuleProbe.expectSent(headers, .request)
        }
        for headers: H2Headers in [
            Self.connect + [":scheme": "https"], Self.connect + [":path": "/"],
            Self.connect + [":scheme": "https", ":path": "/"], [":method": "CONNECT"],
            [":method": "CONNECT", "host": "a:1"],
            Self.connect + ["host": "other:443"], Self.connect + [":status": "200"],
        ] {
            try HeaderRuleProbe.expectMalformed(headers, .request)
            try HeaderRuleProbe.expectNotSent(headers, .request)
        }
    }

    @Test("§8.5: the method CONNECT is case-sensitive, and must match exactly")
    func methodCase() throws {
        for method in ["connect", "Connect", "CONNECTS", "CONNEC"] {
            let headers: H2Headers = [":method": method, ":authority": "a:1"]
            try HeaderRuleProbe.expectMalformed(headers, .request)
            try HeaderRuleProbe.expectNotSent(headers, .request)
        }
    }

    @Test("RFC 8441 §4: :protocol needs CONNECT, :scheme, :path, and :authority or host")
    func extendedForms() throws {
        for name in [":scheme", ":path", ":authority", ":method"] {
            let headers = H2Headers(Self.extended.filter { $0.name != name })
            try HeaderRuleProbe.expectMalformed(headers, .request)
            try HeaderRuleProbe.expectNotSent(headers, .request)
        }
        let get = H2Headers.sampleRequest + [":protocol": "websocket"]
        try HeaderRuleProbe.expectMalformed(get, .request)
        try HeaderRuleProbe.expectNotSent(get, .request)
        let hosted = H2Headers(Self.extended.filter { $0.name != ":authority" }) + ["host": "a"]
        try HeaderRuleProbe.expectAccepted(hosted, .request)
        try HeaderRuleProbe.expectSent(hosted, .request)
        for protocolName in ["", "connect-udp", "anything at all"] {
            let headers: H2Headers = [
                ":method": "CONNECT", ":protocol": protocolName, ":scheme": "https", ":path": "/",
                ":authority": "a",
            ]
            try HeaderRuleProbe.expectAccepted(headers, .request)
            try HeaderRuleProbe.expectSent(headers, .request)
        }
    }

    @Test("RFC 8441 §4: :protocol is valid only in requests")
    func protocolElsewhere() throws {
        try HeaderRuleProbe.expectMalformed([":status": "200", ":protocol": "x"], .response)
        try HeaderRuleProbe.expectNotSent([":status": "200", ":protocol": "x"], .response)
        try HeaderRuleProbe.expectMalformed([":protocol": "x"], .trailers)
    }

    @Test("RFC 8441 §3: remoteSettings contains the server's ENABLE_CONNECT_PROTOCOL")
    func announced() throws {
        var server = H2Configuration.server
        server.initialSettings = [.enableConnectProtocol: 1]
        let pair = try Pair.started(server: server)
        #expect(pair.client.remoteSettings[.enableConnectProtocol] == 1)
        #expect(pair.server.localSettings[.enableConnectProtocol] == 1)
        let plain = try Pair.started()
        #expect(plain.client.remoteSettings[.enableConnectProtocol] == 0)
        try plain.server.updateSettings([.enableConnectProtocol: 1])
        try plain.exchange()
        #expect(plain.client.remoteSettings[.enableConnectProtocol] == 1)
    }

    @Test("RFC 8441 §3: \"MUST NOT send … 0 after previously sending a value of 1\"")
    func retraction() throws {
        var configuration = H2Configuration.server
        configuration.initialSettings = [.enableConnectProtocol: 1]
        let server = try Peer(configuration).connection
        expectMisuse(server, .local(.invalidSettingsValue)) { () throws(H2Error) in
            try server.updateSettings([.enableConnectProtocol: 0])
        }
        let client = try Peer(.client, settings: [(0x8, 1)])
        let result = client.receiveResult(FrameBuilder.settings([(0x8, 0)]))
        #expect(result.error?.facts == .remote(.invalidSettingsValue))
        #expect(client.sent().map(\.errorCode) == [0x1])
    }

    @Test("RFC 8441 §3: ENABLE_CONNECT_PROTOCOL is 0 or 1")
    func values() throws {
        let peer = try Peer(.client)
        let result = peer.receiveResult(FrameBuilder.settings([(0x8, 2)]))
        #expect(result.error?.facts == .remote(.invalidSettingsValue))
        let server = try Peer(.server).connection
        expectMisuse(server, .local(.invalidSettingsValue)) { () throws(H2Error) in
            try server.updateSettings([.enableConnectProtocol: 2])
        }
    }
}
