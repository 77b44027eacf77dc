// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `enqueueTrailers` sends trailers after the queued data.
@Suite struct QueuedTrailersTests {
    @Test("trailers follow the last byte, and end the stream")
    func order() throws {
        let peer = try QueueingServer.peer([1], streamWindow: 20_000)
        let server = peer.connection
        try server.enqueueData(QueueingServer.body(30_000), on: 1)
        try server.enqueueTrailers(.sampleTrailers, on: 1)
        #expect(server.queuedByteCount == 30_000)
        #expect(peer.outline() == ["1: 16384", "1: 3616"])
        #expect(!server.hasDataToSend && server.openInboundStreams == 1)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 9_999))
        #expect(peer.outline() == ["1: 9999"])
        #expect(server.openInboundStreams == 1)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1))
        let frames = peer.sent()
        #expect(frames.map(\.outline) == ["1: 1", "1: headers end"])
        #expect(
            peer.sentHeaders(of: frames[1]).map { String(decoding: $0.name, as: UTF8.self) } == [
                "checksum"
            ])
        #expect(server.openInboundStreams == 0 && server.queuedByteCount == 0)
    }

    @Test("without queued data, they are sent at once")
    func withoutData() throws {
        let peer = try QueueingServer.peer([1, 3], streamWindow: 0)
        try peer.connection.enqueueData([1], on: 3)
        try peer.connection.enqueueTrailers(.sampleTrailers, on: 1)
        #expect(peer.outline() == ["1: headers end"])
        #expect(peer.connection.openInboundStreams == 1)
    }

    @Test("the peer receives data, trailers and the end; both sides close the stream")
    func arrival() throws {
        let pair = try Pair.started()
        let body = QueueingServer.body(50_000)
        try pair.client.sendHeaders(.samplePost, on: 1)
        try pair.client.enqueueData(body, on: 1)
        try pair.client.enqueueTrailers(.sampleTrailers, on: 1)
        var events = try pair.exchange().server
        let received = events.flatMap { event in
            if case .dataReceived(let data) = event { Array(data.data) } else { [UInt8]() }
        }
        #expect(received == body)
        guard events.count > 2, case .trailersReceived(let trailers) = events[events.count - 2]
        else {
            Issue.record("no trailers: \(events.suffix(2))")
            return
        }
        #expect(trailers.headers == .sampleTrailers)
        #expect(events.last == .streamEnded(.init(streamID: 1)))
        try pair.respond(on: 1)
        events = try pair.exchange().client
        #expect(pair.client.openOutboundStreams == 0 && pair.server.openInboundStreams == 0)
    }

    @Test("fields are encoded when they are written, so other sections may come in between")
    func compression() throws {
        let peer = try QueueingServer.peer([1, 3])
        let server = peer.connection
        let trailers: H2Headers = ["checksum": "12345"]
        try server.enqueueData([1], on: 1)
        try server.enqueueTrailers(trailers, on: 1)
        try server.sendHeaders(trailers, on: 3, endStream: true)
        let frames = peer.sent()
        #expect(frames.map(\.outline) == ["3: headers end", "1: 1", "1: headers end"])
        for frame in [frames[0], frames[2]] {
            #expect(
                peer.sentHeaders(of: frame).map { String(decoding: $0.name, as: UTF8.self) } == [
                    "checksum"
                ])
        }
    }

    @Test("names are normalized and cookies split as in sendHeaders")
    func normalized() throws {
        let peer = try QueueingServer.peer()
        try peer.connection.enqueueData([1], on: 1)
        try peer.connection.enqueueTrailers(["Checksum": " 1 "], on: 1)
        let frames = peer.sent()
        #expect(frames.count == 2)
        let fields = peer.sentHeaders(of: frames[frames.count - 1])
        #expect(fields.map { String(decoding: $0.name, as: UTF8.self) } == ["checksum"])
        #expect(fields.first.map { Array($0.value) } == Array("1".utf8))
    }

    @Test("trailers that sendHeaders would refuse throw at the call, with and without queued data")
    func refused() throws {
        for hasQueued in [false, true] {
            for wrong: H2Headers in [
                [":status": "200"], [":path": "/"], ["a b": "1"], [":status": "103"],
            ] {
                let peer = try QueueingServer.peer()
                let server = peer.connection
                if hasQueued { try server.enqueueData([1], on: 1) }
                let error = failure { () throws(H2Error) in
                    try server.sendHeaders(wrong, on: 1, endStream: true)
                }
                expectMisuse(server, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
                    try server.enqueueTrailers(wrong, on: 1)
                }
                #expect(error?.kind == .protocolViolation)
                try server.enqueueTrailers(.sampleTrailers, on: 1)
            }
        }
    }

    @Test("trailers in a tunnel are refused")
    func tunnel() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, [":method": "CONNECT", ":authority": "a:1"]))
        try peer.connection.sendHeaders([":status": "200"], on: 1)
        try peer.connection.enqueueData([1], on: 1)
        expectMisuse(peer.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try peer.connection.enqueueTrailers(.sampleTrailers, on: 1)
        }
        try peer.connection.enqueueData([2], on: 1, endStream: true)
    }

    @Test("a reset discards queued trailers")
    func reset() throws {
        let peer = try QueueingServer.peer([1, 3])
        try peer.connection.enqueueData([1], on: 1)
        try peer.connection.enqueueTrailers(.sampleTrailers, on: 1)
        try peer.connection.resetStream(1, errorCode: .cancel)
        try peer.connection.enqueueData([1], on: 3, endStream: true)
        #expect(peer.outline() == ["1: reset", "3: 1 end"])
    }

    @Test("trailers are sent with the data of their stream, in the order of priorities")
    func withTheirData() throws {
        let peer = try QueueingServer.peer([1, 3])
        for id: H2StreamID in [1, 3] {
            try peer.connection.enqueueData([1, 2, 3], on: id)
            try peer.connection.enqueueTrailers(.sampleTrailers, on: id)
        }
        #expect(peer.outline() == ["1: 3", "1: headers end", "3: 3", "3: headers end"])
    }
}
