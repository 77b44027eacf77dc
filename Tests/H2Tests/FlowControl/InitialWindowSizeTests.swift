// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// SETTINGS_INITIAL_WINDOW_SIZE of either side while streams are open, RFC 9113 §6.9.2.
@Suite struct InitialWindowSizeTests {
    static let roles: [H2Configuration.Role] = [.client, .server]
    static let initialWindowSize: UInt16 = 0x4

    /// A connection on which stream 1 is open in both directions, with empty output.
    private func peer(_ role: H2Configuration.Role) throws -> Peer {
        let peer = try Peer(H2Configuration(role))
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleResponse.block))
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
            try peer.connection.sendHeaders(.sampleResponse, on: 1)
        }
        _ = peer.sent()
        return peer
    }

    private func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

    private func settings(_ size: UInt32) -> [UInt8] {
        FrameBuilder.settings([(Self.initialWindowSize, size)])
    }

    @Test(
        "§6.9.2: a smaller size makes the send window negative, so no DATA may be sent",
        arguments: roles)
    func negativeSendWindow(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.connection.sendData(bytes(1_000), on: 1)
        let events = try peer.receive(settings(100))
        #expect(
            events == [
                .remoteSettingsChanged(
                    .init(changes: [.init(.initialWindowSize, from: 65_535, to: 100)]))
            ])
        #expect(try peer.connection.localFlowControlWindow(on: 1) == -900)
        #expect(peer.connection.outboundFlowControlWindow == 64_535)
        let error = failure { () throws(H2Error) in try peer.connection.sendData([1], on: 1) }
        #expect(error?.facts == .local(.flowControl, .flowControlError, on: 1))
        #expect(error?.expected == -900 && error?.actual == 1)
        expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: 1)) {
            () throws(H2Error) in try peer.connection.sendData([], on: 1, padLength: 0)
        }
    }

    @Test(
        "§6.9.2: a window stays negative until WINDOW_UPDATE makes it positive",
        arguments: roles)
    func recoveryByWindowUpdate(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.connection.sendData(bytes(1_000), on: 1)
        try peer.receive(settings(0))
        for (increment, window) in [(400, -600), (600, 0), (1, 1)] as [(UInt32, Int)] {
            try peer.receive(FrameBuilder.windowUpdate(1, increment: increment))
            #expect(try peer.connection.localFlowControlWindow(on: 1) == window)
            if window <= 0 {
                expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: 1)) {
                    () throws(H2Error) in try peer.connection.sendData([1], on: 1)
                }
            }
        }
        try peer.connection.sendData([1], on: 1)
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0)
    }

    @Test("§6.9.2: SETTINGS can make a negative window positive, too", arguments: roles)
    func recoveryBySettings(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.connection.sendData(bytes(1_000), on: 1)
        try peer.receive(settings(0) + settings(999) + settings(0) + settings(1_005))
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 5)
        _ = peer.sent()
        try peer.connection.sendData(bytes(5), on: 1)
        #expect(peer.sent().map(\.payload.count) == [5])
    }

    @Test(
        "§6.9.2: the size changes the window of every stream, but not of the connection",
        arguments: roles)
    func everyStream(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1_000) + settings(70_000))
        #expect(peer.connection.outboundFlowControlWindow == 65_535)
        if role == .client {
            try peer.connection.sendHeaders(.sampleRequest, on: 3)
        } else {
            try peer.receive(FrameBuilder.headers(3, block: H2Headers.sampleRequest.block))
        }
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 1_000_000))
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 71_000)
        #expect(try peer.connection.localFlowControlWindow(on: 3) == 70_000)
    }

    @Test(
        "§6.9.2: a size that makes a window larger than 2^31-1 is a connection error",
        arguments: roles)
    func overflow(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1))
        let result = peer.receiveResult(settings(0x7fff_ffff))
        #expect(result.error?.facts == .remote(.flowControl, .flowControlError))
        #expect(result.events.isEmpty)
        #expect(peer.connection.remoteSettings.initialWindowSize == 65_535)
        let frames = peer.sent()
        #expect(frames.count == 1 && frames.last?.errorCode == 0x3)
    }

    @Test("§6.9.2: a size of 2^31-1 is valid if no window overflows", arguments: roles)
    func largest(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.connection.sendData(bytes(1), on: 1)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1) + settings(0x7fff_ffff))
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 0x7fff_ffff - 65_534))
        #expect(try peer.connection.localFlowControlWindow(on: 1) == 0x7fff_ffff)
    }

    @Test(
        "§6.5.3: an overflow between two values of one frame is accepted or a remote error",
        arguments: roles)
    func overflowInTheMiddle(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.receive(FrameBuilder.windowUpdate(1, increment: 1))
        let result = peer.receiveResult(
            FrameBuilder.settings([
                (Self.initialWindowSize, 0x7fff_ffff), (Self.initialWindowSize, 65_535),
            ]))
        // Both results are valid; only an internal error is not.
        #expect(
            result.error == nil || result.error?.facts == .remote(.flowControl, .flowControlError))
    }

    @Test(
        "§6.9.2: a smaller local size makes the peer's window negative when it is acknowledged",
        arguments: roles)
    func negativeReceiveWindow(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.receive(FrameBuilder.data(1, bytes(1_000)))
        try peer.connection.updateSettings([.initialWindowSize: 100])
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 64_535)
        try peer.receive(FrameBuilder.settingsAck())
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == -900)
        #expect(peer.connection.inboundFlowControlWindow == 64_535)
        try peer.connection.acknowledgeReceivedData(1_000, on: 1)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == 100)
        let updates = peer.sent().filter { $0.type == .windowUpdate }
        #expect(updates.map(\.bytes) == [FrameBuilder.windowUpdate(1, increment: 1_000)])
    }

    @Test(
        "bytes that were acknowledged are credited if a smaller local size closes the window",
        arguments: roles, [UInt32(0), 10_000, 20_000, 20_001])
    func closedByAcknowledgement(role: H2Configuration.Role, size: UInt32) throws {
        let peer = try peer(role)
        // Less than half of the window: h2 sends WINDOW_UPDATE with later acknowledgements.
        try peer.receive(FrameBuilder.data(1, bytes(10_000)) + FrameBuilder.data(1, bytes(10_000)))
        try peer.connection.acknowledgeReceivedData(20_000, on: 1)
        #expect(peer.sent().isEmpty)
        try peer.connection.updateSettings([.initialWindowSize: size])
        peer.sent()
        try peer.receive(FrameBuilder.settingsAck())
        // With 20,001 bytes, the peer can send 1 byte, whose acknowledgement causes credit.
        let credit = size <= 20_000 ? [FrameBuilder.windowUpdate(1, increment: 20_000)] : []
        #expect(peer.sent().map(\.bytes) == credit)
        let window = Int(size) - (credit.isEmpty ? 20_000 : 0)
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == window)
    }

    @Test("§6.9.1: DATA at a negative window is a connection error", arguments: roles)
    func dataAtNegativeWindow(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.receive(FrameBuilder.data(1, bytes(1_000)))
        try peer.connection.updateSettings([.initialWindowSize: 0])
        try peer.receive(FrameBuilder.settingsAck())
        let error = peer.receiveResult(FrameBuilder.data(1, [1])).error
        #expect(error?.facts == .remote(.flowControl, .flowControlError, on: 1))
        #expect(peer.sent().last?.errorCode == 0x3)
    }

    @Test(
        "§6.9.1: an empty DATA frame with END_STREAM is accepted at a negative window",
        arguments: roles)
    func endAtNegativeWindow(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.receive(FrameBuilder.data(1, bytes(1_000)))
        try peer.connection.updateSettings([.initialWindowSize: 0])
        try peer.receive(FrameBuilder.settingsAck())
        #expect(try peer.connection.remoteFlowControlWindow(on: 1) == -1_000)
        let result = peer.receiveResult(FrameBuilder.data(1, endStream: true))
        #expect(result.error == nil)
        #expect(
            result.events == [
                .dataReceived(
                    .init(streamID: 1, data: [], flowControlledLength: 0, endsStream: true)),
                .streamEnded(.init(streamID: 1)),
            ])
    }

    @Test("client and server agree on the end of a stream whose window became negative")
    func endBetweenTwo() throws {
        let pair = try Pair.started()
        let id = try pair.openStream(headers: .samplePost)
        try pair.client.sendData(bytes(1_000), on: id)
        try pair.exchange()
        try pair.server.updateSettings([.initialWindowSize: 0])
        try pair.exchange()
        #expect(try pair.client.localFlowControlWindow(on: id) == -1_000)
        #expect(try pair.server.remoteFlowControlWindow(on: id) == -1_000)
        try pair.client.endStream(id)
        let events = try pair.exchange()
        #expect(events.server.last == .streamEnded(.init(streamID: id)))
    }

    @Test(
        "a local size that makes a window exceed 2^31-1 is not an internal error", arguments: roles)
    func growingAnOpenedWindow(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        // After the increment and the DATA, the window could grow by 10,000 bytes; its maximum
        // could not.
        try peer.connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_535, on: 1)
        try peer.receive(FrameBuilder.data(1, bytes(10_000)))
        let refusal = failure { () throws(H2Error) in
            try peer.connection.updateSettings([.initialWindowSize: 70_000])
        }
        guard refusal == nil else {
            #expect(refusal?.origin == .local && refusal?.errorCode == .flowControlError)
            return
        }
        let result = peer.receiveResult(FrameBuilder.settingsAck())
        #expect(result.error == nil || result.error?.errorCode == .flowControlError)
        #expect(!peer.connection.isPoisoned || result.error != nil)
    }
}
