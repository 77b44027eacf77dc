// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The PINGs that measure the bandwidth-delay product, and the windows that grow with it.
@Suite struct WindowProbeTests {
    private func timed(
        maxStreamWindow: Int = 8 << 20, maxConnectionWindow: Int = 32 << 20,
        onArrival: Bool = false, _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws -> TimedPeer {
        let sizes = H2FlowControl.Automatic(
            maxStreamWindow: maxStreamWindow, connectionWindow: 65_535,
            maxConnectionWindow: maxConnectionWindow, creditsStreamsOnArrival: onArrival)
        let timed = try TimedPeer(.server) {
            $0.flowControl = .automatic(sizes)
            change(&$0)
        }
        try timed.receive(FrameBuilder.post(1))
        return timed
    }

    /// Receives DATA, which the program acknowledges unless `isRead` is false; returns the PINGs.
    @discardableResult
    private func send(
        _ count: Int, on id: UInt32 = 1, isRead: Bool = true, _ timed: TimedPeer
    ) throws -> [WireFrame] {
        try timed.receive(FrameBuilder.zeros(id, count))
        if isRead {
            try timed.connection.acknowledgeReceivedData(count, on: H2StreamID(id))
        }
        return timed.sent().filter { $0.type == .ping }
    }

    private func ack(_ frame: WireFrame?) -> [UInt8] {
        FrameBuilder.ping(frame?.pingValue ?? 0, ack: true)
    }

    @Test("DATA starts a probe, whose answer measures the round trip and causes no event")
    func roundTrip() throws {
        let timed = try timed()
        #expect(timed.connection.roundTripTime == nil)
        let pings = try send(100, timed)
        #expect(pings.count == 1 && pings.first?.isAck == false)
        timed.pass(5)
        // Only one is in flight.
        #expect(try send(100, timed) == [])
        timed.pass(20)
        #expect(try timed.receive(ack(pings.first)) == [])
        #expect(timed.connection.roundTripTime == .milliseconds(25))
        // Too little arrived for a window to grow.
        #expect(timed.sent() == [])
    }

    @Test("without the time, nothing is measured")
    func withoutTime() throws {
        let timed = try timed()
        for _ in 0..<10 {
            try timed.peer.receive(FrameBuilder.zeros(1, 16_384))
            try timed.connection.acknowledgeReceivedData(16_384, on: 1)
        }
        #expect(timed.sent().allSatisfy { $0.type == .windowUpdate })
        #expect(timed.connection.roundTripTime == nil)
    }

    @Test("HEADERS, PING and discarded DATA start no probe")
    func otherFrames() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.get(3) + FrameBuilder.ping(1))
        try timed.connection.resetStream(1)
        try timed.receive(FrameBuilder.zeros(1, 100))
        #expect(timed.sent().filter { $0.type == .ping && !$0.isAck } == [])
    }

    @Test("a window that a round trip uses up grows to twice the bytes that arrived")
    func growth() throws {
        let timed = try timed()
        let ping = try send(16_384, timed).first
        for _ in 0..<2 { try send(16_384, timed) }
        let before = try timed.connection.remoteFlowControlWindow(on: 1)
        try timed.receive(ack(ping), after: 100)
        let frames = timed.sent()
        let increment = UInt32(2 * 3 * 16_384 - 65_535)
        #expect(
            frames.map(\.bytes)
                == [0, 1].map {
                    FrameBuilder.windowUpdate($0, increment: increment)
                })
        let after = try timed.connection.remoteFlowControlWindow(on: 1)
        #expect(after == before + Int(increment))
    }

    @Test("a window keeps its size if a round trip uses less than two thirds of it")
    func noGrowth() throws {
        let timed = try timed()
        let ping = try send(16_384, timed).first
        try send(16_384, timed)
        // 43,690 bytes would be two thirds.
        try send(43_689 - 2 * 16_384, timed)
        try timed.receive(ack(ping), after: 100)
        #expect(timed.sent() == [])
    }

    @Test("windows do not grow while the program does not keep up", arguments: [false, true])
    func slowProgram(onArrival: Bool) throws {
        let timed = try timed(onArrival: onArrival)
        let ping = try send(16_384, isRead: false, timed).first
        for _ in 0..<2 { try send(16_384, isRead: false, timed) }
        try timed.receive(ack(ping), after: 100)
        #expect(timed.sent() == [])
    }

    @Test("an unread stream does not keep another from growing")
    func otherStream() throws {
        let timed = try timed()
        try timed.receive(FrameBuilder.post(3))
        let ping = try send(16_384, on: 3, isRead: false, timed).first
        for _ in 0..<3 { try send(16_384, timed) }
        try timed.receive(ack(ping), after: 100)
        #expect(timed.sent().map(\.streamID) == [0, 1])
    }

    @Test("no window grows beyond its maximum, and at the maximum no probe starts")
    func maximum() throws {
        let timed = try timed(maxStreamWindow: 70_000, maxConnectionWindow: 80_000)
        let ping = try send(16_384, timed).first
        for _ in 0..<3 { try send(16_384, timed) }
        try timed.receive(ack(ping), after: 100)
        #expect(timed.sent().map(\.windowIncrement) == [80_000 - 65_535, 70_000 - 65_535])
        for _ in 0..<50 {
            timed.pass(1_000)
            #expect(try send(16_384, timed) == [])
        }
        // A new stream may still grow.
        try timed.receive(FrameBuilder.post(3))
        #expect(try send(16_384, on: 3, timed).count == 1)
    }

    @Test("without room to grow, no probe starts at all")
    func fixedSize() throws {
        let timed = try timed(maxStreamWindow: 65_535, maxConnectionWindow: 65_535)
        for _ in 0..<100 {
            timed.pass(100)
            #expect(try send(16_384, timed) == [])
        }
        #expect(timed.connection.roundTripTime == nil)
    }

    @Test("probes have an interval of at least 10 ms, which doubles up to 10 s without growth")
    func interval() throws {
        let timed = try timed()
        // A small body: the stream is not young.
        var ping = try send(1, timed).first
        var expected: [Int] = [20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_000, 10_000]
        while !expected.isEmpty {
            try timed.receive(ack(ping), after: 1)
            let interval = expected.removeFirst()
            timed.pass(interval - 2)
            #expect(try send(1, timed) == [])
            timed.pass(1)
            let pings = try send(1, timed)
            #expect(pings.count == 1, "after \(interval) ms")
            ping = pings.first
        }
    }

    @Test("while a stream has received about one window, probes follow each other after 10 ms")
    func youngStream() throws {
        let timed = try timed()
        var ping = try send(16_384, timed).first
        var count = 0
        for turn in 0..<100 {
            if ping != nil { try timed.receive(ack(ping), after: 1) }
            timed.pass(9)
            ping = try send(3_000, timed).first
            if ping != nil, turn < 40 { count += 1 }
        }
        // From 32 KiB to 128 KiB.
        #expect(25...40 ~= count)
        let timed2 = try self.timed()
        ping = try send(16_384, timed2).first
        try timed2.receive(ack(ping), after: 1)
        try send(16_384, timed2)
        timed2.pass(8)
        #expect(try send(100, timed2) == [])
        timed2.pass(1)
        #expect(try send(100, timed2).count == 1)
    }

    @Test("an answer in a call without the time measures nothing, and delays the next probe")
    func untimedAnswer() throws {
        let timed = try timed()
        let ping = try send(16_384, timed).first
        for _ in 0..<3 { try send(16_384, timed) }
        #expect(try timed.peer.receive(ack(ping)) == [])
        #expect(timed.sent() == [])
        #expect(timed.connection.roundTripTime == nil)
        #expect(try send(1_000, timed) == [])
        timed.pass(9)
        #expect(try send(1_000, timed) == [])
        timed.pass(1)
        #expect(try send(1_000, timed).count == 1)
    }

    @Test("an instant at the end of time, or in the past, is harmless")
    func extremeTimes() throws {
        let timed = try timed()
        let ping = try send(16_384, timed).first
        let end = H2Instant(nanoseconds: .max)
        for instant in [H2Instant(nanoseconds: 0), end, end] {
            _ = try timed.connection.receiveData(FrameBuilder.zeros(1, 10_000), at: instant)
        }
        _ = try timed.connection.receiveData(ack(ping), at: end)
        for _ in 0..<2 {
            _ = try timed.connection.receiveData(FrameBuilder.zeros(1, 10_000), at: end)
        }
        let next = timed.peer.sent().last { $0.type == .ping }
        _ = try timed.connection.receiveData(ack(next), at: end)
    }

    @Test("payloads differ, unless the seed is configured")
    func payloads() throws {
        var values: Set<UInt64> = []
        for _ in 0..<20 {
            let timed = try timed()
            var ping = try send(100, timed).first
            values.insert(ping?.pingValue ?? 0)
            try timed.receive(ack(ping), after: 1)
            timed.pass(100)
            ping = try send(100, timed).first
            values.insert(ping?.pingValue ?? 0)
        }
        #expect(values.count == 40)
        let seeded = try (0..<2).map { _ in
            try send(100, timed { $0.hashSeed = 7 }).first?.pingValue
        }
        #expect(seeded[0] != nil && seeded[0] == seeded[1])
    }

    @Test("a window that the program enlarged beyond the maximum stays as it is")
    func enlarged() throws {
        let timed = try timed(maxStreamWindow: 100_000, maxConnectionWindow: 100_000)
        try timed.connection.incrementFlowControlWindow(by: 1 << 30, on: 1)
        try timed.connection.incrementFlowControlWindow(by: 1 << 30)
        timed.sent()
        for _ in 0..<20 {
            timed.pass(100)
            #expect(try send(16_384, timed) == [])
        }
    }
}
