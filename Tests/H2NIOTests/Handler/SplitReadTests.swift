// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import Testing

/// The events do not depend on how the bytes are split into reads.
@Suite struct SplitReadTests {
    private static let roles: [H2Configuration.Role] = [.client, .server]

    /// The observable results after all bytes have arrived.
    private struct Outcome: Hashable {
        var received: [RecordingDelegate.Call]
        var error: H2Error?
        var sent: [WireFrame]
        var isOpen: Bool
    }

    /// Receives pieces, each in its own read burst or all in one, and returns the outcome.
    private func outcome(
        _ role: H2Configuration.Role, _ pieces: [[UInt8]], inOneBurst: Bool = false
    ) throws -> Outcome {
        let peer = try HandlerChannel(H2Configuration(role), handshake: false)
        if role == .client {
            for id in [1, 3, 5, 7] as [H2StreamID] {
                try peer.handler.sendHeaders(.samplePost, on: id)
            }
            peer.runLoop()
        }
        peer.sent()
        if inOneBurst {
            peer.receive(pieces: pieces)
        } else {
            for piece in pieces { try peer.receive(piece) }
        }
        peer.runLoop()
        return Outcome(
            received: peer.delegate.received, error: peer.delegate.error, sent: peer.sent(),
            isOpen: peer.isOpen)
    }

    private func longBytes(_ role: H2Configuration.Role) throws -> [UInt8] {
        try LongConversation.start(role).1
    }

    /// Frames with and without padding, some below and some above the size at which the handler
    /// joins.
    private var frames: [UInt8] {
        FrameBuilder.preface() + FrameBuilder.settings()
            + FrameBuilder.post(1)
            + FrameBuilder.data(1, pattern(2_046))
            + FrameBuilder.ping(1)
            + FrameBuilder.data(1, pattern(2_047), padLength: 3)
            + FrameBuilder.data(1, pattern(2_048))
            + FrameBuilder.split(3, block: FrameBuilder.getBlock, every: 2, endStream: true)
            + FrameBuilder.raw(type: 0xbe, stream: 1, payload: pattern(2_100))
            + FrameBuilder.data(1, pattern(16_384))
            + FrameBuilder.data(1, pattern(16_383), padLength: 0)
            + FrameBuilder.data(1, [], endStream: true)
            + FrameBuilder.ping(2)
    }

    @Test("a conversation split at any position has the same events", arguments: roles)
    func eachPosition(_ role: H2Configuration.Role) throws {
        let bytes = try longBytes(role)
        let whole = try outcome(role, [bytes])
        #expect(whole.received.count > 20)
        for position in 0...bytes.count {
            let split = try outcome(
                role, [Array(bytes[..<position]), Array(bytes[position...])],
                inOneBurst: position.isMultiple(of: 2))
            #expect(split.received == whole.received, "\(position)")
            #expect(split.error == whole.error, "\(position)")
        }
    }

    @Test("long frames split around each of their ends have the same events")
    func longFrames() throws {
        let bytes = frames
        let whole = try outcome(.server, [bytes])
        #expect(whole.error == nil)
        #expect(whole.received.count == 14)
        var ends = [24]
        while let end = ends.last, end < bytes.count {
            let length = bytes[end..<end + 3].reduce(0) { $0 << 8 | Int($1) }
            ends.append(end + 9 + length)
        }
        // Also around the padding and the first bytes of payloads.
        let positions = Set(
            ends.flatMap { end in (-12...12).map { end + $0 } } + [0, 1, 12, 23])
        for position in positions.sorted() where 0...bytes.count ~= position {
            let pieces = [Array(bytes[..<position]), Array(bytes[position...])]
            let split = try outcome(.server, pieces)
            #expect(split == whole, "\(position)")
            let joined = try outcome(.server, pieces, inOneBurst: true)
            #expect(joined == whole, "\(position) in one burst")
        }
    }

    @Test(
        "reads of any size have the same events",
        arguments: [
            Cut.every(1), .every(2), .every(3), .every(8), .every(9), .every(10), .every(1_460),
            .every(2_047), .every(4_096), .every(16_384), .random(seed: 1), .random(seed: 2),
            .random(seed: 3), .random(seed: 4),
        ])
    func cut(_ cut: Cut) throws {
        let bytes = frames
        let whole = try outcome(.server, [bytes])
        let pieces = cut.pieces(of: bytes)
        let result = try outcome(.server, pieces)
        #expect(result == whole)
        let inOneBurst = try outcome(.server, pieces, inOneBurst: true)
        #expect(inOneBurst == whole)
        for role in Self.roles {
            let bytes = try longBytes(role)
            let whole = try outcome(role, [bytes], inOneBurst: true)
            let result = try outcome(role, cut.pieces(of: bytes), inOneBurst: true)
            #expect(result == whole)
        }
    }

