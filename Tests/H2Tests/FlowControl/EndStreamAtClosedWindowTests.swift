// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// RFC 9113 §6.9.1: an empty DATA frame with END_STREAM may be sent when the window is used up.
@Suite struct EndStreamAtClosedWindowTests {
    /// How the window is closed.
    enum Closure: CaseIterable, Sendable {
        case streamAtZero, streamBelowZero, connectionAtZero, bothAtZero
        /// The window is open, for comparison.
        case open
    }

    static let roles: [H2Configuration.Role] = [.client, .server]

    /// A connection on which only the window prevents sending DATA on stream 1.
    private func peer(_ role: H2Configuration.Role, _ closure: Closure) throws -> Peer {
        let size: UInt32 =
            switch closure {
            case .streamAtZero: 0
            case .streamBelowZero, .bothAtZero, .open: 65_535
            case .connectionAtZero: 100_000
            }
        let peer = try Peer(H2Configuration(role), settings: [(0x4, size)])
        if role == .client {
            try peer.connection.sendHeaders(.samplePost, on: 1)
        } else {
            try peer.receive(
                FrameBuilder.headers(1, block: H2Headers.samplePost.block, endStream: true))
            try peer.connection.sendHeaders(.sampleResponse, on: 1)
        }
        if closure == .connectionAtZero || closure == .bothAtZero {
            for count in [16_384, 16_384, 16_384, 16_383] {
                try peer.connection.sendData([UInt8](repeating: 1, count: count), on: 1)
            }
        }
        if closure == .streamBelowZero {
            try peer.connection.sendData([1, 2, 3, 4, 5], on: 1)
            try peer.receive(FrameBuilder.settings([(0x4, 0)]))
        }
        _ = peer.sent()
        let windows: [Closure: [Int]] = [
            .streamAtZero: [0, 65_535], .streamBelowZero: [-5, 65_530],
            .connectionAtZero: [0, 0], .bothAtZero: [0, 0], .open: [65_535, 65_535],
        ]
        let local = try peer.connection.localFlowControlWindow(on: 1)
        #expect([local, peer.connection.outboundFlowControlWindow] == windows[closure])
        return peer
    }

    /// Checks that the stream ended, locally or for both sides, and that the connection still
    /// works.
    private func check(_ peer: Peer, _ role: H2Configuration.Role) throws {
        let window = peer.connection.outboundFlowControlWindow
        let again = failure { () throws(H2Error) in try peer.connection.endStream(1) }
        if role == .client {
            #expect(again?.facts == .local(.protocolViolation, on: 1))
            let events = try peer.receive(
                FrameBuilder.headers(1, block: H2Headers.sampleResponse.block, endStream: true))
            #expect(events.last == .streamEnded(.init(streamID: 1)))
            try peer.connection.sendHeaders(.sampleRequest, on: 3, endStream: true)
        } else {
            #expect(again?.facts == .local(.streamClosed, .streamClosed, on: 1))
            try peer.receive(
                FrameBuilder.headers(3, block: H2Headers.sampleRequest.block, endStream: true))
            try peer.connection.sendHeaders(.sampleResponse, on: 3, endStream: true)
        }
        let counts = [peer.connection.openInboundStreams, peer.connection.openOutboundStreams]
        #expect(counts == (role == .client ? [0, 1] : [0, 0]))
        #expect(peer.sent().map(\.type) == [.headers])
        #expect(peer.connection.outboundFlowControlWindow == window)
        try peer.receive(FrameBuilder.windowUpdate(0, increment: 10))
        #expect(peer.connection.outboundFlowControlWindow == window + 10)
    }

    @Test(
        "§6.9.1: endStream sends an empty DATA frame with END_STREAM", arguments: roles,
        Closure.allCases)
    func endStream(role: H2Configuration.Role, closure: Closure) throws {
        let peer = try peer(role, closure)
        try peer.connection.endStream(1)
        // The bytes that h2 writes.
        #expect(peer.connection.dataToSend() == [0, 0, 0, 0, 1, 0, 0, 0, 1])
        try check(peer, role)
    }

    @Test(
        "§6.9.1: sendData with no bytes and END_STREAM sends the same frame", arguments: roles,
        Closure.allCases)
    func sendNothing(role: H2Configuration.Role, closure: Closure) throws {
        let peer = try peer(role, closure)
        try peer.connection.sendData([], on: 1, endStream: true)
        #expect(peer.connection.dataToSend() == [0, 0, 0, 0, 1, 0, 0, 0, 1])
        try check(peer, role)
    }

    @Test(
        "an empty DATA frame without END_STREAM may be sent too, as in h2", arguments: roles,
        Closure.allCases)
    func emptyData(role: H2Configuration.Role, closure: Closure) throws {
        let peer = try peer(role, closure)
        try peer.connection.sendData([], on: 1)
        #expect(peer.connection.dataToSend() == [0, 0, 0, 0, 0, 0, 0, 0, 1])
        try peer.connection.endStream(1)
        #expect(peer.sent().map(\.endsStream) == [true])
        try check(peer, role)
    }

    @Test("padding needs a window, even a pad length of 0", arguments: roles)
    func padded(role: H2Configuration.Role) throws {
        let peer = try peer(role, .streamAtZero)
        expectMisuse(peer.connection, .local(.flowControl, .flowControlError, on: 1)) {
            () throws(H2Error) in
            try peer.connection.sendData([], on: 1, endStream: true, padLength: 0)
        }
        try peer.connection.endStream(1)
        #expect(peer.sent().map(\.endsStream) == [true])
        try check(peer, role)
    }

    @Test("trailers need no window", arguments: roles, Closure.allCases)
    func trailers(role: H2Configuration.Role, closure: Closure) throws {
        let peer = try peer(role, closure)
        try peer.connection.sendHeaders(.sampleTrailers, on: 1, endStream: true)
        #expect(peer.sent().map(\.type) == [.headers])
        try check(peer, role)
    }

    @Test(
        "RFC 7541 §4.2: a pending table size update waits for a field block", arguments: roles)
    func tableSizeUpdate(role: H2Configuration.Role) throws {
        let peer = try peer(role, .streamAtZero)
        try peer.receive(FrameBuilder.settings([(0x1, 0)]))
        peer.decoder.sizeLimit = 0
        _ = peer.sent()
        try peer.connection.endStream(1)
        let frames = peer.sent()
        #expect(frames.map(\.bytes) == [[0, 0, 0, 0, 1, 0, 0, 0, 1]])
        try check(peer, role)
    }
}
