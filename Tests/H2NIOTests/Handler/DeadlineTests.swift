// SPDX-License-Identifier: MIT

#if NIO
import H2
import H2NIO
import H2TestSupport
import NIOCore
import Testing

/// Deadlines in the time of the event loop.
@Suite struct DeadlineTests {
    private func configuration(
        _ role: H2Configuration.Role, _ change: (inout H2Deadlines) -> Void
    ) -> H2Configuration {
        var configuration = H2Configuration(role)
        change(&configuration.deadlines)
        return configuration
    }

    private func keepalive(_ role: H2Configuration.Role = .client) throws -> HandlerChannel {
        try HandlerChannel(
            configuration(role) {
                $0.keepalive = H2Deadlines.Keepalive(
                    interval: .seconds(10), answer: .seconds(3), pingsWithoutStreams: true)
            })
    }

    private static let roles: [H2Configuration.Role] = [.client, .server]

    @Test("a PING is sent after the interval, and its answer delays the next", arguments: roles)
    func pings(_ role: H2Configuration.Role) throws {
        let peer = try keepalive(role)
        for _ in 0..<5 {
            peer.advance(.milliseconds(9_999))
            #expect(peer.sent() == [])
            peer.advance(.milliseconds(1))
            let ping = try #require(peer.sent().first)
            #expect(ping.type == .ping && !ping.isAck)
            try peer.receive(FrameBuilder.ping(ping.pingValue ?? 0, ack: true))
        }
        #expect(peer.delegate.events == [])
        #expect(peer.isOpen)
    }

    @Test("without an answer, the channel is closed", arguments: roles)
    func lost(_ role: H2Configuration.Role) throws {
        let peer = try keepalive(role)
        peer.advance(.seconds(10))
        #expect(peer.sent().map(\.type) == [.ping])
        peer.advance(.milliseconds(2_999))
        #expect(peer.isOpen)
        peer.advance(.milliseconds(1))
        #expect(!peer.isOpen)
        #expect(peer.delegate.error?.deadline == .keepalive)
    }

    @Test("any received byte delays the PING, even within a frame that the handler joins")
    func partialFrames() throws {
        let peer = try keepalive(.server)
        try peer.receive(FrameBuilder.post(1))
        let frame = FrameBuilder.data(1, pattern(16_000))
        for piece in Cut.every(1_000).pieces(of: frame) {
            peer.advance(.milliseconds(9_999))
            try peer.receive(piece)
        }
        #expect(peer.sent() == [])
        #expect(peer.delegate.payloads.count == 1)
        peer.advance(.seconds(10))
        #expect(peer.sent().map(\.type) == [.ping])
    }

    @Test("a part of a frame counts as an answer to the PING")
    func partialAnswer() throws {
        let peer = try keepalive(.server)
        try peer.receive(FrameBuilder.post(1))
        peer.advance(.seconds(10))
        #expect(peer.sent().map(\.type) == [.ping])
        for piece in Cut.every(4_000).pieces(of: FrameBuilder.data(1, pattern(16_000))) {
            peer.advance(.milliseconds(2_999))
            try peer.receive(piece)
        }
        #expect(peer.isOpen)
    }

