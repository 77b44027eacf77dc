// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

@Suite struct ReceivingTests {
    // MARK: Contents of events

    /// Frames of each kind a client can receive, after it has opened streams 1, 3, 5 and 7.
    private static var framesForClient: [UInt8] {
        var secret = HPACKEncoder()
        secret.literal(":status", "200")
        secret.literal("set-cookie", "s=1", .never)
        secret.literal(name: Array("x".utf8), value: [0xff, 0x80])
        let frames = [
            FrameBuilder.settings([(0x4, 70_000), (0x3, 9), (0x77, 5)]),
            FrameBuilder.ping(0x0102_0304_0506_0708),
            FrameBuilder.headers(1, [":status": "103", "link": "a"]),
            FrameBuilder.headers(1, block: secret.bytes, priority: (3, true, 255)),
            FrameBuilder.data(1, Array(0...200), padLength: 9),
            FrameBuilder.data(1, [UInt8](repeating: 6, count: 9_000)),
            FrameBuilder.data(1, []),
            FrameBuilder.headers(1, ["checksum": "0"], endStream: true),
            FrameBuilder.pushPromise(3, promised: 2, block: H2Headers.sampleRequest.block),
            FrameBuilder.headers(2, [":status": "200"], endStream: true),
            FrameBuilder.altSvc(0, origin: "https://o", field: "h2=\":1\""),
            FrameBuilder.altSvc(5, field: "clear"),
            FrameBuilder.windowUpdate(0, increment: 5), FrameBuilder.windowUpdate(3, increment: 6),
            FrameBuilder.priority(5, dependsOn: 3, weightByte: 0),
            FrameBuilder.rstStream(5, code: 0x7), FrameBuilder.rstStream(3, code: 0xfff),
            FrameBuilder.raw(type: 0xee, flags: 0x5a, stream: 7, payload: Array(0..<30)),
            FrameBuilder.raw(type: 0xef),
            FrameBuilder.goAway(last: 5, code: 0xb, data: [1, 2, 3]),
        ]
        return frames.flatMap { $0 }
    }

    private static var framesForServer: [UInt8] {
        let frames = [
            FrameBuilder.headers(
                1, block: H2Headers.sampleRequest.block, endStream: true, priority: (0, false, 7)),
            FrameBuilder.headers(3, block: H2Headers.samplePost.block),
            FrameBuilder.data(3, [UInt8](repeating: 1, count: 1_500)),
            FrameBuilder.data(3, [2], endStream: true),
            FrameBuilder.ping(1, ack: true), FrameBuilder.settingsAck(),
        ]
        return frames.flatMap { $0 }
    }

    @Test("events equal those in Swift", arguments: [H2_CLIENT, H2_SERVER], Cut.all)
    func sameEvents(role: h2_role, cut: Cut) throws {
        let isServer = role == H2_SERVER
        let connection = CConnection(role)
        let twin = H2Connection(isServer ? .server : .client)
        #expect(connection.handshake(preface: isServer ? FrameBuilder.preface() : []) == 0)
        try twin.initiateConnection()
        let preface = isServer ? FrameBuilder.preface() : []
        _ = try twin.receiveData(
            preface + FrameBuilder.settings() + FrameBuilder.settingsAck())
        if !isServer {
            for id in [1, 3, 5, 7] as [UInt32] {
                #expect(connection.sendHeaders(.sampleRequest, on: id, flags: 1) == 0)
                try twin.sendHeaders(.sampleRequest, on: H2StreamID(id), endStream: true)
            }
        }
        _ = (connection.sent(), twin.dataToSend())

        var kinds: Set<Int32> = []
        for piece in cut.pieces(of: isServer ? Self.framesForServer : Self.framesForClient) {
            let expected = try twin.receiveData(piece)
            #expect(connection.receive(piece) == 0)
            let (events, result) = connection.events { kinds.insert($0.type) }
            #expect(events == expected)
            #expect(result == 0)
            #expect(connection.sent() == twin.dataToSend())
        }
        // The client's frames contain no acknowledgements.
        let all = Set(Int32(1)...17)
        #expect(kinds == (isServer ? [1, 5, 6, 10, 12, 14] : all.subtracting([1, 10, 12])))
    }

