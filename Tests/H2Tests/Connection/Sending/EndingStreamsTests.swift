// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

@Suite struct EndingStreamsTests {
    /// A client with streams 1 and 3 open, and empty output.
    private func client(settings: [(UInt16, UInt32)] = []) throws -> Peer {
        let peer = try Peer(.client, settings: settings)
        try peer.connection.sendHeaders(.samplePost, on: 1)
        try peer.connection.sendHeaders(.samplePost, on: 3)
        peer.sent()
        return peer
    }

    private func closed(_ id: H2StreamID) -> ErrorFacts {
        .local(.streamClosed, .streamClosed, on: id)
    }

    @Test("endStream sends one empty DATA frame with END_STREAM")
    func endStream() throws {
        let peer = try client()
        try peer.connection.endStream(1)
        let sent = peer.connection.dataToSend()
        #expect(sent == FrameBuilder.data(1, [], endStream: true))
        expectMisuse(peer.connection, .local(.protocolViolation, on: 1)) { () throws(H2Error) in
            try peer.connection.endStream(1)
        }
        // The stream counts as open until the peer ends it as well.
        #expect(peer.connection.openOutboundStreams == 2)
        try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block, endStream: true))
        #expect(peer.connection.openOutboundStreams == 1)
        expectMisuse(peer.connection, closed(1)) { () throws(H2Error) in
            try peer.connection.endStream(1)
        }
    }

    @Test("§6.9: endStream needs no window", arguments: [0, 1] as [UInt32])
    func endStreamAtClosedWindow(_ window: UInt32) throws {
        let peer = try client(settings: [(0x4, 1)])
        try peer.connection.sendData([1], on: 1)
        // With 0, the window becomes negative.
        try peer.receive(FrameBuilder.settings([(0x4, window)]))
        peer.sent()
        #expect(try peer.connection.localFlowControlWindow(on: 1) == Int(window) - 1)
        try peer.connection.endStream(1)
        let sent = peer.connection.dataToSend()
        #expect(sent == FrameBuilder.data(1, [], endStream: true))
        peer.check()
        let events = try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.sampleResponse.block, endStream: true))
        #expect(events.count == 2)
        #expect(peer.connection.openOutboundStreams == 1)
    }

    @Test(
        "§6.4: resetStream sends one RST_STREAM",
        arguments: [0x0, 0x8, 0xb, 0xdead_beef] as [UInt32])
    func resetStream(_ code: UInt32) throws {
        let peer = try client()
        try peer.connection.resetStream(1, errorCode: H2ErrorCode(rawValue: code))
        let sent = peer.connection.dataToSend()
        #expect(sent == FrameBuilder.rstStream(1, code: code))
        #expect(peer.connection.openOutboundStreams == 1)
        expectMisuse(peer.connection, closed(1)) { () throws(H2Error) in
            try peer.connection.resetStream(1)
        }
        expectMisuse(peer.connection, closed(1)) { () throws(H2Error) in
            _ = try peer.connection.localFlowControlWindow(on: 1)
        }
    }

    @Test("resetStream sends NO_ERROR by default, as in h2")
    func defaultCode() throws {
        let peer = try client()
        try peer.connection.resetStream(3)
        #expect(peer.sent().map(\.errorCode) == [0x0])
    }

    @Test("a stream can be reset in any state but idle and closed")
    func resetInEachState() throws {
        let peer = try client()
        let response = H2Headers.sampleResponse.block
        try peer.connection.sendHeaders(.samplePost, on: 5, endStream: true)
        try peer.connection.sendHeaders(.samplePost, on: 7)
        try peer.receive(
            FrameBuilder.headers(7, block: response, endStream: true)
                + FrameBuilder.pushPromise(1, promised: 2, block: H2Headers.sampleRequest.block)
                + FrameBuilder.pushPromise(1, promised: 4, block: H2Headers.sampleRequest.block)
                + FrameBuilder.headers(4, block: response))
        peer.sent()
        for id in [1, 5, 7, 2, 4] as [H2StreamID] {
            try peer.connection.resetStream(id, errorCode: .cancel)
        }
        let frames = peer.sent()
        #expect(frames.map(\.streamID) == [1, 5, 7, 2, 4])
        #expect(frames.allSatisfy { $0.errorCode == 0x8 })
        #expect(peer.connection.openOutboundStreams == 1)
        #expect(peer.connection.openInboundStreams == 0)
    }

    @Test("streams that do not exist can be neither ended nor reset")
    func noSuchStream() throws {
        let peer = try client()
        let connection = peer.connection
        for id in [0, 2, 5, 6, 0x7fff_ffff] as [H2StreamID] {
            expectMisuse(connection, .local(.noSuchStream, on: id)) { () throws(H2Error) in
                try connection.endStream(id)
            }
            expectMisuse(connection, .local(.noSuchStream, on: id)) { () throws(H2Error) in
                try connection.resetStream(id)
            }
        }
        for id in [0x8000_0000, 0xffff_ffff] as [H2StreamID] {
            expectMisuse(connection, .local(.invalidArgument, on: id)) { () throws(H2Error) in
                try connection.endStream(id)
            }
            expectMisuse(connection, .local(.invalidArgument, on: id)) { () throws(H2Error) in
                try connection.resetStream(id)
            }
        }
    }

    @Test("before any stream is opened, endStream and resetStream are refused")
    func idleConnection() throws {
        for role in [H2Configuration.client, .server] {
            let peer = try Peer(role)
            expectMisuse(peer.connection, .local(.protocolViolation)) { () throws(H2Error) in
                try peer.connection.resetStream(1)
            }
            expectMisuse(peer.connection, .local(.protocolViolation)) { () throws(H2Error) in
                try peer.connection.endStream(1)
            }
        }
    }

    @Test(
        "§6.7: ping sends its 8 bytes",
        arguments: [0, 1, 0x0102_0304_0506_0708, .max] as [UInt64])
    func ping(_ value: UInt64) throws {
        for role in [H2Configuration.client, .server] {
            let peer = try Peer(role)
            try peer.connection.ping(H2PingData(value))
            let sent = peer.connection.dataToSend()
            #expect(sent == FrameBuilder.ping(value))
            let events = try peer.receive(FrameBuilder.ping(value, ack: true))
            #expect(events == [.pingAckReceived(.init(data: H2PingData(value)))])
            #expect(peer.sent() == [])
        }
    }

    @Test("§6.7: a PING is answered with its 8 bytes", arguments: Cut.all)
    func pingAnswer(cut: Cut) throws {
        let peer = try Peer(.server, cut: cut)
        let events = try peer.receive(FrameBuilder.ping(0xfeed_f00d_0000_0001))
        #expect(events == [.pingReceived(.init(data: H2PingData(0xfeed_f00d_0000_0001)))])
        let sent = peer.connection.dataToSend()
        #expect(sent == FrameBuilder.ping(0xfeed_f00d_0000_0001, ack: true))
    }
}
