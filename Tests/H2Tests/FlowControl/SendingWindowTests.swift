// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The send window: `localFlowControlWindow`, `sendData`, and the peer's WINDOW_UPDATE.
@Suite struct SendingWindowTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    /// A connection that may send DATA on stream 1, with empty output.
    private func sender(
        _ role: H2Configuration.Role, settings: [(UInt16, UInt32)] = []
    ) throws -> Peer {
        let peer = try Peer(H2Configuration(role), settings: settings)
        try open(1, peer)
        return peer
    }

    private func open(_ id: UInt32, _ peer: Peer) throws {
        if peer.connection.configuration.role == .client {
            try peer.connection.sendHeaders(.samplePost, on: H2StreamID(id))
        } else {
            try peer.receive(FrameBuilder.headers(id, block: H2Headers.samplePost.block))
            try peer.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
        }
        _ = peer.sent()
    }

    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

    private func windowUpdated(_ id: UInt32, _ delta: Int) -> H2Event {
        .windowUpdated(.init(streamID: H2StreamID(id), delta: delta))
    }

    @Test(
        "§6.9.2: windows start at 65,535 bytes; DATA uses those of stream and connection",
        arguments: roles)
    func dataTakes(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 65_535)
        #expect(peer.connection.outboundFlowControlWindow == 65_535)
        try peer.connection.sendData(bytes(100), on: 1)
        try peer.connection.sendData(bytes(10), on: 1, padLength: 9)
        try peer.connection.sendData(bytes(0), on: 1)
        try peer.connection.sendData(bytes(0), on: 1, padLength: 0)
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 65_535 - 121)
        #expect(peer.connection.outboundFlowControlWindow == 65_535 - 121)
        #expect(peer.sent().map(\.payload.count) == [100, 20, 0, 1])
    }

    @Test("§6.9.1: DATA may use the window to its last byte, but not beyond", arguments: roles)
    func lastByte(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        for _ in 0..<3 { try peer.connection.sendData(bytes(16_384), on: 1) }
        expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: 1)) {
            () throws(H2Error) in try peer.connection.sendData(bytes(16_384), on: 1)
        }
        try peer.connection.sendData(bytes(16_383), on: 1)
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0)
        let error = failure { () throws(H2Error) in try peer.connection.sendData(bytes(1), on: 1) }
        #expect(error?.kind == .flowControl && error?.expected == 0 && error?.actual == 1)
        #expect(peer.sent().map(\.payload.count) == [16_384, 16_384, 16_384, 16_383])
    }

    @Test("§6.9.1: padding and its length byte count toward the window", arguments: roles)
    func padding(role: H2Configuration.Role) throws {
        let peer = try sender(role, settings: [(0x4, 10)])
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 10)
        for (count, padLength) in [(10, 0), (0, 10), (9, 1), (0, 255)] as [(Int, UInt8)] {
            expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: 1)) {
                () throws(H2Error) in
                try peer.connection.sendData(bytes(count), on: 1, padLength: padLength)
            }
        }
        try peer.connection.sendData(bytes(5), on: 1, padLength: 4)
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0)
    }

    @Test("§6.9.1: the connection's window limits all streams together", arguments: roles)
    func connectionWindow(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        try open(3, peer)
        for _ in 0..<4 { try peer.connection.sendData(bytes(16_383), on: 1) }
        #expect(peer.connection.outboundFlowControlWindow == 3)
        #expect(try peer.connection.localFlowControlWindow(on: 3) == 3)
        expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: 3)) {
            () throws(H2Error) in try peer.connection.sendData(bytes(4), on: 3)
        }
        let events = try peer.receive(FrameBuilder.windowUpdate(0, increment: 1))
        #expect(events == [windowUpdated(0, 1)])
        try peer.connection.sendData(bytes(4), on: 3)
        #expect(try peer.connection.localFlowControlWindow(on: 3) == 0)
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0)
    }

    @Test("§6.9: WINDOW_UPDATE on a stream enlarges only that stream's window", arguments: roles)
    func windowUpdate(role: H2Configuration.Role) throws {
        let peer = try sender(role, settings: [(0x4, 5)])
        try open(3, peer)
        let events = try peer.receive(
            FrameBuilder.windowUpdate(3, increment: 7) + FrameBuilder.windowUpdate(3, increment: 8))
        #expect(events == [windowUpdated(3, 7), windowUpdated(3, 8)])
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 5)
        #expect(try peer.connection.localFlowControlWindow(on: 3) == 20)
        #expect(peer.connection.outboundFlowControlWindow == 65_535)
    }

    @Test("the reserved bit of the increment is ignored", arguments: roles)
    func reservedBit(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        let events = try peer.receive(
            FrameBuilder.windowUpdate(1, increment: 0x8000_0005)
                + FrameBuilder.windowUpdate(0, increment: 0x8000_0006))
        #expect(events == [windowUpdated(1, 5), windowUpdated(0, 6)])
    }

    @Test(
        "§6.9: WINDOW_UPDATE with increment 0 is a connection error, as in h2", arguments: roles,
        [0, 1, 0x8000_0000] as [UInt32])
    func zero(role: H2Configuration.Role, stream: UInt32) throws {
        let peer = try sender(role)
        let increment = stream & 0x8000_0000
        let id = stream & 0x7fff_ffff
        let error = peer.receiveResult(FrameBuilder.windowUpdate(id, increment: increment)).error
        #expect(
            error?.facts
                == .remote(.protocolViolation, .protocolError, on: id == 0 ? nil : H2StreamID(id)))
        #expect(peer.sent().map(\.errorCode) == [0x1])
    }

    @Test("§6.9.1: a window may be as large as 2^31-1", arguments: roles)
    func maxWindowSize(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        try peer.receive(
            FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff - 65_535)
                + FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_535))
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0x7fff_ffff)
        #expect(peer.connection.outboundFlowControlWindow == 0x7fff_ffff)
    }

    @Test(
        "§6.9.1: an overflow on a stream resets it, and the connection stays open", arguments: roles
    )
    func overflowOnStream(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        try open(3, peer)
        let events = try peer.receive(
            FrameBuilder.windowUpdate(1, increment: 0x7fff_ffff - 65_534) + FrameBuilder.ping(1))
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .flowControlError, isRemote: false)),
                .pingReceived(.init(data: H2PingData(1))),
            ])
        let frames = peer.sent()
        #expect(
            frames.map(\.bytes) == [
                FrameBuilder.rstStream(1, code: 0x3), FrameBuilder.ping(1, ack: true),
            ])
        let counts = [peer.connection.openInboundStreams, peer.connection.openOutboundStreams]
        #expect(counts.reduce(0, +) == 1)
        let error = failure { () throws(H2Error) in
            _ = try peer.connection.localFlowControlWindow(on: 1)
        }
        #expect(error?.facts == .local(.streamClosed, .streamClosed, on: 1))
        try peer.connection.sendData(bytes(9), on: 3)
        // A frame that crossed the reset is ignored.
        #expect(try peer.receive(FrameBuilder.windowUpdate(1, increment: 5)) == [])
    }

    @Test("§6.9.1: an overflow of the connection's window is a connection error", arguments: roles)
    func overflowOnConnection(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        let result = peer.receiveResult(
            FrameBuilder.ping(1) + FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_534))
        #expect(result.error?.facts == .remote(.flowControl, .flowControlError))
        #expect(result.events == [.pingReceived(.init(data: H2PingData(1)))])
        let last = peer.sent().last
        #expect(last?.errorCode == 0x3 && last?.lastStreamID == (role == .server ? 1 : 0))
    }

    @Test("§5.1: WINDOW_UPDATE on an idle stream is a connection error", arguments: roles)
    func idleStream(role: H2Configuration.Role) throws {
        for id: UInt32 in [2, 5] {
            let peer = try sender(role)
            let error = peer.receiveResult(FrameBuilder.windowUpdate(id, increment: 1)).error
            #expect(error?.errorCode == .protocolError && error?.origin == .remote)
            #expect(peer.sent().last?.errorCode == 0x1)
        }
    }

    @Test(
        "§5.1: WINDOW_UPDATE is ignored on a closed stream, but not on a half-closed one",
        arguments: roles)
    func closedStream(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        try open(3, peer)
        try peer.connection.resetStream(1)
        try peer.connection.endStream(3)
        let events = try peer.receive(
            FrameBuilder.windowUpdate(1, increment: 1) + FrameBuilder.windowUpdate(3, increment: 2))
        #expect(events == [windowUpdated(3, 2)])
        #expect(peer.connection.outboundFlowControlWindow == 65_535)
    }

    @Test("queries and sendData refuse streams that are not live", arguments: roles)
    func queries(role: H2Configuration.Role) throws {
        let peer = try sender(role)
        try open(5, peer)
        try peer.connection.resetStream(1)
        let cases: [(H2StreamID, ErrorFacts)] = [
            (1, .local(.streamClosed, .streamClosed, on: 1)),
            (0, .local(.noSuchStream, on: 0)),
            (2, .local(.noSuchStream, on: 2)),
            (7, .local(.noSuchStream, on: 7)),
            (0x7fff_ffff, .local(.noSuchStream, on: 0x7fff_ffff)),
            (0x8000_0000, .local(.invalidArgument, on: 0x8000_0000)),
            (0x8000_0005, .local(.invalidArgument, on: 0x8000_0005)),
            (0xffff_ffff, .local(.invalidArgument, on: 0xffff_ffff)),
        ]
        for (id, expected) in cases {
            expectMisuse(peer.connection, expected) { () throws(H2Error) in
                _ = try peer.connection.localFlowControlWindow(on: id)
            }
            expectMisuse(peer.connection, expected) { () throws(H2Error) in
                _ = try peer.connection.remoteFlowControlWindow(on: id)
            }
            expectMisuse(peer.connection, expected) { () throws(H2Error) in
                try peer.connection.sendData([1], on: id)
            }
        }
        // Opening stream 5 closed the skipped stream 3.
        #expect(throws: H2Error.self) { try peer.connection.localFlowControlWindow(on: 3) }
    }
}
