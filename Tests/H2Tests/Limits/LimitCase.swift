// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// One way to use a budget up: what comes first, and then the same again and again.
struct LimitCase: Sendable {
    let name: String
    let limit: FrequencyLimit
    var role = H2Configuration.Role.server
    var resetsMalformed = false
    var resetsExcess = false
    /// Before the first step.
    var prepare: @Sendable (Peer) throws -> Void = { _ in }
    /// The bytes of a step; each step is one unit.
    let step: @Sendable (Int) -> [UInt8]

    /// The smallest allowance that the budget can have here: announced streams and windows raise
    /// it.
    var leastAllowance: Int { limit == .smallData ? 65_535 / 5 : 10 }

    /// A connection for it.
    func peer(_ budget: H2Limits.Budget) throws -> Peer {
        var configuration = H2Configuration.limited(role) { $0[limit] = budget }
        configuration.malformedMessages = resetsMalformed ? .resetStream : .connectionError
        configuration.excess = resetsExcess ? .resetStream : .connectionError
        configuration.initialSettings[.maxConcurrentStreams] = 2
        let peer = try Peer(configuration, policies: .asConfigured)
        try prepare(peer)
        peer.sent()
        return peer
    }

    /// How much of the budget is used.
    func count(_ connection: H2Connection) -> H2LimitUsage.Count {
        connection.usage[limit]
    }
}

extension LimitCase: CustomTestStringConvertible {
    var testDescription: String { "\(limit): \(name)" }
}

extension LimitCase {
    // Short blocks: a longer block costs more than one unit.
    private static let get = Attacker.get
    private static let post = Attacker.post
    private static let response = H2Headers.sampleResponse.block

    /// A stream of the client for each step; stream 1 is for what comes before.
    private static func id(_ index: Int) -> UInt32 { UInt32(index) * 2 + 3 }

    private static func receiveRequest(_ peer: Peer) throws {
        try peer.receive(FrameBuilder.headers(1, block: post))
    }

    /// The header section restores one DATA frame without data.
    private static func receiveRequestAndNothing(_ peer: Peer) throws {
        try receiveRequest(peer)
        try peer.receive(FrameBuilder.data(1))
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
            promise($0) + FrameBuilder.rstStream(UInt32($0) * 2 + 2, code: 8)
        },
    ]

    private static func provoking(
        _ name: String, resetsMalformed: Bool = false, resetsExcess: Bool = false,
        prepare: @escaping @Sendable (Peer) throws -> Void = { _ in },
        _ step: @escaping @Sendable (Int) -> [UInt8]
    ) -> LimitCase {
        LimitCase(
            name: name, limit: .provokedResets,
            resetsMalformed: resetsMalformed, resetsExcess: resetsExcess, prepare: prepare,
            step: step)
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
            "streams beyond MAX_CONCURRENT_STREAMS", resetsExcess: true,
            prepare: {
                try receiveRequest($0)
                try $0.receive(FrameBuilder.headers(3, block: post))
            }
        ) { FrameBuilder.headers(id($0 + 1), block: get, endStream: true) },
        provoking(
            "streams beyond an unacknowledged limit, after 1,000 that are excused",
            prepare: { peer in
                try receiveRequest(peer)
                try peer.connection.updateSettings([.maxConcurrentStreams: 1])
                for index in 0..<1_000 {
                    try peer.receive(FrameBuilder.headers(id(index), block: get, endStream: true))
                }
            }
        ) { FrameBuilder.headers(id($0 + 1_000), block: get, endStream: true) },
        LimitCase(
            name: "promises after push was switched off, after 1,000", limit: .provokedResets,
            role: .client,
            prepare: { peer in
                try sendRequest(peer)
                try peer.connection.updateSettings([.enablePush: 0])
                for index in 0..<1_000 { try peer.receive(promise(index)) }
            },
            step: { promise($0 + 1_000) }),
        LimitCase(
            name: "promises on a stream that was reset, after 32 sections", limit: .provokedResets,
            role: .client,
            prepare: { peer in
                try sendRequest(peer)
                try peer.connection.resetStream(1)
                // Each promise that is refused may still have a response with trailers.
                for index in 0..<32 { try peer.receive(promise(index)) }
                for index in 0..<32 {
                    for _ in 0..<2 {
                        try peer.receive(
                            FrameBuilder.headers(UInt32(index) * 2 + 2, block: response))
                    }
                }
            },
            step: { _ in FrameBuilder.headers(2, block: response) }),
    ]

    private static func promise(_ index: Int) -> [UInt8] {
        FrameBuilder.pushPromise(1, promised: UInt32(index) * 2 + 2, block: get)
    }

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
            "1xx responses, after those that a request restores", .client,
            prepare: { peer in
                try sendRequest(peer)
                for _ in 0..<4 { try peer.receive(FrameBuilder.headers(1, [":status": "103"])) }
            }, sending: FrameBuilder.headers(1, [":status": "103"])),
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
            name: "nothing", limit: .emptyData, prepare: receiveRequestAndNothing,
            step: { _ in FrameBuilder.data(1) }),
        LimitCase(
            name: "padding", limit: .emptyData, prepare: receiveRequestAndNothing,
            step: { _ in FrameBuilder.data(1, padLength: 20) }),
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
