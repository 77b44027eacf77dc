// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// One way to use a budget up: what comes first, and then the same again and again.
struct LimitCase: Sendable {
    let name: String
    let limit: H2Limit
    var role = H2Configuration.Role.server
    var resetsMalformed = false
    /// Before the first step.
    var prepare: @Sendable (Peer) throws -> Void = { _ in }
    /// The bytes of a step; each step is one unit.
    let step: @Sendable (Int) -> [UInt8]

    /// The budget that it is about.
    var budget: WritableKeyPath<H2Limits, H2Limits.Budget> {
        switch limit {
        case .peerResets: \.peerResets
        case .provokedResets: \.provokedResets
        case .controlFrames: \.controlFrames
        case .windowUpdates: \.windowUpdates
        case .emptyData: \.emptyData
        default: \.smallData
        }
    }

    /// A connection for it.
    func peer(_ change: (inout H2Limits) -> Void = { _ in }) throws -> Peer {
        var configuration = H2Configuration.limited(role, change)
        configuration.malformedMessages = resetsMalformed ? .resetStream : .connectionError
        configuration.excess = .connectionError
        let peer = try Peer(configuration, policies: .asConfigured)
        try prepare(peer)
        peer.sent()
        return peer
    }

    /// How much of the budget is used.
    func count(_ connection: H2Connection) -> H2LimitUsage.Count {
        let usage = connection.usage
        return switch limit {
        case .peerResets: usage.peerResets
        case .provokedResets: usage.provokedResets
        case .controlFrames: usage.controlFrames
        case .windowUpdates: usage.windowUpdates
        case .emptyData: usage.emptyData
        default: usage.smallData
        }
    }
}

extension LimitCase: CustomTestStringConvertible {
    var testDescription: String { "\(limit): \(name)" }
}

extension LimitCase {
    private static let get = H2Headers.sampleRequest.block
    private static let post = H2Headers.samplePost.block
    private static let response = H2Headers.sampleResponse.block

    /// A stream of the client for each step; stream 1 is for what comes before.
    private static func id(_ index: Int) -> UInt32 { UInt32(index) * 2 + 3 }

    private static func receiveRequest(_ peer: Peer) throws {
        try peer.receive(FrameBuilder.headers(1, block: post))
    }

    private static func sendRequest(_ peer: Peer) throws {
        try peer.connection.sendHeaders(.samplePost, on: 1)
    }

    private static func resetRequest(_ peer: Peer) throws {
        try receiveRequest(peer)
        try peer.receive(FrameBuilder.rstStream(1, code: 8))
    }

    static let all = resets + provoked + control + updates + data

    private static let resets = [
        LimitCase(name: "requests", limit: .peerResets) {
            FrameBuilder.headers(id($0), block: get, endStream: true)
                + FrameBuilder.rstStream(id($0), code: 8)
        },
        LimitCase(
            name: "promises", limit: .peerResets, role: .client,
            prepare: sendRequest
        ) {
            FrameBuilder.pushPromise(1, promised: UInt32($0) * 2 + 2, block: get)
                + FrameBuilder.rstStream(UInt32($0) * 2 + 2, code: 8)
        },
    ]

    private static func provoking(
        _ name: String, resetsMalformed: Bool = false,
        prepare: @escaping @Sendable (Peer) throws -> Void = { _ in },
        _ step: @escaping @Sendable (Int) -> [UInt8]
    ) -> LimitCase {
        LimitCase(
            name: name, limit: .provokedResets,
            resetsMalformed: resetsMalformed, prepare: prepare, step: step)
    }

