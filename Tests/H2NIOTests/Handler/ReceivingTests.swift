// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import Testing

/// Received frames become calls of the delegate.
@Suite struct ReceivingTests {
    @Test("a server receives events and DATA of one read in the order of the bytes")
    func serverOrder() throws {
        let peer = try HandlerChannel(.server)
        try peer.receive(
            FrameBuilder.post(1) + FrameBuilder.data(1, [1, 2]) + FrameBuilder.ping(7)
                + FrameBuilder.data(1, [3], padLength: 4) + FrameBuilder.get(3)
                + FrameBuilder.data(1, [], endStream: false)
                + FrameBuilder.headers(1, ["checksum": "0"], endStream: true))
        let post: H2Headers = [
            ":method": "POST", ":scheme": "https", ":path": "/", ":authority": "a",
        ]
        let get: H2Headers = [
            ":method": "GET", ":scheme": "https", ":path": "/", ":authority": "a",
        ]
        let expected: [RecordingDelegate.Call] = [
            .event(.requestReceived(.init(streamID: 1, headers: post))),
            .data(1, [1, 2], flowControlledLength: 2, endsStream: false),
            .event(.pingReceived(.init(data: H2PingData(7)))),
            .data(1, [3], flowControlledLength: 6, endsStream: false),
            .event(.requestReceived(.init(streamID: 3, headers: get, endsStream: true))),
            .event(.streamEnded(.init(streamID: 3))),
            .data(1, [], flowControlledLength: 0, endsStream: false),
            .event(.trailersReceived(.init(streamID: 1, headers: .sampleTrailers))),
            .event(.streamEnded(.init(streamID: 1))),
            .burstEnded,
        ]
        #expect(peer.delegate.calls == expected)
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.ping(7, ack: true)])
    }

    @Test("a client receives an informational response, a response, DATA and trailers")
    func clientOrder() throws {
        let peer = try HandlerChannel(.client)
        try peer.handler.sendHeaders(.samplePost, on: 1, endStream: true)
        peer.runLoop()
        try peer.receive(
            FrameBuilder.headers(1, [":status": "103", "link": "</a>"])
                + FrameBuilder.response(1)
                + FrameBuilder.data(1, [9]) + FrameBuilder.windowUpdate(0, increment: 5)
                + FrameBuilder.headers(1, ["checksum": "0"], endStream: true))
        let expected: [RecordingDelegate.Call] = [
            .event(
                .informationalResponseReceived(
                    .init(streamID: 1, headers: [":status": "103", "link": "</a>"]))),
            .event(.responseReceived(.init(streamID: 1, headers: [":status": "200"]))),
            .data(1, [9], flowControlledLength: 1, endsStream: false),
            .event(.windowUpdated(.init(streamID: 0, delta: 5))),
            .event(.trailersReceived(.init(streamID: 1, headers: .sampleTrailers))),
            .event(.streamEnded(.init(streamID: 1))),
            .burstEnded,
        ]
        #expect(peer.delegate.calls == expected)
    }

    @Test("several reads of a burst end with one call of readBurstEnded")
    func oneBurst() throws {
        let peer = try HandlerChannel(.server)
        peer.receive(pieces: [
            FrameBuilder.post(1), FrameBuilder.data(1, [1]), FrameBuilder.data(1, [2]),
        ])
        #expect(peer.delegate.calls.filter { $0 == .burstEnded }.count == 1)
        #expect(peer.delegate.calls.last == .burstEnded)
        #expect(peer.delegate.calls.count == 4)
        // channelReadComplete without a read does not end a burst.
        peer.pipeline.fireChannelReadComplete()
        #expect(peer.delegate.calls.count == 4)
    }

    @Test("an empty read changes nothing")
    func emptyRead() throws {
        let peer = try HandlerChannel(.server)
        peer.receive(pieces: [[], FrameBuilder.preface().filter { _ in false }, []])
        #expect(peer.delegate.calls == [.burstEnded])
        try peer.receive(FrameBuilder.get(1))
        #expect(peer.delegate.received.count == 2)
    }

    @Test("bytes that arrive before the channel is active are ignored")
    func tooEarly() throws {
        let peer = try HandlerChannel(.server, connected: false)
        try peer.receive(FrameBuilder.ping())
        #expect(peer.delegate.events == [])
        try peer.connect()
        try peer.receive(FrameBuilder.preface() + FrameBuilder.settings())
        #expect(peer.isOpen)
    }

    @Test("a delegate answers a request in the same burst, and the answer is one write")
    func answers() throws {
        let peer = try HandlerChannel(.server)
        peer.delegate.onEvent = { event, handler in
            guard case .requestReceived(let request) = event else { return }
            #expect(throws: Never.self) {
                try handler.sendHeaders(.sampleResponse, on: request.streamID)
                try handler.enqueueData(
                    ByteBuffer(string: "hello"), on: request.streamID, endStream: true)
            }
        }
        try peer.receive(FrameBuilder.get(1) + FrameBuilder.get(3))
        #expect(peer.front.flushes == 1)
        #expect(peer.front.writes.count == 1)
        let frames = peer.sent()
        #expect(frames.count == 4)
        #expect(
            frames.filter { $0.type == .data }.allSatisfy { $0.data == Array("hello".utf8) })
        #expect(frames.filter(\.endsStream).map(\.streamID) == [1, 3])
    }

    @Test("acknowledged data becomes WINDOW_UPDATE")
    func acknowledges() throws {
        let peer = try HandlerChannel(.server)
        peer.delegate.onData = { data, handler in
            #expect(throws: Never.self) {
                try handler.acknowledgeReceivedData(
                    data.flowControlledLength, on: data.streamID)
            }
        }
        try peer.receive(
            FrameBuilder.post(1) + FrameBuilder.data(1, pattern(16_384))
                + FrameBuilder.data(1, pattern(16_384)) + FrameBuilder.data(1, pattern(10_000)))
        let increments = peer.sent().compactMap(\.windowIncrement)
        #expect(increments.reduce(0) { $0 + Int($1) } >= 2 * 32_768)
    }
}
#endif
