// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// Attacks on automatic flow control: the cost of each is bounded.
@Suite struct ProbeAttackTests {
    private static let sizes = H2FlowControl.Automatic(
        streamWindow: 20_000, maxStreamWindow: 80_000, connectionWindow: 65_535,
        maxConnectionWindow: 500_000, maxUnacknowledged: 1_000_000)

    @Test("large windows on 100 streams that are no longer read hold a bounded number of bytes")
    func unreadStreams() throws {
        let sender = try GreedySender(Self.sizes)
        for id in Attacker.streams(100) { try sender.open(id) }
        for _ in 0..<40 where sender.streams.values.contains(where: { $0 < 80_000 }) {
            for id in Attacker.streams(100) { try sender.send(on: id, isRead: true) }
            try sender.answer()
            sender.timed.pass(10)
            try sender.answer()
        }
        #expect(sender.streams.values.allSatisfy { $0 <= 80_000 })
        #expect(sender.streams.values.filter { $0 > 60_000 }.count > 90)
        #expect(sender.connection > 375_000)
        var count = 0
        while true {
            var sent = 0
            for id in Attacker.streams(100) { sent += try sender.send(on: id, isRead: false) }
            sender.timed.pass(10)
            try sender.answer()
            guard sent > 0 else { break }
            count += sent
        }
        #expect(1_000_000...1_500_000 ~= count)
        let error = failure { () throws(H2Error) in
            try sender.timed.receive(FrameBuilder.zeros(1, sender.connection + 1))
        }
        #expect(error?.kind == .flowControl)
    }

    @Test("a peer that answers at once grows windows in steps of 10 ms, up to their maximum")
    func instantAnswers() throws {
        let sender = try GreedySender(Self.sizes)
        try sender.open(1)
        var probes = 0
        for turn in 0..<200 {
            if turn % 20 == 19 { sender.timed.pass(10) }
            try sender.send(on: 1, isRead: true)
            probes += sender.probes.count
            try sender.answer()
            #expect(sender.streams[1] ?? 0 <= 80_000)
            #expect(sender.connection <= 500_000)
        }
        #expect(1...11 ~= probes)
    }

    @Test("a late answer, after any amount of DATA, grows windows to their maximum at most")
    func lateAnswer() throws {
        let sender = try GreedySender(Self.sizes)
        try sender.open(1)
        for _ in 0..<100 {
            try sender.send(on: 1, isRead: true)
            sender.timed.pass(1_000)
        }
        // No second probe while the first is not answered.
        #expect(sender.probes.count == 1)
        try sender.answer()
        #expect(sender.streams[1] == 80_000)
        // Credit for a quarter of the window may not be due yet.
        #expect(375_000...500_000 ~= sender.connection)
    }

    @Test("a probe that is never answered is the only one, and costs nothing")
    func noAnswer() throws {
        let sender = try GreedySender(Self.sizes)
        for id in Attacker.streams(1_000) {
            try sender.open(id)
            try sender.timed.receive(FrameBuilder.zeros(id, 100, endStream: true))
            try sender.timed.connection.acknowledgeReceivedData(100, on: H2StreamID(id))
            try sender.timed.connection.sendHeaders(
                .sampleResponse, on: H2StreamID(id), endStream: true)
            sender.timed.pass(1_000)
            sender.take()
        }
        #expect(sender.probes.count == 1)
        #expect(sender.timed.connection.openInboundStreams == 0)
    }

    @Test("forged answers grow nothing, and use up controlFrames", arguments: [false, true])
    func forgedAnswers(isRepeated: Bool) throws {
        let sender = try GreedySender(Self.sizes) {
            $0.limits.controlFrames = H2Limits.Budget(100, perSecond: 0)
        }
        try sender.open(1)
        // Before any PING was sent.
        try sender.timed.receive(FrameBuilder.ping(0, ack: true))
        try sender.send(on: 1, isRead: true)
        let value = sender.probes.first ?? 0
        if isRepeated { try sender.answer() }
        let before = sender.streams
        var generator = SplitMix(seed: 1)
        var count = 0
        var error: H2Error?
        while error == nil, count < 1_000 {
            count += 1
            let forged = isRepeated ? value : generator.next()
            error = failure { () throws(H2Error) in
                try sender.timed.receive(FrameBuilder.ping(forged, ack: true))
            }
        }
        #expect(error?.limit == .controlFrames)
        #expect(count <= 110)
        sender.take()
        #expect(sender.streams == before)
    }

    @Test(
        "the number of waiting timers is bounded by that of streams, with and without the time",
        arguments: [false, true])
    func timers(isTimed: Bool) throws {
        let timed = try TimedPeer(.server) {
            $0.deadlines.streamInactivity = .seconds(1_000)
            $0.deadlines.drainRate = .init(bytes: 1, per: .seconds(1_000))
            $0.limits = .unlimited
        }
        var most = 0
        for id in Attacker.streams(5_000) {
            let request = id % 4 == 1 ? FrameBuilder.get(id) : FrameBuilder.post(id)
            if isTimed {
                try timed.receive(request, after: 1)
            } else {
                try timed.peer.receive(request)
            }
            try timed.connection.sendHeaders(.sampleResponse, on: H2StreamID(id))
            for _ in 0..<3 {
                try timed.connection.enqueueData([1], on: H2StreamID(id))
                _ = timed.connection.dataToSend()
            }
            try timed.peer.receive(FrameBuilder.rstStream(id, code: 8))
            most = max(most, timed.connection.streamTimerCount)
        }
        #expect(most <= 2 * (64 + 2 + 1))
        #expect(timed.connection.openInboundStreams == 0)
    }
}

/// A client that sends as much DATA as the windows allow.
private final class GreedySender {
    let timed: TimedPeer
    /// The windows, as opened by the frames of the server.
    private(set) var connection = 65_535
    private(set) var streams: [UInt32: Int] = [:]
    /// The PINGs that were not answered.
    private(set) var probes: [UInt64] = []
    private let streamWindow: Int

    init(
        _ sizes: H2FlowControl.Automatic, _ change: (inout H2Configuration) -> Void = { _ in }
    ) throws {
        streamWindow = sizes.streamWindow
        timed = try TimedPeer(.server) {
            $0.flowControl = .automatic(sizes)
            change(&$0)
        }
        timed.peer.handshakeFrames.forEach(apply)
    }

    func open(_ id: UInt32) throws {
        try timed.receive(FrameBuilder.post(id))
        streams[id] = streamWindow
    }

    /// Sends DATA; returns its length.
    @discardableResult
    func send(on id: UInt32, isRead: Bool) throws -> Int {
        var rest = min(streams[id] ?? 0, connection)
        let count = rest
        while rest > 0 {
            let size = min(rest, 16_384)
            try timed.receive(FrameBuilder.zeros(id, size))
            rest -= size
        }
        streams[id, default: 0] -= count
        connection -= count
        if isRead {
            try timed.connection.acknowledgeReceivedData(count, on: H2StreamID(id))
        }
        take()
        return count
    }

    /// Answers all PINGs.
    func answer() throws {
        for value in probes { try timed.receive(FrameBuilder.ping(value, ack: true)) }
        probes = []
        take()
    }

    /// Applies what the server sent.
    func take() { timed.peer.sent().forEach(apply) }

    private func apply(_ frame: WireFrame) {
        if let value = frame.pingValue, !frame.isAck { probes.append(value) }
        guard let increment = frame.windowIncrement.map(Int.init) else { return }
        if frame.streamID == 0 {
            connection += increment
        } else {
            streams[frame.streamID, default: 0] += increment
        }
    }
}
