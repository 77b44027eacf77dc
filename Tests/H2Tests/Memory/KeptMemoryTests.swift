// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The memory that a connection keeps although it no longer needs it, and what counts against
/// `H2Limits.memory`.
@Suite struct KeptMemoryTests {
    /// The maximum that the pool, the stream table and the storage for one header section may keep
    /// in all.
    private static let maxKeptBytes = 110_000

    /// A request with a field of the given length that enters the compression table.
    private static func request(_ index: Int, length: Int) -> [UInt8] {
        var encoder = HPACKEncoder()
        encoder.raw(H2Headers.sampleRequest.block)
        encoder.literal("x", String(repeating: "v", count: length), .incremental)
        return FrameBuilder.headers(UInt32(index) * 2 + 1, block: encoder.bytes, endStream: true)
    }

    /// Makes a server answer requests whose fields have all lengths up to 512 bytes.
    private func answerAllLengths(_ peer: Peer) throws {
        var index = 0
        for length in stride(from: 8, through: 512, by: 16) {
            for _ in 0..<4_096 / (length + 33) + 1 {
                try peer.receive(Self.request(index, length: length))
                try peer.connection.sendHeaders(
                    .sampleResponse, on: H2StreamID(UInt32(index) * 2 + 1), endStream: true)
                peer.sent()
                index += 1
            }
        }
    }

    @Test("after fields of all lengths, the pool keeps no more than its bound")
    func allLengths() throws {
        let peer = try Peer(.server)
        try answerAllLengths(peer)
        #expect(peer.connection.memory.spare < Self.maxKeptBytes, "\(peer.connection.memory)")
        #expect(peer.connection.memory.engine < 120_000)
    }

    @Test("memory kept for reuse does not count against the limit")
    func spareMemoryDoesNotCount() throws {
        let peer = try Peer(.limited(.server) { $0.memory = 80_000 })
        try answerAllLengths(peer)
        #expect(peer.connection.usage.memory < 80_000)
    }

    @Test("the memory of a compression table is freed when the table shrinks")
    func compressionTable() throws {
        var configuration = H2Configuration.server
        configuration.initialSettings = [.headerTableSize: 1 << 21]
        let peer = try Peer(configuration)
        let before = peer.connection.memory
        func fill(_ count: Int, of id: UInt32) throws {
            var encoder = HPACKEncoder()
            encoder.sizeUpdate(1 << 21)
            encoder.raw(H2Headers.sampleRequest.block)
            for index in 0..<count {
                encoder.literal("x-\(index)", String(repeating: "v", count: 90), .incremental)
            }
            try peer.receive(
                FrameBuilder.split(id, block: encoder.bytes, every: 16_000, endStream: true))
            try peer.connection.resetStream(H2StreamID(id))
            peer.sent()
        }
        for id in stride(from: UInt32(1), to: 39, by: 2) { try fill(900, of: id) }
        #expect(peer.connection.memory.inUse > 3 << 20)
        var encoder = HPACKEncoder()
        encoder.sizeUpdate(0)
        encoder.raw(H2Headers.sampleRequest.block)
        try peer.receive(FrameBuilder.headers(41, block: encoder.bytes, endStream: true))
        let after = peer.connection.memory
        #expect(after.spare < Self.maxKeptBytes, "\(after)")
        // nghttp2 does not shrink the array of the entries, 8 bytes each.
        #expect(after.engine < before.engine + 32_768 * 8 + Self.maxKeptBytes, "\(after)")
    }

    /// Returns a server with `streams` open streams.
    private func server(streams: Int) throws -> Peer {
        var configuration = H2Configuration.unlimited(.server)
        configuration.initialSettings = [.maxConcurrentStreams: 100_000]
        let peer = try Peer(configuration)
        for index in 0..<streams {
            let request = FrameBuilder.headers(
                UInt32(index) * 2 + 1, block: H2Headers.sampleRequest.block)
            _ = try peer.connection.receiveData(request)
        }
        return peer
    }