    /// Bytes that end a connection.
    private static let errors: [[UInt8]] = [
        FrameBuilder.raw(type: 0x0, stream: 1, length: 16_385),
        FrameBuilder.raw(type: 0x0, stream: 1, length: 0xff_ffff),
        FrameBuilder.raw(type: 0x1, stream: 3, length: 16_385),
        FrameBuilder.data(0, pattern(3_000)),
        FrameBuilder.data(9, pattern(3_000)),
        FrameBuilder.raw(type: 0x0, flags: 0x8, stream: 1, payload: [21] + pattern(20)),
        FrameBuilder.headers(3, block: FrameBuilder.getBlock, endHeaders: false)
            + FrameBuilder.data(1, pattern(3_000)),
        FrameBuilder.windowUpdate(0, increment: 0),
        FrameBuilder.ping(1) + FrameBuilder.continuation(1, block: [1]),
    ]

    @Test("errors do not depend on how bytes are split", arguments: errors.indices)
    func splitErrors(_ index: Int) throws {
        let bytes =
            FrameBuilder.preface() + FrameBuilder.settings() + FrameBuilder.post(1)
            + FrameBuilder.data(1, pattern(2_500)) + Self.errors[index]
        let after = FrameBuilder.ping(9) + FrameBuilder.get(5)
        let whole = try outcome(.server, [bytes + after])
        #expect(whole.error != nil)
        #expect(whole.sent.last?.type == .goAway)
        #expect(!whole.isOpen)
        for cut in [Cut.every(1), .every(9), .every(1_000), .random(seed: 5)] {
            let split = try outcome(.server, cut.pieces(of: bytes) + [after], inOneBurst: true)
            #expect(split == whole, "\(cut)")
        }
    }

    @Test("a wrong byte of the client preface ends the connection without GOAWAY")
    func wrongPreface() throws {
        for position in 0..<24 {
            var bytes = FrameBuilder.preface() + FrameBuilder.settings()
            bytes[position] ^= 1
            for cut in [Cut.whole, .every(1), .every(5)] {
                let peer = try HandlerChannel(.server, handshake: false)
                peer.sent()
                peer.receive(pieces: cut.pieces(of: bytes))
                #expect(!peer.isOpen)
                #expect(peer.delegate.error?.kind == .protocolViolation)
                #expect(peer.sent() == [])
            }
        }
    }

    @Test(
        "a frame of the announced maximum size is joined, and a longer one is an error")
    func largeFrames() throws {
        var configuration = H2Configuration(.server)
        configuration.initialSettings = [.maxFrameSize: 1 << 20, .initialWindowSize: 4 << 20]
        configuration.connectionWindowSize = 4 << 20
        let peer = try HandlerChannel(configuration)
        try peer.receive(FrameBuilder.post(1))
        let payload = pattern(1 << 20)
        for piece in Cut.every(60_000).pieces(of: FrameBuilder.data(1, payload)) {
            try peer.receive(piece)
            #expect(peer.handler.withConnection { $0.memory.input } < 65_536)
        }
        #expect(peer.delegate.payloads.map(\.readableBytes) == [payload.count])
        #expect(Array(peer.delegate.payloads[0].readableBytesView) == payload)
        #expect(peer.delegate.payloads[0].storageCapacity <= 2 << 20)
        try peer.receive(FrameBuilder.raw(type: 0, stream: 1, length: 1 << 20 + 1))
        #expect(peer.delegate.error?.kind == .frameTooLarge)
    }

    @Test("a header that announces a long frame reserves at most 64 KiB")
    func announcedOnly() throws {
        var configuration = H2Configuration(.server)
        configuration.initialSettings = [.maxFrameSize: 16_777_215]
        let peer = try HandlerChannel(configuration)
        try peer.receive(FrameBuilder.post(1))
        let read = ByteBuffer(
            bytes: FrameBuilder.raw(type: 0, stream: 1, length: 16_777_215) + [1, 2, 3])
        let meter = MemoryMeter()
        try meter.measure { try peer.receive(read) }
        #expect(meter.held < 70_000)
        #expect(peer.isOpen)
    }
}
#endif