    @Test("a changed setting has its old value if there was one")
    func settingChanges() {
        let connection = CConnection(H2_CLIENT)
        #expect(h2_connection_initiate(connection.raw) == 0)
        #expect(connection.receive(FrameBuilder.settings([(0x4, 1), (0x3, 2)])) == 0)
        var event = h2_event()
        #expect(h2_connection_next_event(connection.raw, &event) == 1)
        #expect(event.settings.change_count == 2)
        #expect(event.settings.changes[0].has_old_value == 1)
        #expect(event.settings.changes[0].old_value == 65_535)
        #expect(event.settings.changes[0].new_value == 1)
        #expect(event.settings.changes[1].has_old_value == 0)
        #expect(h2_connection_next_event(connection.raw, &event) == 0)
    }

    // MARK: Location of bytes

    /// A server with stream 1 open.
    private func server() -> CConnection {
        let connection = CConnection(H2_SERVER)
        #expect(connection.handshake(preface: FrameBuilder.preface()) == 0)
        #expect(connection.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block)) == 0)
        #expect(connection.events().events.count == 1)
        return connection
    }

    @Test("DATA points into the received bytes, whatever its length and padding")
    func dataIsNotCopied() {
        let connection = server()
        let sizes = [1, 5, 1_024, 1_025, 16_000]
        var bytes = FrameBuilder.ping()
        var offsets: [Int] = []
        for (index, size) in sizes.enumerated() {
            let padLength: UInt8? = index == 2 ? 3 : nil
            offsets.append(bytes.count + 9 + (padLength == nil ? 0 : 1))
            bytes += FrameBuilder.data(
                1, [UInt8](repeating: UInt8(index), count: size), padLength: padLength)
            bytes += FrameBuilder.data(1)
        }
        #expect(connection.receive(bytes) == 0)
        let start = connection.input.baseAddress
        var found: [Int] = []
        var event = h2_event()
        while h2_connection_next_event(connection.raw, &event) == 1 {
            guard event.type == Int32(H2_EVENT_DATA_RECEIVED.rawValue) else { continue }
            guard let data = event.data.bytes, let start else {
                #expect(event.data.count == 0)
                #expect(event.data.bytes == nil)
                continue
            }
            #expect(event.data.count == sizes[found.count])
            found.append(UnsafeRawPointer(data) - UnsafeRawPointer(start))
        }
        #expect(found == offsets)
    }

    @Test("a frame received in two pieces has its own memory", arguments: [1, 9, 10, 500, 3_008])
    func piecesAreCopied(cut: Int) {
        let connection = server()
        let body = (0..<3_000).map { UInt8(truncatingIfNeeded: $0) }
        let bytes = FrameBuilder.data(1, body)
        #expect(connection.receive(Array(bytes[..<cut])) == 0)
        #expect(connection.events().result == 0)
        // The first piece is freed when the second is received.
        #expect(connection.receive(Array(bytes[cut...])) == 0)
        var event = h2_event()
        #expect(h2_connection_next_event(connection.raw, &event) == 1)
        #expect(Array(UnsafeBufferPointer(start: event.data.bytes, count: 3_000)) == body)
        // Calls that send do not change the payload.
        #expect(h2_connection_acknowledge_received_data(connection.raw, 1, 3_000) == 0)
        #expect(connection.sendHeaders(.sampleResponse, on: 1) == 0)
        #expect(h2_connection_send_data(connection.raw, 1, body, 3_000, 0) == 0)
        _ = connection.sent()
        #expect(Array(UnsafeBufferPointer(start: event.data.bytes, count: 3_000)) == body)
    }

