// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Costs that grow with the bytes of a frame or of a field block.
extension LimitWeightTests {
    /// Returns a request with a field block of `blockSize` bytes: table size updates and
    /// `Attacker.get`.
    private static func request(blockSize: Int) -> [UInt8] {
        [UInt8](repeating: 0x20, count: blockSize - Attacker.get.count) + Attacker.get
    }

    /// A server that reset stream 1 because of its peer: one section and the window are excused.
    private func resetByServer() throws -> Peer {
        let peer = try Peer(.server, policies: .asConfigured)
        try peer.receive(
            FrameBuilder.headers(1, block: Attacker.post)
                + FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff))
        return peer
    }

    private func section(_ id: UInt32, blockSize: Int) -> [UInt8] {
        FrameBuilder.headers(id, block: [UInt8](repeating: Self.field, count: blockSize))
    }

    @Test("a request costs 1 more for each KiB of its field block")
    func requestBlock() throws {
        for (size, weight) in [(1_023, 1), (1_024, 1 + 1), (16_384, 1 + 16)] {
            let peer = try Peer(.server)
            let request = FrameBuilder.headers(1, block: Self.request(blockSize: size))
            let reset = FrameBuilder.rstStream(1, code: 8)
            #expect(try used(\.peerResets, peer, request + reset) == weight, "\(size) bytes")
        }
    }

    @Test("trailers add the cost of their field block")
    func trailerBlock() throws {
        let peer = try Peer(.server)
        try peer.receive(FrameBuilder.headers(1, block: Attacker.post))
        let updates = [UInt8](repeating: 0x20, count: 4_000) + HPACKEncoder.block(["a": "b"])
        let trailers = FrameBuilder.headers(1, block: updates, endStream: true)
        let reset = FrameBuilder.rstStream(1, code: 8)
        #expect(try used(\.peerResets, peer, trailers + reset) == 1 + 1 + 3)
    }

    @Test("a malformed request costs 1 more for each KiB of its field block")
    func malformedBlock() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        let block = Self.request(blockSize: 4_096) + HPACKEncoder.block(["A": "a"])
        #expect(try used(\.provokedResets, peer, FrameBuilder.headers(1, block: block)) == 1 + 4)
    }

    @Test("a promise that its server resets costs 1 more for each KiB of its field block")
    func promiseBlock() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        let promise = FrameBuilder.pushPromise(
            1, promised: 2, block: Self.request(blockSize: 4_096))
        let reset = FrameBuilder.rstStream(2, code: 8)
        #expect(try used(\.peerResets, peer, promise + reset) == 1 + 4)
    }

    @Test("a 1xx response costs 1 more for each 32 bytes; completing the request restores that")
    func informationalBlock() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        for _ in 0..<100 { try peer.receive(FrameBuilder.ping()) }
        let block =
            [UInt8](repeating: 0x20, count: 1_024) + HPACKEncoder.block([":status": "103"])
        let hints = FrameBuilder.headers(1, block: block)
        #expect(try used(\.controlFrames, peer, hints) == 1 + 32)
        let response = FrameBuilder.headers(1, block: [0x88], endStream: true)
        // 8 for the request, and what the 1xx response cost, rounded down to a multiple of 8.
        #expect(try used(\.controlFrames, peer, response) == -(8 + 32))
    }

    @Test("unknown frames, GOAWAY and ALTSVC cost 1 more for each KiB")
    func opaque() throws {
        for (length, weight) in [(20, 1), (1_023, 1), (1_024, 1 + 1), (16_384, 1 + 16)] {
            let peer = try Peer(.server)
            let payload = [UInt8](repeating: 0, count: length)
            for type: UInt8 in [0xbe, 0x7, 0xa] {
                let frame = FrameBuilder.raw(type: type, payload: payload)
                let cost = try used(\.controlFrames, peer, frame)
                #expect(cost == weight, "type \(type), \(length) bytes")
            }
        }
    }

    @Test("a long excused field block uses up excused sections, then 1 unit per 512 bytes")
    func excusedBlock() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.resetStream(1)
        // 32 sections are excused: this is one, and its field block counts as 31.
        #expect(
            try used(\.provokedResets, peer, section(1, blockSize: 31 * 128 + 10 * 512)) == 10)
        // No excused section is left.
        #expect(try used(\.provokedResets, peer, section(1, blockSize: 39)) == 1)
    }

    @Test("an excused field block costs nothing while enough excused sections are left")
    func shortExcusedBlocks() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.resetStream(1)
        for size in [127, 128, 31 * 128 - 4 * 128] {
            #expect(try used(\.provokedResets, peer, section(1, blockSize: size)) == 0)
        }
    }

    @Test("trailers after a reset by H2 are excused, but long ones cost 1 per 512 bytes")
    func excusedTrailers() throws {
        let peer = try resetByServer()
        #expect(try used(\.provokedResets, peer, section(1, blockSize: 4_096)) == 8)
    }

    @Test("a request beyond an unacknowledged limit is excused, but its long field block is not")
    func excusedRefusal() throws {
        let peer = try Peer(.server, policies: .asConfigured)
        try peer.receive(FrameBuilder.headers(1, block: Attacker.post))
        try peer.connection.updateSettings([.maxConcurrentStreams: 1])
        // The trailers of the refused stream are excused, too: 128 bytes of this block use that up.
        #expect(try used(\.provokedResets, peer, section(3, blockSize: 128 + 4_096)) == 8)
    }

    @Test("small and empty DATA costs as much on a stream that H2 reset as on any other")
    func excusedData() throws {
        let peer = try resetByServer()
        // The request restored one empty frame.
        try peer.receive(FrameBuilder.data(1))
        let before = peer.connection.usage.provokedResets
        #expect(try used(\.emptyData, peer, FrameBuilder.data(1)) == 1)
        #expect(try used(\.emptyData, peer, FrameBuilder.data(1, padLength: 255)) == 3)
        #expect(try used(\.smallData, peer, FrameBuilder.data(1, [1])) == 1)
        #expect(
            try used(
                \.smallData, peer, FrameBuilder.data(1, [UInt8](repeating: 1, count: 64))) == 0)
        #expect(peer.connection.usage.provokedResets == before)
    }

    @Test("140 promises with lists of 120 KB use less than 300,000 bytes of memory")
    func promiseMemory() throws {
        let peer = try Peer(.client)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        var first = HPACKEncoder()
        first.raw(Attacker.get)
        first.literal("a", String(repeating: "v", count: 4_000), .incremental)
        for index in UInt32(0)..<140 {
            let fields = [UInt8](repeating: 0xbe, count: 30)
            let block = (index == 0 ? first.bytes : Attacker.get) + fields
            try peer.receive(FrameBuilder.pushPromise(1, promised: index * 2 + 2, block: block))
        }
        #expect(peer.connection.memory.inUse < 300_000, "\(peer.connection.memory)")
    }
}
