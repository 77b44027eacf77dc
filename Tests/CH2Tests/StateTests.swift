// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

@Suite struct StateTests {
    /// The values of all properties of a connection.
    private struct State: Equatable {
        var state: Int32 = 0
        var highestInbound: UInt32 = 0
        var highestOutbound: UInt32 = 0
        var openInbound: UInt32 = 0
        var openOutbound: UInt32 = 0
        var availableOutbound: Int64 = 0
        var maxInbound: UInt32 = 0
        var maxOutbound: UInt32 = 0
        var inboundWindow: Int64 = 0
        var outboundWindow: Int64 = 0
        var local: [UInt32: UInt32] = [:]
        var remote: [UInt32: UInt32] = [:]

        init(_ connection: CConnection) {
            let raw = connection.raw
            #expect(h2_connection_state(raw, &state) == 0)
            #expect(h2_connection_highest_inbound_stream_id(raw, &highestInbound) == 0)
            #expect(h2_connection_highest_outbound_stream_id(raw, &highestOutbound) == 0)
            #expect(h2_connection_open_inbound_streams(raw, &openInbound) == 0)
            #expect(h2_connection_open_outbound_streams(raw, &openOutbound) == 0)
            #expect(h2_connection_available_outbound_streams(raw, &availableOutbound) == 0)
            #expect(h2_connection_max_inbound_frame_size(raw, &maxInbound) == 0)
            #expect(h2_connection_max_outbound_frame_size(raw, &maxOutbound) == 0)
            #expect(h2_connection_inbound_flow_control_window(raw, &inboundWindow) == 0)
            #expect(h2_connection_outbound_flow_control_window(raw, &outboundWindow) == 0)
            local = Self.list { h2_connection_local_settings(raw, $0, $1, $2) }
            remote = Self.list { h2_connection_remote_settings(raw, $0, $1, $2) }
        }

        init(_ connection: H2Connection) {
            let states: [H2Connection.State: h2_state] = [
                .idle: H2_STATE_IDLE, .open: H2_STATE_OPEN, .closed: H2_STATE_CLOSED,
            ]
            state = states[connection.connectionState].map { Int32($0.rawValue) } ?? 0
            highestInbound = connection.highestInboundStreamID.rawValue
            highestOutbound = connection.highestOutboundStreamID.rawValue
            openInbound = UInt32(connection.openInboundStreams)
            openOutbound = UInt32(connection.openOutboundStreams)
            availableOutbound = connection.availableOutboundStreams.map { Int64($0) } ?? -1
            maxInbound = UInt32(connection.maxInboundFrameSize)
            maxOutbound = UInt32(connection.maxOutboundFrameSize)
            inboundWindow = Int64(connection.inboundFlowControlWindow)
            outboundWindow = Int64(connection.outboundFlowControlWindow)
            for entry in connection.localSettings.inForce.entries {
                local[UInt32(entry.identifier.rawValue)] = entry.value
            }
            for entry in connection.remoteSettings.inForce.entries {
                remote[UInt32(entry.identifier.rawValue)] = entry.value
            }
        }

        /// Gets the number of settings, then all of them.
        private static func list(
            _ ask: (UnsafeMutablePointer<h2_setting>?, Int, UnsafeMutablePointer<Int>) -> Int32
        ) -> [UInt32: UInt32] {
            var count = 0
            #expect(ask(nil, 0, &count) == 0)
            var settings = [h2_setting](
                repeating: h2_setting(identifier: 0, value: 0), count: count + 1)
            #expect(ask(&settings, count, &count) == 0)
            #expect(settings.last?.identifier == 0)
            return [UInt32: UInt32](
                uniqueKeysWithValues: settings.prefix(count).map { ($0.identifier, $0.value) })
        }
    }

    @Test("the state equals that of a connection in Swift after each step")
    func state() throws {
        let connection = CConnection(H2_SERVER)
        let twin = H2Connection(.server)
        #expect(State(connection) == State(twin))
        #expect(h2_connection_initiate(connection.raw) == 0)
        try twin.initiateConnection()
        #expect(State(connection) == State(twin))
        let steps = [
            FrameBuilder.preface() + FrameBuilder.settings([(0x5, 20_000), (0x4, 10)]),
            FrameBuilder.settingsAck(),
            FrameBuilder.headers(5, block: H2Headers.samplePost.block),
            FrameBuilder.data(5, [UInt8](repeating: 0, count: 900)),
            FrameBuilder.windowUpdate(0, increment: 77), FrameBuilder.rstStream(5),
        ]
        for step in steps {
            _ = try twin.receiveData(step)
            #expect(connection.receive(step) == 0)
            #expect(connection.events().result == 0)
            #expect(State(connection) == State(twin))
        }
        #expect(h2_connection_close(connection.raw, 0, nil, 0, H2_HIGHEST_STREAM_ID) == 0)
        try twin.closeConnection()
        #expect(State(connection) == State(twin))
    }

