// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

@Suite struct DeadlineTests {
    private static let size = MemoryLayout<h2_deadlines>.size
    private static let invalid = H2_ERR_INVALID_ARGUMENT.rawValue
    /// `H2_NO_DEADLINE`, which Swift does not import.
    private let noDeadline = UInt64.max

    private func defaults() -> h2_deadlines {
        var deadlines = h2_deadlines()
        #expect(h2_deadlines_init(&deadlines, Self.size) == 0)
        return deadlines
    }

    /// Returns a connection with these deadlines; its `raw` is `nil` if they are refused.
    private func connection(
        _ role: h2_role, _ change: (inout h2_deadlines) -> Void,
        _ configure: (UnsafeMutablePointer<h2_config>) -> Void = { _ in }
    ) -> CConnection {
        var deadlines = defaults()
        change(&deadlines)
        return withUnsafePointer(to: deadlines) { deadlines in
            CConnection(role) {
                $0.pointee.deadlines = deadlines
                configure($0)
            }
        }
    }

    private func reported(by connection: CConnection) -> h2_deadlines? {
        var config = h2_config()
        config.size = MemoryLayout<h2_config>.size
        guard h2_connection_configuration(connection.raw, &config) == 0 else { return nil }
        return config.deadlines?.pointee
    }

    private func nextDeadline(_ connection: CConnection) -> UInt64 {
        var time: UInt64 = 0
        #expect(h2_connection_next_deadline(connection.raw, &time) == 0)
        return time
    }

    private let times: [WritableKeyPath<h2_deadlines, Int64>] = [
        \.first_settings, \.settings_acknowledgement, \.field_block, \.idle, \.keepalive_interval,
        \.keepalive_answer, \.stream_inactivity, \.drain_rate_bytes, \.drain_rate_interval,
        \.output, \.shutdown_announcement, \.shutdown, \.maximum_age,
    ]

    private func numbers(_ deadlines: h2_deadlines) -> [Int64] {
        times.map { deadlines[keyPath: $0] } + [Int64(deadlines.keepalive_without_streams)]
    }

    // MARK: The structure

    @Test("all deadlines are off by default")
    func off() {
        #expect(numbers(defaults()) == [Int64](repeating: 0, count: 14))
        #expect(reported(by: CConnection(H2_CLIENT)).map(numbers) == numbers(defaults()))
        let connection = CConnection(H2_CLIENT)
        #expect(connection.handshake() == 0)
        #expect(h2_connection_advance(connection.raw, 5) == 0)
        #expect(nextDeadline(connection) == noDeadline)
    }

    @Test("each number is stored in the right member")
    func roundTrip() {
        var deadlines = defaults()
        for (index, time) in times.enumerated() {
            deadlines[keyPath: time] = 1_000_000_001 + Int64(index)
        }
        deadlines.keepalive_without_streams = 1
        let expected = numbers(deadlines)
        #expect(reported(by: connection(H2_SERVER) { $0 = deadlines }).map(numbers) == expected)
        for time in times { deadlines[keyPath: time] = .max }
        let largest = numbers(deadlines)
        #expect(reported(by: connection(H2_SERVER) { $0 = deadlines }).map(numbers) == largest)
    }

