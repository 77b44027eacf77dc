// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// The simulated network that other tests use.
@Suite struct SimulatedPathTests {
    typealias Link = SimulatedPath.Link

    private static let piece = [UInt8](repeating: 7, count: 16_384)

    /// A client whose windows never limit a download of this many bytes in flight.
    private static func client(windows size: Int) -> H2Configuration {
        var configuration = H2Configuration.client
        configuration.initialSettings = [.initialWindowSize: UInt32(size)]
        configuration.connectionWindowSize = size
        return configuration
    }

    /// Lets the server answer each request with a body as far as the windows allow, and the client
    /// acknowledge all DATA at once.
    private static func serve(_ count: Int, on path: SimulatedPath) {
        var unsent: [H2StreamID: Int] = [:]
        path.onServerEvents = { path, events in
            for case .requestReceived(let request) in events {
                try path.server.sendHeaders(.sampleResponse, on: request.streamID)
                unsent[request.streamID] = count
            }
            for id in unsent.keys.sorted() {
                while let left = unsent[id] {
                    let size = min(left, path.server.sendableByteCount(on: id))
                    guard size > 0 else { break }
                    try path.server.sendData(piece[..<size], on: id, endStream: size == left)
                    unsent[id] = size == left ? nil : left - size
                }
            }
        }
        path.onClientEvents = { path, events in
            for case .dataReceived(let data) in events {
                try path.client.acknowledgeReceivedData(
                    data.flowControlledLength, on: data.streamID)
            }
        }
    }

    private static func request(on path: SimulatedPath) throws {
        let id = try path.client.nextAvailableStreamID()
        try path.client.sendHeaders(.sampleRequest, on: id, endStream: true)
    }

    /// Returns a path on which the client has requested a body of this many bytes.
    private static func download(
        _ count: Int, client: H2Configuration = .client, toServer: Link = Link(),
        toClient: Link = Link()
    ) throws -> SimulatedPath {
        let path = SimulatedPath(client: client, toServer: toServer, toClient: toClient)
        serve(count, on: path)
        try path.start()
        try request(on: path)
        return path
    }

    // MARK: Time