    @Test("fields live until the next event, whatever is sent in the meantime")
    func fieldsLive() {
        let connection = CConnection(H2_SERVER)
        #expect(connection.handshake(preface: FrameBuilder.preface()) == 0)
        let bytes = [1, 3].flatMap {
            FrameBuilder.headers($0, block: H2Headers.samplePost.block)
        }
        #expect(connection.receive(bytes) == 0)
        var event = h2_event()
        for id in [1, 3] as [UInt32] {
            #expect(h2_connection_next_event(connection.raw, &event) == 1)
            #expect(connection.sendHeaders(.sampleResponse, on: id) == 0)
            #expect(h2_connection_send_data(connection.raw, id, [1, 2], 2, 1) == 0)
            _ = connection.sent()
            #expect(
                H2Event(event)
                    == .requestReceived(.init(streamID: H2StreamID(id), headers: .samplePost)))
        }
        #expect(h2_connection_next_event(connection.raw, &event) == 0)
    }

    // MARK: When bytes are accepted

    @Test("no bytes are accepted until h2_connection_next_event has returned 0")
    func pendingEvents() {
        let connection = server()
        let pending = H2_ERR_EVENTS_PENDING.rawValue
        #expect(connection.receive(FrameBuilder.ping(1) + FrameBuilder.ping(2)) == 0)
        let third = FrameBuilder.ping(3)
        #expect(connection.receive(third) == pending)
        #expect(connection.lastError?.result == pending)
        var event = h2_event()
        for _ in 1...2 {
            #expect(h2_connection_next_event(connection.raw, &event) == 1)
            #expect(connection.receive(third) == pending)
            #expect(h2_connection_receive(connection.raw, nil, 0) == pending)
        }
        // Passing NULL for the event is misuse and does not end the events.
        #expect(h2_connection_next_event(connection.raw, nil) != 0)
        #expect(connection.receive(third) == pending)
        #expect(h2_connection_next_event(connection.raw, &event) == 0)
        #expect(connection.receive(third) == 0)
        #expect(
            connection.events() == ([.pingReceived(.init(data: H2PingData(3)))], 0))
    }

    @Test("bytes that cause no event require no h2_connection_next_event")
    func noEvents() {
        let connection = server()
        #expect(h2_connection_receive(connection.raw, nil, 0) == 0)
        #expect(h2_connection_receive_at(connection.raw, nil, 0, .max) == 0)
        let ping = FrameBuilder.ping(1)
        #expect(connection.receive(Array(ping[..<5])) == 0)
        #expect(connection.receive(Array(ping[5...])) == 0)
        #expect(connection.events() == ([.pingReceived(.init(data: H2PingData(1)))], 0))
        #expect(connection.events() == ([], 0))
    }

    @Test("the fields of the last event are unchanged after h2_connection_receive")
    func lastEventSurvivesReceive() {
        let connection = CConnection(H2_SERVER)
        #expect(connection.handshake(preface: FrameBuilder.preface()) == 0)
        #expect(connection.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block)) == 0)
        var event = h2_event()
        #expect(h2_connection_next_event(connection.raw, &event) == 1)
        let expected = H2Event(event)
        // The library would overwrite the fields of stream 1 with those of stream 3.
        let other = FrameBuilder.headers(3, block: H2Headers.sampleRequest.block)
        #expect(connection.receive(other) == H2_ERR_EVENTS_PENDING.rawValue)
        #expect(H2Event(event) == expected)
        #expect(h2_connection_next_event(connection.raw, &event) == 0)
        #expect(connection.receive(other) == 0)
        #expect(connection.events().events.count == 1)
    }

    @Test("the last error and its message are the same memory until the next call fails")
    func lastErrorStays() {
        let connection = server()
        #expect(h2_connection_did_send(connection.raw, -1) == H2_ERR_INVALID_ARGUMENT.rawValue)
        let error = h2_last_error(connection.raw)
        let message = error?.pointee.message
        // A new description could reuse the old address, so count allocations.
        #expect(Allocations.count { _ = h2_last_error(connection.raw) } == 0)
        #expect(h2_connection_ping(connection.raw, [0, 0, 0, 0, 0, 0, 0, 0]) == 0)
        #expect(h2_last_error(connection.raw) == error)
        #expect(error?.pointee.message == message)
        #expect(h2_connection_did_send(connection.raw, .max) != 0)
        #expect(connection.lastError?.result == H2_ERR_INVALID_ARGUMENT.rawValue)
    }

    @Test(
        "an error follows the events before it and is returned once", arguments: [false, true])
    func errorAfterEvents(hasEvents: Bool) {
        let connection = server()
        let body: [UInt8] = [1, 2, 3]
        let before = hasEvents ? FrameBuilder.data(1, body) : []
        // Stream 9 is idle.
        let wrong = FrameBuilder.rstStream(9)
        #expect(connection.receive(before + wrong + FrameBuilder.ping()) == 0)
        #expect(h2_last_error(connection.raw) == nil)
        #expect(connection.receive([]) == H2_ERR_EVENTS_PENDING.rawValue)
        let (events, result) = connection.events()
        let expected = H2Event.dataReceived(
            .init(streamID: 1, data: H2Bytes(body), flowControlledLength: 3))
        #expect(events == (hasEvents ? [expected] : []))
        #expect(result == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        let error = connection.lastError
        #expect(error?.result == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        #expect(error?.origin == H2_ORIGIN_REMOTE.rawValue)
        #expect(error?.errorCode == H2_PROTOCOL_ERROR.rawValue)
        #expect(error?.streamID == 9)
        #expect(connection.events() == ([], 0))
        let sent = WireReader.frames(in: connection.sent())
        #expect(sent.last?.type == .goAway)
        // The connection has ended, so calls return the error at once.
        #expect(connection.receive([0]) == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        #expect(connection.events() == ([], 0))
    }

    @Test("an error contains all its facts")
    func errorFacts() {
        let connection = server()
        let result = h2_connection_send_data(connection.raw, 1, nil, 0, 0)
        #expect(result == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        #expect(connection.sendHeaders(.sampleResponse, on: 1) == 0)
        let bytes = [UInt8](repeating: 0, count: 70_000)
        #expect(
            h2_connection_send_data(connection.raw, 1, bytes, 70_000, 0)
                == H2_ERR_FLOW_CONTROL.rawValue)
        let error = connection.lastError
        #expect(error?.result == H2_ERR_FLOW_CONTROL.rawValue)
        #expect(error?.origin == H2_ORIGIN_LOCAL.rawValue)
        #expect(error?.errorCode == H2_FLOW_CONTROL_ERROR.rawValue)
        #expect(error?.streamID == 1)
        #expect(error?.expected == 65_535)
        #expect(error?.actual == 70_000)
        #expect(error?.limit == Int32(H2_LIMIT_NONE.rawValue))
        // A successful call keeps the last error.
        #expect(h2_connection_send_data(connection.raw, 1, bytes, 1, 0) == 0)
        #expect(connection.lastError == error)
    }

    @Test(
        "a header list over the limit resets its stream; over four times the limit is fatal")
    func headerListLimit() {
        let connection = CConnection(H2_SERVER)
        #expect(connection.handshake(preface: FrameBuilder.preface()) == 0)
        var encoder = HPACKEncoder()
        encoder.literal("a", String(repeating: "b", count: 200), .incremental)
        for _ in 0..<1_000 { encoder.indexed(62) }
        #expect(connection.receive(FrameBuilder.headers(1, block: encoder.bytes)) == 0)
        let reset = H2Event.streamReset(
            .init(streamID: 1, errorCode: .enhanceYourCalm, isRemote: false))
        #expect(connection.events() == ([reset], 0))
        for _ in 0..<2_000 { encoder.indexed(62) }
        #expect(connection.receive(FrameBuilder.headers(3, block: encoder.bytes)) == 0)
        #expect(connection.events() == ([], H2_ERR_DENIAL_OF_SERVICE.rawValue))
        #expect(connection.lastError?.limit == Int32(H2_LIMIT_HEADER_LIST_SIZE.rawValue))
        #expect(connection.lastError?.errorCode == H2_ENHANCE_YOUR_CALM.rawValue)
    }

    @Test("the entries of SETTINGS are limited, and the error names the limit")
    func settingsLimit() {
        let sizes = [h2_setting(identifier: 5, value: 1 << 15)]
        let connection = sizes.withUnsafeBufferPointer { sizes in
            CConnection(H2_CLIENT) {
                $0.pointee.initial_settings = sizes.baseAddress
                $0.pointee.initial_setting_count = 1
            }
        }
        #expect(connection.handshake() == 0)
        let entries = [(UInt16, UInt32)](repeating: (0x99, 0), count: 5_000)
        #expect(connection.receive(FrameBuilder.settings(entries)) == 0)
        #expect(connection.events() == ([], H2_ERR_DENIAL_OF_SERVICE.rawValue))
        #expect(connection.lastError?.limit == Int32(H2_LIMIT_SETTINGS_PER_FRAME.rawValue))
    }
}
