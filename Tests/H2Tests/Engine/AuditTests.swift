// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Each test plants a mismatch between H2 and nghttp2, which `audit` must find, and prints the
/// result.
@Suite struct AuditTests {
    /// A server with streams 1 and 3 open.
    private func server() throws -> Peer {
        let peer = try Peer(.server)
        try peer.receive(
            FrameBuilder.headers(1, block: H2Headers.samplePost.block)
                + FrameBuilder.headers(3, block: H2Headers.samplePost.block))
        #expect(peer.connection.audit() == [])
        return peer
    }

    private func show(_ drift: String, _ found: [String]) {
        print("audit, \(drift): \(found)")
    }

    @Test("nghttp2 accepts all DATA that H2's windows allow, over 2 GiB of it")
    func roomForData() throws {
        var configuration = H2Configuration(.server)
        configuration.initialSettings = [
            .initialWindowSize: 0x7fff_ffff, .maxFrameSize: 0xff_ffff,
        ]
        let peer = try Peer(configuration)
        let connection = peer.connection
        try connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_535)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        _ = peer.sent()
        let frame = FrameBuilder.data(1, [UInt8](repeating: 0, count: 0xff_ffff))
        for _ in 0..<300 {
            try peer.receive(frame)
            try connection.acknowledgeReceivedData(0xff_ffff, on: 1)
        }
        #expect(connection.audit() == [])
        // Each half window is credited, for the stream and for the connection.
        let updates = WireReader.frames(in: connection.dataToSend())
        #expect(updates.count == 8 && updates.allSatisfy { $0.type == .windowUpdate })
        #expect(connection.unexpectedReactions == 0)
    }

    @Test("nghttp2 accepts small DATA frames as long as H2's windows allow them")
    func roomForSmallData() throws {
        var configuration = H2Configuration(.server)
        configuration.initialSettings = [.initialWindowSize: 0x7fff_ffff]
        let peer = try Peer(configuration)
        try peer.connection.incrementFlowControlWindow(by: 0x7fff_ffff - 65_535)
        try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        _ = peer.sent()
        let frame = FrameBuilder.data(1, [UInt8](repeating: 0, count: 16_384))
        for _ in 0..<40 { try peer.receive(frame) }
        #expect(peer.connection.audit() == [] && peer.sent().isEmpty)
        #expect(peer.connection.unexpectedReactions == 0)
    }

    @Test("audit finds a local END_STREAM that nghttp2 should not have seen")
    func endKnownTooSoon() throws {
        let connection = try server().connection
        try connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        #expect(connection.audit() == [])
        let slot = try #require(connection.slot(of: 1))
        connection.state.streams[slot].isEndedByData = true
        let found = connection.audit()
        show("an END_STREAM seen too soon", found)
        #expect(
            found == ["stream 1, closed (local, remote): H2 (false, false), nghttp2 (true, false)"])
    }

    @Test("END_STREAM sent in DATA bypasses nghttp2, which closes the stream with the peer's end")
    func endByData() throws {
        let peer = try server()
        let connection = peer.connection
        try connection.sendHeaders(.sampleResponse, on: 1)
        try connection.sendData([1, 2, 3], on: 1, endStream: true)
        try connection.sendHeaders(.sampleResponse, on: 3)
        #expect(connection.audit() == [])
        let before = connection.outboundByteCount
        try peer.receive(
            FrameBuilder.data(1, [4], endStream: true) + FrameBuilder.data(3, [], endStream: true))
        #expect(connection.outboundByteCount == before && connection.slot(of: 1) == nil)
        #expect(connection.audit() == [])
        try connection.endStream(3)
        #expect(connection.slot(of: 3) == nil && connection.audit() == [])
    }

    @Test("audit finds a stream that is closed only in nghttp2")
    func streamNotClosed() throws {
        let peer = try server()
        let connection = peer.connection
        let slot = try #require(connection.slot(of: 1))
        let record = connection.state.streams[slot]
        try peer.receive(FrameBuilder.rstStream(1))
        connection.state.streams.live.insert(record)
        connection.state.streams.openInbound += 1
        let found = connection.audit()
        show("a stream not closed", found)
        #expect(found == ["stream 1: H2 open, nghttp2 closed"])
    }

    @Test("audit finds a stream that is closed only in H2")
    func streamClosedTooSoon() throws {
        let connection = try server().connection
        let slot = try #require(connection.slot(of: 1))
        connection.state.streams.live.remove(at: slot)
        connection.state.streams.openInbound -= 1
        let found = connection.audit()
        show("a stream closed too soon", found)
        #expect(found == ["stream 1: H2 closed, nghttp2 live"])
    }

    @Test("audit finds a stream that is half-closed only in H2")
    func streamHalfClosed() throws {
        let connection = try server().connection
        let slot = try #require(connection.slot(of: 3))
        _ = connection.state.streams[slot].state.process(.receiveEndStream)
        let found = connection.audit()
        show("a stream half-closed too soon", found)
        #expect(
            found == ["stream 3, closed (local, remote): H2 (false, true), nghttp2 (false, false)"])
    }

    @Test("audit finds a wrong count of open streams", arguments: [-1, 1])
    func wrongOpenCount(_ change: Int) throws {
        let connection = try server().connection
        connection.state.streams.openInbound += change
        connection.state.streams.openOutbound += change
        let found = connection.audit()
        show("a wrong open count", found)
        #expect(
            found == [
                "open inbound: H2 \(2 + change), nghttp2 2",
                "open outbound: H2 \(change), nghttp2 0",
            ])
    }

    @Test("§6.5.3: audit finds a SETTINGS acknowledgement that is applied twice")
    func settingsAcknowledgedTwice() throws {
        let peer = try server()
        let connection = peer.connection
        try connection.updateSettings([.maxFrameSize: 20_000])
        try connection.updateSettings([.headerTableSize: 1_000])
        try peer.receive(FrameBuilder.settingsAck())
        #expect(connection.audit() == [])
        _ = connection.state.local.acknowledge()
        let found = connection.audit()
        show("a SETTINGS ACK applied twice", found)
        #expect(found == ["local HEADER_TABLE_SIZE: H2 1000, nghttp2 4096"])
    }

    @Test("§4.3: audit finds a refused field block that nghttp2 was not fed")
    func refusedBlockNotFed() throws {
        let peer = try server()
        let connection = peer.connection
        // The limit is not acknowledged, so a third stream is refused, but its field block must be
        // decoded.
        try connection.updateSettings([.maxConcurrentStreams: 2])
        connection.forgetNextFrame()
        let events = try connection.receiveData(
            FrameBuilder.headers(5, block: H2Headers.samplePost.block))
        #expect(events.isEmpty)
        let found = connection.audit()
        show("a refused field block not fed", found)
        #expect(found == ["field blocks: H2 3, nghttp2 2"])
        #expect(WireReader.frames(in: connection.dataToSend()).last?.errorCode == 0x7)
    }

    @Test("audit finds nothing if no mismatch is planted")
    func nothingIsFound() throws {
        let peer = try server()
        let connection = peer.connection
        try connection.sendHeaders(.sampleResponse, on: 1)
        try connection.sendData([UInt8](repeating: 1, count: 1_000), on: 1, padLength: 9)
        try connection.resetStream(3)
        try connection.incrementFlowControlWindow(by: 5, on: 1)
        try peer.receive(FrameBuilder.data(1, [1, 2, 3], endStream: true, padLength: 200))
        try peer.receive(FrameBuilder.settings([(0x4, 10)]))
        #expect(connection.audit() == [])
        #expect(connection.unexpectedReactions == 0)
    }
}
