// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct ClosingConnectionTests {
    /// A server with streams 1 and 5 open, and empty output.
    private func server() throws -> Peer {
        let peer = try Peer(.server)
        try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.samplePost.block)
                + FrameBuilder.headers(5, block: H2Headers.samplePost.block))
        peer.sent()
        return peer
    }

    @Test("§6.8: closeConnection sends GOAWAY with the peer's highest stream")
    func goAway() throws {
        let peer = try server()
        try peer.connection.closeConnection()
        let sent = peer.connection.dataToSend()
        #expect(sent == FrameBuilder.goAway(last: 5, code: 0))
        #expect(peer.connection.connectionState == .closed)
        let client = try Peer(.client)
        try client.connection.closeConnection(errorCode: .enhanceYourCalm)
        let bytes = client.connection.dataToSend()
        #expect(bytes == FrameBuilder.goAway(last: 0, code: 0xb))
    }

    @Test(
        "§6.8: closeConnection sends the given debug data and last stream",
        arguments: [0, 1, 1_000, 16_376])
    func goAwayWithData(_ count: Int) throws {
        let data = [UInt8](repeating: 0x21, count: count)
        for last in [0, 1, 2, 3, 0x7fff_ffff] as [H2StreamID] {
            let peer = try server()
            try peer.connection.closeConnection(
                errorCode: H2ErrorCode(rawValue: 0x1234), additionalData: data, lastStreamID: last)
            let sent = peer.connection.dataToSend()
            #expect(sent == FrameBuilder.goAway(last: last.rawValue, code: 0x1234, data: data))
        }
    }

    @Test("§6.8: the last stream does not increase in later GOAWAY frames")
    func lastStreamStays() throws {
        let peer = try server()
        try peer.connection.closeConnection(lastStreamID: 3)
        expectMisuse(peer.connection, .local(.invalidArgument)) { () throws(H2Error) in
            try peer.connection.closeConnection(lastStreamID: 5)
        }
        try peer.connection.closeConnection()
        try peer.connection.closeConnection(lastStreamID: 1)
        try peer.connection.closeConnection()
        let last = [3, 3, 1, 1] as [UInt32]
        let sent = peer.connection.dataToSend()
        #expect(sent == last.flatMap { FrameBuilder.goAway(last: $0, code: 0) })
    }

    @Test("misuse of closeConnection changes nothing")
    func misuse() throws {
        let peer = try server()
        let data = [UInt8](repeating: 0, count: 16_377)
        expectMisuse(peer.connection, .local(.frameTooLarge, .frameSizeError)) {
            () throws(H2Error) in try peer.connection.closeConnection(additionalData: data)
        }
        for last in [0x8000_0000, 0xffff_ffff] as [H2StreamID] {
            expectMisuse(peer.connection, .local(.invalidArgument, on: last)) {
                () throws(H2Error) in try peer.connection.closeConnection(lastStreamID: last)
            }
        }
        #expect(peer.connection.connectionState == .open)
        try peer.receive(FrameBuilder.settings([(0x5, 20_000)]))
        peer.sent()
        try peer.connection.closeConnection(additionalData: data)
        #expect(peer.sent().map(\.payload.count) == [16_385])
    }

    @Test("after closeConnection, nothing but another GOAWAY can be sent")
    func allCallsAreRefused() throws {
        let peer = try server()
        let connection = peer.connection
        try connection.sendHeaders(.sampleResponse, on: 5)
        try connection.closeConnection()
        let refusal = ErrorFacts.local(.protocolViolation)
        func expectRefusal(
            sourceLocation: SourceLocation = #_sourceLocation,
            _ call: () throws(H2Error) -> Void
        ) {
            expectMisuse(connection, refusal, sourceLocation: sourceLocation, call)
        }
        expectRefusal { () throws(H2Error) in try connection.sendHeaders(.sampleResponse, on: 1) }
        expectRefusal { () throws(H2Error) in try connection.sendData([1], on: 5) }
        expectRefusal { () throws(H2Error) in try connection.endStream(5) }
        expectRefusal { () throws(H2Error) in try connection.resetStream(5) }
        expectRefusal { () throws(H2Error) in try connection.ping(H2PingData(1)) }
        expectRefusal { () throws(H2Error) in try connection.updateSettings([.maxFrameSize: 20_000])
        }
        expectRefusal { () throws(H2Error) in try connection.incrementFlowControlWindow(by: 1) }
        expectRefusal { () throws(H2Error) in
            try connection.incrementFlowControlWindow(by: 1, on: 5)
        }
        // Output that was queued before is still sent.
        #expect(peer.sent().map(\.type) == [.headers, .goAway])
    }

    @Test("after closeConnection, another GOAWAY may be sent, as in h2")
    func again() throws {
        let peer = try server()
        try peer.connection.closeConnection(lastStreamID: .max)
        try peer.connection.closeConnection(errorCode: .internalError)
        let frames = peer.sent()
        #expect(frames.map(\.lastStreamID) == [0x7fff_ffff, 5])
        #expect(frames.map(\.errorCode) == [0x0, 0x2])
    }

    @Test("after closeConnection, received bytes are ignored", arguments: Cut.all)
    func receiving(cut: Cut) throws {
        let frames: [[UInt8]] = [
            FrameBuilder.ping(1), FrameBuilder.settings(), FrameBuilder.settingsAck(),
            FrameBuilder.headers(1, block: H2Headers.samplePost.block),
            FrameBuilder.windowUpdate(0, increment: 1), FrameBuilder.priority(9),
            // Errors in any other state.
            FrameBuilder.headers(3, block: [0x80]), FrameBuilder.data(99, [1]),
            FrameBuilder.windowUpdate(0, increment: 0),
            FrameBuilder.raw(type: 0x6, stream: 1, payload: [1]), [0xff, 0xff, 0xff],
        ]
        for bytes in frames {
            let peer = try Peer(.server, cut: cut)
            try peer.connection.closeConnection()
            peer.sent()
            let before = ConnectionSnapshot(of: peer.connection)
            #expect(try peer.receive(FrameBuilder.goAway(code: 0x3) + bytes) == [])
            #expect(peer.sent() == [])
            #expect(ConnectionSnapshot(of: peer.connection) == before)
            #expect(peer.connection.connectionState == .closed)
        }
    }

    @Test("after a remote error nothing can be sent, not even GOAWAY")
    func afterError() throws {
        let peer = try server()
        let connection = peer.connection
        _ = peer.receiveResult(FrameBuilder.windowUpdate(0, increment: 0))
        let refusal = ErrorFacts.local(.protocolViolation)
        expectMisuse(connection, refusal) { () throws(H2Error) in try connection.closeConnection() }
        expectMisuse(connection, refusal) { () throws(H2Error) in
            try connection.ping(H2PingData(1))
        }
        expectMisuse(connection, refusal) { () throws(H2Error) in
            try connection.sendHeaders(.sampleResponse, on: 1)
        }
        expectMisuse(connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try connection.acknowledgeReceivedData(1, on: 1)
        }
        #expect(peer.sent().map(\.type) == [.goAway])
    }

    @Test("frames are sent in the order of the calls")
    func order() throws {
        let peer = try server()
        let connection = peer.connection
        try connection.ping(H2PingData(1))
        try connection.sendHeaders([":status": "103"], on: 5)
        try connection.updateSettings([.maxFrameSize: 20_000])
        try connection.sendHeaders(.sampleResponse, on: 5)
        try connection.sendData([1], on: 5)
        try connection.incrementFlowControlWindow(by: 9, on: 1)
        try connection.sendData([2], on: 5, padLength: 1)
        try connection.ping(H2PingData(2))
        try peer.receive(FrameBuilder.ping(3))
        try connection.incrementFlowControlWindow(by: 9)
        try connection.sendHeaders(.sampleTrailers, on: 5, endStream: true)
        try connection.resetStream(1)
        try connection.closeConnection()
        #expect(
            peer.sent().map(\.type) == [
                .ping, .headers, .settings, .headers, .data, .windowUpdate, .data, .ping, .ping,
                .windowUpdate, .headers, .rstStream, .goAway,
            ])
    }
}
