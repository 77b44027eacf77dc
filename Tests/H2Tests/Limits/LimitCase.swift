// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A way to use up a budget: a preparation, and a step to repeat.
struct LimitCase: Sendable {
    let name: String
    let limit: FrequencyLimit
    var role = H2Configuration.Role.server
    var resetsMalformed = false
    var resetsExcess = false
    /// Runs before the first step.
    var prepare: @Sendable (Peer) throws -> Void = { _ in }
    /// Returns the bytes of a step. Each step uses one unit.
    let step: @Sendable (Int) -> [UInt8]

    /// The smallest allowance that the budget can have here: announced streams and windows raise
    /// it.
    var leastAllowance: Int { limit == .smallData ? 65_535 / 5 : 10 }

    /// Returns a peer with the given budget, prepared for the first step.
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

    /// Returns the usage of the budget.
    func count(_ connection: H2Connection) -> H2LimitUsage.Count {
        connection.usage[limit]
    }
}

extension LimitCase: CustomTestStringConvertible {
    var testDescription: String { "\(limit): \(name)" }
}

extension LimitCase {
    // Short field blocks: a longer one costs more than one unit.
    private static let get = Attacker.get
    private static let post = Attacker.post
    private static let response = H2Headers.sampleResponse.block

    /// Returns the client's stream for a step. Stream 1 is for the preparation.
    private static func id(_ index: Int) -> UInt32 { UInt32(index) * 2 + 3 }

    private static func receiveRequest(_ peer: Peer) throws {
        try peer.receive(FrameBuilder.headers(1, block: post))
    }

    /// The header section restores the unit that the empty DATA frame uses.
    private static func receiveRequestAndEmptyData(_ peer: Peer) throws {
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
        provoking("windows that overflow") {
            FrameBuilder.headers(id($0), block: post)
                + FrameBuilder.windowUpdate(id($0), increment: 0x7fff_ffff)
        },
        provoking("DATA after END_STREAM") {
            FrameBuilder.headers(id($0), block: post, endStream: true)
                + FrameBuilder.data(id($0), [1])
        },
        provoking("bodies longer than announced", resetsMalformed: true) {
            FrameBuilder.headers(
                id($0), block: (H2Headers.samplePost + ["content-length": "0"]).block)
                + FrameBuilder.data(id($0), [1])
        },
        provoking("requests without :path", resetsMalformed: true) {
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
            name: "promises after push was disabled, after 1,000 that are excused",
            limit: .provokedResets,
            role: .client,
            prepare: { peer in
                try sendRequest(peer)
                try peer.connection.updateSettings([.enablePush: 0])
                for index in 0..<1_000 { try peer.receive(promise(index)) }
            },
            step: { promise($0 + 1_000) }),
        LimitCase(
            name: "responses on a promise that was refused, after 32 with trailers",
            limit: .provokedResets,
            role: .client,
            prepare: { peer in
                try sendRequest(peer)
                try peer.connection.resetStream(1)
                // Each refused promise excuses a response and its trailers.
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
        control("unsolicited PING acknowledgements", sending: FrameBuilder.ping(1, ack: true)),
        control("unsolicited SETTINGS acknowledgements", sending: FrameBuilder.settingsAck()),
        control("PRIORITY", sending: FrameBuilder.priority(1_001)),
        control("GOAWAY", sending: FrameBuilder.goAway()),
        control("unknown frames", sending: FrameBuilder.raw(type: 0xbe, payload: [1, 2])),
        control(
            "ALTSVC at a server", sending: FrameBuilder.altSvc(0, origin: "a", field: "h2")),
        control("ALTSVC", .client, sending: FrameBuilder.altSvc(0, origin: "a", field: "h2")),
        control(
            "repeated RST_STREAM", prepare: resetRequest, sending: FrameBuilder.rstStream(1)),
        control(
            "1xx responses, after those that the request restores", .client,
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
        update("on the connection", 0, prepare: { _ in }),
        update("on a stream", 1, prepare: receiveRequest),
        update("on a closed stream", 1, prepare: resetRequest),
    ]

    private static let data = [
        LimitCase(
            name: "no bytes", limit: .emptyData, prepare: receiveRequestAndEmptyData,
            step: { _ in FrameBuilder.data(1) }),
        LimitCase(
            name: "only padding", limit: .emptyData, prepare: receiveRequestAndEmptyData,
            step: { _ in FrameBuilder.data(1, padLength: 20) }),
        LimitCase(
            name: "one byte", limit: .smallData, prepare: receiveRequest,
            step: { _ in FrameBuilder.data(1, [1]) }),
        LimitCase(
            name: "one byte, in a client", limit: .smallData, role: .client,
            prepare: {
                try sendRequest($0)
                try $0.receive(FrameBuilder.headers(1, block: response))
            },
            step: { _ in FrameBuilder.data(1, [1]) }),
    ]
}