    @Test("negative numbers, and half of a pair, are refused")
    func invalidNumbers() {
        for time in times {
            #expect(connection(H2_CLIENT) { $0[keyPath: time] = -1 }.raw == nil)
        }
        let halves: [WritableKeyPath<h2_deadlines, Int64>] = [
            \.keepalive_interval, \.keepalive_answer, \.drain_rate_bytes, \.drain_rate_interval,
        ]
        for half in halves { #expect(connection(H2_CLIENT) { $0[keyPath: half] = 1 }.raw == nil) }
    }

    @Test("impossible sizes of the structure, and members from the future, are refused")
    func structureSizes() {
        var deadlines = defaults()
        for size in [0, 112, 121, 1 << 20] {
            #expect(h2_deadlines_init(&deadlines, size) == Self.invalid)
            #expect(connection(H2_CLIENT) { $0.size = size }.raw == nil)
        }
        let longer = UnsafeMutableRawPointer.allocate(byteCount: Self.size + 8, alignment: 8)
        defer { longer.deallocate() }
        let structure = longer.assumingMemoryBound(to: h2_deadlines.self)
        #expect(h2_deadlines_init(structure, Self.size + 8) == 0)
        #expect(CConnection(H2_CLIENT) { $0.pointee.deadlines = .init(structure) }.raw != nil)
        longer.storeBytes(of: 1, toByteOffset: Self.size, as: UInt64.self)
        #expect(CConnection(H2_CLIENT) { $0.pointee.deadlines = .init(structure) }.raw == nil)
    }

    // MARK: Time

    @Test("a deadline that ends the connection is an error after the events, returned once")
    func firstSettings() {
        let connection = connection(
            H2_CLIENT, { $0.first_settings = 100 }, { $0.pointee.reports_stream_outcomes = 1 })
        let raw = connection.raw
        #expect(h2_connection_initiate(raw) == 0)
        #expect(connection.sendHeaders(.sampleRequest, on: 1, flags: 1) == 0)
        _ = connection.sent()
        #expect(nextDeadline(connection) == noDeadline)
        #expect(h2_connection_advance(raw, 5_000) == 0)
        #expect(nextDeadline(connection) == 5_100)
        #expect(h2_connection_handle_deadlines(raw, 5_099) == 0)
        #expect(connection.events() == ([], 0))
        #expect(h2_connection_handle_deadlines(raw, 5_100) == 0)
        #expect(h2_last_error(raw) == nil)
        #expect(h2_last_error_deadline(raw) == Int32(H2_DEADLINE_NONE.rawValue))
        #expect(connection.receive([]) == H2_ERR_EVENTS_PENDING.rawValue)
        #expect(h2_last_error_deadline(raw) == Int32(H2_DEADLINE_NONE.rawValue))
        let closed = H2Event.streamClosed(.init(streamID: 1, outcome: .cutOff))
        #expect(connection.events() == ([closed], H2_ERR_DEADLINE_EXPIRED.rawValue))
        #expect(connection.lastError?.errorCode == H2_PROTOCOL_ERROR.rawValue)
        #expect(h2_last_error_deadline(raw) == Int32(H2_DEADLINE_FIRST_SETTINGS.rawValue))
        #expect(WireReader.frames(in: connection.sent()).map(\.type) == [.goAway])
        #expect(connection.events() == ([], 0))
        #expect(nextDeadline(connection) == noDeadline)
        // The connection has ended, so bytes return the error at once, and time has no effect.
        #expect(h2_connection_handle_deadlines(raw, 9_000) == 0)
        #expect(connection.receive([0]) == H2_ERR_DEADLINE_EXPIRED.rawValue)
        #expect(connection.events() == ([], 0))
    }

    @Test("each deadline that ends the connection is named as in Swift")
    func names() throws {
        var names: [H2Deadline] = []
        let changes: [((inout h2_deadlines) -> Void, [UInt8])] = [
            ({ $0.settings_acknowledgement = 1 }, FrameBuilder.settings()),
            (
                { $0.field_block = 1 },
                FrameBuilder.settings()
                    + FrameBuilder.headers(1, block: [0x88], endHeaders: false)
            ),
            (
                {
                    $0.keepalive_interval = 1
                    $0.keepalive_answer = 1
                }, FrameBuilder.settings()
            ),
            ({ $0.output = 1 }, FrameBuilder.settings()),
            ({ $0.shutdown = 1 }, FrameBuilder.settings()),
        ]
        for (change, bytes) in changes {
            let connection = connection(H2_CLIENT, change)
            let raw = connection.raw
            #expect(h2_connection_initiate(raw) == 0)
            #expect(connection.sendHeaders(.sampleRequest, on: 1, flags: 1) == 0)
            #expect(h2_connection_start_graceful_shutdown(raw) == 0)
            #expect(connection.receive(bytes, at: 10) == 0)
            #expect(connection.events().result == 0)
            var result: Int32 = 0
            var time: UInt64 = 20
            while result == 0, time < 100 {
                #expect(h2_connection_handle_deadlines(raw, time) == 0)
                result = connection.events().result
                time += 10
            }
            #expect(result == H2_ERR_DEADLINE_EXPIRED.rawValue)
            names += [h2_last_error_deadline(raw)].compactMap { H2Deadline(c: $0) }
        }
        #expect(names == [.settingsAcknowledgement, .fieldBlock, .keepalive, .output, .shutdown])
    }

    @Test("a deadline of a stream is an event, and resets the stream")
    func streamInactivity() {
        let connection = connection(
            H2_CLIENT, { $0.stream_inactivity = 100 }, { $0.pointee.reports_stream_outcomes = 1 })
        #expect(connection.handshake() == 0)
        #expect(connection.sendHeaders(.sampleRequest, on: 1, flags: 1) == 0)
        #expect(h2_connection_advance(connection.raw, 10) == 0)
        #expect(h2_connection_handle_deadlines(connection.raw, nextDeadline(connection)) == 0)
        var events = connection.events().events
        if events.isEmpty {
            #expect(h2_connection_handle_deadlines(connection.raw, nextDeadline(connection)) == 0)
            events = connection.events().events
        }
        #expect(
            events == [
                .deadlineExpired(.init(deadline: .streamInactivity, streamID: 1)),
                .streamReset(.init(streamID: 1, errorCode: .cancel, isRemote: false)),
                .streamClosed(
                    .init(streamID: 1, outcome: .reset(.cancel, isRemote: false))),
            ])
    }

