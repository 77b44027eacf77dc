// SPDX-License-Identifier: MIT

import CH2
import CH2Exports
import H2
import H2TestSupport
import Testing

@Suite struct QueueingTests {
    private func count(_ connection: CConnection, on stream: UInt32? = nil) -> Int {
        var count = -1
        let result =
            stream.map { h2_connection_queued_byte_count_on_stream(connection.raw, $0, &count) }
            ?? h2_connection_queued_byte_count(connection.raw, &count)
        #expect(result == 0)
        return count
    }

    /// Server twins with requests on these streams.
    private func twins(
        streams: [UInt32], settings: [(UInt16, UInt32)] = [],
        _ change: (UnsafeMutablePointer<h2_config>) -> Void = { _ in },
        swift changeInSwift: (inout H2Configuration) -> Void = { _ in }
    ) throws -> Twins {
        let twins = try Twins(H2_SERVER, settings: settings, change, swift: changeInSwift)
        for id in streams {
            try twins.receive(
                FrameBuilder.headers(id, block: H2Headers.sampleRequest.block, endStream: true))
            respond(twins, on: id)
        }
        return twins
    }

    private func respond(_ twins: Twins, on id: UInt32) {
        twins.call(
            "response", { _ in twins.c.sendHeaders(.sampleResponse, on: id) },
            { c throws(H2Error) in try c.sendHeaders(.sampleResponse, on: H2StreamID(id)) })
    }

    private func enqueue(_ twins: Twins, _ count: Int, on id: UInt32, endStream: Bool = false) {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        twins.call(
            "\(count) bytes on \(id)",
            { h2_connection_enqueue_data($0, id, body, count, endStream ? 1 : 0) },
            { c throws(H2Error) in
                try c.enqueueData(body, on: H2StreamID(id), endStream: endStream)
            })
        #expect(self.count(twins.c) == twins.swift.queuedByteCount)
        #expect(self.count(twins.c, on: id) == twins.swift.queuedByteCount(on: H2StreamID(id)))
    }

    @Test("queued data becomes the same frames as in Swift when the windows allow it")
    func data() throws {
        let twins = try twins(streams: [1, 3])
        enqueue(twins, 200_000, on: 1)
        #expect(count(twins.c, on: 1) == 200_000 - 65_535)
        enqueue(twins, 10, on: 3, endStream: true)
        try twins.receive(
            FrameBuilder.windowUpdate(0, increment: 300_000)
                + FrameBuilder.windowUpdate(1, increment: 300_000))
        var outbound = 0
        #expect(h2_connection_outbound_byte_count(twins.c.raw, &outbound) == 0)
        #expect(outbound == twins.swift.outboundByteCount)
        #expect(outbound == 200_000 - 65_535 + 10)
        #expect(twins.c.sent() == twins.sentInSwift())
        #expect(count(twins.c) == 0)
        enqueue(twins, 0, on: 1, endStream: true)
        enqueue(twins, 1, on: 1)
        #expect(twins.c.lastError?.result == H2_ERR_STREAM_CLOSED.rawValue)
    }

    @Test("h2_connection_data_to_send makes frames of at most 64 KiB of queued data at a time")
    func pieces() throws {
        let twins = try twins(streams: [1], settings: [(0x4, 1 << 20)])
        try twins.receive(FrameBuilder.windowUpdate(0, increment: 1 << 20))
        let body = [UInt8](repeating: 1, count: 500_000)
        #expect(h2_connection_enqueue_data(twins.c.raw, 1, body, body.count, 1) == 0)
        var (total, bytes): (Int, UnsafePointer<UInt8>?) = (0, nil)
        while true {
            var count = 0
            #expect(h2_connection_data_to_send(twins.c.raw, &bytes, &count) == 0)
            guard count > 0 else { break }
            #expect(count <= 65_536)
            total += count
            #expect(h2_connection_did_send(twins.c.raw, count) == 0)
        }
        #expect(total > body.count)
    }

