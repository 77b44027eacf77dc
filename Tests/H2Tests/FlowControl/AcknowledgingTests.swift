// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Returning credit to the peer: `acknowledgeReceivedData` and `incrementFlowControlWindow`.
@Suite struct AcknowledgingTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    /// A connection that accepts frames of 65,535 bytes and receives DATA on stream 1. Its output
    /// is empty.
    private func receiver(_ role: H2Configuration.Role = .server) throws -> Peer {
        var configuration = H2Configuration(role)
        configuration.initialSettings = [.maxFrameSize: 65_535]
        let peer = try Peer(configuration)
        try open(1, peer)
        return peer
    }

    private func open(_ id: UInt32, _ peer: Peer) throws {
        if peer.connection.configuration.role == .client {
            try peer.connection.sendHeaders(.sampleRequest, on: H2StreamID(id))
            try peer.receive(FrameBuilder.headers(id, block: H2Headers.sampleResponse.block))
        } else {
            try peer.receive(FrameBuilder.headers(id, block: H2Headers.samplePost.block))
        }
        _ = peer.sent()
    }

    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

    private func update(_ id: UInt32, _ increment: UInt32) -> [UInt8] {
        FrameBuilder.windowUpdate(id, increment: increment)
    }

    @Test("§6.9.1: DATA may use the window to its last byte", arguments: roles)
    func lastByte(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try peer.receive(FrameBuilder.data(1, bytes(65_535)))
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 0)
        #expect(peer.connection.inboundFlowControlWindow == 0)
        try peer.receive(FrameBuilder.data(1))
        let error = peer.receiveResult(FrameBuilder.data(1, [1])).error
        #expect(error?.kind == .flowControl && error?.errorCode == .flowControlError)
        #expect(peer.sent().map(\.errorCode) == [0x3])
    }

    @Test(
        "§6.9.1: padding counts, and DATA beyond a stream's window is a connection error",
        arguments: roles)
    func beyondStreamWindow(role: H2Configuration.Role) throws {
        var configuration = H2Configuration(role)
        configuration.initialSettings = [.initialWindowSize: 100]
        let peer = try Peer(configuration)
        try open(1, peer)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 100)
        try peer.receive(FrameBuilder.data(1, bytes(59), padLength: 40))
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 0)
        let error = peer.receiveResult(FrameBuilder.data(1, bytes(1))).error
        #expect(error?.facts == .remote(.flowControl, .flowControlError, on: 1))
        #expect(error?.expected == 0 && error?.actual == 1)
        #expect(peer.sent().last?.errorCode == 0x3)
    }

    @Test(arguments: [1_025, 1_026, 32_766, 32_767, 40_000, 65_535])
    func acknowledging1024BytesWhenEmptyIncrements(increment: Int) throws {
        for role in Self.roles {
            let peer = try receiver(role)
            try peer.receive(FrameBuilder.data(1, bytes(65_535)))
            try peer.connection.acknowledgeReceivedData(increment, on: 1)
            let sent = peer.connection.dataToSend()
            #expect(sent == update(0, UInt32(increment)) + update(1, UInt32(increment)))
            #expect(try peer.connection.remoteFlowControlWindow(on: 1) == increment)
        }
    }

    @Test(arguments: roles)
    func acknowledgingSmallChunksDoesNothing(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try peer.receive(FrameBuilder.data(1, bytes(9)))
        try peer.connection.acknowledgeReceivedData(9, on: 1)
        #expect(!peer.connection.hasDataToSend)
    }

    @Test(arguments: roles)
    func acknowledgingNoDataDoesNothing(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try peer.connection.acknowledgeReceivedData(0, on: 1)
        try peer.receive(FrameBuilder.data(1))
        try peer.connection.acknowledgeReceivedData(0, on: 1)
        #expect(!peer.connection.hasDataToSend)
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
    }

    @Test(arguments: roles)
    func acknowledgingDataOnClosedStream(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try peer.receive(FrameBuilder.data(1, bytes(65_535)) + FrameBuilder.rstStream(1))
        try peer.connection.acknowledgeReceivedData(2_048, on: 1)
        #expect(peer.connection.dataToSend() == update(0, 2_048))
    }

    @Test(arguments: [1_025, 5_000, 16_382])
    func connectionOnlyEmpty(increment: Int) throws {
        let peer = try receiver()
        for id: UInt32 in [3, 5, 7] { try open(id, peer) }
        for id: UInt32 in [1, 3, 5] { try peer.receive(FrameBuilder.data(id, bytes(65_535 / 4))) }
        let rest = try peer.connection.remoteFlowControlWindow(on: 7)
        try peer.receive(FrameBuilder.data(7, bytes(rest)))
        try peer.connection.acknowledgeReceivedData(increment, on: 1)
        #expect(peer.connection.dataToSend() == update(0, UInt32(increment)))
    }

    @Test(arguments: [1_025, 40_000, 65_535])
    func mixingUpdateForms(increment: Int) throws {
        let peer = try receiver()
        try peer.receive(FrameBuilder.data(1, bytes(65_535)))
        try peer.connection.incrementFlowControlWindow(by: 65_535)
        #expect(peer.connection.dataToSend() == update(0, 65_535))
        try peer.connection.acknowledgeReceivedData(increment, on: 1)
        #expect(peer.connection.dataToSend() == update(1, UInt32(increment)))
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
    }

    @Test("a half-closed (remote) stream is credited like an open one, as in h2")
    func halfClosed() throws {
        let peer = try receiver()
        try peer.receive(FrameBuilder.data(1, bytes(65_535), endStream: true))
        try peer.connection.acknowledgeReceivedData(65_535, on: 1)
        #expect(peer.connection.dataToSend() == update(0, 65_535) + update(1, 65_535))
    }

    @Test("acknowledging more than was received acknowledges all of it", arguments: roles)
    func tooMuch(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try peer.receive(FrameBuilder.data(1, bytes(40_000)))
        try peer.connection.acknowledgeReceivedData(.max, on: 1)
        #expect(peer.connection.dataToSend() == update(0, 40_000) + update(1, 40_000))
        try peer.connection.acknowledgeReceivedData(.max, on: 1)
        #expect(!peer.connection.hasDataToSend)
        #expect(peer.connection.inboundFlowControlWindow == 65_535)
    }

    @Test("acknowledging refuses invalid sizes and streams, and changes nothing", arguments: roles)
    func misuse(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try peer.receive(FrameBuilder.data(1, bytes(65_535)))
        let cases: [(Int, H2StreamID, ErrorFacts)] = [
            (-1, 1, .local(.invalidArgument, on: 1)),
            (.min, 1, .local(.invalidArgument, on: 1)),
            (5, 0, .local(.invalidArgument, on: 0)),
            (0, 0, .local(.invalidArgument, on: 0)),
            (2_048, 101, .local(.noSuchStream, on: 101)),
            (2_048, 2, .local(.noSuchStream, on: 2)),
            (2_048, 0x8000_0001, .local(.invalidArgument, on: 0x8000_0001)),
        ]
        for (size, id, expected) in cases {
            expectMisuse(peer.connection, expected) { () throws(H2Error) in
                try peer.connection.acknowledgeReceivedData(size, on: id)
            }
        }
        let fresh = H2Connection(H2Configuration(role))
        let early = failure { () throws(H2Error) in
            try fresh.acknowledgeReceivedData(1, on: 1)
        }
        #expect(early?.facts == .local(.notInitiated))
    }

    @Test(
        "after a connection error, acknowledging data and opening windows are refused",
        arguments: roles)
    func afterAnError(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        _ = peer.receiveResult(FrameBuilder.data(1, bytes(65_535)) + FrameBuilder.data(1, [1]))
        _ = peer.sent()
        expectMisuse(peer.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try peer.connection.acknowledgeReceivedData(65_535, on: 1)
        }
        expectMisuse(peer.connection, .local(.protocolViolation)) { () throws(H2Error) in
            try peer.connection.incrementFlowControlWindow(by: 1)
        }
    }

    @Test(
        "§6.9: incrementFlowControlWindow enlarges the window and sends WINDOW_UPDATE",
        arguments: roles)
    func opening(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try peer.connection.incrementFlowControlWindow(by: 1)
        try peer.connection.incrementFlowControlWindow(by: 70_000, on: 1)
        #expect(peer.connection.dataToSend() == update(0, 1) + update(1, 70_000))
        #expect(peer.connection.inboundFlowControlWindow == 65_536)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 65_536)
        try peer.connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_536)
        #expect(peer.connection.inboundFlowControlWindow == 0x7fff_ffff)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 135_535)
    }

    @Test("§6.9: an increment is 1 to 2^31-1, and a window is at most 2^31-1", arguments: roles)
    func openingTooFar(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        for id: H2StreamID in [.connection, 1] {
            for increment in [0, -1, 0x8000_0000, .max, .min] {
                expectMisuse(peer.connection, .local(.invalidArgument, on: id)) {
                    () throws(H2Error) in
                    try peer.connection.incrementFlowControlWindow(by: increment, on: id)
                }
            }
            for increment in [0x7fff_ffff, 0x7fff_ffff - 65_534] {
                expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: id)) {
                    () throws(H2Error) in
                    try peer.connection.incrementFlowControlWindow(by: increment, on: id)
                }
            }
            try peer.connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_535, on: id)
            expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: id)) {
                () throws(H2Error) in
                try peer.connection.incrementFlowControlWindow(by: 1, on: id)
            }
        }
    }

    @Test("incrementFlowControlWindow refuses streams that are not live", arguments: roles)
    func openingNoStream(role: H2Configuration.Role) throws {
        let peer = try receiver(role)
        try open(5, peer)
        try peer.connection.resetStream(1)
        _ = peer.sent()
        let cases: [(H2StreamID, ErrorFacts)] = [
            (1, .local(.streamClosed, .streamClosed, on: 1)),
            (2, .local(.noSuchStream, on: 2)),
            (7, .local(.noSuchStream, on: 7)),
            (0x8000_0000, .local(.invalidArgument, on: 0x8000_0000)),
            (0xffff_ffff, .local(.invalidArgument, on: 0xffff_ffff)),
        ]
        for (id, expected) in cases {
            expectMisuse(peer.connection, expected) { () throws(H2Error) in
                try peer.connection.incrementFlowControlWindow(by: 1, on: id)
            }
        }
        let fresh = H2Connection(H2Configuration(role))
        let early = failure { () throws(H2Error) in
            try fresh.incrementFlowControlWindow(by: 1)
        }
        #expect(early?.facts == .local(.notInitiated))
    }

    @Test(
        "the connection's window may be enlarged before there is a stream, as in h2",
        arguments: roles
    )
    func openingEarly(role: H2Configuration.Role) throws {
        let connection = H2Connection(H2Configuration(role))
        try connection.initiateConnection()
        connection.clearOutboundDataBuffer()
        try connection.incrementFlowControlWindow(by: 1 << 20)
        #expect(connection.dataToSend() == update(0, 1 << 20))
        #expect(connection.inboundFlowControlWindow == 65_535 + (1 << 20))
    }
}
