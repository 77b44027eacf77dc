// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

extension Allocations {
    /// Whether tests limit the number of allocations and the time. Without optimization, the
    /// compiler adds allocations that are not part of the library's design.
    static var canBeJudged: Bool {
        #if DEBUG
        false
        #else
        canBeCounted
        #endif
    }
}

/// Counts allocations, including those of nghttp2.
@Suite(.enabled(if: Allocations.canBeJudged)) struct AllocationTests {
    /// A connection with stream 1 open in both directions, windows of 2 GiB, and empty output.
    private func connection(_ role: H2Configuration.Role) throws -> H2Connection {
        var configuration = H2Configuration(role)
        configuration.initialSettings = [.initialWindowSize: 0x7fff_ffff]
        // The traffic counted here exceeds what a peer may do.
        configuration.limits = .unlimited
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        let settings = FrameBuilder.settings([(0x4, 0x7fff_ffff)]) + FrameBuilder.settingsAck()
        if role == .server {
            _ = try connection.receiveData(
                FrameBuilder.preface() + settings
                    + FrameBuilder.headers(1, block: H2Headers.samplePost.block))
            try connection.sendHeaders(.sampleResponse, on: 1)
        } else {
            try connection.sendHeaders(.samplePost, on: 1)
            _ = try connection.receiveData(
                settings + FrameBuilder.headers(1, block: H2Headers.sampleResponse.block))
        }
        try connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_535)
        _ = try connection.receiveData(
            FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_535))
        _ = connection.dataToSend()
        return connection
    }

    /// Returns a field block that adds fields to the compression table, and one that refers to
    /// them.
    private static func indexed(_ count: Int) -> (first: [UInt8], later: [UInt8]) {
        var first = HPACKEncoder()
        var later = HPACKEncoder()
        for index in 0..<count {
            first.literal("x-field-\(index)", "a value that is not so short", .incremental)
            later.indexed(62 + index)
        }
        return (first.bytes, later.bytes)
    }

    /// Returns the number of allocations for receiving bytes, with capacity for the events.
    private func count(
        _ connection: H2Connection, _ bytes: [UInt8], _ events: inout [H2Event]
    ) throws(H2Error) -> Int {
        events.removeAll(keepingCapacity: true)
        return try Allocations.count { () throws(H2Error) in
            try connection.receiveData(bytes, into: &events)
        }
    }

    @Test("a received field block costs at most two allocations", arguments: [1, 5, 30])
    func headerBlock(_ fields: Int) throws {
        let connection = try connection(.server)
        var events: [H2Event] = []
        events.reserveCapacity(16)
        let (first, later) = Self.indexed(fields)
        // :method GET, :path /, :scheme https, and :authority "a" as a literal.
        let get: [UInt8] = [0x82, 0x84, 0x87, 0x01, 0x01, 0x61]
        var id: UInt32 = 3
        for (round, block) in [first, later, later, later].enumerated() {
            let request = FrameBuilder.headers(id, block: get + block)
            let trailers = FrameBuilder.headers(id, block: block, endStream: true)
            let opening = try count(connection, request, &events)
            #expect(events.count == 1)
            let closing = round == 0 ? 0 : try count(connection, trailers, &events)
            try connection.resetStream(H2StreamID(id))
            id += 2
            // The first ones fill the table and allocate scratch space.
            guard round > 1 else { continue }
            #expect(opening <= 2, "a request of \(fields + 4) fields")
            #expect(closing <= 2, "trailers of \(fields) fields")
        }
    }

    @Test("a response and its 1xx response cost at most two allocations each")
    func responseBlock() throws {
        let connection = try connection(.client)
        var events: [H2Event] = []
        events.reserveCapacity(16)
        // :status 103 as a literal goes into the table; 200 is in the static one.
        var early = HPACKEncoder()
        early.literal(nameIndex: 8, value: Array("103".utf8), .incremental)
        for id in stride(from: UInt32(3), through: 9, by: 2) {
            try connection.sendHeaders(.sampleRequest, on: H2StreamID(id), endStream: true)
            let block = id == 3 ? early.bytes : [0xbe]
            let informational = try count(
                connection, FrameBuilder.headers(id, block: block), &events)
            #expect(events.count == 1)
            let final = try count(
                connection, FrameBuilder.headers(id, block: [0x88]), &events)
            #expect(events.count == 1)
            guard id > 3 else { continue }
            #expect(informational <= 2)
            #expect(final <= 2)
        }
    }

    @Test("a field block costs at most two allocations, however many fields and frames it has")
    func literalFields() throws {
        let connection = try connection(.server)
        var events: [H2Event] = []
        events.reserveCapacity(16)
        var counts: [Int: Int] = [:]
        var id: UInt32 = 3
        for fields in [60, 60, 10, 20, 40] {
            let block = HPACKEncoder.block((0..<fields).map { ("x-field-\($0)", "value \($0)") })
            let all = H2Headers.sampleRequest.block + block
            counts[fields] = try count(
                connection, FrameBuilder.split(id, block: all, every: 100, endStream: true), &events
            )
            try connection.resetStream(H2StreamID(id))
            id += 2
        }
        for fields in [10, 20, 40] {
            #expect(counts[fields].map { $0 <= 2 } == true, "\(counts)")
        }
    }

    @Test("receiving DATA allocates nothing in steady state", arguments: [1, 2, 7])
    func receivedData(_ frames: Int) throws {
        for role in [H2Configuration.Role.client, .server] {
            let connection = try connection(role)
            let frame = FrameBuilder.data(1, [UInt8](repeating: 7, count: 16_384))
            // No spare capacity: a payload that is a small part of the capacity would be copied.
            var bytes: [UInt8] = []
            bytes.reserveCapacity(frames * frame.count)
            for _ in 0..<frames { bytes += frame }
            var events: [H2Event] = []
            events.reserveCapacity(frames)
            var counts: [Int] = []
            for _ in 0..<10 { counts.append(try count(connection, bytes, &events)) }
            #expect(events.count == frames)
            #expect(counts.dropFirst().allSatisfy { $0 == 0 }, "\(counts)")
        }
    }

    @Test("a small payload costs at most one allocation, for its copy")
    func smallData() throws {
        let connection = try connection(.server)
        let frame = FrameBuilder.data(1, [UInt8](repeating: 7, count: 1_024))
        var events: [H2Event] = []
        events.reserveCapacity(4)
        var counts: [Int] = []
        for _ in 0..<5 { counts.append(try count(connection, frame + frame, &events)) }
        #expect(counts.dropFirst().allSatisfy { $0 <= 2 }, "\(counts)")
    }

    @Test("a section and a small payload cost nothing if the previous ones are not held")
    func nothingIsHeld() throws {
        let connection = try connection(.server)
        let block = H2Headers.samplePost.block
        var events: [H2Event] = []
        events.reserveCapacity(4)
        var counts: [Int] = []
        for id in stride(from: UInt32(3), to: 43, by: 2) {
            let request = FrameBuilder.headers(id, block: block)
            let data = FrameBuilder.data(id, [UInt8](repeating: 7, count: 600))
            counts.append(
                try count(connection, request, &events) + count(connection, data, &events))
            try connection.resetStream(H2StreamID(id))
        }
        #expect(counts.dropFirst(4).allSatisfy { $0 == 0 }, "\(counts)")
    }

    @Test("sending DATA allocates nothing in steady state")
    func sentData() throws {
        // Small payloads are copied to the output; large ones are shared.
        for size in [4_000, 16_384] {
            let connection = try connection(.server)
            let payload = [UInt8](repeating: 7, count: size)
            var sending: [Int] = []
            var draining: [Int] = []
            for _ in 0..<10 {
                sending.append(
                    try Allocations.count { () throws(H2Error) in
                        try connection.sendData(payload, on: 1)
                        try connection.sendData(payload[..<100], on: 1, padLength: 10)
                    })
                draining.append(
                    Allocations.count {
                        _ = unsafe connection.withSegmentsToSend { segments in
                            unsafe segments.indices.reduce(0) { unsafe $0 + segments[$1].count }
                        }
                    })
            }
            #expect(!connection.hasDataToSend)
            #expect(sending.dropFirst(2).allSatisfy { $0 == 0 }, "\(sending)")
            #expect(draining.allSatisfy { $0 == 0 }, "\(draining)")
        }
    }

    @Test("control frames allocate nothing in steady state")
    func controlFrames() throws {
        let connection = try connection(.server)
        let update =
            FrameBuilder.windowUpdate(1, increment: 1) + FrameBuilder.priority(1, dependsOn: 3)
        let ping = FrameBuilder.ping(1)
        // Makes room in the windows, which have the maximum size.
        try connection.sendData([1, 2, 3, 4, 5, 6, 7, 8, 9], on: 1)
        var events: [H2Event] = []
        events.reserveCapacity(4)
        for round in 0..<6 {
            let updates = try count(connection, update, &events)
            let pings = try count(connection, ping, &events)
            let own = try Allocations.count { () throws(H2Error) in
                try connection.ping(H2PingData(1))
            }
            _ = connection.withDataToSend { $0.count }
            guard round > 1 else { continue }
            #expect(updates == 0)
            #expect(pings == 0)
            #expect(own == 0)
        }
    }
}
