// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Priorities of RFC 7540 §5.3, which RFC 9113 §5.3.2 deprecates and h2 supports.
@Suite struct PriorityTests {
    private static let samples: [(priority: H2Priority, bytes: [UInt8])] = [
        (H2Priority(), [0, 0, 0, 0, 15]),
        (H2Priority(weight: 1), [0, 0, 0, 0, 0]),
        (H2Priority(weight: 256), [0, 0, 0, 0, 255]),
        (H2Priority(weight: 200, dependsOn: 3), [0, 0, 0, 3, 199]),
        (H2Priority(weight: 16, dependsOn: 0, isExclusive: true), [0x80, 0, 0, 0, 15]),
        (
            H2Priority(weight: 2, dependsOn: 0x7fff_ffff, isExclusive: true),
            [0xff, 0xff, 0xff, 0xff, 1]
        ),
        (H2Priority(weight: 77, dependsOn: 0x0102_0304), [1, 2, 3, 4, 76]),
    ]

    private func client(settings: [(UInt16, UInt32)] = []) throws -> Peer {
        let peer = try Peer(.client, settings: settings)
        peer.sent()
        return peer
    }

    // MARK: Sending

    @Test("RFC 7540 §6.3: PRIORITY on the wire, for a stream in any state")
    func frames() throws {
        let peer = try client()
        try peer.connection.sendHeaders(.sampleRequest, on: 1)
        try peer.connection.sendHeaders(.sampleRequest, on: 5)
        try peer.connection.resetStream(5)
        peer.sent()
        for stream: H2StreamID in [1, 5, 7, 9, 2, 0x7fff_fffe] {
            for (priority, bytes) in Self.samples {
                try peer.connection.prioritize(stream, priority)
                #expect(
                    peer.connection.dataToSend()
                        == FrameBuilder.raw(type: 0x2, stream: stream.rawValue, payload: bytes))
            }
        }
        #expect(try peer.connection.nextAvailableStreamID() == 7)
        #expect(peer.connection.openOutboundStreams == 1)
    }

    @Test("PRIORITY is sent before any stream is opened, and even if the peer does not use it")
    func unused() throws {
        let peer = try client(settings: [(0x9, 1)])
        try peer.connection.prioritize(3, H2Priority(weight: 8))
        #expect(peer.connection.connectionState == .idle)
        try peer.connection.sendHeaders(
            .sampleRequest, on: 1, priority: H2Priority(weight: 9, dependsOn: 3))
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.priority, .headers])
        #expect(frames.last?.priority == .init(dependsOn: 3, exclusive: false, weightByte: 8))
    }

    @Test("RFC 7540 §6.2: priority in HEADERS is a flag and 5 bytes before the same field block")
    func headers() throws {
        for (priority, bytes) in Self.samples {
            for endStream in [false, true] {
                let plain = try client()
                let peer = try client()
                try plain.connection.sendHeaders(.sampleRequest, on: 1, endStream: endStream)
                try peer.connection.sendHeaders(
                    .sampleRequest, on: 1, endStream: endStream, priority: priority)
                let before = try #require(plain.sent().first)
                let frames = peer.sent()
                let frame = try #require(frames.first)
                #expect(frames.count == 1)
                #expect(frame.flags == before.flags | 0x20)
                #expect(frame.payload == bytes + before.payload)
                #expect(peer.sentHeaders(of: frame) == plain.sentHeaders(of: before))
            }
        }
    }

    @Test("trailers may carry a priority, as in h2")
    func trailers() throws {
        let peer = try client()
        try peer.connection.sendHeaders(.samplePost, on: 1)
        peer.sent()
        try peer.connection.sendHeaders(
            .sampleTrailers, on: 1, endStream: true, priority: H2Priority(weight: 3))
        let frame = try #require(peer.sent().first)
        #expect(frame.flags == 0x25)
        #expect(frame.priority == .init(dependsOn: 0, exclusive: false, weightByte: 2))
    }

    /// Returns a section with a value that Huffman coding does not shorten.
    private func section(_ length: Int) -> H2Headers {
        var headers = H2Headers.sampleRequest
        headers.append(name: [0x78], value: [UInt8](repeating: 0x01, count: length))
        return headers
    }

    @Test("§4.2, §6.10: bytes that the priority displaces from a full frame go to CONTINUATION")
    func fullFrame() throws {
        var sizes: Set<Int> = []
        let lengths = Array(16_330...16_384) + [32_700, 32_768, 50_000]
        for length in lengths {
            let plain = try client()
            try plain.connection.sendHeaders(section(length), on: 1, endStream: true)
            let block = plain.sent().flatMap { $0.fieldBlock ?? [] }

            let peer = try client()
            try peer.connection.sendHeaders(
                section(length), on: 1, endStream: true,
                priority: H2Priority(weight: 7, dependsOn: 9, isExclusive: true))
            let frames = peer.sent()
            #expect(frames.flatMap { $0.fieldBlock ?? [] } == block)
            let first = try #require(frames.first)
            #expect(
                first.priority == .init(dependsOn: 9, exclusive: true, weightByte: 6)
                    && first.endsStream)
            #expect(frames.dropFirst().allSatisfy { $0.type == .continuation && $0.streamID == 1 })
            #expect(frames.allSatisfy { $0.payload.count <= 16_384 })
            #expect(frames.map(\.endsHeaders) == frames.indices.map { $0 == frames.count - 1 })
            #expect(peer.sentHeaders(of: first).count == 5)
            sizes.insert(block.count)
            if block.count <= 16_384 {
                #expect(frames.count == (block.count <= 16_379 ? 1 : 2), "\(block.count)")
                #expect(first.payload.count == min(16_384, block.count + 5))
            }
        }
        // All relevant sizes occurred.
        #expect(sizes.isSuperset(of: Set(16_375...16_390)))
    }

    @Test("a server decodes a field block in several frames with priority", arguments: Cut.all)
    func fullFrameArrives(cut: Cut) throws {
        let pair = try Pair.started(cut: cut)
        let headers = section(40_000)
        let priority = H2Priority(weight: 7, dependsOn: 9)
        try pair.client.sendHeaders(headers, on: 1, endStream: true, priority: priority)
        let events = try pair.exchange().server
        #expect(
            events == [
                .requestReceived(
                    .init(streamID: 1, headers: headers, endsStream: true, priority: priority)),
                .streamEnded(.init(streamID: 1)),
                .priorityUpdated(.init(streamID: 1, priority: priority)),
            ])
    }

    @Test("§4.2: if the peer accepts larger frames, HEADERS with priority stays within them")
    func largerFrames() throws {
        let peer = try client(settings: [(0x5, 16_386)])
        try peer.connection.sendHeaders(section(20_000), on: 1, priority: H2Priority())
        let frames = peer.sent()
        #expect(frames.allSatisfy { $0.payload.count <= 16_386 })
        #expect(frames.first.map { peer.sentHeaders(of: $0).last?.value.count } == 20_000)
    }

    @Test("RFC 7540 §5.3.1: a stream cannot depend on itself")
    func selfDependency() throws {
        let connection = try client().connection
        expectMisuse(connection, .local(.protocolViolation, on: 5)) { () throws(H2Error) in
            try connection.prioritize(5, H2Priority(dependsOn: 5))
        }
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.sendHeaders(.sampleRequest, on: 1, priority: H2Priority(dependsOn: 1))
        }
    }

    @Test(
        "RFC 7540 §5.3.2: \"an integer weight between 1 and 256 (inclusive)\"",
        arguments: [0, 257, -1, 272, .max, .min])
    func weights(weight: Int) throws {
        let connection = try client().connection
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.prioritize(1, H2Priority(weight: weight))
        }
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.sendHeaders(.sampleRequest, on: 1, priority: H2Priority(weight: weight))
        }
    }

    @Test("prioritize refuses stream 0, and identifiers and dependencies above 2^31-1")
    func identifiers() throws {
        let connection = try client().connection
        expectMisuse(connection, .local(.invalidArgument, on: 0)) { () throws(H2Error) in
            try connection.prioritize(0, H2Priority(dependsOn: 3))
        }
        expectMisuse(connection, .local(.invalidArgument, on: 0x8000_0001)) {
            () throws(H2Error) in
            try connection.prioritize(0x8000_0001, H2Priority())
        }
        expectMisuse(connection, .local(.invalidArgument, on: 0x8000_0001)) {
            () throws(H2Error) in
            try connection.prioritize(1, H2Priority(dependsOn: 0x8000_0001))
        }
        expectMisuse(connection, .local(.invalidArgument, on: 0xffff_ffff)) {
            () throws(H2Error) in
            try connection.sendHeaders(
                .sampleRequest, on: 1, priority: H2Priority(dependsOn: 0xffff_ffff))
        }
    }

    @Test("a server cannot prioritize")
    func server() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        let connection = peer.connection
        expectMisuse(connection, .local(.notPermitted, on: 1)) { () throws(H2Error) in
            try connection.prioritize(1, H2Priority())
        }
        expectMisuse(connection, .local(.notPermitted, on: 1)) { () throws(H2Error) in
            try connection.sendHeaders(.sampleResponse, on: 1, priority: H2Priority())
        }
    }

    @Test("prioritize needs a connection that is initiated and not closed")
    func connectionState() throws {
        let early = H2Connection(.client)
        expectMisuse(early, .local(.notInitiated)) { () throws(H2Error) in
            try early.prioritize(1, H2Priority())
        }
        let connection = try client().connection
        try connection.closeConnection()
        expectMisuse(connection, .local(.protocolViolation)) { () throws(H2Error) in
            try connection.prioritize(1, H2Priority())
        }
    }

    // MARK: Receiving

    @Test("PRIORITY is an event in both roles, for a stream in any state", arguments: Cut.all)
    func received(cut: Cut) throws {
        for role in [H2Configuration.Role.client, .server] {
            let peer = try Peer(H2Configuration(role), cut: cut)
            for stream: UInt32 in [1, 2, 0x7fff_ffff] {
                for (priority, bytes) in Self.samples where priority.dependsOn.rawValue != stream {
                    let events = try peer.receive(
                        FrameBuilder.raw(type: 0x2, flags: 0xff, stream: stream, payload: bytes))
                    #expect(
                        events == [
                            .priorityUpdated(
                                .init(streamID: H2StreamID(stream), priority: priority))
                        ])
                }
            }
            #expect(peer.connection.connectionState == .idle)
            #expect(peer.connection.highestInboundStreamID == 0 && peer.sent() == [])
        }
    }

    @Test("PRIORITY on an idle stream does not close lower streams", arguments: Cut.all)
    func idleStaysIdle(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let events = try peer.receive(
            FrameBuilder.priority(9) + FrameBuilder.headers(3, block: H2Headers.sampleRequest.block)
                + FrameBuilder.rstStream(3) + FrameBuilder.priority(3))
        #expect(events.count == 4 && peer.sent() == [])
    }

    @Test("HEADERS with priority: the section's event carries it, and priorityUpdated comes last")
    func onEachSection() throws {
        let priority = H2Priority(weight: 256, dependsOn: 7, isExclusive: true)
        let update = H2Event.priorityUpdated(.init(streamID: 1, priority: priority))
        func headers(_ headers: H2Headers, endStream: Bool = false) -> [UInt8] {
            FrameBuilder.headers(
                1, block: headers.block, endStream: endStream, priority: (7, true, 255))
        }
        let server = try Peer(.server)
        let requests = try server.receive(
            headers(.samplePost) + headers(.sampleTrailers, endStream: true))
        #expect(
            requests == [
                .requestReceived(.init(streamID: 1, headers: .samplePost, priority: priority)),
                update,
                .trailersReceived(.init(streamID: 1, headers: .sampleTrailers, priority: priority)),
                .streamEnded(.init(streamID: 1)), update,
            ])

        let client = try client()
        try client.connection.sendHeaders(.sampleRequest, on: 1)
        let responses = try client.receive(
            headers([":status": "103"]) + headers(.sampleResponse, endStream: true))
        #expect(
            responses == [
                .informationalResponseReceived(
                    .init(streamID: 1, headers: [":status": "103"], priority: priority)),
                update,
                .responseReceived(
                    .init(
                        streamID: 1, headers: .sampleResponse, endsStream: true,
                        priority: priority)),
                .streamEnded(.init(streamID: 1)), update,
            ])
    }
}
