// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `enqueueData` accepts any number of bytes, which are sent as the windows and the caller allow.
@Suite struct QueuedDataTests {
    @Test("a body of any size arrives in frames of at most 16 KiB, and ends the stream")
    func body() throws {
        let path = SimulatedPath(client: .client, server: .server)
        try path.start()
        try path.runUntilIdle()
        let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var received: [UInt8] = []
        var hasEnded = false
        path.onServerEvents = { path, events in
            for case .requestReceived(let request) in events {
                try path.server.sendHeaders(.sampleResponse, on: request.streamID)
                try path.server.enqueueData(body, on: request.streamID, endStream: true)
                #expect(path.server.queuedByteCount == body.count)
            }
        }
        path.onClientEvents = { path, events in
            for event in events {
                switch event {
                case .dataReceived(let data):
                    #expect(data.data.count <= 16_384)
                    received.append(contentsOf: data.data)
                    try path.client.acknowledgeReceivedData(
                        data.flowControlledLength, on: data.streamID)
                case .streamEnded: hasEnded = true
                default: break
                }
            }
        }
        try path.client.sendHeaders(.sampleRequest, on: 1, endStream: true)
        try path.run(for: .seconds(1))
        #expect(received == body)
        #expect(hasEnded)
        #expect(path.server.queuedByteCount == 0)
        #expect(path.server.openInboundStreams == 0)
    }

    @Test("every form queues the same bytes, and an empty piece queues nothing")
    func forms() throws {
        let array = QueueingServer.body(30_000)
        let bytes = H2Bytes(array)
        let id: H2StreamID = 1
        let forms: [(H2Connection) throws -> Void] = [
            { try $0.enqueueData(array, on: id) },
            { try $0.enqueueData(array[...], on: id) },
            { try $0.enqueueData(bytes, on: id) },
            { try $0.enqueueData(copying: array.span, on: id) },
            { connection in
                try unsafe array.withUnsafeBytes {
                    try unsafe connection.enqueueData(copying: $0, on: id)
                }
            },
            {
                try $0.enqueueData(array[..<10_000], on: id)
                try $0.enqueueData(bytes[10_000..<10_010], on: id)
                try $0.enqueueData([] as [UInt8], on: id)
                try $0.enqueueData(copying: array[10_010..<10_010].span, on: id)
                try $0.enqueueData(bytes[10_010...], on: id)
            },
        ]
        for form in forms {
            let peer = try QueueingServer.peer()
            try form(peer.connection)
            #expect(peer.connection.queuedByteCount == 30_000)
            let frames = peer.sent()
            #expect(frames.map(\.outline) == ["1: 16384", "1: 13616"])
            #expect(frames.flatMap(\.payload) == array)
        }
    }

