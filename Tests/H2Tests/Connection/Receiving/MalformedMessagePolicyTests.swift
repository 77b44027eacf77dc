// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `malformedMessages = .resetStream`: a malformed message ends only its stream, RFC 9113 §8.1.1.
@Suite struct MalformedMessagePolicyTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    private func peer(_ role: H2Configuration.Role) throws -> Peer {
        var configuration = H2Configuration(role)
        configuration.malformedMessages = .resetStream
        let peer = try Peer(configuration, policies: .asConfigured)
        if role == .client {
            try peer.connection.sendHeaders(.sampleRequest, on: 1)
            try peer.connection.sendHeaders(.sampleRequest, on: 3)
        } else {
            try peer.receive(FrameBuilder.headers(3, block: H2Headers.samplePost.block))
        }
        _ = peer.sent()
        return peer
    }

    /// Returns the HEADERS frame that begins a message on a stream.
    private func headers(
        _ role: H2Configuration.Role, _ id: UInt32, _ lengths: [String], endStream: Bool = false
    ) -> [UInt8] {
        let head = role == .client ? H2Headers.sampleResponse : .samplePost
        let block = head.block + HPACKEncoder.block(lengths.map { ("content-length", $0) })
        return FrameBuilder.headers(id, block: block, endStream: endStream)
    }

    private func reset(_ id: H2StreamID) -> H2Event {
        .streamReset(.init(streamID: id, errorCode: .protocolError, isRemote: false))
    }

    /// Checks that the stream is closed and that everything else continues.
    private func checkAlive(
        _ peer: Peer, _ role: H2Configuration.Role, after id: UInt32
    ) throws {
        #expect(peer.connection.connectionState == .open)
        let error = failure { () throws(H2Error) in
            try peer.connection.sendData([1], on: H2StreamID(id))
        }
        #expect(error?.facts == .local(.streamClosed, .streamClosed, on: H2StreamID(id)))
        // Late frames are ignored, because RST_STREAM was already sent.
        #expect(try peer.receive(FrameBuilder.data(id, [1, 2, 3])) == [])
        #expect(peer.sent() == [])
        if role == .client {
            try peer.receive(headers(role, 3, ["2"]))
        }
        let events = try peer.receive(
            FrameBuilder.data(3, [1, 2], endStream: true) + FrameBuilder.ping(9))
        #expect(events.last == .pingReceived(.init(data: H2PingData(9))))
        #expect(events.count == 3)
    }

    /// Returns the stream of the message: an open one in a client, a new one in a server.
    private func stream(_ role: H2Configuration.Role) -> UInt32 { role == .client ? 1 : 5 }

    @Test(
        "§8.1.1: a malformed header section resets the stream and is not reported",
        arguments: roles,
        [["+5"], ["1", "2"], [""]])
    func malformedHeaders(role: H2Configuration.Role, lengths: [String]) throws {
        for endStream in [false, true] {
            let peer = try peer(role)
            let id = stream(role)
            let events = try peer.receive(headers(role, id, lengths, endStream: endStream))
            #expect(events == [reset(H2StreamID(id))])
            #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(id, code: 0x1)])
            try checkAlive(peer, role, after: id)
        }
    }

    @Test("§8.1.1: an announced body that is missing resets the stream", arguments: roles)
    func missingBody(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        let id = stream(role)
        let events = try peer.receive(headers(role, id, ["5"], endStream: true))
        #expect(events == [reset(H2StreamID(id))])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(id, code: 0x1)])
        try checkAlive(peer, role, after: id)
    }

    @Test(
        "§8.1.1: DATA that is too long, or ends too early, resets the stream", arguments: roles,
        [[6], [2, 4], [3, 3, 1]])
    func wrongBody(role: H2Configuration.Role, pieces: [Int]) throws {
        for endStream in [false, true] {
            let peer = try peer(role)
            let id = stream(role)
            try peer.receive(headers(role, id, ["5"]))
            var events: [H2Event] = []
            for (index, count) in pieces.enumerated() {
                let isLast = index == pieces.count - 1
                events += try peer.receive(
                    FrameBuilder.data(
                        id, [UInt8](repeating: 1, count: count), endStream: endStream && isLast))
            }
            #expect(events.filter { $0 == reset(H2StreamID(id)) }.count == 1)
            let isEnded = events.contains(.streamEnded(.init(streamID: H2StreamID(id))))
            #expect(!isEnded)
            #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(id, code: 0x1)])
            try checkAlive(peer, role, after: id)
        }
    }

    @Test(
        "§8.1.1: trailers that are too early, or do not end the stream, reset it",
        arguments: roles, [true, false])
    func trailers(role: H2Configuration.Role, endStream: Bool) throws {
        let peer = try peer(role)
        let id = stream(role)
        try peer.receive(headers(role, id, ["5"]) + FrameBuilder.data(id, [1, 2, 3, 4]))
        let events = try peer.receive(
            FrameBuilder.headers(id, block: H2Headers.sampleTrailers.block, endStream: endStream))
        #expect(events == [reset(H2StreamID(id))])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(id, code: 0x1)])
        try checkAlive(peer, role, after: id)
    }

    @Test("a 1xx response that ends the stream resets it")
    func informational() throws {
        let peer = try peer(.client)
        let block = HPACKEncoder.block([(":status", "100")])
        let events = try peer.receive(FrameBuilder.headers(1, block: block, endStream: true))
        #expect(events == [reset(1)])
        try peer.receive(FrameBuilder.ping())
    }

    @Test("the bytes that caused a reset are credited to the connection", arguments: roles)
    func credit(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        let id = stream(role)
        try peer.receive(headers(role, id, ["5"]))
        let data = FrameBuilder.data(id, [UInt8](repeating: 1, count: 16_000))
        #expect(try peer.receive(data) == [reset(H2StreamID(id))])
        for _ in 0..<2 { #expect(try peer.receive(data) == []) }
        let frames = peer.sent()
        #expect(frames.compactMap(\.windowIncrement) == [48_000])
        #expect(frames.compactMap(\.errorCode) == [0x1])
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
    }

    @Test("a stream that was ended locally is reset, too")
    func endedLocally() throws {
        var configuration = H2Configuration.server
        configuration.malformedMessages = .resetStream
        let peer = try Peer(configuration, policies: .asConfigured)
        try peer.receive(headers(.server, 1, ["5"]))
        try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        _ = peer.sent()
        let events = try peer.receive(FrameBuilder.data(1, [1], endStream: true))
        #expect(events == [reset(1)])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(1, code: 0x1)])
        #expect(peer.connection.openInboundStreams == 0)
    }
}
