// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Pushed streams in a client, RFC 9113 §8.4.
@Suite struct PushedStreamTests {
    /// A client with a request on stream 1.
    private func client(
        _ configuration: H2Configuration = .client, endStream: Bool = true, cut: Cut = .whole
    ) throws -> Peer {
        let peer = try Peer(configuration, cut: cut)
        try peer.connection.sendHeaders(.samplePost, on: 1, endStream: endStream)
        peer.sent()
        return peer
    }

    private func promise(
        _ promised: UInt32, on parent: UInt32 = 1, _ headers: H2Headers = .sampleRequest
    ) -> [UInt8] {
        FrameBuilder.pushPromise(parent, promised: promised, block: headers.block)
    }

    private func response(_ stream: UInt32, endStream: Bool = false) -> [UInt8] {
        FrameBuilder.headers(
            stream, block: H2Headers.sampleResponse.block, endStream: endStream)
    }

    private func promised(_ stream: H2StreamID) -> H2Event {
        .pushedStreamReceived(
            .init(pushedStreamID: stream, parentStreamID: 1, headers: .sampleRequest))
    }

    @Test("§5.1.2: a promised stream counts as open once its response begins")
    func counting() throws {
        let peer = try client()
        try peer.receive(promise(2) + promise(4))
        #expect(peer.connection.openInboundStreams == 0)
        #expect(peer.connection.highestInboundStreamID == 4)
        try peer.receive(response(4))
        #expect(peer.connection.openInboundStreams == 1)
        try peer.receive(response(2, endStream: true))
        #expect(peer.connection.openInboundStreams == 1)
        try peer.receive(FrameBuilder.data(4, endStream: true))
        #expect(peer.connection.openInboundStreams == 0)
    }

