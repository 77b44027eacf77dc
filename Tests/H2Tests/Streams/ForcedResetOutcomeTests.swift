// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The outcomes of streams that H2 resets because of the peer, and streams without an outcome:
/// those that H2 refuses before they are opened or reserved.
@Suite struct ForcedResetOutcomeTests {
    /// A frame because of which H2 resets a stream.
    struct Offence: CustomTestStringConvertible, Sendable {
        var name: String
        var role: H2Configuration.Role
        var stream: H2StreamID = 1
        var code: H2ErrorCode = .protocolError
        /// What the connection sends and receives before.
        var start: @Sendable (Peer) throws -> Void = { try $0.open(1) }
        var frames: [UInt8]
        /// The events of the frames before the reset.
        var eventCount = 0
        var testDescription: String { name }
    }

    private static let response = H2Headers.sampleResponse.block
    private static let request = H2Headers.sampleRequest.block
    private static let manyFields = HPACKEncoder.block(
        (0..<12).map { ("x-\($0)", "") } as [(String, String)])

    private static func respond(_ fields: H2Headers, endStream: Bool = false)
        -> @Sendable (Peer) throws -> Void
    {
        { peer in
            try peer.open(1)
            try peer.receive(FrameBuilder.headers(1, block: fields.block, endStream: endStream))
        }
    }

    private static let openTunnel: @Sendable (Peer) throws -> Void = { peer in
        try peer.open(1, headers: [":method": "CONNECT", ":authority": "a:443"])
        if peer.connection.configuration.role == .client {
            try peer.receive(FrameBuilder.headers(1, [":status": "200"]))
        } else {
            try peer.connection.sendHeaders([":status": "200"], on: 1)
            peer.sent()
        }
    }

