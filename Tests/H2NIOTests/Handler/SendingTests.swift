// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import Testing

/// Calls of the handler become buffers of the channel.
@Suite struct SendingTests {
    /// A server with requests on the first streams, and large windows.
    private func server(requests: Int = 1) throws -> HandlerChannel {
        let peer = try HandlerChannel(.server, settings: [(0x4, 1 << 20)])
        var bytes = FrameBuilder.windowUpdate(0, increment: 1 << 24)
        for index in 0..<requests { bytes += FrameBuilder.get(UInt32(2 * index + 1)) }
        try peer.receive(bytes)
        peer.delegate.forget()
        peer.front.forget()
        return peer
    }

    @Test("a payload of at least 4 KiB is not copied", arguments: [4_096, 10_000, 16_384])
    func notCopied(_ count: Int) throws {
        let peer = try server()
        let body = ByteBuffer(bytes: pattern(count))
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        try peer.handler.enqueueData(body, on: 1, endStream: true)
        peer.runLoop()
        #expect(peer.front.writes.map { $0.isInside(body) } == [false, true])
        #expect(peer.front.writes[1].address == body.address)
        #expect(peer.front.flushes == 1)
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.headers, .data])
        #expect(frames[1].data == pattern(count) && frames[1].endsStream)
    }

    @Test("a longer payload is not copied either, and is sent in frames of 16 KiB")
    func severalFrames() throws {
        let peer = try server()
        var body = ByteBuffer(bytes: [0, 0, 0] + pattern(40_000))
        body.moveReaderIndex(forwardBy: 3)
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        try peer.handler.enqueueData(body, on: 1, endStream: true)
        peer.runLoop()
        let shared = peer.front.writes.filter { $0.isInside(body) }
        #expect(shared.map(\.readableBytes) == [16_384, 16_384, 7_232])
        #expect(shared.map { $0.address - body.address } == [0, 16_384, 32_768])
        #expect(peer.sent().compactMap(\.data).flatMap { $0 } == pattern(40_000))
    }

    @Test("a smaller payload is copied, and is one buffer together with its frame header")
    func copied() throws {
        let peer = try server()
        let body = ByteBuffer(bytes: pattern(4_095))
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        try peer.handler.enqueueData(body, on: 1, endStream: true)
        peer.runLoop()
        #expect(peer.front.writes.map { $0.isInside(body) } == [false])
        #expect(peer.sent().compactMap(\.data) == [pattern(4_095)])
    }

    @Test("the caller may change its buffer after the call")
    func changedAfterwards() throws {
        let peer = try server()
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        var body = ByteBuffer(bytes: pattern(8_000))
        try peer.handler.enqueueData(body, on: 1)
        body.clear()
        body.writeRepeatingByte(0xff, count: 8_000)
        try peer.handler.enqueueData(body, on: 1, endStream: true)
        body.clear()
        body.writeRepeatingByte(0xee, count: 8_000)
        peer.runLoop()
        let expected = pattern(8_000) + [UInt8](repeating: 0xff, count: 8_000)
        #expect(peer.sent().compactMap(\.data).flatMap { $0 } == expected)
    }

    @Test("small writes on several streams are one buffer and one flush")
    func joined() throws {
        let peer = try server(requests: 50)
        for index in 0..<50 {
            let id = H2StreamID(UInt32(2 * index + 1))
            try peer.handler.sendHeaders(.sampleResponse, on: id)
            try peer.handler.enqueueData(
                ByteBuffer(bytes: pattern(100)), on: id, endStream: true)
        }
        peer.runLoop()
        #expect(peer.front.writes.count == 1)
        #expect(peer.front.flushes == 1)
        #expect(peer.sent().count == 100)
    }

    @Test("bytes of an earlier flush that the channel still holds do not change")
    func heldBuffers() throws {
        let peer = try server(requests: 2)
        peer.front.holdsWrites = true
        for id in [1, 3] as [H2StreamID] {
            try peer.handler.sendHeaders(.sampleResponse, on: id)
            try peer.handler.enqueueData(
                ByteBuffer(bytes: pattern(1_000)), on: id, endStream: true)
            peer.runLoop()
        }
        #expect(peer.front.writes.count == 2)
        peer.front.releaseWrites()
        let frames = peer.sent()
        #expect(frames.map(\.streamID) == [1, 1, 3, 3])
        #expect(frames.compactMap(\.data) == [pattern(1_000), pattern(1_000)])
    }

    @Test("a read burst causes one flush, whatever its delegate sends")
    func oneFlushPerBurst() throws {
        let peer = try server(requests: 10)
        var next: UInt32 = 1
        peer.delegate.onEvent = { event, handler in
            guard case .pingReceived = event else { return }
            #expect(throws: Never.self) {
                try handler.sendHeaders(.sampleResponse, on: H2StreamID(next))
                try handler.enqueueData(
                    ByteBuffer(bytes: pattern(5_000)), on: H2StreamID(next), endStream: true)
            }
            next += 2
            #expect(peer.front.flushes == 0)
        }
        peer.receive(pieces: (0..<10).map { FrameBuilder.ping($0) })
        #expect(peer.front.flushes == 1)
        peer.runLoop()
        #expect(peer.front.flushes == 1)
        #expect(peer.sent().count == 30)
    }

    @Test("a burst without output causes no flush")
    func noFlush() throws {
        let peer = try server()
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1))
        #expect(peer.front.flushes == 0)
        #expect(peer.front.writes.isEmpty)
    }

    @Test("calls outside a burst are flushed once, in the next turn of the event loop")
    func nextTurn() throws {
        let peer = try server(requests: 3)
        for id in [1, 3, 5] as [H2StreamID] {
            try peer.handler.sendHeaders(.sampleResponse, on: id, endStream: true)
        }
        #expect(peer.front.writes.isEmpty && peer.front.flushes == 0)
        peer.runLoop()
        #expect(peer.front.flushes == 1)
        #expect(peer.sent().map(\.streamID) == [1, 3, 5])
    }

    @Test("each call that sends is followed by a flush")
    func allCalls() throws {
        let peer = try HandlerChannel(.client)
        let handler = peer.handler
        func expectSent(_ types: [WireFrame.Kind], _ body: () throws -> Void) throws {
            try body()
            #expect(peer.sent() == [])
            peer.runLoop()
            #expect(peer.sent().map(\.type) == types)
        }
        try expectSent([.headers]) { try handler.sendHeaders(.samplePost, on: 1) }
        try expectSent([.data]) { try handler.enqueueData(ByteBuffer(bytes: [1]), on: 1) }
        try expectSent([.headers]) { try handler.enqueueTrailers(.sampleTrailers, on: 1) }
        try expectSent([.headers]) { try handler.sendHeaders(.samplePost, on: 3) }
        try expectSent([.rstStream]) { try handler.resetStream(3, errorCode: .cancel) }
        try expectSent([.ping]) { try handler.withConnection { try $0.ping(H2PingData(1)) } }
        try expectSent([]) { handler.withConnection { _ in } }
    }

    @Test("trailers follow queued data that the windows hold back")
    func queuedTrailers() throws {
        let peer = try HandlerChannel(.server, settings: [(0x4, 10)])
        try peer.receive(FrameBuilder.get(1))
        try peer.handler.sendHeaders(.sampleResponse, on: 1)
        try peer.handler.enqueueData(ByteBuffer(bytes: pattern(6_000)), on: 1)
        try peer.handler.enqueueTrailers(.sampleTrailers, on: 1)
        peer.runLoop()
        #expect(peer.sent().map(\.payload.count).last == 10)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 5_989))
        #expect(peer.sent().compactMap(\.data) == [Array(pattern(6_000)[10..<5_999])])
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 5_989))
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.data, .headers])
        #expect(frames[0].data == [pattern(6_000)[5_999]] && frames[1].endsStream)
    }

    @Test("a call that throws leaves the channel as it was")
    func throwing() throws {
        let peer = try server()
        #expect(throws: H2Error.self) { try peer.handler.sendHeaders(.sampleResponse, on: 99) }
        #expect(throws: H2Error.self) {
            try peer.handler.enqueueData(ByteBuffer(bytes: pattern(5_000)), on: 1)
        }
        peer.runLoop()
        #expect(peer.isOpen)
        #expect(peer.sent() == [])
    }
}
#endif