    @Test(
        "§8.4: promises may arrive while the parent is open or half-closed (local)",
        arguments: Cut.all)
    func parents(cut: Cut) throws {
        for endStream in [false, true] {
            let peer = try client(endStream: endStream, cut: cut)
            let events = try peer.receive(promise(2) + response(1) + promise(4))
            #expect(
                events == [
                    promised(2), .responseReceived(.init(streamID: 1, headers: .sampleResponse)),
                    promised(4),
                ])
        }
    }

    @Test("§8.4: a pushed body uses the window and can be acknowledged")
    func body() throws {
        let peer = try client()
        try peer.receive(promise(2) + response(2))
        #expect(try peer.connection.remoteFlowControlWindow(on: 2) == 65_535)
        let payload = [UInt8](repeating: 7, count: 16_384)
        let events = try peer.receive(
            (0..<3).flatMap { _ in FrameBuilder.data(2, payload) })
        #expect(events.count == 3)
        #expect(try peer.connection.remoteFlowControlWindow(on: 2) == 65_535 - 3 * 16_384)
        try peer.connection.acknowledgeReceivedData(3 * 16_384, on: 2)
        let updates = WireReader.frames(
            in: FrameBuilder.windowUpdate(0, increment: 3 * 16_384)
                + FrameBuilder.windowUpdate(2, increment: 3 * 16_384))
        #expect(Set(peer.sent()) == Set(updates))
    }

    @Test("§5.1, reserved (remote): only RST_STREAM, WINDOW_UPDATE and PRIORITY can be sent")
    func sendingOnReserved() throws {
        let peer = try client()
        try peer.receive(promise(2))
        let connection = peer.connection
        func refuse(_ call: () throws(H2Error) -> Void) {
            expectMisuse(connection, .local(.protocolViolation, on: 2), call)
        }
        refuse { () throws(H2Error) in try connection.sendHeaders(.sampleRequest, on: 2) }
        refuse { () throws(H2Error) in try connection.sendData([1], on: 2) }
        refuse { () throws(H2Error) in try connection.endStream(2) }
        try connection.incrementFlowControlWindow(by: 10, on: 2)
        try connection.prioritize(2, H2Priority(weight: 1))
        try connection.resetStream(2, errorCode: .cancel)
        #expect(peer.sent().map(\.type) == [.windowUpdate, .priority, .rstStream])
        #expect(try connection.nextAvailableStreamID() == 3)
    }

    @Test("§8.4.2: late frames on a promised stream that the client reset are ignored")
    func afterReset() throws {
        let peer = try client()
        try peer.receive(promise(2))
        try peer.connection.resetStream(2, errorCode: .cancel)
        peer.sent()
        let events = try peer.receive(response(2) + FrameBuilder.data(2, [1], endStream: true))
        #expect(events == [])
        #expect(peer.sent() == [])
    }

    @Test("§6.4: RST_STREAM on a promised stream is an event")
    func resetByServer() throws {
        let peer = try client()
        let events = try peer.receive(promise(2) + FrameBuilder.rstStream(2, code: 8))
        #expect(
            events == [
                promised(2),
                .streamReset(.init(streamID: 2, errorCode: .cancel, isRemote: true)),
            ])
    }

    @Test("§6.6: \"promises an illegal stream identifier … PROTOCOL_ERROR\"")
    func illegalIdentifiers() throws {
        for (bytes, expected) in [
            (promise(0), .remote(.protocolViolation, on: 1)),
            (promise(3), .remote(.protocolViolation, on: 1)),
            (promise(4) + promise(2), .remote(.streamIDTooLow, on: 2)),
            (promise(2) + promise(2), .remote(.streamIDTooLow, on: 2)),
            // Also if the stream was reset in the meantime, which h2 accepts.
            (
                promise(2) + FrameBuilder.rstStream(2) + promise(2),
                .remote(.streamIDTooLow, on: 2)
            ),
            // A pushed stream cannot push.
            (promise(2) + promise(4, on: 2), .remote(.protocolViolation, on: 2)),
        ] as [([UInt8], ErrorFacts)] {
            let peer = try client()
            let result = peer.receiveResult(bytes)
            #expect(result.error?.facts == expected)
            #expect(peer.sent().last?.errorCode == 0x1)
        }
    }

    @Test("§6.6: the reserved bit of the promised stream is ignored")
    func reservedBit() throws {
        let peer = try client()
        let events = try peer.receive(promise(0x8000_0002))
        #expect(events == [promised(2)])
    }

    @Test("§6.6: a promise on an idle stream is a PROTOCOL_ERROR")
    func idleParent() throws {
        let peer = try client()
        let result = peer.receiveResult(promise(2, on: 3))
        #expect(result.error?.facts == .remote(.protocolViolation, on: 3))
        let fresh = try Peer(.client)
        let early = fresh.receiveResult(promise(2))
        #expect(early.error?.facts == .remote(.protocolViolation))
    }

    @Test("§5.1.1: a response to a refused promise is ignored; h2 treats it as a request")
    func responseOnRefused() throws {
        let peer = try client()
        try peer.connection.resetStream(1)
        try peer.receive(promise(2))
        peer.sent()
        let request = FrameBuilder.headers(2, block: H2Headers.sampleRequest.block)
        let events = try peer.receive(response(2) + request)
        #expect(events == [])
        #expect(peer.sent() == [])
    }

    @Test("§5.1.1: a server cannot open a stream with HEADERS; h2 treats it as a request")
    func headersOnIdle() throws {
        for stream: UInt32 in [2, 3, 4] {
            let peer = try client()
            let result = peer.receiveResult(
                FrameBuilder.headers(stream, block: H2Headers.sampleRequest.block))
            #expect(result.error?.facts == .remote(.protocolViolation, on: H2StreamID(stream)))
            #expect(peer.sent().map(\.errorCode) == [0x1])
        }
    }

    @Test("§8.4: \"A server MUST treat … PUSH_PROMISE as a connection error\"")
    func atServer() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let result = peer.receiveResult(promise(2))
        #expect(result.error?.facts == .remote(.protocolViolation, on: 1))
    }

    @Test("§5.1.2: pushed responses count toward the local MAX_CONCURRENT_STREAMS, unlike in h2")
    func concurrency() throws {
        var configuration = H2Configuration.client
        configuration.initialSettings = [.maxConcurrentStreams: 1]
        let peer = try client(configuration)
        try peer.receive(promise(2) + promise(4) + response(2))
        let result = peer.receiveResult(response(4))
        #expect(result.error?.facts == .remote(.tooManyStreams, on: 4))

        let early = try Peer(configuration, handshake: false)
        try early.connection.initiateConnection()
        try early.connection.sendHeaders(.sampleRequest, on: 1)
        try early.receive(
            FrameBuilder.settings() + promise(2) + promise(4) + response(2))
        early.sent()
        let events = try early.receive(response(4))
        let refusal = H2Event.StreamReset(streamID: 4, errorCode: .refusedStream, isRemote: false)
        #expect(events == [.streamReset(refusal)])
        #expect(early.connection.openInboundStreams == 1)
        #expect(early.sent() == WireReader.frames(in: FrameBuilder.rstStream(4, code: 7)))
    }

    @Test("at most 200 promises wait for their response; more are refused until one begins")
    func reservedLimit() throws {
        let peer = try client()
        for index: UInt32 in 1...200 { try peer.receive(promise(index * 2)) }
        #expect(peer.sent() == [])
        let events = try peer.receive(promise(402))
        #expect(events == [])
        #expect(peer.sent() == WireReader.frames(in: FrameBuilder.rstStream(402, code: 7)))
        let next = try peer.receive(response(2) + promise(404))
        #expect(next.last == promised(404))
    }

    @Test("§8.3.1: a malformed promise is an error with both policies")
    func malformed() throws {
        let bad: H2Headers = [":method": "GET", ":scheme": "https", ":path": "/"]
        try HeaderRuleProbe.expectMalformed(bad, .promise)
        try HeaderRuleProbe.expectAccepted(bad, .promise) { $0.validateInboundHeaders = false }
    }

    @Test("RFC 9110 §9.3.2: the response to a pushed HEAD may announce a length without a body")
    func pushedHead() throws {
        let head: H2Headers = [
            ":method": "HEAD", ":scheme": "https", ":authority": "example.com", ":path": "/",
        ]
        let peer = try client()
        try peer.receive(promise(2, head))
        let headers: H2Headers = [":status": "200", "content-length": "5"]
        let events = try peer.receive(
            FrameBuilder.headers(2, block: headers.block, endStream: true))
        #expect(
            events == [
                .responseReceived(.init(streamID: 2, headers: headers, endsStream: true)),
                .streamEnded(.init(streamID: 2)),
            ])
    }

    @Test("§4.3: refused promises are decoded as well")
    func compression() throws {
        let peer = try client()
        try peer.connection.sendHeaders(.sampleRequest, on: 3)
        try peer.connection.resetStream(1)
        peer.sent()
        var encoder = HPACKEncoder()
        encoder.raw(H2Headers.sampleRequest.block)
        encoder.literal("x-a", "1", .incremental)
        try peer.receive(FrameBuilder.pushPromise(1, promised: 2, block: encoder.bytes))
        var next = HPACKEncoder()
        next.raw(H2Headers.sampleResponse.block)
        next.indexed(62)
        let events = try peer.receive(FrameBuilder.headers(3, block: next.bytes))
        #expect(events.first?.headers == H2Headers.sampleResponse + ["x-a": "1"])
    }
}
