// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

/// Events that arise in calls other than `h2_connection_receive`.
@Suite struct PendingEventTests {
    private let pending = H2_ERR_EVENTS_PENDING.rawValue

    /// A client that reports outcomes, with streams 1 and 3 open, and nothing to fetch.
    private func client() -> CConnection {
        let connection = CConnection(H2_CLIENT) { $0.pointee.reports_stream_outcomes = 1 }
        #expect(connection.handshake() == 0)
        for id in [1, 3] as [UInt32] { #expect(connection.sendHeaders(.samplePost, on: id) == 0) }
        _ = connection.sent()
        #expect(h2_connection_has_events(connection.raw) == 0)
        return connection
    }

    private func closed(_ id: H2StreamID, _ outcome: H2StreamOutcome) -> H2Event {
        .streamClosed(.init(streamID: id, outcome: outcome))
    }

    private let cancelled = H2StreamOutcome.reset(.cancel, isRemote: false)
    private let ping = H2Event.pingReceived(.init(data: H2PingData(1)))

    @Test("h2_connection_next_event returns an event of another call after it has returned 0")
    func afterZero() {
        let connection = client()
        #expect(connection.events() == ([], 0))
        #expect(h2_connection_reset_stream(connection.raw, 1, H2_CANCEL.rawValue) == 0)
        #expect(h2_connection_has_events(connection.raw) == 1)
        #expect(connection.events() == ([closed(1, cancelled)], 0))
        #expect(h2_connection_has_events(connection.raw) == 0)
        #expect(connection.events() == ([], 0))
    }

    @Test("no bytes and no time are accepted while the last event of another call is in use")
    func inUse() {
        let connection = client()
        let raw = connection.raw
        #expect(h2_connection_reset_stream(raw, 1, H2_CANCEL.rawValue) == 0)
        var event = h2_event()
        #expect(h2_connection_next_event(raw, &event) == 1)
        #expect(connection.receive(FrameBuilder.ping(1)) == pending)
        #expect(h2_connection_handle_deadlines(raw, 1) == pending)
        #expect(connection.lastError?.result == pending)
        #expect(h2_connection_next_event(raw, &event) == 0)
        #expect(h2_connection_handle_deadlines(raw, 1) == 0)
        #expect(connection.receive(FrameBuilder.ping(1)) == 0)
        #expect(connection.events() == ([ping], 0))
    }

    @Test("bytes are accepted while an event is not fetched, which precedes their events")
    func notFetched() {
        let connection = client()
        #expect(h2_connection_reset_stream(connection.raw, 1, H2_CANCEL.rawValue) == 0)
        #expect(connection.receive(FrameBuilder.ping(1)) == 0)
        #expect(connection.events() == ([closed(1, cancelled), ping], 0))
    }

    @Test("events of calls between two fetches follow those of the bytes, and precede the error")
    func betweenFetches() {
        let connection = client()
        let raw = connection.raw
        #expect(connection.receive(FrameBuilder.ping(1) + FrameBuilder.ping(1)) == 0)
        var event = h2_event()
        #expect(h2_connection_next_event(raw, &event) == 1)
        #expect(h2_connection_reset_stream(raw, 1, H2_CANCEL.rawValue) == 0)
        #expect(h2_connection_reset_stream(raw, 3, H2_CANCEL.rawValue) == 0)
        #expect(connection.events() == ([ping, closed(1, cancelled), closed(3, cancelled)], 0))
        #expect(connection.receive(FrameBuilder.ping(1) + FrameBuilder.rstStream(9)) == 0)
        #expect(h2_connection_next_event(raw, &event) == 1)
        #expect(h2_connection_has_events(raw) == 1)
        #expect(h2_connection_lost(raw) == 0)
        #expect(connection.events() == ([], H2_ERR_PROTOCOL_VIOLATION.rawValue))
        #expect(h2_connection_has_events(raw) == 0)
    }

    @Test("h2_connection_has_events is 1 exactly if there is an event or an error to fetch")
    func hasEvents() {
        let connection = client()
        let raw = connection.raw
        #expect(connection.receive(FrameBuilder.ping(1) + FrameBuilder.rstStream(9)) == 0)
        var results: [Int32] = []
        var event = h2_event()
        while h2_connection_has_events(raw) == 1 {
            results.append(h2_connection_next_event(raw, &event))
        }
        // PING, the ends of both streams, the error.
        #expect(results == [1, 1, 1, H2_ERR_PROTOCOL_VIOLATION.rawValue])
        #expect(h2_connection_next_event(raw, &event) == 0)
    }

    @Test("a lost connection reports each open stream, discards its output, and refuses calls")
    func lost() {
        let connection = client()
        let raw = connection.raw
        let refused = H2_ERR_CONNECTION_CLOSED.rawValue
        #expect(connection.sendHeaders(.samplePost, on: 5) == 0)
        #expect(connection.receive(FrameBuilder.ping(1)) == 0)
        #expect(h2_connection_lost(raw) == 0)
        #expect(
            connection.events()
                == ([ping, closed(1, .cutOff), closed(3, .cutOff), closed(5, .notProcessed)], 0))
        #expect(connection.sent() == [])
        #expect(connection.sendHeaders(.samplePost, on: 7) == refused)
        #expect(h2_connection_ping(raw, [0, 0, 0, 0, 0, 0, 0, 0]) == refused)
        #expect(connection.receive(FrameBuilder.ping(1)) == refused)
        #expect(connection.lastError?.origin == H2_ORIGIN_LOCAL.rawValue)
        #expect(h2_connection_lost(raw) == 0)
        #expect(connection.events() == ([], 0))
    }

