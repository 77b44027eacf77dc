// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// `H2Deadlines.drainRate`: a stream whose peer accepts queued data too slowly is reset.
@Suite struct DrainRateTests {
    /// A server that expects 1,000 bytes in 10 s, and whose client announced a window for each
    /// stream.
    private func timed(
        window: UInt32, streams: [UInt32] = [1], bytes: Int = 1_000,
        _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> TimedPeer {
        let timed = try TimedPeer(.server, settings: [(4, window)]) {
            $0.deadlines.drainRate = H2Deadlines.DrainRate(bytes: bytes, per: .seconds(10))
            change(&$0)
        }
        for id in streams {
            try timed.receive(FrameBuilder.get(id))
            try timed.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
        }
        timed.sent()
        return timed
    }

    private func queue(_ count: Int, on id: UInt32 = 1, _ timed: TimedPeer) throws {
        try timed.connection.enqueueData([UInt8](repeating: 0, count: count), on: H2StreamID(id))
        timed.sent()
    }

    private func open(_ increment: UInt32, on id: UInt32 = 1, _ timed: TimedPeer) throws {
        try timed.receive(FrameBuilder.windowUpdate(id, increment: increment))
        timed.sent()
    }

    private func expectReset(
        _ expiry: TimedPeer.Expiry, _ id: UInt32 = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let id = H2StreamID(id)
        #expect(
            expiry.events == [.expired(.drainRate, on: id), .cancelled(id)],
            sourceLocation: sourceLocation)
        #expect(
            expiry.frames.map(\.bytes) == [FrameBuilder.rstStream(id.rawValue, code: 8)],
            sourceLocation: sourceLocation)
    }

    @Test("a stream whose peer opens no window is reset after one interval")
    func closed() throws {
        let timed = try timed(window: 0)
        timed.expectNothing(for: 1_000_000)
        try queue(5_000, timed)
        expectReset(timed.expire(after: 10_000))
        #expect(timed.connection.nextDeadline == nil)
        #expect(timed.connection.queuedByteCount == 0)
    }

    @Test("WINDOW_UPDATE of 1, however often, is too slow")
    func tinyWindows() throws {
        let timed = try timed(window: 0)
        try queue(5_000, timed)
        for _ in 0..<999 {
            timed.pass(10)
            try open(1, timed)
        }
        expectReset(timed.expire(after: 10))
    }

    @Test("exactly the rate suffices, one byte less does not")
    func exactRate() throws {
        let timed = try timed(window: 0)
        try queue(5_000, timed)
        for _ in 0..<3 {
            timed.pass(9_999)
            try open(1_000, timed)
            timed.expectNothing(for: 1)
        }
        timed.pass(9_999)
        try open(999, timed)
        expectReset(timed.expire(after: 1))
    }

    @Test("an open window counts even if the caller does not use it")
    func untakenOutput() throws {
        let timed = try timed(window: 1_000)
        try timed.connection.enqueueData([UInt8](repeating: 0, count: 5_000), on: 1)
        timed.connection.advance(to: timed.now)
        for _ in 0..<5 {
            timed.pass(10_000)
            #expect(try timed.handle() == [])
        }
        #expect(timed.connection.queuedByteCount == 5_000)
    }

    @Test("the rest of the data suffices if it is less than the rate")
    func rest() throws {
        let timed = try timed(window: 0)
        try queue(5, timed)
        timed.pass(9_999)
        try open(5, timed)
        timed.expectNothing(for: 100_000)
        #expect(timed.connection.nextDeadline == nil)
        try queue(5, timed)
        timed.pass(9_999)
        try open(4, timed)
        expectReset(timed.expire(after: 1))
    }

    @Test("data that is queued late in an interval gets a full interval")
    func lateData() throws {
        let timed = try timed(window: 500)
        try queue(1, timed)
        #expect(timed.connection.queuedByteCount == 0)
        timed.pass(9_999)
        // The window now has 499 bytes, so that the stream has accepted 500 in this interval.
        try queue(5_000, timed)
        timed.expectNothing(for: 10_000)
        try open(1_000, timed)
        timed.expectNothing(for: 10_000)
        timed.pass(10_001)
        #expect(try timed.handle().first == .expired(.drainRate, on: 1))
    }

    @Test("a stream that waits for a more urgent one is not slow")
    func urgent() throws {
        let timed = try timed(window: 1 << 20, streams: [1, 3]) { $0.priorities = .extensible }
        try timed.connection.setSendPriority(H2ExtensiblePriority(urgency: 0), on: 1)
        try timed.connection.setSendPriority(H2ExtensiblePriority(urgency: 7), on: 3)
        try queue(500_000, on: 1, timed)
        try queue(5_000, on: 3, timed)
        #expect(timed.connection.queuedByteCount(on: 3) == 5_000)
        for _ in 0..<5 {
            timed.pass(9_999)
            try open(2_000, on: 0, timed)
            timed.expectNothing(for: 1)
        }
        #expect(timed.connection.queuedByteCount(on: 3) == 5_000)
        // The window of the connection is closed for both.
        timed.pass(10_000)
        let events = try timed.handle()
        #expect(events.count == 4)
        #expect(
            Set(events) == [
                .expired(.drainRate, on: 1), .cancelled(1), .expired(.drainRate, on: 3),
                .cancelled(3),
            ])
    }

    @Test("a stream whose own window is closed is slow although others are fast")
    func otherIsFast() throws {
        let timed = try timed(window: 0, streams: [1, 3])
        try queue(50_000, on: 1, timed)
        try queue(50_000, on: 3, timed)
        timed.pass(5_000)
        try open(20_000, on: 3, timed)
        expectReset(timed.expire(after: 5_000), 1)
        #expect(timed.connection.queuedByteCount(on: 3) == 30_000)
    }

    @Test("credit for a window that SETTINGS made negative counts, if it is as fast as the rate")
    func negativeWindow() throws {
        let timed = try timed(window: 65_535)
        try queue(100_000, timed)
        try timed.receive(
            FrameBuilder.settings([(4, 10)]) + FrameBuilder.windowUpdate(0, increment: 100_000))
        timed.sent()
        for _ in 0..<3 {
            timed.pass(9_999)
            try open(1_000, timed)
            timed.expectNothing(for: 1)
        }
        #expect(try timed.connection.localFlowControlWindow(on: 1) < 0)
        timed.pass(9_999)
        try open(999, timed)
        // SETTINGS that lower and raise the window accept nothing.
        try timed.receive(FrameBuilder.settings([(4, 0)]) + FrameBuilder.settings([(4, 5_000)]))
        timed.sent()
        expectReset(timed.expire(after: 1))
    }

    @Test("sendData, DATA of the peer, and a rate of 0 cause no deadline")
    func notQueued() throws {
        let timed = try timed(window: 10)
        try timed.connection.sendData([1, 2], on: 1)
        timed.sent()
        timed.expectNothing(for: 100_000)
        let free = try self.timed(window: 0, bytes: 0)
        try queue(10, free)
        free.expectNothing(for: 100_000)
    }

    @Test("a request body is watched, too, and trailers wait with it")
    func client() throws {
        let timed = try TimedPeer(.client, settings: [(4, 0)]) {
            $0.deadlines.drainRate = H2Deadlines.DrainRate(bytes: 1_000, per: .seconds(10))
        }
        try timed.connection.sendHeaders(.samplePost, on: 1)
        try timed.connection.enqueueData([1, 2, 3], on: 1)
        try timed.connection.enqueueTrailers(.sampleTrailers, on: 1)
        timed.sent()
        expectReset(timed.expire(after: 10_000))
    }
}
