// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Payloads whose storage the transport keeps, and output in segments.
@Suite struct TransportPayloadTests {
    private struct Segment {
        var bytes: [UInt8]
        /// The offset in the buffer; `nil` if the bytes were copied.
        var offset: Int?
    }

    private let count = TransportBuffer.Count()

    /// Removes output, and checks that each segment with an owner lies in the owner's buffer.
    private func take(_ limit: Int = .max, from connection: H2Connection) -> [Segment] {
        var segments: [Segment] = []
        let taken = unsafe connection.takeSegments(upTo: limit) { bytes, owner in
            let buffer = owner as? TransportBuffer
            unsafe segments.append(
                Segment(bytes: Array(bytes), offset: buffer?.offset(of: bytes)))
        }
        #expect(taken == segments.reduce(0) { $0 + $1.bytes.count })
        #expect(taken <= max(limit, 0))
        return segments
    }

    private func enqueue(
        _ body: [UInt8], on connection: H2Connection, endStream: Bool = false
    ) throws(H2Error) {
        let buffer = TransportBuffer(body, count)
        try unsafe connection.enqueueData(buffer.bytes, keptBy: buffer, on: 1, endStream: endStream)
    }

    @Test(
        "frames of a queued payload are segments of the transport's buffer, which is then released")
    func queued() throws {
        let connection = try QueueingServer.peer().connection
        let body = QueueingServer.body(40_000)
        try enqueue(body, on: connection, endStream: true)
        #expect(count.value == 1)
        let segments = take(from: connection)
        #expect(segments.map(\.offset) == [nil, 0, nil, 16_384, nil, 32_768])
        #expect(segments.map(\.bytes.count) == [9, 16_384, 9, 16_384, 9, 7_232])
        #expect(segments.filter { $0.offset != nil }.flatMap(\.bytes) == body)
        #expect(count.value == 0)
        #expect(!connection.hasDataToSend)
    }

    @Test("a payload below 4 KiB is copied, and its buffer released at once")
    func small() throws {
        let connection = try QueueingServer.peer().connection
        let body = QueueingServer.body(4_095)
        try enqueue(body, on: connection)
        #expect(count.value == 0)
        let buffer = TransportBuffer(body, count)
        #expect(take(from: connection).map(\.bytes) == [FrameBuilder.data(1, body)])
        try unsafe connection.sendData(buffer.bytes, keptBy: buffer, on: 1)
        #expect(take(from: connection).map(\.bytes) == [FrameBuilder.data(1, body)])
    }

    @Test("sendData shares the transport's buffer, too")
    func sent() throws {
        let connection = try QueueingServer.peer().connection
        let body = QueueingServer.body(4_096)
        do {
            let buffer = TransportBuffer(body, count)
            try unsafe connection.sendData(buffer.bytes, keptBy: buffer, on: 1, endStream: true)
        }
        #expect(count.value == 1)
        let segments = take(from: connection)
        #expect(segments.map(\.offset) == [nil, 0])
        #expect(segments.flatMap(\.bytes) == FrameBuilder.data(1, body, endStream: true))
        #expect(count.value == 0)
    }

    @Test("the other calls that remove output copy the bytes of the transport's buffer")
    func otherCalls() throws {
        let body = QueueingServer.body(20_000)
        let frames =
            FrameBuilder.data(1, Array(body[..<16_384]))
            + FrameBuilder.data(1, Array(body[16_384...]))
        for call in 0..<3 {
            let connection = try QueueingServer.peer().connection
            try enqueue(body, on: connection)
            var bytes: [UInt8] = []
            switch call {
            case 0: bytes = connection.dataToSend()
            case 1:
                _ = connection.withDataToSend { span in
                    bytes = unsafe span.withUnsafeBytes { unsafe Array($0) }
                    return span.count
                }
            default:
                _ = unsafe connection.withSegmentsToSend { segments in
                    for index in unsafe segments.indices { unsafe bytes += segments[index] }
                    return bytes.count
                }
            }
            #expect(bytes == frames)
            #expect(count.value == 0)
        }
    }

    @Test(
        "a limit cuts segments, and the rest follows in order", arguments: [1, 9, 10, 1_000, 7_777])
    func limits(limit: Int) throws {
        let connection = try QueueingServer.peer().connection
        let body = QueueingServer.body(30_000)
        try enqueue(body, on: connection)
        try connection.enqueueData([1, 2, 3], on: 1, endStream: true)
        try connection.ping(H2PingData(7))
        #expect(take(0, from: connection).isEmpty)
        #expect(take(.min, from: connection).isEmpty)
        var output: [UInt8] = []
        while connection.hasDataToSend {
            output += take(limit, from: connection).flatMap(\.bytes)
        }
        let frames = WireReader.frames(in: output)
        #expect(frames.first?.type == .ping)
        #expect(frames.dropFirst().flatMap(\.payload) == body + [1, 2, 3])
        #expect(frames.last?.endsStream == true)
        #expect(count.value == 0)
    }

    @Test("a reset and the end of the connection release the buffers of queued payloads")
    func discarded() throws {
        var connection = try QueueingServer.peer().connection
        try enqueue(QueueingServer.body(100_000), on: connection)
        try connection.resetStream(1)
        #expect(count.value == 0)

        connection = try QueueingServer.peer().connection
        try enqueue(QueueingServer.body(100_000), on: connection)
        _ = connection.connectionLost()
        #expect(count.value == 0)

        connection = try QueueingServer.peer().connection
        try enqueue(QueueingServer.body(100_000), on: connection)
        _ = take(10_000, from: connection)
        connection = H2Connection(.server)
        #expect(count.value == 0)
    }

    @Test("during the call, the connection can be used; what it queues stays in the output")
    func reentrant() throws {
        let connection = try QueueingServer.peer().connection
        try enqueue(QueueingServer.body(5_000), on: connection)
        var thrown: (any Error)?
        unsafe connection.takeSegments(upTo: .max) { _, owner in
            guard owner != nil else { return }
            do { try connection.ping(H2PingData(7)) } catch { thrown = error }
        }
        #expect(thrown == nil)
        #expect(take(from: connection).map(\.bytes) == [FrameBuilder.ping(7)])
    }
}
