// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// With `lateCalls` `.ignored`, a call that may have crossed the frame that closed its stream has
/// no effect.
@Suite struct LateCallTests {
    /// How stream 1 was closed.
    struct Ending: CustomTestStringConvertible, Sendable {
        var name: String
        var role: H2Configuration.Role
        /// Whether the stream was reset, but not by the caller.
        var isForced: Bool
        var close: @Sendable (Peer) throws -> Void
        var testDescription: String { "\(role): \(name)" }
    }

    private static let response = H2Headers.sampleResponse.block

    static let endings: [Ending] = [
        Ending(name: "reset by the peer", role: .client, isForced: true) {
            try $0.receive(FrameBuilder.rstStream(1, code: 8))
        },
        Ending(name: "reset by the peer after its response", role: .client, isForced: true) {
            try $0.receive(
                FrameBuilder.headers(1, block: response, endStream: true)
                    + FrameBuilder.rstStream(1))
        },
        Ending(name: "GOAWAY", role: .client, isForced: true) {
            try $0.receive(FrameBuilder.goAway(last: 0))
        },
        Ending(name: "malformed response", role: .client, isForced: true) {
            try $0.receive(FrameBuilder.headers(1, ["x": "1"]))
        },
        Ending(name: "excess of the window", role: .client, isForced: true) {
            try $0.receive(FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff))
        },
        Ending(name: "reset by the caller", role: .client, isForced: false) {
            try $0.connection.resetStream(1, errorCode: .cancel)
        },
        Ending(name: "reset by both, the caller first", role: .client, isForced: false) {
            try $0.connection.resetStream(1, errorCode: .cancel)
            try $0.receive(FrameBuilder.rstStream(1, code: 8))
        },
        Ending(name: "ended by both, the caller last", role: .client, isForced: false) {
            try $0.receive(FrameBuilder.headers(1, block: response, endStream: true))
            try $0.connection.endStream(1)
        },
        Ending(name: "ended by both, the peer last", role: .client, isForced: false) {
            try $0.connection.endStream(1)
            try $0.receive(FrameBuilder.headers(1, block: response, endStream: true))
        },
        Ending(name: "reset by the peer", role: .server, isForced: true) {
            try $0.receive(FrameBuilder.rstStream(1, code: 8))
        },
        Ending(name: "malformed trailers", role: .server, isForced: true) {
            try $0.receive(FrameBuilder.headers(1, ["x": "1"]))
        },
        Ending(name: "DATA after END_STREAM", role: .server, isForced: true) {
            try $0.receive(FrameBuilder.data(1, endStream: true) + FrameBuilder.data(1))
        },
        Ending(name: "reset by the caller", role: .server, isForced: false) {
            try $0.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
            try $0.connection.resetStream(1)
        },
        Ending(name: "ended by both", role: .server, isForced: false) {
            try $0.receive(FrameBuilder.data(1, endStream: true))
            try $0.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        },
    ]

    private typealias Call = (name: String, call: (H2Connection) throws -> Void)

    private static func sendingCalls(_ role: H2Configuration.Role) -> [Call] {
        let trailers: Call = (
            "trailers", { try $0.sendHeaders(["x": "1"], on: 1, endStream: true) }
        )
        let response: Call = ("response", { try $0.sendHeaders(.sampleResponse, on: 1) })
        let advertising: Call = ("ALTSVC", { try $0.advertiseAlternativeService("h2", on: 1) })
        return [
            trailers,
            ("sendData", { try $0.sendData([1, 2], on: 1) }),
            ("sendData, padded", { try $0.sendData([], on: 1, endStream: true, padLength: 1) }),
            (
                "sendData beyond the window",
                { try $0.sendData([UInt8](repeating: 0, count: 70_000), on: 1) }
            ),
            ("endStream", { try $0.endStream(1) }),
        ] + (role == .server ? [response, advertising] : [])
    }

    private static var closingCalls: [Call] {
        [
            ("resetStream", { try $0.resetStream(1, errorCode: .cancel) }),
            ("incrementFlowControlWindow", { try $0.incrementFlowControlWindow(by: 1, on: 1) }),
            ("too large increment", { try $0.incrementFlowControlWindow(by: 0x7fff_ffff, on: 1) }),
            ("acknowledgeReceivedData", { try $0.acknowledgeReceivedData(0, on: 1) }),
        ]
    }

    private func closed(
        _ ending: Ending, _ policy: H2Configuration.LateCallPolicy = .ignored
    ) throws -> Peer {
        let peer = try Peer.reporting(ending.role) { $0.lateCalls = policy }
        try peer.open(1)
        try ending.close(peer)
        peer.sent()
        #expect(peer.connection.takeEvents().outcomes.count <= 1)
        return peer
    }

    @Test("a call on a stream that the peer, GOAWAY or H2 reset has no effect", arguments: endings)
    func ignored(ending: Ending) throws {
        let peer = try closed(ending)
        let calls = Self.closingCalls + (ending.isForced ? Self.sendingCalls(ending.role) : [])
        for (name, call) in calls {
            let before = ConnectionSnapshot(of: peer.connection)
            #expect(thrownError { try call(peer.connection) } == nil, "\(name)")
            #expect(ConnectionSnapshot(of: peer.connection) == before, "\(name)")
            #expect(!peer.connection.hasEvents, "\(name)")
        }
        peer.check()
    }

    @Test(
        "sending after the caller's own reset or END_STREAM throws .streamClosed",
        arguments: endings)
    func ownEnd(ending: Ending) throws {
        guard !ending.isForced else { return }
        let peer = try closed(ending)
        for (name, call) in Self.sendingCalls(ending.role) {
            let error = thrownError { try call(peer.connection) }
            #expect(error?.kind == .streamClosed, "\(name)")
        }
    }

    @Test("by default, every call on a closed stream throws .streamClosed", arguments: endings)
    func throwing(ending: Ending) throws {
        let peer = try closed(ending, .throws)
        let calls = Self.closingCalls.dropLast() + Self.sendingCalls(ending.role)
        for (name, call) in calls {
            let error = thrownError { try call(peer.connection) }
            #expect(error?.kind == .streamClosed, "\(name)")
        }
    }

    @Test("a late response on a promised stream that the client reset has no effect")
    func promised() throws {
        let peer = try Peer.reporting(.server) { $0.lateCalls = .ignored }
        try peer.open(1)
        try peer.reserve()
        try peer.receive(FrameBuilder.rstStream(2, code: 8))
        try peer.connection.sendHeaders(.sampleResponse, on: 2)
        try peer.connection.sendData([1], on: 2, endStream: true)
        try peer.connection.resetStream(2)
        #expect(peer.sent() == [] && !peer.connection.hasEvents)
    }

    /// Otherwise the caller would send a response on a stream that is not reserved.
    @Test("pushStream on a stream that was reset throws, and reserves nothing")
    func push() throws {
        let peer = try Peer.reporting(.server) { $0.lateCalls = .ignored }
        try peer.open(1)
        try peer.receive(FrameBuilder.rstStream(1, code: 8))
        expectMisuse(peer.connection, .local(.streamClosed, .streamClosed, on: 1)) {
            () throws(H2Error) in
            try peer.connection.pushStream(2, on: 1, requestHeaders: .sampleRequest)
        }
        #expect(try peer.connection.nextAvailableStreamID() == 2)
    }

    @Test("a call on an idle, skipped or forgotten stream, or on none, still throws")
    func unknownStreams() throws {
        let peer = try Peer.reporting(.client) {
            $0.lateCalls = .ignored
            $0.limits.closedStreams = 64
        }
        try peer.open(1, 5)
        try peer.receive(FrameBuilder.rstStream(1) + FrameBuilder.rstStream(5))
        let cases: [(id: H2StreamID, kind: H2Error.Kind)] = [
            (0, .noSuchStream), (2, .noSuchStream), (3, .streamClosed), (7, .noSuchStream),
            (H2StreamID(0x8000_0001), .invalidArgument),
        ]
        for (id, kind) in cases {
            let calls: [(H2Connection) throws -> Void] = [
                { try $0.sendData([1], on: id) }, { try $0.endStream(id) },
                { try $0.resetStream(id) },
            ]
            for call in calls {
                let error = thrownError { try call(peer.connection) }
                #expect(error?.kind == kind, "\(id)")
            }
        }
        // Stream 1 is remembered until 64 more identifiers are used.
        try peer.connection.resetStream(1)
        for id in stride(from: 7, through: 129, by: 2) as StrideThrough<UInt32> {
            try peer.connection.sendHeaders(.sampleRequest, on: H2StreamID(id))
            try peer.connection.resetStream(H2StreamID(id))
        }
        #expect(
            failure { () throws(H2Error) in try peer.connection.resetStream(1) }?.kind
                == .streamClosed)
        try peer.connection.resetStream(5)
    }

    @Test("calls on a live stream are checked as before")
    func live() throws {
        let peer = try Peer.reporting(.client) { $0.lateCalls = .ignored }
        try peer.open(1, endStream: true)
        for call in Self.sendingCalls(.client) where !call.name.contains("window") {
            let error = thrownError { try call.call(peer.connection) }
            #expect(error?.kind == .protocolViolation, "\(call.name)")
        }
        try peer.connection.resetStream(1)
        #expect(peer.sent().map(\.type) == [.rstStream])
    }

    @Test("after the end of the connection, a late call throws .connectionClosed")
    func ended() throws {
        let peer = try Peer.reporting(.client) { $0.lateCalls = .ignored }
        try peer.open(1)
        try peer.receive(FrameBuilder.rstStream(1))
        _ = peer.connection.connectionLost()
        for (name, call) in Self.sendingCalls(.client) + Self.closingCalls {
            let error = thrownError { try call(peer.connection) }
            #expect(error?.kind == .connectionClosed, "\(name)")
        }
    }
}