    @Test("a PING and its acknowledgement arrive after the delays of their directions")
    func delay() throws {
        let path = SimulatedPath(
            toServer: Link(delay: .milliseconds(30)), toClient: Link(delay: .microseconds(20_001)))
        try path.start()
        try path.run(until: H2Instant(.seconds(2)))
        try path.client.ping(H2PingData(1))
        try path.run(for: .microseconds(50_000))
        #expect(path.samples(to: .server).last?.instant == H2Instant(.milliseconds(2_030)))
        #expect(
            path.samples(to: .client).last?.instant
                == H2Instant(.milliseconds(1_050) + .microseconds(1)))
        try path.run(for: .microseconds(1))
        #expect(path.now == H2Instant(.microseconds(2_050_001)))
        #expect(path.samples(to: .client).last?.instant == path.now)
    }

    @Test(
        "a response arrives exactly when its bytes have been sent and the delay has passed",
        arguments: [1_000_000, 300_007, 125_000_000])
    func bandwidth(rate: Int) throws {
        let path = SimulatedPath(
            client: Self.client(windows: 1 << 20), toServer: Link(delay: .milliseconds(30)),
            toClient: Link(bytesPerSecond: rate, delay: .milliseconds(20)))
        try path.start()
        try path.runUntilIdle()
        var wireSize = 0
        path.onServerEvents = { path, _ in
            try path.server.sendHeaders(.sampleResponse, on: 1)
            for index in 1...50 {
                try path.server.sendData(Self.piece, on: 1, endStream: index == 50)
            }
            wireSize = path.server.outboundByteCount
        }
        let begin = path.now.rawValue + 50_000_000
        let earlier = path.samples(to: .client).count
        try Self.request(on: path)
        try path.runUntilIdle()
        #expect(wireSize > 50 * (16_384 + 9))
        // Rounding to nanoseconds does not add up over the segments.
        let arrivals = path.samples(to: .client).dropFirst(earlier).map(\.instant.rawValue)
        #expect(arrivals.first == begin + UInt64(16_384 * 1_000_000_000 / rate))
        #expect(arrivals.last == begin + UInt64(wireSize * 1_000_000_000 / rate))
        #expect(arrivals.last == path.now.rawValue)
        #expect(path.dataByteCount(to: .client) == 50 * 16_384)
        #expect(path.dataByteCount(to: .client, until: H2Instant(nanoseconds: begin)) == 0)
        let beforeLast = H2Instant(nanoseconds: path.now.rawValue - 1)
        #expect(path.dataByteCount(to: .client, until: beforeLast) == 49 * 16_384)
        #expect(path.dataByteCount(to: .client, until: path.now) == 50 * 16_384)
    }

    @Test("what happens at the same instant happens in the order in which it was scheduled")
    func ties() throws {
        let path = SimulatedPath(toServer: Link(delay: .milliseconds(5)))
        try path.start()
        try path.runUntilIdle()
        var order: [String] = []
        path.onServerEvents = { _, _ in order.append("delivery") }
        path.schedule(after: .milliseconds(5)) { path in
            order.append("first")
            path.schedule(after: .zero) { _ in order.append("last") }
        }
        try path.client.ping(H2PingData(1))
        // Schedules the delivery.
        try path.run(for: .zero)
        path.schedule(after: .milliseconds(5)) { _ in order.append("third") }
        path.schedule(after: .milliseconds(4)) { _ in order.append("early") }
        try path.run(for: .milliseconds(4))
        #expect(order == ["early"])
        path.schedule(after: .milliseconds(1)) { _ in order.append("fourth") }
        try path.run(for: .milliseconds(1))
        #expect(order == ["early", "first", "delivery", "third", "fourth", "last"])
    }

    @Test("many actions, added in any order, happen in the order of their instants")
    func manyActions() throws {
        let path = SimulatedPath()
        try path.start()
        var random = SplitMix(seed: 1)
        var expected: [(time: Int, index: Int)] = []
        var actual: [Int] = []
        for index in 0..<1_000 {
            let time = random.below(100)
            expected.append((time, index))
            path.schedule(after: .nanoseconds(time)) { _ in actual.append(index) }
        }
        try path.runUntilIdle()
        expected.sort { ($0.time, $0.index) < ($1.time, $1.index) }
        #expect(actual == expected.map(\.index))
    }

    // MARK: The buffer, and faults

    @Test("the buffer of a slow link takes no more than its size", arguments: [1_000, 65_536])
    func buffer(size: Int) throws {
        let path = try Self.download(
            500_000, client: Self.client(windows: 1 << 20),
            toClient: Link(bytesPerSecond: 100_000, bufferSize: size))
        try path.run(for: .milliseconds(1))
        #expect(path.bufferedByteCount(of: .server) == size)
        let queued = path.server.outboundByteCount
        #expect(queued > 500_000 - size)
        for _ in 0..<50 {
            try path.run(for: .milliseconds(50))
            #expect(path.bufferedByteCount(of: .server) == size)
        }
        // The link has sent as much as the buffer has taken, except for a part of a segment.
        let taken = queued - path.server.outboundByteCount
        #expect(taken <= 250_100 && taken > 250_100 - min(size, SimulatedPath.maxSegmentSize))
        try path.runUntilIdle()
        #expect(path.bufferedByteCount(of: .server) == 0)
        #expect(path.dataByteCount(to: .client) == 500_000)
    }

    @Test("a stalled side keeps its output, and the buffer is still delivered")
    func stall() throws {
        let path = try Self.download(
            500_000, client: Self.client(windows: 1 << 20),
            toClient: Link(bytesPerSecond: 1_000_000, delay: .milliseconds(10)))
        try path.run(for: .milliseconds(100))
        path.stall(.server)
        #expect(path.isStalled(.server) && !path.isStalled(.client))
        let queued = path.server.outboundByteCount
        let onWay = path.bufferedByteCount(of: .server)
        #expect(queued > 0 && onWay == 65_536)
        try path.run(for: .seconds(60))
        #expect(path.bufferedByteCount(of: .server) == 0)
        #expect(path.server.outboundByteCount == queued)
        path.resume(.server)
        #expect(!path.isStalled(.server))
        try path.runUntilIdle()
        #expect(path.dataByteCount(to: .client) == 500_000)
        // Bytes of the buffer and those in flight arrived while the side was stalled.
        let stalledUntil = H2Instant(.seconds(61))
        let received = path.samples(to: .client).last { $0.instant <= stalledUntil }?.byteCount ?? 0
        #expect(received + queued == path.byteCount(to: .client))
    }

    @Test("after a cut nothing arrives, buffers fill, and the test's actions go on")
    func cut() throws {
        let path = try Self.download(
            500_000, client: Self.client(windows: 1 << 20),
            toClient: Link(bytesPerSecond: 1_000_000, delay: .milliseconds(10)))
        var received = (client: 0, server: 0)
        var ran = false
        path.schedule(after: .milliseconds(200)) { path in
            path.cut()
            received = (path.byteCount(to: .client), path.byteCount(to: .server))
            try path.client.ping(H2PingData(1))
        }
        path.schedule(after: .seconds(5)) { _ in ran = true }
        try path.runUntilIdle()
        #expect(path.isCut && ran)
        #expect(received.client > 150_000 && received.client < 200_000)
        #expect(path.byteCount(to: .client) == received.client)
        #expect(path.byteCount(to: .server) == received.server)
        #expect(path.bufferedByteCount(of: .server) == 65_536)
        #expect(path.bufferedByteCount(of: .client) == 17)
    }

    @Test("an error of a connection ends the run, and its GOAWAY is sent by the next one")
    func errors() throws {
        let path = SimulatedPath(toServer: Link(delay: .milliseconds(1)))
        try path.start()
        try path.runUntilIdle()
        var terminations = 0
        path.onClientEvents = { _, events in
            for case .connectionTerminated in events { terminations += 1 }
        }
        path.onServerEvents = { path, _ in
            _ = try path.server.receiveData(FrameBuilder.data(0, [1]), at: path.now)
        }
        try path.client.ping(H2PingData(1))
        #expect(throws: H2Error.self) { try path.run(for: .seconds(1)) }
        #expect(path.now == path.samples(to: .server).last?.instant)
        #expect(terminations == 0)
        try path.runUntilIdle()
        #expect(terminations == 1)
    }

    // MARK: Downloads

    @Test("two runs give the same samples")
    func determinism() throws {
        func samples() throws -> [[SimulatedPath.Sample]] {
            let path = try Self.download(
                100_000, client: Self.client(windows: 70_000),
                toServer: Link(bytesPerSecond: 50_000, delay: .milliseconds(7)),
                toClient: Link(bytesPerSecond: 700_001, delay: .milliseconds(11)))
            var random = SplitMix(seed: 3)
            for _ in 0..<20 {
                path.schedule(after: .microseconds(random.below(1_000_000))) {
                    try Self.request(on: $0)
                }
            }
            try path.runUntilIdle()
            #expect(path.dataByteCount(to: .client) == 21 * 100_000)
            return [path.samples(to: .client), path.samples(to: .server)]
        }
        #expect(try samples() == samples())
    }

    @Test("with the default windows, 1 MiB takes 17 round trips")
    func defaultWindows() throws {
        let link = Link(delay: .milliseconds(50))
        let path = try Self.download(1 << 20, toServer: link, toClient: link)
        try path.runUntilIdle()
        #expect(path.dataByteCount(to: .client) == 1 << 20)
        // A window of 65,535 bytes is used up at once. The client acknowledges them in two parts,
        // which arrive together and allow the next 65,535 bytes, one round trip after the last
        // ones. 16 windows leave 16 bytes of 1 MiB for a 17th. The first window arrives one round
        // trip after the request, which waits for nothing.
        for trips in 1...17 {
            let received = path.dataByteCount(
                to: .client, until: H2Instant(.seconds(1) + .milliseconds(100) * trips))
            #expect(received == min(1 << 20, 65_535 * trips))
        }
        let last = path.samples(to: .client).last { $0.dataByteCount < 1 << 20 }
        #expect(last?.instant == H2Instant(.milliseconds(2_600)))
    }

    @Test("with large windows, a download uses all of 1 Gbit/s at a round trip of 100 ms")
    func throughput() throws {
        let link = Link(bytesPerSecond: 125_000_000, delay: .milliseconds(50))
        let path = try Self.download(
            1 << 27, client: Self.client(windows: 32 << 20), toServer: link, toClient: link)
        try path.run(for: .seconds(1))
        // The first bytes arrive after a round trip.
        let begin = path.dataByteCount(to: .client, until: H2Instant(.milliseconds(1_200)))
        let rate = Double(path.dataByteCount(to: .client) - begin) / 0.8
        // Each 16,384 bytes of DATA take 9 bytes more.
        let limit = 125_000_000.0 * 16_384 / 16_393
        #expect(rate > limit * 0.999 && rate < limit * 1.001, "\(rate)")
    }
}
