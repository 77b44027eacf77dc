// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The deadlines that end the connection: each fires exactly at its time, and the error names it.
@Suite struct ConnectionDeadlineTests {
    /// The remote end's preface, or a part of it.
    private static let settings = FrameBuilder.settings()
    private static let clientPreface = FrameBuilder.preface() + settings

    private func expectEnd(
        _ expiry: TimedPeer.Expiry, _ deadline: H2Deadline, _ code: H2ErrorCode,
        last: UInt32 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            expiry.error?.facts == .remote(.deadlineExpired, code), sourceLocation: sourceLocation)
        #expect(expiry.error?.deadline == deadline, sourceLocation: sourceLocation)
        #expect(expiry.error?.limit == nil, sourceLocation: sourceLocation)
        #expect(
            expiry.frames.map(\.bytes) == [FrameBuilder.goAway(last: last, code: code.rawValue)],
            sourceLocation: sourceLocation)
    }

    @Test(
        "without deadlines, time does nothing", arguments: [H2Configuration.Role.client, .server])
    func offByDefault(role: H2Configuration.Role) throws {
        let timed = try TimedPeer(role, handshake: false)
        #expect(timed.connection.nextDeadline == nil)
        timed.expectNothing(for: 1_000_000_000)
        try timed.receive(timed.peer.preface + FrameBuilder.settings())
        timed.sent()
        if role == .server {
            try timed.receive(
                FrameBuilder.post(1)
                    + FrameBuilder.headers(
                        3, block: Attacker.get, endHeaders: false))
        } else {
            try timed.connection.sendHeaders(.samplePost, on: 1)
            timed.sent()
        }
        timed.expectNothing(for: 1_000_000_000)
        #expect(timed.connection.nextDeadline == nil)
    }

    // MARK: The handshake

    @Test("firstSettings: a client that sends no SETTINGS ends with PROTOCOL_ERROR")
    func firstSettings() throws {
        let timed = try TimedPeer(.server, handshake: false) {
            $0.deadlines.firstSettings = .seconds(5)
        }
        // An incomplete preface is no progress.
        try timed.receive(FrameBuilder.preface() + [0, 0], after: 2_000)
        expectEnd(timed.expire(after: 3_000), .firstSettings, .protocolError)
        let again = failure { () throws(H2Error) in try timed.receive([0]) }
        #expect(again?.deadline == .firstSettings)
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("firstSettings: a server that sends no SETTINGS ends with PROTOCOL_ERROR")
    func firstSettingsOfServer() throws {
        let timed = try TimedPeer(.client, handshake: false) {
            $0.deadlines.firstSettings = .seconds(5)
        }
        expectEnd(timed.expire(after: 5_000), .firstSettings, .protocolError)
    }

    @Test("firstSettings: SETTINGS in the last nanosecond suffices")
    func firstSettingsInTime() throws {
        let timed = try TimedPeer(.server, handshake: false) {
            $0.deadlines.firstSettings = .nanoseconds(5_000_000_001)
        }
        try timed.receive(Self.clientPreface, after: 5_000)
        timed.sent()
        #expect(timed.connection.nextDeadline == nil)
        timed.expectNothing(for: 100_000)
    }

    @Test("settingsAcknowledgement: ends with SETTINGS_TIMEOUT")
    func settingsAcknowledgement() throws {
        let timed = try TimedPeer(.server, handshake: false) {
            $0.deadlines.settingsAcknowledgement = .seconds(10)
        }
        try timed.receive(Self.clientPreface, after: 1_000)
        timed.sent()
        expectEnd(timed.expire(after: 9_000), .settingsAcknowledgement, .settingsTimeout)
    }

    @Test("settingsAcknowledgement: each acknowledgement restarts it for the next SETTINGS")
    func nextSettings() throws {
        let timed = try TimedPeer(.client) {
            $0.deadlines.settingsAcknowledgement = .seconds(10)
        }
        #expect(timed.connection.nextDeadline == nil)
        try timed.connection.updateSettings([.maxFrameSize: 20_000])
        try timed.connection.updateSettings([.maxFrameSize: 30_000])
        timed.sent()
        try timed.receive(FrameBuilder.settingsAck(), after: 9_000)
        let expiry = timed.expire(after: 10_000)
        expectEnd(expiry, .settingsAcknowledgement, .settingsTimeout)
    }

    // MARK: Field blocks

    /// The start of a field block, and the frames or parts of frames that continue it.
    private static let blocks: [(String, first: [UInt8], more: [UInt8])] = [
        (
            "HEADERS without END_HEADERS",
            FrameBuilder.headers(1, block: Attacker.get, endHeaders: false),
            FrameBuilder.continuation(1, block: [], endHeaders: false)
        ),
        ("half of HEADERS", Array(FrameBuilder.get(1).prefix(9)), [0x82]),
        (
            "half of CONTINUATION",
            FrameBuilder.headers(1, block: Attacker.get, endHeaders: false)
                + FrameBuilder.continuation(1, block: [0x82, 0x82, 0x82]).prefix(10),
            [0x82]
        ),
    ]

    @Test("fieldBlock: more bytes do not delay ENHANCE_YOUR_CALM", arguments: 0..<3)
    func fieldBlock(index: Int) throws {
        let (_, first, more) = Self.blocks[index]
        let timed = try TimedPeer(.server) { $0.deadlines.fieldBlock = .seconds(4) }
        timed.expectNothing(for: 60_000)
        try timed.receive(first)
        try timed.receive(more, after: 3_999)
        expectEnd(timed.expire(after: 1), .fieldBlock, .enhanceYourCalm)
    }

    @Test("fieldBlock: each block has its own time, and a complete block has none")
    func manyFieldBlocks() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.fieldBlock = .seconds(4) }
        try timed.receive(
            FrameBuilder.headers(1, block: Attacker.get, endStream: true, endHeaders: false))
        // The next block begins in the same call in which this one ends.
        let next = FrameBuilder.post(3)
        try timed.receive(FrameBuilder.continuation(1, block: []) + next.prefix(10), after: 3_000)
        try timed.receive(Array(next.dropFirst(10)), after: 3_000)
        #expect(timed.connection.nextDeadline == nil)
        // A frame of another type is not part of a field block.
        try timed.receive(Array(FrameBuilder.zeros(3, 100).prefix(50)))
        timed.expectNothing(for: 60_000)
    }

    @Test("fieldBlock: PUSH_PROMISE counts, and pieces of its frame header do not yet")
    func promiseBlock() throws {
        let timed = try TimedPeer(.client) { $0.deadlines.fieldBlock = .seconds(4) }
        try timed.connection.sendHeaders(.sampleRequest, on: 1, endStream: true)
        timed.sent()
        let promise = FrameBuilder.pushPromise(1, promised: 2, block: Attacker.get)
        try timed.receive(Array(promise.prefix(8)))
        timed.expectNothing(for: 10_000)
        try timed.receive([promise[8]])
        expectEnd(timed.expire(after: 4_000), .fieldBlock, .enhanceYourCalm)
    }

    // MARK: Output

    @Test("output: if the caller takes nothing, the connection ends without GOAWAY")
    func output() throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.output = .seconds(30)
            $0.reportsStreamOutcomes = true
        }
        timed.expectNothing(for: 100_000)
        try timed.receive(FrameBuilder.post(1) + FrameBuilder.ping(1))
        #expect(
            timed.connection.nextDeadline == H2Instant(nanoseconds: timed.time + 30_000_000_000))
        timed.pass(30_000)
        let error = failure { () throws(H2Error) in try timed.handle() }
        #expect(error?.facts == .remote(.deadlineExpired, .noError))
        #expect(error?.deadline == .output)
        let cutOff = H2Event.streamClosed(
            .init(streamID: 1, outcome: .cutOff, unsentByteCount: 0))
        #expect(error?.precedingEvents == [cutOff])
        #expect(!timed.connection.hasDataToSend)
        let call = failure { () throws(H2Error) in try timed.connection.ping(H2PingData(1)) }
        #expect(call?.kind == .connectionClosed)
        #expect(timed.connection.nextDeadline == nil)
    }

    @Test("output: each byte that the caller takes restarts the time; queued data counts, too")
    func outputProgress() throws {
        let timed = try TimedPeer(.server) { $0.deadlines.output = .seconds(30) }
        try timed.receive(FrameBuilder.post(1))
        try timed.connection.sendHeaders(.sampleResponse, on: 1)
        try timed.connection.enqueueData([UInt8](repeating: 0, count: 100), on: 1)
        for _ in 0..<20 {
            timed.connection.advance(to: timed.now)
            timed.pass(29_999)
            #expect(try timed.handle() == [])
            #expect(timed.connection.dataToSend(upTo: 1).count == 1)
        }
        while timed.connection.outboundByteCount > 0 { _ = timed.connection.dataToSend() }
        timed.connection.advance(to: timed.now)
        #expect(timed.connection.nextDeadline == nil)
        // Without a window, the caller cannot take the data.
        try timed.connection.enqueueData([UInt8](repeating: 0, count: 70_000), on: 1)
        _ = timed.connection.dataToSend()
        timed.connection.advance(to: timed.now)
        #expect(timed.connection.queuedByteCount > 0)
        #expect(timed.connection.nextDeadline == nil)
        try timed.receive(
            FrameBuilder.windowUpdate(1, increment: 10)
                + FrameBuilder.windowUpdate(
                    0, increment: 10))
        #expect(
            timed.connection.nextDeadline == H2Instant(nanoseconds: timed.time + 30_000_000_000))
    }
}