    private static let provoked = [
        provoking("a window that overflows") {
            FrameBuilder.headers(id($0), block: post)
                + FrameBuilder.windowUpdate(id($0), increment: 0x7fff_ffff)
        },
        provoking("DATA after END_STREAM") {
            FrameBuilder.headers(id($0), block: post, endStream: true)
                + FrameBuilder.data(id($0), [1])
        },
        provoking("HEADERS after END_STREAM") {
            FrameBuilder.headers(id($0), block: post, endStream: true)
                + FrameBuilder.headers(id($0), block: H2Headers.sampleTrailers.block)
        },
        provoking("a body that is longer than announced", resetsMalformed: true) {
            FrameBuilder.headers(
                id($0), block: (H2Headers.samplePost + ["content-length": "0"]).block)
                + FrameBuilder.data(id($0), [1])
        },
        provoking("no path", resetsMalformed: true) {
            FrameBuilder.headers(
                id($0), [":method": "GET", ":scheme": "https", ":authority": "a"],
                endStream: true)
        },
        provoking("DATA on a stream that the peer reset", prepare: resetRequest) { _ in
            FrameBuilder.data(1, [1])
        },
        provoking("HEADERS on a stream that the peer reset", prepare: resetRequest) { _ in
            FrameBuilder.headers(1, block: post)
        },
        provoking(
            "streams beyond what is not acknowledged",
            prepare: {
                try receiveRequest($0)
                try $0.connection.updateSettings([.maxConcurrentStreams: 1])
            }
        ) { FrameBuilder.headers(id($0), block: get, endStream: true) },
        LimitCase(
            name: "promises after push was switched off", limit: .provokedResets, role: .client,
            prepare: {
                try sendRequest($0)
                try $0.connection.updateSettings([.enablePush: 0])
            },
            step: { FrameBuilder.pushPromise(1, promised: UInt32($0) * 2 + 2, block: get) }),
    ]

    private static func control(
        _ name: String, _ role: H2Configuration.Role = .server,
        prepare: @escaping @Sendable (Peer) throws -> Void = { _ in },
        sending bytes: [UInt8]
    ) -> LimitCase {
        LimitCase(
            name: name, limit: .controlFrames, role: role,
            prepare: prepare, step: { _ in bytes })
    }

    private static let control = [
        control("PING", sending: FrameBuilder.ping(1)),
        control("PING that answers none", sending: FrameBuilder.ping(1, ack: true)),
        control("SETTINGS", sending: FrameBuilder.settings()),
        control("SETTINGS that acknowledge none", sending: FrameBuilder.settingsAck()),
        control("PRIORITY", sending: FrameBuilder.priority(1_001)),
        control("GOAWAY", sending: FrameBuilder.goAway()),
        control("an unknown frame", sending: FrameBuilder.raw(type: 0xbe, payload: [1, 2])),
        control(
            "ALTSVC at a server", sending: FrameBuilder.altSvc(0, origin: "a", field: "h2")),
        control("ALTSVC", .client, sending: FrameBuilder.altSvc(0, origin: "a", field: "h2")),
        control(
            "RST_STREAM again", prepare: resetRequest, sending: FrameBuilder.rstStream(1)),
        control(
            "1xx responses", .client, prepare: sendRequest,
            sending: FrameBuilder.headers(1, [":status": "103"])),
    ]

    private static func update(
        _ name: String, _ stream: UInt32,
        prepare: @escaping @Sendable (Peer) throws -> Void
    ) -> LimitCase {
        LimitCase(
            name: name, limit: .windowUpdates, prepare: prepare,
            step: { _ in FrameBuilder.windowUpdate(stream, increment: 1) })
    }

    private static let updates = [
        update("of the connection", 0, prepare: { _ in }),
        update("of a stream", 1, prepare: receiveRequest),
        update("of a closed stream", 1, prepare: resetRequest),
    ]

    private static let data = [
        LimitCase(
            name: "nothing", limit: .emptyData, prepare: receiveRequest,
            step: { _ in FrameBuilder.data(1) }),
        LimitCase(
            name: "padding", limit: .emptyData, prepare: receiveRequest,
            step: { _ in FrameBuilder.data(1, padLength: 255) }),
        LimitCase(
            name: "a byte", limit: .smallData, prepare: receiveRequest,
            step: { _ in FrameBuilder.data(1, [1]) }),
        LimitCase(
            name: "at a client", limit: .smallData, role: .client,
            prepare: {
                try sendRequest($0)
                try $0.receive(FrameBuilder.headers(1, block: response))
            },
            step: { _ in FrameBuilder.data(1, [1]) }),
    ]
}
