// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A header section or a stream beyond a limit ends its stream, and the connection continues.
@Suite struct ExcessTests {
    private static func section(fields: Int, length: Int) -> [UInt8] {
        H2Headers.sampleRequest.block
            + HPACKEncoder.block(
                (0..<fields).map { ("x-\($0)", String(repeating: "v", count: length)) })
    }

    private func server(_ change: (inout H2Configuration) -> Void = { _ in }) throws -> Peer {
        var configuration = H2Configuration.server
        configuration.limits.headerListSize = 4_096
        configuration.limits.headerFields = 50
        change(&configuration)
        return try Peer(configuration, policies: .asConfigured)
    }

    private static func reset(_ id: H2StreamID, _ code: H2ErrorCode) -> [H2Event] {
        [.streamReset(.init(streamID: id, errorCode: code, isRemote: false))]
    }

    @Test(
        "a section beyond a limit resets its stream, and its fields stay in the table",
        arguments: [(20, 300), (100, 1)])
    func section(fields: Int, length: Int) throws {
        let peer = try server()
        var encoder = HPACKEncoder()
        encoder.raw(Self.section(fields: fields, length: length))
        encoder.literal("last", "one", .incremental)
        let events = try peer.receive(FrameBuilder.headers(1, block: encoder.bytes))
        #expect(events == Self.reset(1, .enhanceYourCalm))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(1, code: 0xb)])
        #expect(peer.connection.usage.provokedResets.total == 1)
        // The table contains fields that came after the limit was reached.
        var indexed = HPACKEncoder()
        indexed.raw(H2Headers.sampleRequest.block)
        indexed.indexed(62)
        let next = try peer.receive(FrameBuilder.headers(3, block: indexed.bytes))
        #expect(next.first?.headers == .sampleRequest + ["last": "one"])
    }

    @Test(
        "beyond four times the limit, a section ends the connection",
        arguments: [(60, 300), (250, 1)])
    func farTooLarge(fields: Int, length: Int) throws {
        let peer = try server()
        let result = peer.receiveResult(
            FrameBuilder.split(
                1, block: Self.section(fields: fields, length: length), every: 16_384))
        #expect(result.error?.kind == .denialOfService)
        #expect(result.error?.limit == (length == 1 ? .headerFields : .headerListSize))
    }

    @Test("with .connectionError, a section beyond a limit ends the connection")
    func sectionAsInH2() throws {
        let peer = try server { $0.excess = .connectionError }
        let result = peer.receiveResult(
            FrameBuilder.headers(1, block: Self.section(fields: 20, length: 300)))
        #expect(result.error?.limit == .headerListSize)
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 0, code: 0xb)])
    }

    @Test("trailers, responses and promises beyond the limit end their streams")
    func otherSections() throws {
        let server = try server()
        try server.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        let fields = HPACKEncoder.block(
            (0..<20).map { ("x-\($0)", String(repeating: "v", count: 300)) })
        #expect(
            try server.receive(FrameBuilder.headers(1, block: fields, endStream: true))
                == Self.reset(1, .enhanceYourCalm))

        var configuration = H2Configuration.client
        configuration.limits.headerListSize = 4_096
        let client = try Peer(configuration, policies: .asConfigured)
        try client.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        client.sent()
        let promise = FrameBuilder.pushPromise(
            1, promised: 2, block: H2Headers.sampleRequest.block + fields)
        #expect(try client.receive(promise) == [])
        #expect(client.sent().map(\.bytes) == [FrameBuilder.rstStream(2, code: 0xb)])
        let response = FrameBuilder.headers(1, block: H2Headers.sampleResponse.block + fields)
        #expect(try client.receive(response) == Self.reset(1, .enhanceYourCalm))
    }

    @Test("a stream beyond an acknowledged MAX_CONCURRENT_STREAMS is refused, RFC 9113 §5.1.2")
    func streams() throws {
        let peer = try server { $0.initialSettings = [.maxConcurrentStreams: 1] }
        let block = H2Headers.sampleRequest.block
        try peer.receive(FrameBuilder.headers(1, block: block))
        for id in [3, 5] as [UInt32] {
            #expect(try peer.receive(FrameBuilder.headers(id, block: block, endStream: true)) == [])
            #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(id, code: 7)])
        }
        // Several frames are refused as well.
        #expect(try peer.receive(FrameBuilder.split(7, block: block, every: 10)) == [])
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(7, code: 7)])
        // Each field block is 40 to 79 bytes long, so each costs 2.
        #expect(peer.connection.usage.provokedResets.used == 6)
        #expect(peer.connection.openInboundStreams == 1)
        try peer.receive(FrameBuilder.rstStream(1))
        #expect(try peer.receive(FrameBuilder.headers(9, block: block)).count == 1)
    }

    @Test("surplus streams use up provokedResets")
    func repeated() throws {
        let peer = try server {
            $0.initialSettings = [.maxConcurrentStreams: 0]
            $0.limits.provokedResets = .init(10, perSecond: 0)
        }
        let block = Attacker.get
        for index in 0..<10 as Range<UInt32> {
            try peer.receive(FrameBuilder.headers(2 * index + 1, block: block))
        }
        let result = peer.receiveResult(FrameBuilder.headers(21, block: block))
        #expect(result.error?.limit == .provokedResets)
    }

    @Test("with .connectionError, a surplus stream ends the connection")
    func streamsAsInH2() throws {
        let peer = try server {
            $0.initialSettings = [.maxConcurrentStreams: 0]
            $0.excess = .connectionError
        }
        let result = peer.receiveResult(
            FrameBuilder.headers(1, block: H2Headers.sampleRequest.block))
        #expect(result.error?.kind == .tooManyStreams)
    }

    @Test("a pushed response beyond MAX_CONCURRENT_STREAMS is refused")
    func pushedResponse() throws {
        var configuration = H2Configuration.client
        configuration.initialSettings = [.maxConcurrentStreams: 0]
        let peer = try Peer(configuration, policies: .asConfigured)
        try peer.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        peer.sent()
        try peer.receive(
            FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block))
        // The promise was reported, so its end must be reported as well.
        let response = FrameBuilder.headers(2, block: H2Headers.sampleResponse.block)
        #expect(try peer.receive(response) == Self.reset(2, .refusedStream))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.rstStream(2, code: 7)])
    }

    @Test("a field that nghttp2 does not decode ends the connection, and the message explains it")
    func longField() throws {
        for size in [16_384, 5_000, 7] {
            let peer = try server {
                $0.limits = .unlimited; $0.initialSettings = [.maxFrameSize: 1 << 20]
            }
            let block =
                H2Headers.sampleRequest.block
                + HPACKEncoder.block([("x", String(repeating: "v", count: 70_000))])
            let frames =
                size == 7
                ? FrameBuilder.headers(1, block: block, padLength: 9)
                : FrameBuilder.split(1, block: block, every: size)
            let result = peer.receiveResult(frames)
            #expect(result.error?.errorCode == .compressionError)
            #expect(result.error?.expected == 65_536 && result.error?.actual == 70_000)
            #expect(result.error?.description.contains("longer than nghttp2 can decode") == true)
        }
        // An invalid field block keeps its message.
        let peer = try server()
        let result = peer.receiveResult(FrameBuilder.headers(1, block: [0xff, 0xff, 0x01]))
        #expect(result.error?.errorCode == .compressionError && result.error?.actual == nil)
    }
}