    @Test("after 40,000 streams, only nghttp2's table of streams remains", arguments: [0, 1])
    func manyStreams(left: Int) throws {
        let peer = try server(streams: 40_000)
        let connection = peer.connection
        #expect(connection.memory.inUse > 8 << 20)
        for index in left..<40_000 {
            try connection.resetStream(H2StreamID(UInt32(index) * 2 + 1))
            connection.clearOutboundDataBuffer()
        }
        let memory = connection.memory
        #expect(memory.spare < Self.maxKeptBytes, "\(memory)")
        // nghttp2 does not shrink its table of streams, 65,536 times 16 bytes.
        #expect(memory.held < 65_536 * 16 + 32_768 + Self.maxKeptBytes, "\(memory)")
        #expect(memory.streams < 32_768 + 24_000)
        #expect(connection.usage.memory <= memory.inUse)
    }

    @Test("a large received section leaves no large storage behind")
    func receivedSection() throws {
        let peer = try Peer(.server)
        var encoder = HPACKEncoder()
        encoder.raw(H2Headers.sampleRequest.block)
        for index in 0..<1_000 {
            encoder.literal("x-\(index)", String(repeating: "v", count: 80))
        }
        let frames = FrameBuilder.split(1, block: encoder.bytes, every: 16_000, endStream: true)
        // Its storage counts as used until the last frame is decoded.
        _ = try peer.connection.receiveData(frames.dropLast())
        #expect(peer.connection.memory.headers > 90_000)
        #expect(peer.connection.usage.memory > 90_000)
        #expect(peer.connection.memory.inUse >= peer.connection.usage.memory)
        _ = try peer.connection.receiveData(frames.suffix(1))
        #expect(peer.connection.memory.headers < 32_768, "\(peer.connection.memory)")
        #expect(peer.connection.usage.memory < 50_000)
    }

    @Test("a large sent section leaves no large storage behind")
    func sentSection() throws {
        let peer = try Peer(.client)
        var fields = H2Headers.sampleRequest
        for index in 0..<5_000 { fields.append(H2Header("x-\(index)", "v")) }
        try peer.connection.sendHeaders(fields, on: 1)
        peer.connection.clearOutboundDataBuffer()
        #expect(peer.connection.memory.headers < 32_768, "\(peer.connection.memory)")
    }

    @Test("100 concurrent requests reuse the memory of the previous 100")
    func steadyState() throws {
        let peer = try Peer(.server)
        var held: Set<Int> = []
        for round: UInt32 in 0..<10 {
            let ids = (0..<100).map { round * 200 + $0 * 2 + 1 }
            let block = H2Headers.sampleRequest.block
            for id in ids {
                try peer.receive(FrameBuilder.headers(id, block: block, endStream: true))
            }
            let open = peer.connection.memory.engine
            for id in ids {
                try peer.connection.sendHeaders(
                    .sampleResponse, on: H2StreamID(id), endStream: true)
            }
            peer.sent()
            // No memory was freed, so none is allocated again.
            guard round > 0 else { continue }
            held.formUnion([open, peer.connection.memory.engine])
        }
        #expect(held.count == 1, "\(held)")
    }

    @Test("memory reports what malloc allocated", .enabled(if: Allocations.canBeCounted))
    func isTrue() throws {
        // What is allocated once per process does not belong to the connection.
        _ = try server(streams: 1)
        let meter = MemoryMeter()
        for streams in [1, 100, 5_000] {
            var connection: H2Connection?
            try meter.measure {
                let made = H2Connection(.unlimited(.server))
                try made.initiateConnection()
                _ = try made.receiveData(
                    FrameBuilder.preface() + FrameBuilder.settings([])
                        + FrameBuilder.settingsAck())
                connection = made
            }
            let bytes = (0..<streams).map {
                FrameBuilder.headers(
                    UInt32($0) * 2 + 1, block: H2Headers.sampleRequest.block, endStream: true)
            }
            for request in bytes {
                try meter.measure { _ = try connection?.receiveData(request) }
                guard let streams = connection?.openInboundStreams, streams > 90 else { continue }
                try meter.measure {
                    let id = connection?.highestInboundStreamID ?? 0
                    try connection?.resetStream(id)
                    connection?.clearOutboundDataBuffer()
                }
            }
            let memory = try #require(connection?.memory)
            // malloc rounds up, and the object itself is not part of it.
            #expect(abs(meter.held - memory.held) < 8_192, "\(meter.held) \(memory)")
            meter.measure { connection = nil }
            #expect(meter.held == 0)
        }
    }
}