    @Test("nothing else can be sent on a stream with queued data; trailers can be queued")
    func trailers() throws {
        let twins = try twins(streams: [1])
        enqueue(twins, 70_000, on: 1)
        twins.call(
            "data", { h2_connection_send_data($0, 1, nil, 0, 0) },
            { c throws(H2Error) in try c.sendData([], on: 1) })
        twins.call(
            "trailers out of order",
            { _ in twins.c.sendHeaders(.sampleTrailers, on: 1, flags: 1) },
            { c throws(H2Error) in try c.sendHeaders(.sampleTrailers, on: 1, endStream: true) })
        #expect(twins.c.lastError?.result == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        for _ in 1...2 {
            twins.call(
                "trailers",
                { c in
                    twins.c.withFields(.sampleTrailers) {
                        h2_connection_enqueue_trailers(c, 1, $0, H2Headers.sampleTrailers.count)
                    }
                },
                { c throws(H2Error) in try c.enqueueTrailers(.sampleTrailers, on: 1) })
        }
        #expect(twins.c.lastError?.result == H2_ERR_PROTOCOL_VIOLATION.rawValue)
        try twins.receive(
            FrameBuilder.windowUpdate(0, increment: 10_000)
                + FrameBuilder.windowUpdate(1, increment: 10_000))
        let sent = twins.c.sent()
        #expect(sent == twins.sentInSwift())
        #expect(WireReader.frames(in: sent).map(\.type) == [.data, .headers])
    }

    @Test("the water marks of h2_config determine when a stream is reported as drained")
    func waterMarks() throws {
        let twins = try twins(streams: [1, 3]) {
            $0.pointee.send_queue_high_water_mark = 70_000
            $0.pointee.send_queue_low_water_mark = 2_000
            $0.pointee.reports_stream_outcomes = 1
        } swift: {
            $0.sendQueueHighWaterMark = 70_000
            $0.sendQueueLowWaterMark = 2_000
            $0.reportsStreamOutcomes = true
        }
        let body = [UInt8](repeating: 1, count: 70_001)
        #expect(h2_connection_enqueue_data(twins.c.raw, 1, body, body.count, 0) == 0)
        try twins.swift.enqueueData(body, on: 1)
        #expect(twins.c.sent() == twins.sentInSwift())
        #expect(h2_connection_has_events(twins.c.raw) == 0)
        try twins.receive(
            FrameBuilder.windowUpdate(0, increment: 3_000)
                + FrameBuilder.windowUpdate(1, increment: 3_000))
        #expect(twins.c.sent() == twins.sentInSwift())
        let drained = H2Event.sendQueueDrained(
            .init(streamID: 1, queuedByteCount: 70_001 - 65_535 - 3_000))
        #expect(twins.swift.takeEvents() == [drained])
        #expect(twins.c.events() == ([drained], 0))
        // The rest is reported as unsent.
        let events = try twins.receive(FrameBuilder.rstStream(1, code: 8))
        #expect(
            events.last
                == .streamClosed(
                    .init(
                        streamID: 1, outcome: .reset(.cancel, isRemote: true),
                        unsentByteCount: 70_001 - 65_535 - 3_000)))
    }

    @Test("a water mark above PTRDIFF_MAX is refused")
    func badWaterMarks() {
        #expect(CConnection(H2_SERVER) { $0.pointee.send_queue_high_water_mark = -1 }.raw == nil)
        #expect(CConnection(H2_SERVER) { $0.pointee.send_queue_low_water_mark = .min }.raw == nil)
        #expect(CConnection(H2_SERVER) { $0.pointee.send_queue_low_water_mark = 0 }.raw != nil)
    }

    // MARK: Priorities

    @Test("extensible priorities order queued data as in Swift")
    func priorities() throws {
        let twins = try twins(streams: [1, 3, 5]) {
            $0.pointee.priorities = Int32(H2_PRIORITIES_EXTENSIBLE.rawValue)
        } swift: {
            $0.priorities = .extensible
        }
        for (id, urgency, isIncremental) in [(1, 7, false), (3, 0, true), (5, 8, false)] {
            twins.call(
                "priority of \(id)",
                { c in
                    var priority = h2_extensible_priority()
                    priority.urgency = UInt32(urgency)
                    priority.is_incremental = isIncremental ? 9 : 0
                    return h2_connection_set_send_priority(c, UInt32(id), &priority)
                },
                { c throws(H2Error) in
                    try c.setSendPriority(
                        H2ExtensiblePriority(urgency: urgency, isIncremental: isIncremental),
                        on: H2StreamID(UInt32(id)))
                })
        }
        #expect(twins.c.lastError?.result == H2_ERR_INVALID_ARGUMENT.rawValue)
        for id in [1, 3, 5] as [UInt32] {
            let body = [UInt8](repeating: UInt8(id), count: 5_000)
            #expect(h2_connection_enqueue_data(twins.c.raw, id, body, body.count, 1) == 0)
            try twins.swift.enqueueData(body, on: H2StreamID(id), endStream: true)
        }
        let sent = twins.c.sent()
        #expect(sent == twins.sentInSwift())
        #expect(WireReader.frames(in: sent).map(\.streamID) == [3, 5, 1])
    }

    @Test("a client sends PRIORITY_UPDATE, and a server reports it")
    func priorityUpdate() throws {
        let client = try Twins(H2_CLIENT)
        var priority = h2_extensible_priority()
        priority.urgency = 2
        priority.is_incremental = 1
        let update = H2ExtensiblePriority(urgency: 2, isIncremental: true)
        #expect(h2_connection_send_priority_update(client.c.raw, 1, &priority) == 0)
        try client.swift.sendPriorityUpdate(update, on: 1)
        let sent = client.c.sent()
        #expect(sent == client.sentInSwift())
        let server = try Twins(H2_SERVER) {
            $0.pointee.priorities = Int32(H2_PRIORITIES_EXTENSIBLE.rawValue)
        } swift: {
            $0.priorities = .extensible
        }
        let events = try server.receive(sent)
        #expect(events == [.priorityUpdateReceived(.init(streamID: 1, priority: update))])
        #expect(
            h2_connection_send_priority_update(server.c.raw, 1, &priority)
                == H2_ERR_NOT_PERMITTED.rawValue)
        #expect(
            h2_connection_send_priority_update(client.c.raw, 0, &priority)
                == H2_ERR_INVALID_ARGUMENT.rawValue)
    }

    // MARK: Windows

    @Test("streams whose windows open are listed as in Swift")
    func windowsOpened() throws {
        let streams = Array(stride(from: UInt32(1), through: 99, by: 2))
        let twins = try twins(streams: streams, settings: [(0x4, 0)]) {
            $0.pointee.reports_stream_outcomes = 1
        } swift: {
            $0.reportsStreamOutcomes = true
        }
        let events = try twins.receive(FrameBuilder.settings([(0x4, 9)]))
        #expect(
            events.last
                == .sendWindowsOpened(.init(streamIDs: streams.map { H2StreamID($0) })))
    }

    @Test("late calls fail or have no effect, depending on h2_config")
    func lateCalls() throws {
        for isIgnored in [false, true] {
            let twins = try twins(streams: [1]) {
                $0.pointee.late_calls = Int32(
                    (isIgnored ? H2_LATE_CALLS_IGNORED : H2_LATE_CALLS_FAIL).rawValue)
            } swift: {
                $0.lateCalls = isIgnored ? .ignored : .throws
            }
            try twins.receive(FrameBuilder.rstStream(1, code: 8))
            enqueue(twins, 10, on: 1)
            twins.call(
                "data", { h2_connection_send_data($0, 1, [1], 1, 0) },
                { c throws(H2Error) in try c.sendData([1], on: 1) })
            #expect((twins.c.lastError == nil) == isIgnored)
        }
    }
}
