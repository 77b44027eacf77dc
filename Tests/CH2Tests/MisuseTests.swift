// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import Testing

/// NULL, invalid lengths and unknown numbers cause an error code, never a crash.
@Suite struct MisuseTests {
    private static let invalid = H2_ERR_INVALID_ARGUMENT.rawValue

    /// Every function that takes a connection, with otherwise valid arguments.
    private static let calls: [@Sendable (OpaquePointer?) -> Int32] = [
        { h2_connection_initiate($0) },
        { c in
            var text: UnsafePointer<CChar>?
            return h2_connection_initiate_upgrade_client(c, &text)
        },
        { h2_connection_initiate_upgrade_server($0, nil) },
        { h2_connection_receive($0, nil, 0) },
        { h2_connection_receive_at($0, nil, 0, 1) },
        { c in
            var event = h2_event()
            return h2_connection_next_event(c, &event)
        },
        { c in
            var bytes: UnsafePointer<UInt8>?
            var count = 0
            return h2_connection_data_to_send(c, &bytes, &count)
        },
        { h2_connection_did_send($0, 0) },
        { h2_connection_clear_outbound_data($0) },
        { h2_connection_send_headers($0, 1, nil, 0, 0, nil) },
        { h2_connection_send_data($0, 1, nil, 0, 0) },
        { h2_connection_send_padded_data($0, 1, nil, 0, 0, 0) },
        { h2_connection_end_stream($0, 1) },
        { h2_connection_reset_stream($0, 1, 0) },
        { h2_connection_push_stream($0, 2, 1, nil, 0) },
        { h2_connection_ping($0, [0, 0, 0, 0, 0, 0, 0, 0]) },
        { h2_connection_close($0, 0, nil, 0, H2_HIGHEST_STREAM_ID) },
        { h2_connection_update_settings($0, nil, 0) },
        { c in
            var priority = h2_priority(depends_on: 0, weight: 1, is_exclusive: 0, reserved: 0)
            return h2_connection_prioritize(c, 1, &priority)
        },
        { h2_connection_advertise_alternative_service($0, nil, 0, "o", 1) },
        { h2_connection_advertise_alternative_service_on_stream($0, 1, nil, 0) },
        { h2_connection_acknowledge_received_data($0, 1, 0) },
        { h2_connection_increment_flow_control_window($0, 0, 1) },
        { h2_connection_has_events($0) },
        { h2_connection_lost($0) },
        { h2_connection_enqueue_data($0, 1, nil, 0, 0) },
        { h2_connection_enqueue_trailers($0, 1, nil, 0) },
        { c in
            var priority = h2_extensible_priority()
            return h2_connection_set_send_priority(c, 1, &priority)
        },
        { c in
            var priority = h2_extensible_priority()
            return h2_connection_send_priority_update(c, 1, &priority)
        },
        { h2_connection_start_graceful_shutdown($0) },
        { h2_connection_advance($0, 1) },
        { h2_connection_handle_deadlines($0, 1) },
    ]

