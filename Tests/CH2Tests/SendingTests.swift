// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

/// Each call writes the same bytes as its counterpart in Swift and leads to the same state.
@Suite struct SendingTests {
    private func withPriority(
        _ priority: h2_priority, _ body: (UnsafePointer<h2_priority>) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: priority, body)
    }

    @Test("a client's calls equal those in Swift")
    func client() throws {
        let twins = try Twins(H2_CLIENT)
        let body = [UInt8](0...99)
        let secret: H2Headers = [
            ":method": "POST", ":scheme": "https", ":path": "/", ":authority": "a", "Cookie": "c",
            "authorization": "s",
        ]
        var never = H2Headers(secret)
        never.append("x", "y", indexing: .never)
        twins.call(
            "a request", { _ in twins.c.sendHeaders(never, on: 1) },
            { c throws(H2Error) in try c.sendHeaders(never, on: 1) })
        twins.call(
            "a request with a priority",
            { _ in
                withPriority(.init(depends_on: 1, weight: 256, is_exclusive: 1, reserved: 0)) {
                    twins.c.sendHeaders(secret, on: 3, flags: H2_END_STREAM.rawValue, priority: $0)
                }
            },
            { c throws(H2Error) in
                try c.sendHeaders(
                    secret, on: 3, endStream: true,
                    priority: H2Priority(weight: 256, dependsOn: 1, isExclusive: true))
            })
        twins.call(
            "an invalid request", { _ in twins.c.sendHeaders(["a": "b"], on: 5) },
            { c throws(H2Error) in try c.sendHeaders(["a": "b"], on: 5) })
        twins.call(
            "data", { h2_connection_send_data($0, 1, body, body.count, 0) },
            { c throws(H2Error) in try c.sendData(body, on: 1) })
        for length in [UInt32(0), 255] {
            twins.call(
                "padded data",
                { h2_connection_send_padded_data($0, 1, body, body.count, length, 0) },
                { c throws(H2Error) in
                    try c.sendData(body, on: 1, padLength: UInt8(length))
                })
        }
        twins.call(
            "a frame that is too large",
            { h2_connection_send_data($0, 1, [UInt8](repeating: 0, count: 20_000), 20_000, 0) },
            { c throws(H2Error) in
                try c.sendData([UInt8](repeating: 0, count: 20_000), on: 1)
            })
        twins.call(
            "prioritize",
            { c in
                withPriority(.init(depends_on: 3, weight: 1, is_exclusive: 0, reserved: 0)) {
                    h2_connection_prioritize(c, 1, $0)
                }
            },
            { c throws(H2Error) in try c.prioritize(1, H2Priority(weight: 1, dependsOn: 3)) })
        twins.call(
            "trailers",
            { _ in twins.c.sendHeaders(.sampleTrailers, on: 1, flags: H2_END_STREAM.rawValue) },
            { c throws(H2Error) in try c.sendHeaders(.sampleTrailers, on: 1, endStream: true) })
        twins.call(
            "reset", { h2_connection_reset_stream($0, 3, 0xabcd) },
            { c throws(H2Error) in try c.resetStream(3, errorCode: .init(rawValue: 0xabcd)) })
        twins.call(
            "reset again", { h2_connection_reset_stream($0, 3, 0) },
            { c throws(H2Error) in try c.resetStream(3) })
        twins.call(
            "ping", { h2_connection_ping($0, [1, 2, 3, 4, 5, 6, 7, 8]) },
            { c throws(H2Error) in try c.ping(H2PingData(1, 2, 3, 4, 5, 6, 7, 8)) })
        let settings = [(4, 99_999), (0xff, 1), (4, 100_000)].map {
            h2_setting(identifier: $0, value: $1)
        }
        twins.call(
            "settings", { h2_connection_update_settings($0, settings, 3) },
            { c throws(H2Error) in
                var settings = H2Settings()
                settings[.initialWindowSize] = 100_000
                settings[.init(rawValue: 0xff)] = 1
                try c.updateSettings(settings)
            })
        twins.call(
            "a setting out of range",
            { h2_connection_update_settings($0, [h2_setting(identifier: 2, value: 2)], 1) },
            { c throws(H2Error) in try c.updateSettings([.enablePush: 2]) })
        twins.call(
            "close", { h2_connection_close($0, 0xb, body, 3, H2_HIGHEST_STREAM_ID) },
            { c throws(H2Error) in
                try c.closeConnection(
                    errorCode: .enhanceYourCalm, additionalData: Array(body[..<3]))
            })
    }

    @Test("a server's calls equal those in Swift")
    func server() throws {
        let twins = try Twins(H2_SERVER)
        let post = FrameBuilder.headers(1, block: H2Headers.samplePost.block)
        try twins.receive(post + FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_000)))
        let (value, origin): ([CChar], [CChar]) = ([104, -1], [111])
        twins.call(
            "an alternative service",
            { h2_connection_advertise_alternative_service($0, [104, 50], 2, origin, 1) },
            { c throws(H2Error) in try c.advertiseAlternativeService("h2", origin: "o") })
        #expect(
            h2_connection_advertise_alternative_service(twins.c.raw, value, 2, origin, 1) == 0)
        // Not valid UTF-8, and sent unchanged.
        #expect(twins.c.sent().suffix(5) == [0, 1, 111, 104, 0xff])
        twins.call(
            "an alternative service for a request",
            { h2_connection_advertise_alternative_service_on_stream($0, 1, [104, 50], 2) },
            { c throws(H2Error) in try c.advertiseAlternativeService("h2", on: 1) })
        twins.call(
            "a 1xx response", { _ in twins.c.sendHeaders([":status": "103"], on: 1) },
            { c throws(H2Error) in try c.sendHeaders([":status": "103"], on: 1) })
        twins.call(
            "a promise",
            { c in
                twins.c.withFields(.sampleRequest) {
                    h2_connection_push_stream(c, 2, 1, $0, H2Headers.sampleRequest.count)
                }
            },
            { c throws(H2Error) in try c.pushStream(2, on: 1, requestHeaders: .sampleRequest) })
        twins.call(
            "a response", { _ in twins.c.sendHeaders(.sampleResponse, on: 1) },
            { c throws(H2Error) in try c.sendHeaders(.sampleResponse, on: 1) })
        twins.call(
            "the end", { h2_connection_end_stream($0, 1) },
            { c throws(H2Error) in try c.endStream(1) })
        twins.call(
            "an acknowledgement", { h2_connection_acknowledge_received_data($0, 1, 16_000) },
            { c throws(H2Error) in try c.acknowledgeReceivedData(16_000, on: 1) })
        twins.call(
            "a larger window", { h2_connection_increment_flow_control_window($0, 1, 12_345) },
            { c throws(H2Error) in try c.incrementFlowControlWindow(by: 12_345, on: 1) })
        twins.call(
            "a larger window of the connection",
            { h2_connection_increment_flow_control_window($0, 0, 1 << 30) },
            { c throws(H2Error) in try c.incrementFlowControlWindow(by: 1 << 30) })
        twins.call(
            "an excessive window", { h2_connection_increment_flow_control_window($0, 0, .max) },
            { c throws(H2Error) in try c.incrementFlowControlWindow(by: Int(UInt32.max)) })
        twins.call(
            "close", { h2_connection_close($0, 0, nil, 0, 0) },
            { c throws(H2Error) in try c.closeConnection(lastStreamID: 0) })
    }

    @Test("identical and similar sections in a row are encoded correctly")
    func sectionsInARow() throws {
        let twins = try Twins(H2_CLIENT)
        func section(_ path: String, _ extra: [(String, String)] = []) -> H2Headers {
            var section: H2Headers = [":method": "GET", ":scheme": "http", ":path": path]
            section.append(":authority", "")
            for (name, value) in extra { section.append(name, value) }
            return section
        }
        var secret = section("/1", [("a", "b")])
        secret.append("x", "y", indexing: .never)
        let open = section("/1", [("a", "b"), ("x", "y")])
        let long = section("/1", [("a", String(repeating: "v", count: 9_000))])
        let many = section("/1", (0..<100).map { ("n\($0)", "\($0)") })
        let sections = [
            section("/1"), section("/1"), section("/2"), section("/2", [("a", "")]),
            section("/2", [("", "a")]), section("/2", [("a", "b")]), section("/2", [("ab", "")]),
            secret, open, secret, secret, long, long, open, many, many, section("/1"), [], open,
        ]
        for isEnded in [true, false] {
            for (index, headers) in sections.enumerated() {
                let id = twins.swift.highestOutboundStreamID.rawValue | 1
                let next = index == 0 && isEnded ? 1 : id + 2
                twins.call(
                    "section \(index)",
                    { _ in twins.c.sendHeaders(headers, on: next, flags: isEnded ? 1 : 0) },
                    { c throws(H2Error) in
                        try c.sendHeaders(headers, on: H2StreamID(next), endStream: isEnded)
                    })
            }
        }
    }

    // MARK: Output

    @Test("output can be removed in pieces of any size", arguments: [1, 7, .max])
    func pieces(limit: Int) throws {
        let connection = CConnection(H2_CLIENT)
        #expect(h2_connection_initiate(connection.raw) == 0)
        let twin = H2Connection(.client)
        try twin.initiateConnection()
        var count = 0
        #expect(h2_connection_outbound_byte_count(connection.raw, &count) == 0)
        #expect(count == twin.outboundByteCount)
        #expect(connection.sent(upTo: limit) == twin.dataToSend())
        var bytes: UnsafePointer<UInt8>? = UnsafePointer(bitPattern: 1)
        #expect(h2_connection_data_to_send(connection.raw, &bytes, &count) == 0)
        #expect(bytes == nil)
        #expect(count == 0)
    }

    @Test("borrowed bytes stay valid during calls that take a const connection")
    func borrowedBytes() {
        let connection = CConnection(H2_CLIENT)
        #expect(h2_connection_initiate(connection.raw) == 0)
        var (bytes, again): (UnsafePointer<UInt8>?, UnsafePointer<UInt8>?)
        var count = 0
        #expect(h2_connection_data_to_send(connection.raw, &bytes, &count) == 0)
        let copy = Array(UnsafeBufferPointer(start: bytes, count: count))
        var window: Int64 = 0
        #expect(h2_connection_outbound_flow_control_window(connection.raw, &window) == 0)
        #expect(h2_connection_data_to_send(connection.raw, &again, &count) == 0)
        #expect(bytes == again)
        #expect(Array(UnsafeBufferPointer(start: bytes, count: count)) == copy)
        #expect(copy.starts(with: FrameBuilder.preface()))
    }

    @Test("cleared output is not sent")
    func cleared() {
        let connection = CConnection(H2_CLIENT)
        #expect(h2_connection_initiate(connection.raw) == 0)
        #expect(h2_connection_clear_outbound_data(connection.raw) == 0)
        #expect(connection.sent() == [])
    }
}
