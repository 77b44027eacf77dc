// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import HTTPTypes
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Attacks on a server that handles each request in a task. `HandlerAttackTests` attacks only the
/// handler.
@Suite("Attacks on the tasks of a server")
struct ServerAttackTests {
    /// Runs a server, sends it bytes, and waits until the connection has ended and all tasks have
    /// returned. Returns the frames that the server sent.
    private func attack(
        _ bytes: [UInt8], configuration: H2Configuration = .server, closing: Bool = false,
        handler: @escaping Handler
    ) async throws -> [WireFrame] {
        let token = LeakToken()
        let received = ReceivedBytes()
        try await withTimeout {
            let (attacker, server) = try await connectedChannels(
                client: { channel in
                    try channel.pipeline.syncOperations.addHandler(received.handler)
                    return channel
                },
                server: { try $0.pipeline.syncOperations.addH2Server(configuration) })
            let serving = Task { [box = token.box] in
                try await server.serve { request, body, writer in
                    _ = box
                    try await handler(request, body, writer)
                }
            }
            // This fails if the server closes the connection before it has read all bytes.
            try? await attacker.writeAndFlush(ByteBuffer(bytes: bytes))
            if closing { try? await attacker.close() }
            _ = await serving.result
            let left = try await server.usage()
            #expect(left.streams == 0)
            #expect(left.tasks == 0)
            try? await attacker.close()
        }
        #expect(token.isFreed)
        return WireReader.frames(in: received.bytes)
    }

    private static let start = FrameBuilder.preface() + FrameBuilder.settings()

    private static func request(_ number: Int, endStream: Bool = true) -> [UInt8] {
        FrameBuilder.headers(
            UInt32(2 * number + 1),
            [":method": "GET", ":scheme": "http", ":authority": "a", ":path": "/"],
            endStream: endStream)
    }

    private func goAwayCode(_ frames: [WireFrame]) -> UInt32? {
        frames.last { $0.type == .goAway }.map { frame in
            frame.payload[4..<8].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    @Test func `rapid reset ends the connection, and cancels the tasks`() async throws {
        let started = Counter()
        let bytes = (0..<20_000).reduce(into: Self.start) { bytes, number in
            bytes += Self.request(number) + FrameBuilder.rstStream(UInt32(2 * number + 1), code: 8)
        }
        let frames = try await attack(bytes) { _, _, _ in
            started.add(1)
            try await Task.sleep(for: .seconds(60))
        }
        #expect(goAwayCode(frames) == H2ErrorCode.enhanceYourCalm.rawValue)
        #expect(started.count < 20_000)
    }

    @Test(arguments: Flood.onServers)
    func `a flood ends the connection, and cancels the tasks`(_ flood: Flood) async throws {
        var bytes = Self.start + flood.opening
        for step in 0..<UInt32(5_000) where bytes.count < 1 << 20 { bytes += flood.step(step) }
        let frames = try await attack(bytes, configuration: Flood.serverConfiguration) {
            _, body, _ in
            for try await _ in body {}
            try await Task.sleep(for: .seconds(60))
        }
        #expect(goAwayCode(frames) == flood.code)
    }

    @Test func `a client that opens no window and vanishes leaves no tasks`() async throws {
        let bytes =
            FrameBuilder.preface() + FrameBuilder.settings([(4, 0)])
            + (0..<50).flatMap { Self.request($0) }
        let frames = try await attack(bytes, closing: true) { _, _, writer in
            try await writer.head(HTTPResponse(status: .ok))
            while true { try await writer.write(ByteBuffer(repeating: 1, count: 10_000)) }
        }
        #expect(!frames.contains { $0.type == .data })
    }

    @Test func `an upload that the handler does not read gets no larger window`() async throws {
        let bytes =
            Self.start + Self.request(0, endStream: false)
            + (0..<8).flatMap { _ in
                FrameBuilder.data(1, [UInt8](repeating: 1, count: 10_000))
            }
        let frames = try await attack(bytes) { _, _, _ in
            try await Task.sleep(for: .seconds(60))
        }
        #expect(goAwayCode(frames) == H2ErrorCode.flowControlError.rawValue)
        #expect(!frames.contains { $0.type == .windowUpdate && $0.streamID == 1 })
    }

    @Test func `responses that the client does not read use bounded memory`() async throws {
        let written = Counter()
        // Large windows: only the socket limits the server.
        let bytes =
            FrameBuilder.preface() + FrameBuilder.settings([(4, 0x7FFF_FFFF)])
            + FrameBuilder.windowUpdate(0, increment: 0x7FFF_0000)
            + (0..<20).flatMap { Self.request($0) }
        let chunk = ByteBuffer(repeating: 1, count: 65_536)
        let done = Signal<Void>()
        try await withTimeout {
            let (attacker, server) = try await connectedChannels(
                client: { channel in
                    try channel.syncOptions?.setOption(.autoRead, value: false)
                    return channel
                },
                server: { try $0.pipeline.syncOperations.addH2Server() })
            let serving = Task {
                try await server.serve { _, _, writer in
                    defer { done.send() }
                    try await writer.head(HTTPResponse(status: .ok))
                    for _ in 0..<1_000 {
                        try await writer.write(chunk)
                        written.add(chunk.readableBytes)
                    }
                }
            }
            try await attacker.writeAndFlush(ByteBuffer(bytes: bytes))
            // Gives the tasks time to fill their queues.
            for _ in 0..<2_000 { await Task.yield() }
            try await attacker.close()
            for _ in 0..<20 { await done.next() }
            _ = await serving.result
        }
        // The queue and a chunk of each of the 20 streams, with a margin, and the socket buffers.
        let limit: Int = 20 * 4 * 65_536 + 8_388_608
        #expect(written.count < limit)
    }

    @Test func `a client that vanishes during its requests leaves no tasks`() async throws {
        let bytes = (0..<50).reduce(into: Self.start) { bytes, number in
            bytes += Self.request(number, endStream: number % 2 == 0)
            if number % 2 == 1 { bytes += FrameBuilder.data(UInt32(2 * number + 1), [1, 2, 3]) }
        }
        _ = try await attack(bytes, closing: true) { _, body, writer in
            try await writer.head(HTTPResponse(status: .ok))
            for try await chunk in body { try await writer.write(chunk) }
            try await Task.sleep(for: .seconds(60))
        }
    }

    @Test func `a connection error cancels the tasks after the events before it`() async throws {
        let requests = Counter()
        let bytes =
            (0..<10).reduce(into: Self.start) { $0 += Self.request($1) }
            + FrameBuilder.raw(type: 0x6, stream: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])
        let frames = try await attack(bytes) { _, _, _ in
            requests.add(1)
            try await Task.sleep(for: .seconds(60))
        }
        #expect(goAwayCode(frames) == H2ErrorCode.protocolError.rawValue)
        // There are none if the connection ended before the program served it.
        #expect(requests.count <= 10)
    }
}
#endif