    @Test("h2_connection_receive returns the error that ended a lost connection before")
    func lostAfterError() {
        let connection = client()
        #expect(connection.receive(FrameBuilder.rstStream(9)) == 0)
        #expect(connection.events().result == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        #expect(h2_connection_lost(connection.raw) == 0)
        #expect(connection.receive([0]) == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        #expect(connection.events() == ([], 0))
    }

    @Test("an event of a lost connection keeps the payload of an event fetched before")
    func payloadAfterLoss() {
        let connection = client()
        let body = [UInt8](repeating: 7, count: 3_000)
        let bytes =
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block)
            + FrameBuilder.data(1, body) + FrameBuilder.data(1, body)
        #expect(connection.receive(bytes) == 0)
        var event = h2_event()
        for _ in 1...2 { #expect(h2_connection_next_event(connection.raw, &event) == 1) }
        #expect(h2_connection_lost(connection.raw) == 0)
        #expect(Array(UnsafeBufferPointer(start: event.data.bytes, count: 3_000)) == body)
        let data = H2Event.DataReceived(
            streamID: 1, data: H2Bytes(body), flowControlledLength: 3_000)
        #expect(
            connection.events()
                == ([.dataReceived(data), closed(1, .cutOff), closed(3, .cutOff)], 0))
    }

    // MARK: Contents

    @Test("the outcome of a stream equals that in Swift, however the stream ends")
    func outcomes() throws {
        let twins = try Twins(H2_CLIENT) {
            $0.pointee.reports_stream_outcomes = 1
        } swift: {
            $0.reportsStreamOutcomes = true
        }
        for id in [1, 3, 5, 7, 9, 11] as [UInt32] {
            twins.call(
                "request \(id)", { _ in twins.c.sendHeaders(.samplePost, on: id) },
                { c throws(H2Error) in try c.sendHeaders(.samplePost, on: H2StreamID(id)) })
        }
        twins.call(
            "end", { h2_connection_end_stream($0, 1) },
            { c throws(H2Error) in try c.endStream(1) })
        let response = H2Headers.sampleResponse.block
        var events = try twins.receive(FrameBuilder.headers(1, block: response, endStream: true))
        #expect(events.last == closed(1, .completed))
        events = try twins.receive(FrameBuilder.rstStream(3, code: 0xabcd))
        let code = H2ErrorCode(rawValue: 0xabcd)
        #expect(events.last == closed(3, .reset(code, isRemote: true)))
        events = try twins.receive(FrameBuilder.rstStream(5, code: 7))
        #expect(events.last == closed(5, .notProcessed))
        twins.call(
            "reset", { h2_connection_reset_stream($0, 7, 8) },
            { c throws(H2Error) in try c.resetStream(7, errorCode: .cancel) })
        events = try twins.receive(FrameBuilder.goAway(last: 9))
        #expect(events.last == closed(11, .notProcessed))
        twins.call(
            "a request after GOAWAY", { _ in twins.c.sendHeaders(.samplePost, on: 13) },
            { c throws(H2Error) in try c.sendHeaders(.samplePost, on: 13) })
        #expect(twins.c.lastError?.result == H2_ERR_GOING_AWAY.rawValue)
        #expect(h2_connection_lost(twins.c.raw) == 0)
        #expect(twins.c.events() == (twins.swift.connectionLost(), 0))
    }
}