    @Test("stream windows are reported, even if negative")
    func windows() {
        let connection = CConnection(H2_CLIENT)
        #expect(connection.handshake() == 0)
        #expect(connection.sendHeaders(.samplePost, on: 1) == 0)
        #expect(h2_connection_send_data(connection.raw, 1, [1, 2, 3], 3, 0) == 0)
        #expect(connection.receive(FrameBuilder.settings([(0x4, 0)])) == 0)
        #expect(connection.events().result == 0)
        var window: Int64 = 0
        #expect(h2_connection_local_flow_control_window(connection.raw, 1, &window) == 0)
        #expect(window == -3)
        #expect(h2_connection_remote_flow_control_window(connection.raw, 1, &window) == 0)
        #expect(window == 65_535)
        #expect(
            h2_connection_local_flow_control_window(connection.raw, 3, &window)
                == H2_ERR_NO_SUCH_STREAM.rawValue)
        #expect(window == 65_535)
    }

    @Test("settings that await acknowledgement are reported")
    func unacknowledged() {
        let connection = CConnection(H2_CLIENT)
        let raw = connection.raw
        #expect(h2_connection_initiate(raw) == 0)
        #expect(h2_connection_update_settings(raw, [h2_setting(identifier: 6, value: 9)], 1) == 0)
        var frames = 0
        #expect(h2_connection_unacknowledged_frames(raw, &frames) == 0)
        #expect(frames == 2)
        var settings = [h2_setting](repeating: h2_setting(identifier: 0, value: 0), count: 2)
        var count = 0
        #expect(h2_connection_unacknowledged_settings(raw, 1, &settings, 2, &count) == 0)
        #expect(count == 1)
        #expect(settings[0].identifier == 6)
        #expect(settings[0].value == 9)
        #expect(settings[1].identifier == 0)
        // The first frame has more settings than the array has room for.
        #expect(h2_connection_unacknowledged_settings(raw, 0, &settings, 1, &count) == 0)
        #expect(count > 2)
        #expect(settings[1].identifier == 0)
        #expect(
            h2_connection_unacknowledged_settings(raw, 2, nil, 0, &count)
                == H2_ERR_INVALID_ARGUMENT.rawValue)
    }

    @Test("available stream identifiers increase")
    func streamIDs() {
        let connection = CConnection(H2_CLIENT)
        #expect(connection.handshake() == 0)
        var id: UInt32 = 0
        for expected in [UInt32(1), 3] {
            #expect(h2_connection_next_available_stream_id(connection.raw, &id) == 0)
            #expect(id == expected)
            #expect(connection.sendHeaders(.sampleRequest, on: id) == 0)
        }
        #expect(connection.sendHeaders(.sampleRequest, on: 0x7fff_ffff) == 0)
        #expect(
            h2_connection_next_available_stream_id(connection.raw, &id)
                == H2_ERR_NO_AVAILABLE_STREAM_ID.rawValue)
        #expect(id == 3)
    }

    @Test("an upgrade from HTTP/1.1 works between client and server")
    func upgrade() {
        let (client, server) = (CConnection(H2_CLIENT), CConnection(H2_SERVER))
        var text: UnsafePointer<CChar>?
        #expect(h2_connection_initiate_upgrade_client(client.raw, &text) == 0)
        #expect(h2_connection_initiate_upgrade_server(server.raw, text) == 0)
        #expect(
            h2_connection_initiate_upgrade_client(client.raw, &text)
                == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        #expect(server.receive(client.sent()) == 0)
        #expect(server.events().result == 0)
        #expect(server.sendHeaders(.sampleResponse, on: 1, flags: 1) == 0)
        #expect(client.receive(server.sent()) == 0)
        let events = client.events().events
        #expect(
            events.suffix(2) == [
                .responseReceived(
                    .init(streamID: 1, headers: .sampleResponse, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
    }

    @Test("an upgrade with invalid base64url settings is refused", arguments: ["!", "\u{ff}AAA"])
    func badUpgrade(text: String) {
        let server = CConnection(H2_SERVER)
        #expect(
            h2_connection_initiate_upgrade_server(server.raw, text)
                == H2_ERR_INVALID_ARGUMENT.rawValue)
        #expect(h2_connection_initiate_upgrade_server(server.raw, nil) == 0)
    }
}
