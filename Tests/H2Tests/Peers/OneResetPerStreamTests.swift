// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// RFC 9113 §5.4.2: "an endpoint SHOULD NOT send more than one RST_STREAM frame for any stream".
///
/// Peers such as nghttpd and Netty end a connection on which RST_STREAM repeats.
@Suite struct OneResetPerStreamTests {
    static let roles: [H2Configuration.Role] = [.client, .server]

    private static let lateData = FrameBuilder.data(1, [UInt8](repeating: 0, count: 1_000))
    private static let lateTrailers = FrameBuilder.headers(1, ["x": "1"], endStream: true)

    /// A connection with stream 1 open in both directions.
    private func peer(
        _ role: H2Configuration.Role, _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> Peer {
        var configuration = H2Configuration(role)
        change(&configuration)
        let peer = try Peer(configuration, policies: .asConfigured)
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.sampleResponse.block))
        } else {
            try peer.receive(FrameBuilder.headers(1, block: H2Headers.samplePost.block))
        }
        peer.sent()
        return peer
    }

    private func resets(_ peer: Peer) -> [UInt32?] {
        peer.sent().filter { $0.type == .rstStream }.map(\.errorCode)
    }

    @Test(
        "late frames on a stream that was reset locally get no second RST_STREAM", arguments: roles)
    func resetByCaller(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.connection.resetStream(1, errorCode: .cancel)
        #expect(resets(peer) == [0x8])
        for _ in 0..<3 { #expect(try peer.receive(Self.lateData) == []) }
        #expect(try peer.receive(Self.lateTrailers) == [])
        #expect(resets(peer) == [])
        #expect(peer.connection.connectionState == .open)
    }

    @Test("an early response and RST_STREAM(NO_ERROR) are followed by no other RST_STREAM")
    func earlyResponse() throws {
        let peer = try peer(.server)
        try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        try peer.connection.resetStream(1, errorCode: .noError)
        #expect(resets(peer) == [0x0])
        for _ in 0..<3 { #expect(try peer.receive(Self.lateData) == []) }
        #expect(resets(peer) == [])
    }

    @Test("a malformed message is answered once, whatever follows", arguments: roles)
    func malformed(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        let trailers = FrameBuilder.headers(1, ["X": "1"], endStream: true)
        let events = try peer.receive(trailers)
        #expect(
            events == [
                .streamReset(.init(streamID: 1, errorCode: .protocolError, isRemote: false))
            ])
        #expect(resets(peer) == [0x1])
        for _ in 0..<3 { #expect(try peer.receive(Self.lateData) == []) }
        #expect(try peer.receive(Self.lateTrailers) == [])
        #expect(resets(peer) == [])
    }

    @Test("a stream that the peer reset and continues to use gets one RST_STREAM", arguments: roles)
    func resetByPeer(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.receive(FrameBuilder.rstStream(1, code: 8))
        for index in 0..<4 {
            #expect(try peer.receive(index == 2 ? Self.lateTrailers : Self.lateData) == [])
            #expect(resets(peer) == (index == 0 ? [0x5] : []))
        }
    }

    @Test("DATA after the end of a stream gets one RST_STREAM", arguments: roles)
    func ended(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        if role == .client {
            try peer.connection.endStream(1)
        } else {
            try peer.connection.sendHeaders(.sampleResponse, on: 1, endStream: true)
        }
        try peer.receive(FrameBuilder.data(1, endStream: true))
        peer.sent()
        for index in 0..<3 {
            #expect(try peer.receive(Self.lateData) == [])
            #expect(resets(peer) == (index == 0 ? [0x5] : []))
        }
    }

    @Test("late frames beyond those that are free still use up provokedResets", arguments: roles)
    func charged(role: H2Configuration.Role) throws {
        let peer = try peer(role) {
            $0.limits.provokedResets = .init(5, perSecond: 0)
            // Few enough streams not to raise a budget.
            $0.initialSettings[.maxConcurrentStreams] = 2
        }
        try peer.receive(FrameBuilder.rstStream(1, code: 8))
        for _ in 0..<5 { #expect(try peer.receive(FrameBuilder.data(1, [1])) == []) }
        #expect(peer.connection.usage.provokedResets.used == 5)
        let result = peer.receiveResult(FrameBuilder.data(1, [1]))
        #expect(result.error?.limit == .provokedResets)
    }

    /// The peer may read an announced window before it reads a reset that was sent after it.
    @Test("DATA up to a window that is acknowledged after the reset is free", arguments: roles)
    func windowGrowsAfterReset(role: H2Configuration.Role) throws {
        var configuration = H2Configuration(role)
        configuration.limits.provokedResets = .init(1, perSecond: 0)
        configuration.initialSettings[.initialWindowSize] = 1 << 20
        let connection = H2Connection(configuration)
        try connection.initiateConnection()
        try connection.incrementFlowControlWindow(by: 1 << 24)
        let opening =
            (role == .server ? FrameBuilder.preface() : []) + FrameBuilder.settings([(0x3, 9)])
        _ = try connection.receiveData(opening)
        let streams: [UInt32] = [1, 3, 5, 7]
        for id in streams {
            if role == .server {
                let request = FrameBuilder.headers(id, block: H2Headers.samplePost.block)
                _ = try connection.receiveData(request)
                try connection.sendHeaders([":status": "413"], on: H2StreamID(id), endStream: true)
            } else {
                try connection.sendHeaders(.sampleRequest, on: H2StreamID(id), endStream: true)
            }
            try connection.resetStream(H2StreamID(id))
        }
        _ = try connection.receiveData(FrameBuilder.settingsAck())
        let payload = [UInt8](repeating: 0, count: 16_384)
        for _ in 0..<64 {
            for id in streams { _ = try connection.receiveData(FrameBuilder.data(id, payload)) }
        }
        #expect(connection.usage.provokedResets.total == 0)
        // One byte more than the windows and one empty frame for each stream allow.
        _ = try connection.receiveData(FrameBuilder.data(1, payload.prefix(4 * 64 + 1).map(\.self)))
        #expect(connection.usage.provokedResets.total == 1)
    }

    @Test("late DATA is credited to the connection without RST_STREAM", arguments: roles)
    func credited(role: H2Configuration.Role) throws {
        let peer = try peer(role)
        try peer.connection.resetStream(1, errorCode: .cancel)
        peer.sent()
        let payload = [UInt8](repeating: 0, count: 16_000)
        for _ in 0..<4 { try peer.receive(FrameBuilder.data(1, payload)) }
        let frames = peer.sent()
        #expect(!frames.isEmpty && frames.allSatisfy { $0.type == .windowUpdate })
        #expect(peer.connection.inboundFlowControlWindow > 32_767)
    }

    /// A unary gRPC call is answered with HEADERS, DATA and trailers at once.
    @Test("a response and its trailers are free after a stream was reset before both")
    func wholeResponse() throws {
        let peer = try Peer(.client, policies: .asConfigured)
        for index in 0..<1_000 {
            let id = UInt32(2 * index + 1)
            try peer.connection.sendHeaders(.samplePost, on: H2StreamID(id), endStream: true)
            try peer.connection.resetStream(H2StreamID(id), errorCode: .cancel)
            try peer.receive(
                FrameBuilder.headers(id, block: H2Headers.sampleResponse.block)
                    + FrameBuilder.data(id, [1, 2, 3])
                    + FrameBuilder.headers(id, ["grpc-status": "0"], endStream: true))
        }
        #expect(peer.connection.usage.provokedResets.total == 0)
        // At most 2,048 sections are excused at a time, and the last response used 2 of them.
        for _ in 0..<2_046 {
            _ = try peer.connection.receiveData(
                FrameBuilder.headers(1, ["x": "1"], endStream: true))
        }
        #expect(peer.connection.usage.provokedResets.total == 0)
        try peer.receive(FrameBuilder.headers(1, ["x": "1"], endStream: true))
        #expect(peer.connection.usage.provokedResets.total == 1)
    }

    @Test("1,000 cancelled downloads send 1,000 RST_STREAM")
    func cancelledDownloads() throws {
        let peer = try Peer(.client, policies: .asConfigured)
        var count = 0
        for index in 0..<1_000 {
            let id = UInt32(2 * index + 1)
            try peer.connection.sendHeaders(.sampleRequest, on: H2StreamID(id), endStream: true)
            try peer.receive(FrameBuilder.headers(id, block: H2Headers.sampleResponse.block))
            try peer.connection.resetStream(H2StreamID(id), errorCode: .cancel)
            for _ in 0..<3 { try peer.receive(FrameBuilder.data(id, [1, 2, 3])) }
            count += resets(peer).count
        }
        #expect(count == 1_000)
        #expect(peer.connection.connectionState == .open)
    }
}