    @Test("the value of a header field can be queued")
    func headerValue() throws {
        let peer = try QueueingServer.peer()
        let headers: H2Headers = ["a": "value"]
        let value = headers[0].valueBytes
        try peer.connection.enqueueData(value, on: 1, endStream: true)
        #expect(
            peer.sent() == [WireFrame(type: .data, flags: 1, streamID: 1, payload: Array(value))])
    }

    @Test("frames have at most 16 KiB, even if the peer accepts larger ones")
    func frameSize() throws {
        let peer = try QueueingServer.peer()
        try peer.receive(FrameBuilder.settings([(5, 1 << 20)]))
        peer.sent()
        try peer.connection.enqueueData(QueueingServer.body(40_000), on: 1)
        #expect(peer.outline() == ["1: 16384", "1: 16384", "1: 7232"])
    }

    @Test("bytes become frames only when output is taken")
    func lazily() throws {
        let peer = try QueueingServer.peer()
        let server = peer.connection
        #expect(!server.hasDataToSend)
        try server.enqueueData(QueueingServer.body(100_000), on: 1, endStream: true)
        #expect(server.queuedByteCount == 100_000)
        #expect(server.queuedByteCount(on: 1) == 100_000)
        // The windows allow this many.
        #expect(server.hasDataToSend && server.outboundByteCount == 65_535)
        #expect(server.outboundFlowControlWindow == 65_535)
        #expect(peer.outline() == ["1: 16384", "1: 16384", "1: 16384", "1: 16383"])
        #expect(!server.hasDataToSend && server.outboundByteCount == 0)
        #expect(server.queuedByteCount == 34_465)
        #expect(server.openInboundStreams == 1)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 50_000))
        #expect(!server.hasDataToSend)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1))
        #expect(server.hasDataToSend && server.outboundByteCount == 1)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 50_000))
        #expect(peer.outline() == ["1: 16384", "1: 16384", "1: 1697 end"])
        #expect(server.openInboundStreams == 0 && server.queuedByteCount == 0)
        #expect(server.queuedByteCount(on: 1) == 0 && server.queuedByteCount(on: 3) == 0)
    }

    @Test("the last frame ends the stream, whichever piece contains the end")
    func end() throws {
        for pieces in [[5], [5, 0], [2, 3], [2, 3, 0], [2, 0, 3]] {
            let peer = try QueueingServer.peer()
            for (index, count) in pieces.enumerated() {
                let isLast = index == pieces.count - 1
                try peer.connection.enqueueData(
                    [UInt8](repeating: 1, count: count), on: 1, endStream: isLast)
            }
            #expect(peer.outline() == ["1: 5 end"])
        }
        // After data that was already sent, the end needs a separate frame.
        let peer = try QueueingServer.peer()
        try peer.connection.enqueueData([1], on: 1)
        #expect(peer.outline() == ["1: 1"])
        try peer.connection.enqueueData([] as [UInt8], on: 1)
        #expect(!peer.connection.hasDataToSend)
        try peer.connection.enqueueData([] as [UInt8], on: 1, endStream: true)
        #expect(peer.outline() == ["1: 0 end"])
        #expect(peer.connection.openInboundStreams == 0)
    }

    @Test("an empty end needs no window")
    func endAtClosedWindow() throws {
        let peer = try QueueingServer.peer(streamWindow: 0)
        try peer.connection.enqueueData([] as [UInt8], on: 1, endStream: true)
        #expect(peer.outline() == ["1: 0 end"])
    }

    @Test("frames of other calls are sent first, including promises on the stream")
    func otherFrames() throws {
        let peer = try QueueingServer.peer()
        let server = peer.connection
        try server.enqueueData(QueueingServer.body(20_000), on: 1, endStream: true)
        try server.ping(H2PingData(1))
        try server.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        try server.sendHeaders(.sampleResponse, on: 2)
        try server.enqueueData([1, 2], on: 2, endStream: true)
        #expect(
            peer.outline() == [
                "0: ping", "1: promise", "2: headers", "1: 16384", "2: 2 end", "1: 3616 end",
            ])
    }

    @Test("a client queues the body of its request")
    func upload() throws {
        let pair = try Pair.started()
        let body = QueueingServer.body(200_000)
        try pair.client.sendHeaders(.samplePost, on: 1)
        try pair.client.enqueueData(body, on: 1, endStream: true)
        var received: [UInt8] = []
        var hasEnded = false
        for _ in 0..<10 {
            for event in try pair.exchange().server {
                switch event {
                case .dataReceived(let data):
                    received.append(contentsOf: data.data)
                    try pair.server.acknowledgeReceivedData(
                        data.flowControlledLength, on: data.streamID)
                case .streamEnded: hasEnded = true
                default: break
                }
            }
        }
        #expect(received == body && hasEnded && pair.client.queuedByteCount == 0)
    }

    @Test("many tiny pieces become few frames, and queueing them takes linear time")
    func tinyPieces() throws {
        let peer = try QueueingServer.peer()
        let body = QueueingServer.body(50_000)
        for index in body.indices { try peer.connection.enqueueData(body[index...index], on: 1) }
        let frames = peer.sent()
        #expect(frames.map(\.outline) == ["1: 16384", "1: 16384", "1: 16384", "1: 848"])
        #expect(frames.flatMap(\.payload) == body)
        let growth = try CPUTime.growth(of: 2_000) { count in
            let server = try QueueingServer.peer().connection
            return {
                for _ in 0..<count { try server.enqueueData([1], on: 1) }
                return server.queuedByteCount
            }
        }
        #expect(growth < CPUTime.linear, "\(growth)")
    }

    @Test("a tiny piece is appended in place", .enabled(if: Allocations.canBeJudged))
    func tinyPiecesInPlace() throws {
        let server = try QueueingServer.peer().connection
        let piece: [UInt8] = [1]
        try server.enqueueData(piece, on: 1)
        let count = try Allocations.count {
            for _ in 0..<10_000 { try server.enqueueData(piece, on: 1) }
        }
        #expect(count < 50, "\(count)")
    }

    @Test("pieces arrive in order while others are taken")
    func interleaved() throws {
        let peer = try QueueingServer.peer(
            streamWindow: 1 << 30, connectionWindow: 1 << 30)
        var random = SplitMix(seed: 3)
        let body = QueueingServer.body(600_000)
        var position = 0
        var frames: [WireFrame] = []
        while position < body.count {
            let count = min(body.count - position, random.pick([1, 10, 4_095, 4_096, 20_000]))
            try peer.connection.enqueueData(body[position..<position + count], on: 1)
            position += count
            if random.chance(40) { frames += peer.sent(upTo: 1 + random.below(30_000)) }
        }
        frames += peer.sent()
        #expect(frames.flatMap(\.payload) == body)
        #expect(frames.allSatisfy { $0.payload.count <= 16_384 })
    }

    @Test("sendableByteCount is 0 while data is queued, because sendData would throw")
    func sendable() throws {
        let peer = try QueueingServer.peer([1, 3])
        let server = peer.connection
        #expect(server.sendableByteCount(on: 1) == 16_384)
        try server.enqueueData([1], on: 1)
        #expect(server.sendableByteCount(on: 1) == 0)
        #expect(server.sendableByteCount(on: 3) == 16_384)
        peer.sent()
        #expect(server.sendableByteCount(on: 1) == 16_384)
        try server.sendData([2], on: 1)
        try server.enqueueData([3], on: 1, endStream: true)
        #expect(peer.outline() == ["1: 1", "1: 1 end"])
    }
}