    @Test("an idle connection shuts down gracefully", arguments: [H2_CLIENT, H2_SERVER])
    func idle(role: h2_role) {
        let connection = connection(role) {
            $0.idle = 100
            $0.shutdown_announcement = 100
        }
        let isServer = role == H2_SERVER
        #expect(connection.handshake(preface: isServer ? FrameBuilder.preface() : []) == 0)
        #expect(h2_connection_advance(connection.raw, 0) == 0)
        #expect(nextDeadline(connection) == 100)
        #expect(h2_connection_handle_deadlines(connection.raw, 100) == 0)
        let expired = H2Event.deadlineExpired(.init(deadline: .idle))
        guard isServer else {
            #expect(connection.events() == ([expired, .connectionDrained], 0))
            return
        }
        #expect(connection.events() == ([expired], 0))
        #expect(WireReader.frames(in: connection.sent()).map(\.type) == [.goAway, .ping])
        #expect(nextDeadline(connection) == 200)
        #expect(h2_connection_handle_deadlines(connection.raw, 200) == 0)
        #expect(connection.events() == ([.connectionDrained], 0))
        #expect(WireReader.frames(in: connection.sent()).map(\.type) == [.goAway])
    }

    // MARK: Graceful shutdown

    @Test("a server that shuts down finishes its streams, and is then drained")
    func serverShutdown() throws {
        let server = CConnection(H2_SERVER)
        #expect(
            h2_connection_start_graceful_shutdown(server.raw) == H2_ERR_NOT_INITIATED.rawValue)
        #expect(server.handshake(preface: FrameBuilder.preface()) == 0)
        let request = H2Headers.sampleRequest.block
        #expect(server.receive(FrameBuilder.headers(1, block: request, endStream: true)) == 0)
        #expect(server.events().result == 0)
        #expect(h2_connection_start_graceful_shutdown(server.raw) == 0)
        #expect(h2_connection_start_graceful_shutdown(server.raw) == 0)
        let frames = WireReader.frames(in: server.sent())
        #expect(frames.map(\.type) == [.goAway, .ping])
        let answer = FrameBuilder.raw(
            type: 6, flags: 1, payload: try #require(frames.last).payload)
        #expect(server.receive(answer) == 0)
        #expect(server.events() == ([], 0))
        #expect(server.sent() == FrameBuilder.goAway(last: 1))
        #expect(server.sendHeaders(.sampleResponse, on: 1) == 0)
        #expect(h2_connection_enqueue_data(server.raw, 1, [1, 2], 2, 1) == 0)
        #expect(h2_connection_has_events(server.raw) == 0)
        // The end of the stream is in the frame that this makes.
        #expect(!server.sent().isEmpty)
        #expect(h2_connection_has_events(server.raw) == 1)
        #expect(server.events() == ([.connectionDrained], 0))
    }

    @Test(
        "a client that shuts down opens no streams, and sends GOAWAY if h2_config says so",
        arguments: [false, true])
    func clientShutdown(sendsGoAway: Bool) {
        let client = CConnection(H2_CLIENT) {
            $0.pointee.sends_client_go_away = sendsGoAway ? 1 : 0
        }
        #expect(client.handshake() == 0)
        #expect(h2_connection_start_graceful_shutdown(client.raw) == 0)
        #expect(client.sent() == (sendsGoAway ? FrameBuilder.goAway() : []))
        #expect(client.events() == ([.connectionDrained], 0))
        #expect(client.sendHeaders(.sampleRequest, on: 1) < 0)
    }
}
