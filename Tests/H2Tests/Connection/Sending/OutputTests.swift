// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct OutputTests {
    private struct Refusal: Error {}

    /// A connection with stream 1 open in both directions, and `pings` PING frames queued.
    private func connection(
        _ role: H2Configuration.Role = .client, pings: UInt64 = 0
    ) throws -> H2Connection {
        let peer = try Peer(H2Configuration(role))
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleResponse.block))
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
            try peer.connection.sendHeaders(.sampleResponse, on: 1)
        }
        peer.sent()
        try ping(peer.connection, 0..<pings)
        return peer.connection
    }

    private func ping(_ connection: H2Connection, _ values: Range<UInt64>) throws(H2Error) {
        for value in values { try connection.ping(H2PingData(value)) }
    }

    private func pings(_ values: Range<UInt64>) -> [UInt8] {
        values.flatMap { FrameBuilder.ping($0) }
    }

    @Test("dataToSend removes all output")
    func removesAllOutput() throws {
        let connection = try connection(pings: 3)
        #expect(connection.hasDataToSend)
        #expect(connection.outboundByteCount == 51)
        let bytes = connection.dataToSend()
        #expect(bytes == pings(0..<3))
        #expect(!connection.hasDataToSend)
        #expect(connection.outboundByteCount == 0)
        let more = connection.dataToSend()
        #expect(more == [])
    }

    @Test(
        "withSegmentsToSend removes no bytes that were not in its segments",
        arguments: [64, 65, 200])
    func clampsToSegments(_ count: Int) throws {
        let connection = try connection()
        let payload = [UInt8](repeating: 1, count: 4_096)
        for stream in [0, 1] as [UInt32] {
            _ = try connection.receiveData(FrameBuilder.windowUpdate(stream, increment: 1 << 20))
        }
        for _ in 0..<count { try connection.sendData(payload, on: 1) }
        let total = connection.outboundByteCount
        var borrowedCount = 0
        let taken = unsafe connection.withSegmentsToSend { segments in
            for index in unsafe 0..<segments.count { unsafe borrowedCount += segments[index].count }
            return .max
        }
        #expect(taken == borrowedCount && (borrowedCount == total) == (count <= 64))
        #expect(connection.outboundByteCount == total - borrowedCount)
        #expect(connection.dataToSend().count == total - borrowedCount)
    }

    @Test("dataToSend(upTo:) below 1 removes nothing", arguments: [0, -1, .min])
    func removesNothing(_ limit: Int) throws {
        let connection = try connection(pings: 1)
        let bytes = connection.dataToSend(upTo: limit)
        #expect(bytes == [])
        #expect(connection.outboundByteCount == 17)
    }

    @Test(
        "dataToSend(upTo:) removes the oldest bytes first",
        arguments: [1, 7, 16, 17, 18, 51, 1_000, .max])
    func removesOldestFirst(_ limit: Int) throws {
        let connection = try connection(pings: 3)
        var bytes: [UInt8] = []
        var counts = [connection.outboundByteCount]
        while connection.hasDataToSend {
            let piece = connection.dataToSend(upTo: limit)
            #expect(piece.count == min(limit, 51 - bytes.count))
            bytes += piece
            counts.append(connection.outboundByteCount)
        }
        #expect(bytes == pings(0..<3))
        #expect(counts.last == 0)
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 - $1 == min(limit, $0) })
    }

    @Test("bytes queued between removals follow the bytes queued before")
    func mixed() throws {
        let connection = try connection()
        var bytes: [UInt8] = []
        var next: UInt64 = 0
        var random = SplitMix(seed: 7)
        for _ in 0..<400 {
            let count = UInt64.random(in: 0...3, using: &random)
            try ping(connection, next..<next + count)
            next += count
            let limit = Int.random(in: 0...60, using: &random)
            if Bool.random(using: &random) {
                bytes += connection.dataToSend(upTo: limit)
            } else {
                let taken = connection.withDataToSend { span in
                    for index in 0..<min(limit, span.count) { bytes.append(span[index]) }
                    return limit
                }
                #expect(taken <= limit)
            }
        }
        bytes += connection.dataToSend()
        #expect(bytes == pings(0..<next))
    }

    @Test(
        "withDataToSend passes all bytes, and removes the returned number, clamped",
        arguments: [(-5, 0), (0, 0), (1, 1), (17, 17), (51, 51), (52, 51), (.max, 51), (.min, 0)])
    func clamps(_ result: Int, _ dropped: Int) throws {
        let connection = try connection(pings: 3)
        var borrowedCount = 0
        let taken = connection.withDataToSend { span in
            borrowedCount = span.count
            return result
        }
        #expect(borrowedCount == 51)
        #expect(taken == dropped)
        #expect(connection.outboundByteCount == 51 - dropped)
        #expect(connection.dataToSend() == Array(pings(0..<3).dropFirst(dropped)))
    }

    @Test("withDataToSend passes an empty span if nothing is queued")
    func borrowsNothing() throws {
        let connection = try connection()
        var calls = 0
        let taken = connection.withDataToSend { span in
            calls += 1
            return span.count + 1
        }
        #expect(taken == 0)
        #expect(calls == 1)
    }

    @Test("withDataToSend removes nothing if its body throws")
    func throwing() throws {
        let connection = try connection(pings: 2)
        #expect(throws: Refusal.self) {
            try connection.withDataToSend { _ throws(Refusal) -> Int in throw Refusal() }
        }
        #expect(connection.outboundByteCount == 34)
        // Bytes that the body queued before it threw follow the others.
        #expect(throws: (any Error).self) {
            _ = try connection.withDataToSend { (_) throws(any Error) -> Int in
                try connection.ping(H2PingData(2))
                throw Refusal()
            }
        }
        let bytes = connection.dataToSend()
        #expect(bytes == pings(0..<3))
    }

    @Test(
        "bytes queued inside withDataToSend follow the borrowed bytes", arguments: [0, 10, 17, 34])
    func queuedInside(_ result: Int) throws {
        let connection = try connection(pings: 2)
        _ = try connection.withDataToSend { span throws(H2Error) in
            #expect(!connection.hasDataToSend)
            try ping(connection, 2..<4)
            #expect(connection.outboundByteCount == 34)
            #expect(span.count == 34)
            #expect(span[33] == 1)
            return result
        }
        #expect(connection.outboundByteCount == 68 - result)
        #expect(connection.dataToSend() == Array(pings(0..<4).dropFirst(result)))
    }

    @Test("bytes queued and removed inside withDataToSend are not sent again")
    func takenInside() throws {
        let connection = try connection(pings: 2)
        var inside: [UInt8] = []
        let taken = try connection.withDataToSend { _ throws(H2Error) in
            try ping(connection, 2..<4)
            inside = connection.dataToSend(upTo: 20)
            return 3
        }
        #expect(taken == 3)
        #expect(inside == Array(pings(2..<4).prefix(20)))
        #expect(
            connection.dataToSend()
                == Array(pings(0..<2).dropFirst(3)) + pings(2..<4).dropFirst(20))
    }

    @Test("withDataToSend nests: the inner call passes what was queued inside the outer call")
    func nested() throws {
        let connection = try connection(pings: 2)
        var inner = 0
        let outer = try connection.withDataToSend { span throws(H2Error) in
            try ping(connection, 2..<5)
            inner = try connection.withDataToSend { span throws(H2Error) in
                try ping(connection, 5..<6)
                return span.count - 17
            }
            return span.count - 17
        }
        #expect(outer == 17)
        #expect(inner == 34)
        let bytes = connection.dataToSend()
        #expect(bytes == pings(1..<2) + pings(4..<6))
    }

    @Test("clearOutboundDataBuffer drops all output, even bytes borrowed by withDataToSend")
    func clear() throws {
        let connection = try connection(pings: 2)
        connection.clearOutboundDataBuffer()
        #expect(connection.outboundByteCount == 0)
        try ping(connection, 0..<2)
        let taken = try connection.withDataToSend { span throws(H2Error) in
            try ping(connection, 2..<3)
            connection.clearOutboundDataBuffer()
            try ping(connection, 3..<4)
            #expect(span.count == 34)
            return 5
        }
        #expect(taken == 5)
        let bytes = connection.dataToSend()
        #expect(bytes == pings(3..<4))
        #expect(connection.audit() == [])
    }
}