    /// Every function that writes one value.
    private static let tells: [@Sendable (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32] = [
        { h2_connection_state($0, $1?.assumingMemoryBound(to: Int32.self)) },
        { h2_connection_next_available_stream_id($0, number($1)) },
        { h2_connection_highest_inbound_stream_id($0, number($1)) },
        { h2_connection_highest_outbound_stream_id($0, number($1)) },
        { h2_connection_open_inbound_streams($0, number($1)) },
        { h2_connection_open_outbound_streams($0, number($1)) },
        { h2_connection_available_outbound_streams($0, window($1)) },
        { h2_connection_sendable_byte_count($0, 1, size($1)) },
        { h2_connection_max_inbound_frame_size($0, number($1)) },
        { h2_connection_max_outbound_frame_size($0, number($1)) },
        { h2_connection_outbound_byte_count($0, size($1)) },
        { h2_connection_unacknowledged_frames($0, size($1)) },
        { h2_connection_local_settings($0, nil, 0, size($1)) },
        { h2_connection_remote_settings($0, nil, 0, size($1)) },
        { h2_connection_unacknowledged_settings($0, 0, nil, 0, size($1)) },
        { h2_connection_inbound_flow_control_window($0, window($1)) },
        { h2_connection_outbound_flow_control_window($0, window($1)) },
        { h2_connection_local_flow_control_window($0, 1, window($1)) },
        { h2_connection_remote_flow_control_window($0, 1, window($1)) },
        { h2_connection_queued_byte_count($0, size($1)) },
        { h2_connection_queued_byte_count_on_stream($0, 1, size($1)) },
        { h2_connection_round_trip_time($0, window($1)) },
        { h2_connection_next_deadline($0, $1?.assumingMemoryBound(to: UInt64.self)) },
    ]

    private static func number(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<UInt32>? {
        raw?.assumingMemoryBound(to: UInt32.self)
    }

    private static func size(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Int>? {
        raw?.assumingMemoryBound(to: Int.self)
    }

    private static func window(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Int64>? {
        raw?.assumingMemoryBound(to: Int64.self)
    }

    /// A client with stream 1 open.
    private func client() -> CConnection {
        let connection = CConnection(H2_CLIENT)
        #expect(connection.handshake() == 0)
        #expect(connection.sendHeaders(request, on: 1) == 0)
        return connection
    }

    private let request: H2Headers = [
        ":method": "POST", ":scheme": "https", ":authority": "a", ":path": "/",
    ]

    @Test("a NULL connection is refused")
    func nullConnection() {
        var value: UInt64 = 0
        for index in Self.calls.indices {
            #expect(Self.calls[index](nil) == Self.invalid, "call \(index)")
        }
        for index in Self.tells.indices {
            #expect(Self.tells[index](nil, &value) == Self.invalid, "value \(index)")
        }
        #expect(value == 0)
        #expect(h2_last_error(nil) == nil)
        #expect(h2_last_error_deadline(nil) == Int32(H2_DEADLINE_NONE.rawValue))
        var config = h2_config()
        config.size = MemoryLayout<h2_config>.size
        #expect(h2_connection_configuration(nil, &config) == Self.invalid)
        var usage = h2_usage()
        usage.size = MemoryLayout<h2_usage>.size
        #expect(h2_connection_usage(nil, &usage) == Self.invalid)
        var memory = h2_memory()
        memory.size = MemoryLayout<h2_memory>.size
        #expect(h2_connection_memory(nil, &memory) == Self.invalid)
        h2_connection_free(nil)
    }

    @Test("NULL for a result is refused")
    func nullResults() {
        let connection = client()
        for index in Self.tells.indices {
            #expect(Self.tells[index](connection.raw, nil) == Self.invalid, "\(index)")
        }
        var bytes: UnsafePointer<UInt8>?
        var count = 0
        #expect(h2_connection_data_to_send(connection.raw, nil, &count) == Self.invalid)
        #expect(h2_connection_data_to_send(connection.raw, &bytes, nil) == Self.invalid)
        #expect(h2_connection_next_event(connection.raw, nil) == Self.invalid)
        #expect(h2_connection_ping(connection.raw, nil) == Self.invalid)
        #expect(h2_connection_prioritize(connection.raw, 1, nil) == Self.invalid)
        #expect(h2_connection_set_send_priority(connection.raw, 1, nil) == Self.invalid)
        #expect(h2_connection_send_priority_update(connection.raw, 1, nil) == Self.invalid)
        #expect(h2_connection_configuration(connection.raw, nil) == Self.invalid)
        #expect(
            h2_connection_initiate_upgrade_client(connection.raw, nil) == Self.invalid)
        #expect(h2_config_init(nil, MemoryLayout<h2_config>.size, 1) == Self.invalid)
        #expect(h2_limits_init(nil, MemoryLayout<h2_limits>.size) == Self.invalid)
        #expect(h2_deadlines_init(nil, MemoryLayout<h2_deadlines>.size) == Self.invalid)
        #expect(h2_flow_control_init(nil, MemoryLayout<h2_flow_control>.size) == Self.invalid)
        #expect(h2_connection_usage(connection.raw, nil) == Self.invalid)
        #expect(h2_connection_memory(connection.raw, nil) == Self.invalid)
        #expect(h2_connection_new(nil, nil) == Self.invalid)
        let error = connection.lastError
        #expect(error?.result == Self.invalid)
        #expect(error?.origin == H2_ORIGIN_LOCAL.rawValue)
        #expect(error?.message.contains("NULL") == true)
    }

    @Test("invalid lengths are refused", arguments: [Int.min, -1])
    func badLengths(length: Int) {
        let connection = client()
        let raw = connection.raw
        let byte: [UInt8] = [1]
        _ = connection.sent()
        #expect(h2_connection_receive(raw, byte, length) == Self.invalid)
        #expect(h2_connection_receive(raw, nil, 1) == Self.invalid)
        #expect(h2_connection_send_data(raw, 1, byte, length, 0) == Self.invalid)
        #expect(h2_connection_send_data(raw, 1, nil, 1, 0) == Self.invalid)
        #expect(h2_connection_enqueue_data(raw, 1, byte, length, 0) == Self.invalid)
        #expect(h2_connection_enqueue_data(raw, 1, nil, 1, 0) == Self.invalid)
        #expect(h2_connection_enqueue_trailers(raw, 1, nil, 1) == Self.invalid)
        #expect(h2_connection_enqueue_trailers(raw, 1, nil, length) == Self.invalid)
        #expect(h2_connection_did_send(raw, length) == Self.invalid)
        #expect(h2_connection_did_send(raw, 1) == Self.invalid)
        #expect(h2_connection_close(raw, 0, byte, length, 0) == Self.invalid)
        #expect(h2_connection_close(raw, 0, nil, 1, 0) == Self.invalid)
        #expect(
            h2_connection_acknowledge_received_data(raw, 1, length) == Self.invalid)
        #expect(h2_connection_update_settings(raw, nil, 1) == Self.invalid)
        #expect(h2_connection_update_settings(raw, nil, length) == Self.invalid)
        #expect(h2_connection_send_headers(raw, 3, nil, 1, 0, nil) == Self.invalid)
        #expect(h2_connection_send_headers(raw, 3, nil, length, 0, nil) == Self.invalid)
        var value = 0
        #expect(h2_connection_local_settings(raw, nil, length, &value) == Self.invalid)
        #expect(h2_connection_local_settings(raw, nil, 1, &value) == Self.invalid)
        #expect(
            h2_connection_unacknowledged_settings(raw, length, nil, 0, &value)
                == Self.invalid)
        #expect(connection.sent() == [])
    }

    @Test("fields with invalid lengths are refused", arguments: [Int.min, -1, 1 << 24, Int.max])
    func badFields(length: Int) {
        let connection = client()
        _ = connection.sent()
        let expected = length < 0 ? Self.invalid : H2_ERR_FRAME_TOO_LARGE.rawValue
        for isName in [true, false] {
            let text: StaticString = "x"
            let start = UnsafeRawPointer(text.utf8Start).assumingMemoryBound(
                to: CChar.self)
            var field = h2_header(
                name: start, name_length: isName ? length : 1, value: start,
                value_length: isName ? 1 : length, flags: 0, reserved: 0)
            #expect(
                h2_connection_send_headers(connection.raw, 3, &field, 1, 0, nil)
                    == expected)
        }
        for isName in [true, false] {
            var field = h2_header()
            field.name_length = isName ? 1 : 0
            field.value_length = isName ? 0 : 1
            #expect(
                h2_connection_send_headers(connection.raw, 3, &field, 1, 0, nil) == Self.invalid)
        }
        // The array alone would exceed the address space.
        var field = h2_header()
        #expect(
            h2_connection_send_headers(connection.raw, 3, &field, Int.max, 0, nil)
                == Self.invalid)
        #expect(connection.sent() == [])
    }

    @Test("unknown flags and excessive padding are refused")
    func unknownFlags() {
        let connection = client()
        let raw = connection.raw
        _ = connection.sent()
        for flags in [UInt32(2), 3, 0x8000_0000, .max] {
            #expect(connection.sendHeaders(request, on: 3, flags: flags) == Self.invalid)
            #expect(h2_connection_send_data(raw, 1, nil, 0, flags) == Self.invalid)
            #expect(h2_connection_enqueue_data(raw, 1, nil, 0, flags) == Self.invalid)
            #expect(
                h2_connection_send_padded_data(raw, 1, nil, 0, 0, flags) == Self.invalid)
            var field = h2_header()
            field.flags = flags
            #expect(h2_connection_send_headers(raw, 3, &field, 1, 0, nil) == Self.invalid)
        }
        for padding in [UInt32(256), .max] {
            #expect(
                h2_connection_send_padded_data(raw, 1, nil, 0, padding, 0)
                    == Self.invalid)
        }
        #expect(connection.sent() == [])
    }

    @Test("invalid stream identifiers are refused", arguments: [UInt32(0x8000_0000), .max])
    func badStreams(stream: UInt32) {
        let connection = client()
        let raw = connection.raw
        _ = connection.sent()
        var window: Int64 = 0
        #expect(connection.sendHeaders(request, on: stream) == Self.invalid)
        #expect(h2_connection_send_data(raw, stream, nil, 0, 0) == Self.invalid)
        #expect(h2_connection_enqueue_data(raw, stream, nil, 0, 0) == Self.invalid)
        #expect(h2_connection_enqueue_trailers(raw, stream, nil, 0) == Self.invalid)
        #expect(h2_connection_end_stream(raw, stream) == Self.invalid)
        #expect(h2_connection_reset_stream(raw, stream, 0) == Self.invalid)
        #expect(
            h2_connection_local_flow_control_window(raw, stream, &window) == Self.invalid)
        #expect(connection.sent() == [])
    }

    @Test("nothing can be sent or received before h2_connection_initiate")
    func notInitiated() {
        let connection = CConnection(H2_CLIENT)
        #expect(connection.receive([0]) == H2_ERR_NOT_INITIATED.rawValue)
        #expect(connection.events() == ([], 0))
        #expect(
            h2_connection_send_data(connection.raw, 1, nil, 0, 0)
                == H2_ERR_NOT_INITIATED.rawValue)
        #expect(connection.lastError?.result == H2_ERR_NOT_INITIATED.rawValue)
        #expect(h2_connection_initiate(connection.raw) == 0)
        #expect(
            h2_connection_initiate(connection.raw) == H2_ERR_PROTOCOL_VIOLATION.rawValue)
    }
}
