// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Extensible priorities, RFC 9218: the `priority` field and PRIORITY_UPDATE.
@Suite struct ExtensiblePriorityTests {
    private static let server = H2Configuration.server.with { $0.priorities = .extensible }
    private static let client = H2Configuration.client.with { $0.priorities = .extensible }

    private func updated(
        _ id: H2StreamID, _ urgency: Int, _ isIncremental: Bool = false
    ) -> H2Event {
        .priorityUpdateReceived(
            .init(
                streamID: id, priority: .init(urgency: urgency, isIncremental: isIncremental)))
    }

    /// Queues a byte on each stream, and returns the order in which they are sent.
    private func order(_ peer: Peer, _ ids: [UInt32]) throws -> [UInt32] {
        for id in ids { try peer.connection.enqueueData([1], on: H2StreamID(id)) }
        return peer.sent().filter { $0.type == .data }.map(\.streamID)
    }

    @Test("both roles announce SETTINGS_NO_RFC7540_PRIORITIES, only with the scheme")
    func announced() throws {
        let announced = WireFrame.Setting(9, 1)
        for configuration in [Self.server, Self.client] {
            let peer = try Peer(configuration)
            #expect(peer.handshakeFrames.first?.settings?.contains(announced) == true)
            let other = try Peer(configuration.with { $0.priorities = .none })
            #expect(other.handshakeFrames.first?.settings?.contains(announced) == false)
        }
        // A configured value does not contradict the scheme.
        let peer = try Peer(Self.server.with { $0.initialSettings = [.init(rawValue: 9): 0] })
        #expect(
            peer.handshakeFrames.first?.settings?.filter { $0.identifier == 9 } == [announced])
    }

    @Test("the field of the request decides the order; several field lines are one list")
    func field() throws {
        let peer = try QueueingServer.peer(
            [1, 3, 5, 7], Self.server, priorities: [3: "u=1", 5: "u=0", 7: "u=9"])
        var request = H2Headers.sampleRequest
        request.append(.priority, "u=5")
        request.append(.priority, "u=2, i")
        try peer.receive(FrameBuilder.headers(9, block: request.block, endStream: true))
        try peer.connection.sendHeaders(.sampleResponse, on: 9)
        peer.sent()
        #expect(try order(peer, [9, 7, 5, 3, 1]) == [5, 3, 9, 1, 7])
    }

    @Test("the field in trailers, and without the scheme, changes nothing")
    func ignoredFields() throws {
        let peer = try QueueingServer.peer([1, 3], priorities: [3: "u=0"])
        #expect(try order(peer, [1, 3]) == [1, 3])
        let other = try QueueingServer.peer([1], Self.server)
        try other.receive(FrameBuilder.headers(3, block: H2Headers.samplePost.block))
        try other.connection.sendHeaders(.sampleResponse, on: 3)
        try other.receive(FrameBuilder.headers(3, ["priority": "u=0"], endStream: true))
        other.sent()
        #expect(try order(other, [3, 1]) == [1, 3])
    }

    @Test("PRIORITY_UPDATE changes an open stream, and overrides its field")
    func update() throws {
        let peer = try QueueingServer.peer(
            [1, 3, 5], Self.server, priorities: [1: "u=1", 3: "u=2"])
        #expect(try peer.receive(FrameBuilder.priorityUpdate(3, "u=0, i")) == [updated(3, 0, true)])
        #expect(try peer.receive(FrameBuilder.priorityUpdate(1, "")) == [updated(1, 3)])
        #expect(try peer.receive(FrameBuilder.priorityUpdate(5, "u=2")) == [updated(5, 2)])
        #expect(try order(peer, [1, 3, 5]) == [3, 5, 1])
        // The reserved bit does not count.
        #expect(
            try peer.receive(FrameBuilder.priorityUpdate(0x8000_0001, "i")) == [updated(1, 3, true)]
        )
        #expect(peer.sent() == [])
    }

    @Test("PRIORITY_UPDATE before the request overrides the field of the request")
    func earlyUpdate() throws {
        let peer = try QueueingServer.peer([1], Self.server)
        #expect(try peer.receive(FrameBuilder.priorityUpdate(5, "u=1")) == [updated(5, 1)])
        #expect(try peer.receive(FrameBuilder.priorityUpdate(3, "u=6")) == [updated(3, 6)])
        #expect(try peer.receive(FrameBuilder.priorityUpdate(3, "u=5")) == [updated(3, 5)])
        try QueueingServer.respond(on: 3, of: peer, priority: "u=0")
        try QueueingServer.respond(on: 5, of: peer, priority: "u=7")
        peer.sent()
        #expect(try order(peer, [1, 3, 5]) == [5, 1, 3])
    }

    @Test("a request that skips streams drops their priorities, and keeps those of later ones")
    func skipped() throws {
        let peer = try QueueingServer.peer([1], Self.server)
        for id: UInt32 in [3, 5, 7, 9] {
            try peer.receive(FrameBuilder.priorityUpdate(id, "u=0"))
        }
        try QueueingServer.respond(on: 7, of: peer)
        #expect(try peer.receive(FrameBuilder.priorityUpdate(5, "u=0")) == [])
        try QueueingServer.respond(on: 9, of: peer)
        try QueueingServer.respond(on: 11, of: peer)
        peer.sent()
        #expect(try order(peer, [1, 7, 9, 11]) == [7, 9, 1, 11])
    }

    @Test("PRIORITY_UPDATE for a closed stream is ignored")
    func closed() throws {
        let peer = try QueueingServer.peer([1, 3], Self.server)
        try peer.connection.endStream(1)
        try peer.connection.resetStream(3)
        peer.sent()
        for id: UInt32 in [1, 3] {
            #expect(try peer.receive(FrameBuilder.priorityUpdate(id, "u=0")) == [])
        }
    }

    @Test("a promised stream can be prioritized, before and after its response begins")
    func promised() throws {
        let peer = try QueueingServer.peer([1], Self.server)
        try peer.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        #expect(try peer.receive(FrameBuilder.priorityUpdate(2, "u=1")) == [updated(2, 1)])
        try peer.connection.sendHeaders(.sampleResponse, on: 2)
        #expect(try order(peer, [1, 2]) == [2, 1])
        #expect(try peer.receive(FrameBuilder.priorityUpdate(2, "u=4")) == [updated(2, 4)])
        #expect(try order(peer, [2, 1]) == [1, 2])
    }

    @Test("§7.1: malformed frames are connection errors")
    func malformed() throws {
        let cases: [([UInt8], H2Error.Kind, H2ErrorCode, H2StreamID?)] = [
            (FrameBuilder.priorityUpdate(1, "u=1", on: 1), .protocolViolation, .protocolError, 1),
            (FrameBuilder.priorityUpdate(0, "u=1"), .protocolViolation, .protocolError, nil),
            (FrameBuilder.priorityUpdate(2, "u=1"), .protocolViolation, .protocolError, 2),
            (FrameBuilder.raw(type: 0x10), .frameDataMissing, .frameSizeError, nil),
            (
                FrameBuilder.raw(type: 0x10, payload: [0, 0, 0]), .frameDataMissing,
                .frameSizeError, nil
            ),
        ]
        for (bytes, kind, code, id) in cases {
            let peer = try QueueingServer.peer([1], Self.server)
            let result = peer.receiveResult(bytes)
            #expect(result.error?.facts == .remote(kind, code, on: id) && result.events == [])
            #expect(peer.sent().map(\.errorCode) == [code.rawValue])
        }
    }

    @Test("§7.1: a server must not send it, whatever it contains")
    func atClient() throws {
        for value in ["u=1", "?"] {
            for id: UInt32 in [1, 3] {
                let peer = try Peer(Self.client)
                try peer.connection.sendHeaders(.sampleRequest, on: 1)
                peer.sent()
                let result = peer.receiveResult(FrameBuilder.priorityUpdate(id, value))
                #expect(result.error?.facts == .remote(.protocolViolation))
                #expect(peer.sent().map(\.errorCode) == [1])
            }
        }
    }

    @Test("§7.1: idle and open streams together must not exceed MAX_CONCURRENT_STREAMS")
    func idleLimit() throws {
        let configuration = Self.server.with { $0.initialSettings = [.maxConcurrentStreams: 5] }
        let peer = try QueueingServer.peer([1, 3], configuration)
        for id: UInt32 in [9, 5, 7] {
            #expect(
                try peer.receive(FrameBuilder.priorityUpdate(id, "u=1")) == [
                    updated(H2StreamID(id), 1)
                ])
        }
        // A stream that is known counts once.
        #expect(try peer.receive(FrameBuilder.priorityUpdate(5, "u=2")) == [updated(5, 2)])
        // A stream that is open is not counted again.
        #expect(try peer.receive(FrameBuilder.priorityUpdate(3, "u=2")) == [updated(3, 2)])
        // A stream that ended, or that can no longer be opened, does not count.
        try peer.connection.endStream(1)
        #expect(try peer.receive(FrameBuilder.priorityUpdate(11, "u=2")) == [updated(11, 2)])
        try peer.receive(
            FrameBuilder.headers(9, block: H2Headers.sampleRequest.block, endStream: true))
        #expect(try peer.receive(FrameBuilder.priorityUpdate(13, "u=2")) == [updated(13, 2)])
        #expect(try peer.receive(FrameBuilder.priorityUpdate(15, "u=2")) == [updated(15, 2)])
        let error = peer.receiveResult(FrameBuilder.priorityUpdate(17, "u=2")).error
        #expect(error?.facts == .remote(.protocolViolation, on: 17))
    }

    @Test("§7.1: a client prioritizes no more idle streams than MAX_CONCURRENT_STREAMS allows")
    func ownIdleLimit() throws {
        let peer = try Peer(.client, settings: [(0x3, 3)])
        func update(_ id: H2StreamID) -> H2Error? {
            failure { () throws(H2Error) in
                try peer.connection.sendPriorityUpdate(H2ExtensiblePriority(urgency: 1), on: id)
            }
        }
        try peer.connection.sendHeaders(.samplePost, on: 1)
        #expect(update(3) == nil && update(7) == nil)
        // A known one counts once, and an open one is not counted again.
        #expect(update(7) == nil && update(1) == nil)
        let before = ConnectionSnapshot(of: peer.connection)
        #expect(update(5)?.facts == .local(.tooManyStreams, on: 5))
        #expect(ConnectionSnapshot(of: peer.connection) == before)
        // Stream 3 can no longer be opened, but 5 is open.
        try peer.connection.sendHeaders(.samplePost, on: 5)
        #expect(update(9)?.kind == .tooManyStreams)
        try peer.connection.resetStream(1)
        #expect(update(9) == nil)
    }

    @Test("without a limit on streams, the priorities of the first 1,000 idle ones are kept")
    func manyIdle() throws {
        let configuration = Self.server.with {
            $0.initialSettings = [.maxConcurrentStreams: UInt32.max]
            $0.limits = .unlimited
        }
        let peer = try QueueingServer.peer([1], configuration)
        for index in 0..<1_010 as Range<UInt32> {
            let id = 2 * index + 3
            #expect(try peer.receive(FrameBuilder.priorityUpdate(id, "u=1")).count == 1)
        }
        for id: UInt32 in [2_001, 2_003] { try QueueingServer.respond(on: id, of: peer) }
        peer.sent()
        #expect(try order(peer, [1, 2_001, 2_003]) == [2_001, 1, 2_003])
    }

    @Test("each frame counts as a control frame, and a long one as several")
    func counted() throws {
        let peer = try QueueingServer.peer([1], Self.server)
        let before = peer.connection.usage.controlFrames.total
        try peer.receive(FrameBuilder.priorityUpdate(1, "u=1"))
        #expect(peer.connection.usage.controlFrames.total == before + 1)
        // For a closed stream, too.
        try peer.connection.endStream(1)
        try peer.receive(FrameBuilder.priorityUpdate(1, "u=1"))
        #expect(peer.connection.usage.controlFrames.total == before + 2)
        let other = try QueueingServer.peer([1], Self.server)
        let used = other.connection.usage.controlFrames.used
        try other.receive(
            FrameBuilder.priorityUpdate(3, String(repeating: " ", count: 4_092)))
        #expect(other.connection.usage.controlFrames.used >= used + 5)
    }

    @Test(
        "without the scheme, the frame has an unknown type",
        arguments: [.server, .client] as [H2Configuration])
    func unknown(_ configuration: H2Configuration) throws {
        let peer = try Peer(configuration)
        for (id, stream): (UInt32, UInt32) in [(1, 0), (0, 0), (2, 3)] {
            let bytes = FrameBuilder.priorityUpdate(id, "u=1", on: stream)
            #expect(
                try peer.receive(bytes) == [
                    .unknownFrameReceived(
                        .init(
                            type: 0x10, flags: 0, streamID: H2StreamID(stream),
                            payload: H2Bytes(Array(bytes[9...]))))
                ])
        }
        #expect(try peer.receive(FrameBuilder.raw(type: 0x10)).count == 1)
    }

    // MARK: Sending

    @Test("a client sends PRIORITY_UPDATE for open streams, and for those that it opens later")
    func sending() throws {
        let peer = try Peer(Self.client)
        let client = peer.connection
        try client.sendHeaders(.sampleRequest, on: 1)
        peer.sent()
        try client.sendPriorityUpdate(.init(urgency: 0, isIncremental: true), on: 1)
        try client.sendPriorityUpdate(.init(), on: 7)
        #expect(
            client.dataToSend()
                == FrameBuilder.priorityUpdate(1, "u=0, i") + FrameBuilder.priorityUpdate(7, "u=3"))
    }

    @Test("both ends of a connection agree")
    func pair() throws {
        let pair = try Pair.started(client: Self.client, server: Self.server)
        try pair.client.sendPriorityUpdate(.init(urgency: 1), on: 3)
        for id: H2StreamID in [1, 3] {
            try pair.client.sendHeaders(.sampleRequest, on: id, endStream: true)
        }
        let events = try pair.exchange().server
        #expect(events.first == updated(3, 1))
        for id: H2StreamID in [1, 3] {
            try pair.respond(on: id, endStream: false)
            try pair.server.enqueueData([1], on: id, endStream: true)
        }
        let order = try pair.exchange().client.compactMap {
            if case .dataReceived(let data) = $0 { data.streamID } else { nil }
        }
        #expect(order == [3, 1])
    }

    @Test(
        "the priority that a client sends orders its own data, before and after the request",
        arguments: [false, true])
    func ownData(_ isExtensible: Bool) throws {
        let configuration: H2Configuration = isExtensible ? Self.client : .client
        let peer = try Peer(configuration)
        let client = peer.connection
        try client.sendPriorityUpdate(.init(urgency: 1), on: 5)
        for id: H2StreamID in [1, 3, 5] {
            try client.sendHeaders(
                H2Headers.samplePost + (id == 5 ? ["priority": "u=7"] : [:]), on: id)
        }
        try client.sendPriorityUpdate(.init(urgency: 0), on: 3)
        peer.sent()
        #expect(try order(peer, [1, 3, 5]) == [3, 5, 1])
        // The streams that it skipped are forgotten.
        try client.sendPriorityUpdate(.init(urgency: 1), on: 7)
        try client.sendHeaders(.samplePost, on: 9)
        peer.sent()
        #expect(try order(peer, [9, 1]) == (isExtensible ? [1, 9] : [9, 1]))
    }

    @Test("the field of a client's own request orders its data")
    func ownField() throws {
        let peer = try Peer(Self.client)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.sendHeaders(H2Headers.samplePost + ["priority": "u=2"], on: 3)
        peer.sent()
        #expect(try order(peer, [1, 3]) == [3, 1])
    }

    @Test("misuse of sendPriorityUpdate and setSendPriority changes nothing")
    func misuse() throws {
        let peer = try Peer(Self.client)
        let client = peer.connection
        try client.sendHeaders(.samplePost, on: 1)
        try client.sendHeaders(.samplePost, on: 5)
        try client.resetStream(5)
        peer.sent()
        for urgency in [-1, 8, .max, .min] {
            let priority = H2ExtensiblePriority(urgency: urgency)
            expectMisuse(client, .local(.invalidArgument, on: 1)) { () throws(H2Error) in
                try client.sendPriorityUpdate(priority, on: 1)
            }
            expectMisuse(client, .local(.invalidArgument, on: 1)) { () throws(H2Error) in
                try client.setSendPriority(priority, on: 1)
            }
        }
        let tooHigh = H2StreamID(0x8000_0001)
        let updates: [(H2StreamID, ErrorFacts)] = [
            (0, .local(.invalidArgument, on: 0)), (tooHigh, .local(.invalidArgument, on: tooHigh)),
            (2, .local(.noSuchStream, on: 2)), (5, .local(.streamClosed, .streamClosed, on: 5)),
        ]
        for (id, facts) in updates {
            expectMisuse(client, facts) { () throws(H2Error) in
                try client.sendPriorityUpdate(.init(), on: id)
            }
        }
        let settings: [(H2StreamID, ErrorFacts)] = [
            (0, .local(.noSuchStream, on: 0)), (tooHigh, .local(.invalidArgument, on: tooHigh)),
            (7, .local(.noSuchStream, on: 7)), (5, .local(.streamClosed, .streamClosed, on: 5)),
        ]
        for (id, facts) in settings {
            expectMisuse(client, facts) { () throws(H2Error) in
                try client.setSendPriority(.init(), on: id)
            }
        }
        let server = try QueueingServer.peer([1], Self.server).connection
        expectMisuse(server, .local(.notPermitted, on: 1)) { () throws(H2Error) in
            try server.sendPriorityUpdate(.init(), on: 1)
        }
        let early = H2Connection(.client)
        #expect(
            failure { () throws(H2Error) in try early.sendPriorityUpdate(.init(), on: 1) }?.kind
                == .notInitiated)
        #expect(
            failure { () throws(H2Error) in try early.setSendPriority(.init(), on: 1) }?.kind
                == .notInitiated)
        try client.closeConnection()
        #expect(
            failure { () throws(H2Error) in try client.sendPriorityUpdate(.init(), on: 1) }?.kind
                == .protocolViolation)
    }
}