    @Test("firstSettings: GOAWAY is sent before the channel is closed", arguments: roles)
    func firstSettings(_ role: H2Configuration.Role) throws {
        let peer = try HandlerChannel(
            configuration(role) { $0.firstSettings = .seconds(5) }, handshake: false)
        peer.sent()
        peer.advance(.milliseconds(4_999))
        #expect(peer.isOpen && peer.sent() == [])
        peer.advance(.milliseconds(1))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(code: 1)])
        #expect(!peer.isOpen)
        #expect(peer.delegate.error?.deadline == .firstSettings)
    }

    @Test("settingsAcknowledgement: the connection ends with SETTINGS_TIMEOUT")
    func settingsAcknowledgement() throws {
        let peer = try HandlerChannel(
            configuration(.server) { $0.settingsAcknowledgement = .seconds(5) },
            handshake: false)
        try peer.receive(FrameBuilder.preface() + FrameBuilder.settings())
        peer.sent()
        peer.advance(.seconds(5))
        #expect(peer.sent().map(\.errorCode) == [4])
        #expect(!peer.isOpen)
        #expect(peer.delegate.error?.deadline == .settingsAcknowledgement)
    }

    @Test("fieldBlock: an encoded section that stays incomplete ends the connection")
    func fieldBlock() throws {
        let peer = try HandlerChannel(configuration(.server) { $0.fieldBlock = .seconds(5) })
        try peer.receive(
            FrameBuilder.headers(1, block: FrameBuilder.getBlock, endHeaders: false))
        // More CONTINUATION frames do not extend the deadline.
        peer.advance(.seconds(3))
        try peer.receive(FrameBuilder.continuation(1, block: [], endHeaders: false))
        peer.advance(.seconds(2))
        #expect(peer.sent().map(\.errorCode) == [11])
        #expect(peer.delegate.error?.deadline == .fieldBlock)
    }

    @Test("a deadline that becomes earlier moves the timer")
    func earlier() throws {
        let peer = try HandlerChannel(
            configuration(.server) {
                $0.maximumAge = .seconds(3_600)
                $0.fieldBlock = .seconds(5)
            })
        peer.advance(.seconds(100))
        try peer.receive(
            FrameBuilder.headers(1, block: FrameBuilder.getBlock, endHeaders: false))
        peer.advance(.milliseconds(4_999))
        #expect(peer.isOpen)
        peer.advance(.milliseconds(1))
        #expect(!peer.isOpen)
    }

    @Test("a timer that fires too early changes nothing, and waits for the rest")
    func later() throws {
        let peer = try HandlerChannel(configuration(.server) { $0.fieldBlock = .seconds(5) })
        try peer.receive(
            FrameBuilder.headers(1, block: FrameBuilder.getBlock, endHeaders: false))
        peer.advance(.seconds(4))
        try peer.receive(FrameBuilder.continuation(1, block: []))
        try peer.receive(
            FrameBuilder.headers(3, block: FrameBuilder.getBlock, endHeaders: false))
        peer.advance(.milliseconds(4_999))
        #expect(peer.isOpen && peer.sent() == [])
        peer.advance(.milliseconds(1))
        #expect(peer.sent().map(\.errorCode) == [11])
    }

    @Test("idle: a server announces its shutdown, and ends after the client's acknowledgement")
    func idle() throws {
        let peer = try HandlerChannel(configuration(.server) { $0.idle = .seconds(60) })
        peer.front.outputClosing = .succeeds
        peer.advance(.seconds(60))
        let frames = peer.sent()
        #expect(frames.map(\.type) == [.goAway, .ping])
        #expect(peer.delegate.events == [.deadlineExpired(.init(deadline: .idle))])
        try peer.receive(FrameBuilder.ping(frames[1].pingValue ?? 0, ack: true))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway()])
        #expect(peer.front.closes.map { "\($0)" } == ["output"])
        peer.close()
        #expect(peer.delegate.errors.count == 1 && peer.delegate.errors[0] == nil)
    }

    @Test("shutdown: a stream that does not end is cut off with GOAWAY(NO_ERROR)")
    func shutdown() throws {
        let peer = try HandlerChannel(
            configuration(.server) {
                $0.shutdown = .seconds(20)
                $0.shutdownAnnouncement = .seconds(1)
            })
        try peer.receive(FrameBuilder.post(1))
        peer.handler.startGracefulShutdown()
        peer.runLoop()
        #expect(peer.sent().map(\.type) == [.goAway, .ping])
        peer.advance(.seconds(1))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 1)])
        peer.advance(.seconds(19))
        #expect(peer.sent().map(\.bytes) == [FrameBuilder.goAway(last: 1)])
        #expect(!peer.isOpen)
        #expect(peer.delegate.error?.deadline == .shutdown)
    }

    @Test("output: a channel that stays not writable is closed, although GOAWAY cannot be sent")
    func output() throws {
        let peer = try HandlerChannel(configuration(.server) { $0.output = .seconds(10) })
        peer.setWritable(false)
        try peer.receive(FrameBuilder.ping())
        peer.advance(.seconds(10))
        #expect(peer.delegate.error?.deadline == .output || peer.isOpen)
        peer.advance(.seconds(30))
        #expect(!peer.isOpen)
        #expect(peer.delegate.error?.deadline == .output)
    }

    @Test("streamInactivity: one stream is reset, and the connection continues")
    func streamInactivity() throws {
        let peer = try HandlerChannel(
            configuration(.server) { $0.streamInactivity = .seconds(30) })
        try peer.receive(FrameBuilder.post(1))
        for _ in 0..<20 {
            peer.advance(.seconds(2))
            try peer.receive(FrameBuilder.ping())
        }
        let reset = peer.sent().first { $0.type == .rstStream }
        #expect(reset?.streamID == 1)
        #expect(peer.isOpen)
    }

    @Test("no timer remains after the end")
    func noTimer() throws {
        let peer = try keepalive()
        peer.close()
        peer.delegate.forget()
        peer.advance(.seconds(1_000))
        #expect(peer.sent() == [] && peer.delegate.calls == [])
    }

    @Test("a connection without deadlines sends nothing as time passes")
    func noDeadlines() throws {
        let peer = try HandlerChannel(.server)
        try peer.receive(FrameBuilder.post(1))
        peer.advance(.hours(24))
        #expect(peer.isOpen && peer.sent() == [])
    }
}
#endif