    static let offences: [Offence] = [
        // Malformed messages, RFC 9113 §8.1.1.
        Offence(
            name: "a malformed request", role: .server, start: { _ in },
            frames: FrameBuilder.headers(1, ["x": "1"])),
        Offence(
            name: "a malformed request in several frames", role: .server, start: { _ in },
            frames: FrameBuilder.split(1, block: request + [0x88], every: 5, endStream: true)),
        Offence(
            name: "trailers without END_STREAM", role: .server,
            frames: FrameBuilder.headers(1, ["x": "1"])),
        Offence(
            name: "trailers with a pseudo-header field", role: .server,
            frames: FrameBuilder.headers(1, [":path": "/"], endStream: true)),
        Offence(
            name: "a response without :status", role: .client,
            frames: FrameBuilder.headers(1, ["x": "1"], endStream: true)),
        Offence(
            name: "END_STREAM on a 1xx response", role: .client,
            frames: FrameBuilder.headers(1, [":status": "100"], endStream: true)),
        Offence(
            name: "a 1xx response after the final one", role: .client,
            start: respond(.sampleResponse), frames: FrameBuilder.headers(1, [":status": "103"])),
        Offence(
            name: "DATA before the response", role: .client, frames: FrameBuilder.data(1, [1])),
        Offence(
            name: "DATA after a 1xx response", role: .client,
            frames: FrameBuilder.headers(1, [":status": "100"])
                + FrameBuilder.data(1, [1], padLength: 3), eventCount: 1),
        Offence(
            name: "DATA beyond content-length", role: .client,
            start: respond([":status": "200", "content-length": "2"]),
            frames: FrameBuilder.data(1, [1, 2, 3])),
        Offence(
            name: "END_STREAM before content-length", role: .client,
            start: respond([":status": "200", "content-length": "2"]),
            frames: FrameBuilder.data(1, [1], endStream: true)),
        Offence(
            name: "trailers before content-length", role: .client,
            start: respond([":status": "200", "content-length": "2"]),
            frames: FrameBuilder.headers(1, ["x": "1"], endStream: true)),
        Offence(
            name: "a malformed response on a promised stream", role: .client, stream: 2,
            start: {
                try $0.open(1); try $0.reserve()
            },
            frames: FrameBuilder.headers(2, ["x": "1"])),
        // Frames after END_STREAM, RFC 9113 §5.1.
        Offence(
            name: "DATA after the end of a request", role: .server, code: .streamClosed,
            start: { try $0.open(1, endStream: true) }, frames: FrameBuilder.data(1, [1])),
        Offence(
            name: "HEADERS after the end of a request", role: .server, code: .streamClosed,
            start: { try $0.open(1, endStream: true) },
            frames: FrameBuilder.split(1, block: request, every: 9)),
        Offence(
            name: "DATA after the end of a response", role: .client, code: .streamClosed,
            start: respond(.sampleResponse, endStream: true),
            frames: FrameBuilder.data(1, endStream: true)),
        Offence(
            name: "HEADERS after the end of a response", role: .client, code: .streamClosed,
            start: respond(.sampleResponse, endStream: true),
            frames: FrameBuilder.headers(1, ["x": "1"], endStream: true)),
        // Limits.
        Offence(
            name: "a request with too many fields", role: .server, code: .enhanceYourCalm,
            start: { _ in }, frames: FrameBuilder.headers(1, block: request + manyFields)),
        Offence(
            name: "trailers with too many fields", role: .server, code: .enhanceYourCalm,
            frames: FrameBuilder.headers(1, block: manyFields, endStream: true)),
        Offence(
            name: "a response with too many fields", role: .client, code: .enhanceYourCalm,
            frames: FrameBuilder.split(1, block: response + manyFields, every: 40)),
        Offence(
            name: "a 1xx response with too many fields", role: .client, code: .enhanceYourCalm,
            frames: FrameBuilder.headers(
                1, block: HPACKEncoder.block([":status": "103"]) + manyFields)),
        Offence(
            name: "a surplus response on a promised stream", role: .client, stream: 2,
            code: .refusedStream,
            start: { peer in
                try peer.open(1)
                try peer.reserve()
                try peer.connection.updateSettings([.maxConcurrentStreams: 0])
                peer.sent()
            }, frames: FrameBuilder.split(2, block: response, every: 3, endStream: true)),
        // Flow control, RFC 9113 §6.9.1.
        Offence(
            name: "WINDOW_UPDATE beyond the largest window", role: .client,
            code: .flowControlError,
            frames: FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff)),
        Offence(
            name: "WINDOW_UPDATE beyond the largest window of a half-closed stream",
            role: .client, code: .flowControlError, start: { try $0.open(1, endStream: true) },
            frames: FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff)),
        Offence(
            name: "WINDOW_UPDATE beyond the largest window of a promised stream", role: .server,
            stream: 2, code: .flowControlError,
            start: {
                try $0.open(1); try $0.reserve()
            },
            frames: FrameBuilder.windowUpdate(2, increment: 0x7fff_ffff)),
        // Tunnels, RFC 9113 §8.5.
        Offence(
            name: "HEADERS in the tunnel of a client", role: .client, start: openTunnel,
            frames: FrameBuilder.headers(1, ["x": "1"], endStream: true)),
        Offence(
            name: "HEADERS in the tunnel of a server", role: .server, start: openTunnel,
            frames: FrameBuilder.headers(1, ["x": "1"], endStream: true)),
        Offence(
            name: "PUSH_PROMISE in a tunnel", role: .client, start: openTunnel,
            frames: FrameBuilder.pushPromise(1, promised: 2, block: request)),
    ]

    @Test("a stream that H2 resets has that outcome, once", arguments: offences)
    func offence(offence: Offence) throws {
        let peer = try Peer.reporting(offence.role) { $0.limits.headerFields = 10 }
        try offence.start(peer)
        #expect(!peer.connection.hasEvents)
        let events = try peer.receive(offence.frames)
        #expect(
            events.dropFirst(offence.eventCount) == [
                .reset(offence.stream, offence.code, isRemote: false),
                .closed(offence.stream, .reset(offence.code, isRemote: false)),
            ])
        #expect(peer.sent().contains { $0.type == .rstStream })
        // Late frames and the end of the connection add nothing.
        let id = offence.stream.rawValue
        let late =
            FrameBuilder.data(id, [1]) + FrameBuilder.windowUpdate(id, increment: 1)
            + FrameBuilder.rstStream(id)
        #expect(try peer.receive(late) == [])
        let others = peer.connection.connectionLost().outcomes
        #expect(others == (id == 2 ? [.init(streamID: 1, outcome: .cutOff)] : []))
    }

    @Test("with .connectionError, the stream is cut off with the connection", arguments: offences)
    func connectionError(offence: Offence) throws {
        let peer = try Peer.reporting(offence.role) {
            $0.limits.headerFields = 10
            $0 = $0.likeH2
        }
        try offence.start(peer)
        let result = peer.receiveResult(offence.frames)
        let outcomes = result.events.outcomes
        // Some offences are stream errors with both policies.
        guard let error = result.error else {
            let reset = H2StreamOutcome.reset(offence.code, isRemote: false)
            #expect(outcomes == [.init(streamID: offence.stream, outcome: reset)])
            return
        }
        #expect(error.precedingEvents == [])
        // A request is opened before it is checked as a message, but after its size is.
        let isOpen = offence.name != "a request with too many fields"
        let ids: [H2StreamID] = offence.stream == 2 ? [1, 2] : isOpen ? [1] : []
        #expect(outcomes == ids.map { .init(streamID: $0, outcome: .cutOff) })
        #expect(peer.connection.connectionLost() == [])
    }

    // MARK: Streams that are neither opened nor reserved

    @Test("a surplus request has no outcome")
    func surplusRequest() throws {
        let peer = try Peer.reporting(.server) { $0.initialSettings[.maxConcurrentStreams] = 1 }
        try peer.open(1)
        let frames =
            FrameBuilder.headers(3, block: Self.request, endStream: true)
            + FrameBuilder.split(5, block: Self.request, every: 6)
        #expect(try peer.receive(frames) == [])
        #expect(peer.sent().map(\.streamID) == [3, 5])
        #expect(peer.connection.connectionLost() == .closed(.cutOff, 1))
    }

    @Test("a promise that is refused has no outcome")
    func refusedPromises() throws {
        let malformed = FrameBuilder.pushPromise(1, promised: 2, block: [0x83])
        let large = FrameBuilder.pushPromise(1, promised: 4, block: Self.request + Self.manyFields)
        let reserved = FrameBuilder.pushPromise(1, promised: 6, block: Self.request)
        let excess = FrameBuilder.pushPromise(1, promised: 8, block: Self.request)
        let onClosed = FrameBuilder.pushPromise(3, promised: 10, block: Self.request)
        let unwanted = FrameBuilder.pushPromise(1, promised: 12, block: Self.request)
        let peer = try Peer.reporting(.client) {
            $0.limits.headerFields = 10
            $0.limits.reservedStreams = 1
        }
        try peer.open(1, 3)
        try peer.connection.resetStream(3, errorCode: .cancel)
        _ = peer.connection.takeEvents()
        #expect(try peer.receive(malformed + large) == [])
        #expect(try peer.receive(reserved).map(\.streamID) == [6])
        #expect(try peer.receive(excess + onClosed) == [])
        try peer.connection.updateSettings([.enablePush: 0])
        #expect(try peer.receive(unwanted) == [])
        #expect(peer.connection.connectionLost() == .closed(.cutOff, 1, 6))
    }

    @Test("a promise whose parent was reset while its block arrived has no outcome")
    func promiseWithoutParent() throws {
        let peer = try Peer.reporting(.client)
        try peer.open(1)
        try peer.receive(
            FrameBuilder.pushPromise(1, promised: 2, block: Self.request, endHeaders: false))
        try peer.connection.resetStream(1, errorCode: .cancel)
        #expect(
            try peer.receive(FrameBuilder.continuation(1, block: []))
                == .closed(.reset(.cancel, isRemote: false), 1))
        #expect(peer.connection.connectionLost() == [])
    }
}
