// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct GoAwayTests {
    /// A client with streams 1, 3, 5 and 7 open, and empty output.
    private func client(_ policy: H2Configuration.GoAwayPolicy, cut: Cut = .whole) throws -> Peer {
        var configuration = H2Configuration.client
        configuration.goAway = policy
        let peer = try Peer(configuration, cut: cut)
        for id in [1, 3, 5, 7] as [H2StreamID] {
            try peer.connection.sendHeaders(.samplePost, on: id)
        }
        peer.sent()
        return peer
    }

    private func terminated(_ last: H2StreamID, _ code: H2ErrorCode = .noError) -> H2Event {
        .connectionTerminated(.init(errorCode: code, lastStreamID: last))
    }

    private func refused(_ id: H2StreamID) -> H2Event {
        .streamReset(
            .init(streamID: id, errorCode: .refusedStream, isRemote: true, isSafeToRetry: true))
    }

    @Test(
        "§6.8: streams up to the last one continue; later ones end and are safe to retry",
        arguments: Cut.all)
    func laterStreamsEnd(cut: Cut) throws {
        let peer = try client(.finishStreams, cut: cut)
        let events = try peer.receive(FrameBuilder.goAway(last: 3, code: 0xb))
        #expect(events == [terminated(3, .enhanceYourCalm), refused(5), refused(7)])
        #expect(peer.connection.openOutboundStreams == 2)
        #expect(peer.connection.connectionState == .open)
        // No RST_STREAM: the server will not process those streams.
        #expect(peer.sent() == [])

        try peer.connection.sendData([1, 2], on: 3, endStream: true)
        let more = try peer.receive(
            FrameBuilder.headers(3, block: H2Headers.sampleResponse.block)
                + FrameBuilder.data(3, [7], endStream: true)
                + FrameBuilder.windowUpdate(1, increment: 9))
        #expect(
            more == [
                .responseReceived(.init(streamID: 3, headers: .sampleResponse)),
                .dataReceived(
                    .init(streamID: 3, data: [7], flowControlledLength: 1, endsStream: true)),
                .streamEnded(.init(streamID: 3)),
                .windowUpdated(.init(streamID: 1, delta: 9)),
            ])
        #expect(peer.sent().map(\.type) == [.data])
        #expect(peer.connection.openOutboundStreams == 1)
    }

    @Test("§6.8: after GOAWAY no stream can be opened, and misuse changes nothing")
    func noNewStreams() throws {
        let peer = try client(.finishStreams)
        try peer.receive(FrameBuilder.goAway(last: 7))
        expectMisuse(peer.connection, .local(.protocolViolation, on: 9)) { () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleRequest, on: 9)
        }
        // The identifier is still the next one, but it cannot be used.
        #expect(try peer.connection.nextAvailableStreamID() == 9)
        for id in [1, 3, 5, 7] as [H2StreamID] { try peer.connection.endStream(id) }
        #expect(peer.sent().map(\.streamID) == [1, 3, 5, 7])
    }

    @Test("a stream that GOAWAY ended is closed")
    func endedStreamIsClosed() throws {
        let peer = try client(.finishStreams)
        try peer.receive(FrameBuilder.goAway(last: 5))
        expectMisuse(peer.connection, .local(.streamClosed, .streamClosed, on: 7)) {
            () throws(H2Error) in try peer.connection.sendData([1], on: 7)
        }
        expectMisuse(peer.connection, .local(.streamClosed, .streamClosed, on: 7)) {
            () throws(H2Error) in try peer.connection.resetStream(7)
        }
        // A server that responds despite its own GOAWAY gets one RST_STREAM.
        let response = FrameBuilder.headers(7, block: H2Headers.sampleResponse.block)
        #expect(try peer.receive(response + response) == [])
        #expect(peer.sent().map(\.errorCode) == [0x5])
    }

    @Test("§6.8: PING is answered after GOAWAY, with and without open streams", arguments: Cut.all)
    func pingIsAnswered(cut: Cut) throws {
        let peer = try client(.finishStreams, cut: cut)
        for (last, code) in [(3, 0), (0, 2)] as [(UInt32, UInt32)] {
            try peer.receive(FrameBuilder.goAway(last: last, code: code))
            let events = try peer.receive(FrameBuilder.ping(5) + FrameBuilder.settings())
            #expect(
                events == [
                    .pingReceived(.init(data: H2PingData(5))),
                    .remoteSettingsChanged(.init(changes: [])),
                ])
            #expect(peer.sent().map(\.isAck) == [true, true])
        }
        #expect(peer.connection.openOutboundStreams == 0)
        try peer.connection.ping(H2PingData(6))
        let events = try peer.receive(FrameBuilder.ping(6, ack: true))
        #expect(events == [.pingAckReceived(.init(data: H2PingData(6)))])
        try peer.connection.closeConnection()
        #expect(peer.sent().map(\.type) == [.ping, .goAway])
    }

    @Test("§6.8: a later GOAWAY may lower the last stream, but never raises it", arguments: Cut.all)
    func laterGoAway(cut: Cut) throws {
        let peer = try client(.finishStreams, cut: cut)
        // A graceful shutdown begins with this GOAWAY.
        let first = try peer.receive(FrameBuilder.goAway(last: 0x7fff_ffff))
        #expect(first == [terminated(H2StreamID.max)])
        #expect(peer.connection.openOutboundStreams == 4)
        let second = try peer.receive(FrameBuilder.goAway(last: 5))
        #expect(second == [terminated(5), refused(7)])
        let third = try peer.receive(FrameBuilder.goAway(last: 7))
        #expect(third == [terminated(7)])
        let fourth = try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(fourth == [terminated(1), refused(3), refused(5)])
        #expect(peer.connection.openOutboundStreams == 1)
        expectMisuse(peer.connection, .local(.protocolViolation, on: 9)) { () throws(H2Error) in
            try peer.connection.sendHeaders(.sampleRequest, on: 9)
        }
    }

    @Test(
        "§6.8: a last stream that the client did not open ends the streams above it",
        arguments: Cut.all)
    func oddLastStream(cut: Cut) throws {
        for (last, ended) in [(4, [5, 7]), (6, [7]), (99, [])] as [(UInt32, [H2StreamID])] {
            let peer = try client(.finishStreams, cut: cut)
            let events = try peer.receive(FrameBuilder.goAway(last: last))
            #expect(events == [terminated(H2StreamID(last))] + ended.map(refused))
        }
    }

    @Test("§6.8: the peer's streams continue after its GOAWAY", arguments: Cut.all)
    func peerStreams(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let post = H2Headers.samplePost.block
        let events = try peer.receive(
            FrameBuilder.headers(1, block: post) + FrameBuilder.goAway(last: 0)
                + FrameBuilder.data(1, [1], endStream: true)
                + FrameBuilder.headers(3, block: post))
        #expect(events.count == 5)
        try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        #expect(peer.sent().map(\.streamID) == [1])
        #expect(peer.connection.openInboundStreams == 1)
    }

    @Test("§6.8: promised streams survive the server's GOAWAY", arguments: Cut.all)
    func promisedStreams(cut: Cut) throws {
        let peer = try client(.finishStreams, cut: cut)
        try peer.receive(
            FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block)
                + FrameBuilder.goAway(last: 1))
        let events = try peer.receive(
            FrameBuilder.headers(2, block: H2Headers.sampleResponse.block, endStream: true))
        #expect(events.count == 2)
    }

    // MARK: As in h2

    @Test(
        "with closeAtOnce, all streams end without an event, and the output is dropped",
        arguments: Cut.all)
    func closeAtOnce(cut: Cut) throws {
        let peer = try client(.closeAtOnce, cut: cut)
        try peer.connection.sendData([1], on: 1)
        #expect(peer.connection.hasDataToSend)
        let events = try peer.receive(FrameBuilder.goAway(last: 7, code: 0, data: [9]))
        #expect(
            events == [
                .connectionTerminated(
                    .init(errorCode: .noError, lastStreamID: 7, additionalData: [9]))
            ])
        #expect(!peer.connection.hasDataToSend)
        #expect(peer.connection.connectionState == .closed)
    }

    @Test("with closeAtOnce, nothing but GOAWAY can be sent", arguments: Cut.all)
    func closeAtOnceRefuses(cut: Cut) throws {
        let peer = try client(.closeAtOnce, cut: cut)
        let connection = peer.connection
        try peer.receive(FrameBuilder.goAway(last: 7))
        let refusal = ErrorFacts.local(.protocolViolation)
        expectMisuse(connection, refusal) { () throws(H2Error) in
            try connection.sendHeaders(.sampleRequest, on: 9)
        }
        expectMisuse(connection, refusal) { () throws(H2Error) in
            try connection.sendData([1], on: 1)
        }
        expectMisuse(connection, refusal) { () throws(H2Error) in try connection.endStream(1) }
        expectMisuse(connection, refusal) { () throws(H2Error) in try connection.resetStream(1) }
        expectMisuse(connection, refusal) { () throws(H2Error) in
            try connection.ping(H2PingData(1))
        }
        expectMisuse(connection, refusal) { () throws(H2Error) in
            try connection.updateSettings([.maxFrameSize: 20_000])
        }
        expectMisuse(connection, refusal) { () throws(H2Error) in
            try connection.incrementFlowControlWindow(by: 1)
        }
        // h2 accepts further GOAWAY frames, and can send its own; anything else is an error.
        let again = try peer.receive(FrameBuilder.goAway(last: 1))
        #expect(again == [terminated(1)])
        try connection.closeConnection()
        let goAway = FrameBuilder.goAway(last: 0)
        #expect(connection.dataToSend() == goAway)
        // After the local GOAWAY, received bytes are ignored.
        #expect(try peer.receive(FrameBuilder.ping(1)) == [])
        #expect(connection.dataToSend() == [])
    }
}
