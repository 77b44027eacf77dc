// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

@Suite struct ConfigurationTests {
    private static var size: Int { MemoryLayout<h2_config>.size }

    /// Calls `body` with the configuration of a program whose header gives `h2_config` this size.
    private func withConfig<R>(
        size: Int, _ body: (UnsafeMutablePointer<h2_config>) -> R
    ) -> R {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        defer { raw.deallocate() }
        raw.initializeMemory(as: UInt8.self, repeating: 0xaa, count: size)
        return body(raw.assumingMemoryBound(to: h2_config.self))
    }

    private func make(_ config: UnsafePointer<h2_config>?) -> Int32 {
        var connection = OpaquePointer(bitPattern: 1)
        let result = h2_connection_new(config, &connection)
        #expect((connection == nil) == (result != 0))
        if result == 0 { h2_connection_free(connection) }
        return result
    }

    @Test("the defaults are those of H2Configuration", arguments: [H2_CLIENT, H2_SERVER])
    func defaults(role: h2_role) {
        withConfig(size: Self.size) { config in
            #expect(h2_config_init(config, Self.size, Int32(role.rawValue)) == 0)
            #expect(config.pointee.size == Self.size)
            #expect(config.pointee.role == Int32(role.rawValue))
            #expect(config.pointee.go_away == Int32(H2_GO_AWAY_FINISH_STREAMS.rawValue))
            #expect(
                config.pointee.malformed_messages
                    == Int32(H2_MALFORMED_RESET_STREAM.rawValue))
            #expect(config.pointee.excess == Int32(H2_EXCESS_RESET_STREAM.rawValue))
            #expect(config.pointee.validate_outbound_headers == 1)
            #expect(config.pointee.normalize_outbound_headers == 1)
            #expect(config.pointee.split_outbound_cookies == 0)
            #expect(config.pointee.validate_inbound_headers == 1)
            #expect(config.pointee.normalize_inbound_headers == 1)
            #expect(config.pointee.initial_settings == nil)
            #expect(config.pointee.initial_setting_count == 0)
            #expect(config.pointee.limits == nil)
            #expect(config.pointee.connection_window_size == 0)
            #expect(config.pointee.late_calls == Int32(H2_LATE_CALLS_FAIL.rawValue))
            #expect(config.pointee.priorities == Int32(H2_PRIORITIES_NONE.rawValue))
            #expect(config.pointee.reports_stream_outcomes == 0)
            #expect(config.pointee.sends_client_go_away == 0)
            #expect(config.pointee.send_queue_high_water_mark == 65_536)
            #expect(config.pointee.send_queue_low_water_mark == 16_384)
            #expect(config.pointee.deadlines == nil)
            #expect(config.pointee.flow_control == nil)
            #expect(make(config) == 0)
        }
    }

    @Test("a program with a newer header works if it uses no new members")
    func newerHeader() {
        withConfig(size: Self.size + 16) { config in
            #expect(h2_config_init(config, Self.size + 16, 1) == 0)
            #expect(make(config) == 0)
            UnsafeMutableRawPointer(config).storeBytes(
                of: 1, toByteOffset: Self.size + 3, as: UInt8.self)
            #expect(make(config) == H2_ERR_INVALID_ARGUMENT.rawValue)
        }
    }

    @Test("sizes of no published header are refused", arguments: [Int.min, -1, 0, 8, 55, 1 << 40])
    func impossibleSizes(size: Int) {
        withConfig(size: Self.size) { config in
            #expect(h2_config_init(config, size, 1) == H2_ERR_INVALID_ARGUMENT.rawValue)
            #expect(h2_config_init(config, Self.size, 1) == 0)
            config.pointee.size = size
            #expect(make(config) == H2_ERR_INVALID_ARGUMENT.rawValue)
        }
    }

    @Test("numbers of no constant are refused", arguments: [Int32.min, -1, 0, 3, .max])
    func unknownNumbers(number: Int32) {
        let changes: [(inout h2_config) -> Void] = [
            { $0.role = number }, { $0.go_away = number },
            { $0.malformed_messages = number }, { $0.excess = number },
            { $0.late_calls = number }, { $0.priorities = number },
        ]
        for change in changes {
            var config = h2_config()
            #expect(h2_config_init(&config, Self.size, 2) == 0)
            change(&config)
            #expect(make(&config) == H2_ERR_INVALID_ARGUMENT.rawValue)
        }
        var config = h2_config()
        #expect(
            h2_config_init(&config, Self.size, number) == H2_ERR_INVALID_ARGUMENT.rawValue)
    }

    @Test(
        "connection_window_size is the first window of the connection; 0 means 65,535",
        arguments: [(0, 65_535), (65_535, 65_535), (100_000, 100_000), (.max, 0x7fff_ffff)])
    func connectionWindowSize(size: Int32, expected: Int64) throws {
        let connection = CConnection(H2_SERVER) { $0.pointee.connection_window_size = size }
        #expect(h2_connection_initiate(connection.raw) == 0)
        var window: Int64 = 0
        #expect(h2_connection_inbound_flow_control_window(connection.raw, &window) == 0)
        #expect(window == expected)
        var configuration = H2Configuration.server
        configuration.connectionWindowSize = Int(expected)
        let twin = H2Connection(configuration)
        try twin.initiateConnection()
        #expect(connection.sent() == twin.dataToSend())
        var config = h2_config()
        config.size = Self.size
        #expect(h2_connection_configuration(connection.raw, &config) == 0)
        #expect(config.connection_window_size == (expected == 65_535 ? 0 : size))
    }

    @Test("a window out of range makes the first call fail", arguments: [.min, -1, 1, 65_534])
    func windowOutOfRange(size: Int32) {
        let connection = CConnection(H2_CLIENT) { $0.pointee.connection_window_size = size }
        #expect(
            h2_connection_initiate(connection.raw) == H2_ERR_INVALID_SETTINGS_VALUE.rawValue)
        #expect(connection.sent() == [])
    }

    @Test(
        "excess selects the effect of a section over the limit; older headers get the default",
        arguments: [(H2_EXCESS_CONNECTION_ERROR, 64), (H2_EXCESS_RESET_STREAM, 64), (nil, 56)])
    func excess(policy: h2_excess_policy?, size: Int) {
        var limits = h2_limits()
        #expect(h2_limits_init(&limits, MemoryLayout<h2_limits>.size) == 0)
        limits.header_list_size = 100
        let connection = withUnsafePointer(to: limits) { limits in
            CConnection(H2_SERVER) { config in
                #expect(h2_config_init(config, size, Int32(H2_SERVER.rawValue)) == 0)
                if let policy { config.pointee.excess = Int32(policy.rawValue) }
                config.pointee.limits = limits
            }
        }
        #expect(h2_connection_initiate(connection.raw) == 0)
        let bytes =
            FrameBuilder.preface() + FrameBuilder.settings([]) + FrameBuilder.settingsAck()
            + FrameBuilder.headers(1, block: H2Headers.samplePost.block)
        #expect(connection.receive(bytes) == 0)
        let result = connection.events().result
        let sent = connection.sent()
        if policy == H2_EXCESS_CONNECTION_ERROR {
            #expect(result == H2_ERR_DENIAL_OF_SERVICE.rawValue)
        } else {
            #expect(result == 0)
            #expect(sent.suffix(13) == FrameBuilder.rstStream(1, code: 0xb)[...])
        }
    }

    @Test("settings with a bad pointer, count or identifier are refused")
    func unreadableSettings() {
        let entries = [h2_setting(identifier: 0x1_0000, value: 1)]
        entries.withUnsafeBufferPointer { entries in
            let cases = [(nil, 1), (entries.baseAddress, -1), (entries.baseAddress, 1)]
            for index in cases.indices {
                var config = h2_config()
                #expect(h2_config_init(&config, Self.size, 1) == 0)
                config.initial_settings = cases[index].0
                config.initial_setting_count = cases[index].1
                #expect(make(&config) == H2_ERR_INVALID_ARGUMENT.rawValue)
            }
        }
    }

    @Test("a connection returns its configuration")
    func roundTrip() {
        let entries = [
            h2_setting(identifier: 0x4, value: 1 << 20), h2_setting(identifier: 0x3, value: 7),
        ]
        let connection = entries.withUnsafeBufferPointer { entries in
            CConnection(H2_SERVER) { config in
                config.pointee.go_away = Int32(H2_GO_AWAY_CLOSE_AT_ONCE.rawValue)
                config.pointee.malformed_messages =
                    Int32(H2_MALFORMED_CONNECTION_ERROR.rawValue)
                config.pointee.excess = Int32(H2_EXCESS_CONNECTION_ERROR.rawValue)
                // Any nonzero value is true.
                config.pointee.split_outbound_cookies = 0xff
                config.pointee.validate_inbound_headers = 0
                config.pointee.initial_settings = entries.baseAddress
                config.pointee.initial_setting_count = entries.count
                config.pointee.late_calls = Int32(H2_LATE_CALLS_IGNORED.rawValue)
                config.pointee.priorities = Int32(H2_PRIORITIES_EXTENSIBLE.rawValue)
                config.pointee.reports_stream_outcomes = 2
                config.pointee.sends_client_go_away = 2
                config.pointee.send_queue_high_water_mark = 9
                config.pointee.send_queue_low_water_mark = 8
            }
        }
        var reported = h2_config()
        reported.size = Self.size
        #expect(h2_connection_configuration(connection.raw, &reported) == 0)
        #expect(reported.role == Int32(H2_SERVER.rawValue))
        #expect(reported.go_away == Int32(H2_GO_AWAY_CLOSE_AT_ONCE.rawValue))
        #expect(reported.malformed_messages == Int32(H2_MALFORMED_CONNECTION_ERROR.rawValue))
        #expect(reported.excess == Int32(H2_EXCESS_CONNECTION_ERROR.rawValue))
        #expect(reported.split_outbound_cookies == 1)
        #expect(reported.validate_inbound_headers == 0)
        #expect(reported.validate_outbound_headers == 1)
        #expect(reported.late_calls == Int32(H2_LATE_CALLS_IGNORED.rawValue))
        #expect(reported.priorities == Int32(H2_PRIORITIES_EXTENSIBLE.rawValue))
        #expect(reported.reports_stream_outcomes == 1)
        #expect(reported.sends_client_go_away == 1)
        #expect(reported.send_queue_high_water_mark == 9)
        #expect(reported.send_queue_low_water_mark == 8)
        #expect(reported.initial_setting_count == 2)
        #expect(reported.initial_settings?[0].value == 1 << 20)
        #expect(reported.initial_settings?[1].identifier == 0x3)
        reported.size = 1
        #expect(
            h2_connection_configuration(connection.raw, &reported)
                == H2_ERR_INVALID_ARGUMENT.rawValue)
    }
}
