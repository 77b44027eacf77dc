// SPDX-License-Identifier: MIT

public import H2

/// A client and a server at the two ends of a simulated network, with a virtual clock.
///
/// The path moves the output of both connections by itself: do not take it from them. The clock
/// advances only in `run`, which never waits, and the same calls always give the same results.
///
/// Each `run` checks both connections at its end, and throws a `PairError` for a problem.
public final class SimulatedPath {
    /// An end of the path.
    public enum Side: Hashable, Sendable {
        case client, server

        /// The other end.
        public var opposite: Side { self == .client ? .server : .client }
    }

    /// The properties of one direction of the path.
    public struct Link: Hashable, Sendable {
        /// The bandwidth, or `nil` if it is unlimited.
        public var bytesPerSecond: Int?

        /// The time from the end of sending a segment to its delivery.
        public var delay: Duration

        /// The maximum number of bytes that were taken from the connection and are not yet sent.
        public var bufferSize: Int

        /// Creates the properties of a direction.
        public init(
            bytesPerSecond: Int? = nil, delay: Duration = .zero, bufferSize: Int = 65_536
        ) {
            self.bytesPerSecond = bytesPerSecond
            self.delay = delay
            self.bufferSize = bufferSize
        }
    }

    /// The totals of what one side has received, at the instant of a delivery.
    public struct Sample: Hashable, Sendable {
        /// The time of the delivery.
        public let instant: H2Instant

        /// The number of all bytes so far.
        public let byteCount: Int

        /// The number of bytes in the payloads of DATA frames so far, without padding.
        public let dataByteCount: Int
    }

    /// Handles the events of one delivery, which can be none.
    public typealias Handler = (SimulatedPath, [H2Event]) throws -> Void

    /// An action of the test.
    public typealias Action = (SimulatedPath) throws -> Void

    /// The largest number of bytes that are sent and delivered at once.
    public static let maxSegmentSize = 16_384

    /// The virtual time, which begins at 1 second.
    public private(set) var now = H2Instant(.seconds(1))

    /// Called after each delivery to the client. It may use both connections and the path, except
    /// `run`.
    public var onClientEvents: Handler?

    /// Called after each delivery to the server. It may use both connections and the path, except
    /// `run`.
    public var onServerEvents: Handler?

    /// Whether deliveries have stopped.
    public private(set) var isCut = false

    private let clientEnd: End
    private let serverEnd: End
    private var queue = ActionQueue()
    private var isRunning = false
    // More than 10 GB, so a run that reaches it does not end.
    private static let maxActions = 2_000_000

    /// Creates a path between two connections, which may have exchanged something already.
    public init(
        client: H2Connection, server: H2Connection, toServer: Link = Link(), toClient: Link = Link()
    ) {
        self.clientEnd = End(client, link: toServer)
        self.serverEnd = End(server, link: toClient)
    }

    /// Creates a path between two new connections.
    public convenience init(
        client: H2Configuration = .client, server: H2Configuration = .server,
        toServer: Link = Link(), toClient: Link = Link()
    ) {
        self.init(
            client: H2Connection(client), server: H2Connection(server), toServer: toServer,
            toClient: toClient)
    }

    /// The connection of the client.
    public var client: H2Connection { clientEnd.connection }

    /// The connection of the server.
    public var server: H2Connection { serverEnd.connection }

    // MARK: Running

    /// Initiates both connections. The next `run` sends their prefaces.
    public func start() throws {
        try client.initiateConnection()
        try server.initiateConnection()
    }

    /// Performs everything up to and including this instant, to which it sets the clock.
    public func run(until instant: H2Instant) throws {
        try perform(until: instant)
        now = max(now, instant)
    }

    /// Performs everything in the next part of the virtual time.
    public func run(for duration: Duration) throws {
        try run(until: instant(after: duration))
    }

    /// Runs until nothing is left to be delivered, sent or called. The clock stays at the last
    /// action.
    public func runUntilIdle() throws {
        try perform(until: H2Instant(nanoseconds: .max))
    }

    /// Calls `body` when this time has passed, after everything that was scheduled before for the
    /// same instant.
    public func schedule(after duration: Duration, _ body: @escaping Action) {
        queue.add(.timer(body), at: instant(after: duration))
    }

    /// Returns the instant at which this time will have passed. A negative duration counts as 0.
    public func instant(after duration: Duration) -> H2Instant {
        H2Instant(nanoseconds: now.rawValue + H2Instant(duration).rawValue)
    }

    // MARK: Faults

    /// Stops all deliveries permanently, even of bytes in flight. Neither side notices: the buffers
    /// still take output until they are full.
    public func cut() { isCut = true }

    /// Stops taking output from this side's connection, as if its peer did not read. Bytes that
    /// were taken before still arrive.
    public func stall(_ side: Side) { end(side).isStalled = true }

    /// Takes output from this side's connection again.
    public func resume(_ side: Side) { end(side).isStalled = false }

    /// Whether the path takes no output from this side's connection.
    public func isStalled(_ side: Side) -> Bool { end(side).isStalled }

    // MARK: Counts

    /// The number of bytes that were taken from this side's connection and are not yet sent.
    public func bufferedByteCount(of side: Side) -> Int { end(side).bufferedByteCount }

    /// The number of bytes that were delivered to this side.
    public func byteCount(to side: Side) -> Int { end(side).samples.last?.byteCount ?? 0 }

    /// The number of bytes in the payloads of DATA frames that were delivered to this side.
    public func dataByteCount(to side: Side) -> Int { end(side).samples.last?.dataByteCount ?? 0 }

    /// Returns the number of bytes in the payloads of DATA frames that were delivered to this side
    /// up to and including an instant, which must not be in the future.
    public func dataByteCount(to side: Side, until instant: H2Instant) -> Int {
        precondition(instant <= now, "the instant is in the future")
        let samples = end(side).samples
        var lower = 0
        var upper = samples.count
        while lower < upper {
            let middle = (lower + upper) / 2
            if samples[middle].instant <= instant { lower = middle + 1 } else { upper = middle }
        }
        return lower == 0 ? 0 : samples[lower - 1].dataByteCount
    }

    /// One sample for each delivery to this side, in order. A frame counts as DATA when its last
    /// byte is delivered.
    public func samples(to side: Side) -> [Sample] { end(side).samples }

    // MARK: Actions

    private func end(_ side: Side) -> End { side == .client ? clientEnd : serverEnd }

    private func perform(until last: H2Instant) throws {
        precondition(!isRunning, "a handler or an action must not call run")
        isRunning = true
        defer { isRunning = false }
        collect()
        var count = 0
        while let (instant, action) = queue.removeFirst(until: last) {
            count += 1
            guard count <= Self.maxActions else {
                throw PairError("the path is not idle after \(Self.maxActions) actions")
            }
            now = instant
            try perform(action)
        }
        try PairError.check(client)
        try PairError.check(server)
    }

    private func perform(_ action: ActionQueue.Action) throws {
        switch action {
        case .sent(let segment, let side):
            end(side).isSending = false
            putOnWire(segment, from: side)
            collect(from: side)
        case .delivery(let segment, let side): try deliver(segment, to: side)
        case .timer(let body):
            try body(self)
            collect()
        case .deadline(let side): try fireDeadlines(of: side)
        }
    }

    private func fireDeadlines(of side: Side) throws {
        let end = end(side)
        end.nextDeadline = nil
        defer { collect() }
        let events = try end.connection.handleDeadlines(at: now)
        let handler = side == .client ? onClientEvents : onServerEvents
        if !events.isEmpty { try handler?(self, events) }
    }

    /// Passes the time to a connection, and plans its next deadline.
    private func planDeadline(of side: Side) {
        let end = end(side)
        guard end.hasDeadlines else { return }
        end.connection.advance(to: now)
        guard let next = end.connection.nextDeadline,
            next < end.nextDeadline ?? H2Instant(nanoseconds: .max)
        else { return }
        end.nextDeadline = next
        queue.add(.deadline(side), at: max(now, next))
    }

    private func deliver(_ segment: ArraySlice<UInt8>, to side: Side) throws {
        guard !isCut else { return }
        let end = end(side)
        let events = try end.connection.receiveData(segment, at: now)
        end.record(segment.count, events, at: now)
        let handler = side == .client ? onClientEvents : onServerEvents
        try handler?(self, events)
        collect()
    }

    /// Takes the output of both sides, and sends it as far as the path is free.
    private func collect() {
        collect(from: .client)
        collect(from: .server)
    }

    private func collect(from side: Side) {
        let end = end(side)
        end.takeOutput()
        planDeadline(of: side)
        while !end.isSending, !isCut {
            guard let segment = end.nextSegment() else { return end.becomeIdle() }
            if let time = end.sendingTime(of: segment.count) {
                end.isSending = true
                queue.add(
                    .sent(segment, from: side), at: H2Instant(nanoseconds: now.rawValue + time))
            } else {
                putOnWire(segment, from: side)
                end.takeOutput()
            }
        }
    }

    private func putOnWire(_ segment: ArraySlice<UInt8>, from side: Side) {
        let end = end(side)
        end.bufferedByteCount -= segment.count
        queue.add(.delivery(segment, to: side.opposite), at: instant(after: end.link.delay))
    }
}

extension SimulatedPath {
    /// A connection, the buffer and the link for what it sends, and the counts of what it received.
    private final class End {
        let connection: H2Connection
        let link: Link
        /// Whether the link is busy with a segment. The segment counts as buffered, but is no
        /// longer in `chunks`.
        var isSending = false
        var isStalled = false
        var bufferedByteCount = 0
        let hasDeadlines: Bool
        /// The earliest deadline for which an action is queued.
        var nextDeadline: H2Instant?
        private(set) var samples: [Sample] = []
        private var chunks: [ArraySlice<UInt8>] = []
        /// The part of a nanosecond by which sending continues after its rounded end, times the
        /// bandwidth. It makes the end of a long transfer exact.
        private var remainder = 0

        init(_ connection: H2Connection, link: Link) {
            precondition(link.bytesPerSecond ?? 1 > 0 && link.bufferSize > 0)
            self.connection = connection
            self.link = link
            hasDeadlines = connection.configuration.deadlines != H2Deadlines()
        }

        /// Fills the buffer.
        func takeOutput() {
            let room = link.bufferSize - bufferedByteCount
            guard !isStalled, room > 0, connection.hasDataToSend else { return }
            let chunk = connection.dataToSend(upTo: room)
            bufferedByteCount += chunk.count
            chunks.append(chunk[...])
        }

        /// Removes the next segment from the chunks. It does not join chunks, which would copy them.
        func nextSegment() -> ArraySlice<UInt8>? {
            guard let chunk = chunks.first else { return nil }
            guard chunk.count > maxSegmentSize else { return chunks.removeFirst() }
            chunks[0] = chunk.dropFirst(maxSegmentSize)
            return chunk.prefix(maxSegmentSize)
        }

        /// Returns the time in nanoseconds for sending the next bytes, or `nil` if it takes none.
        func sendingTime(of count: Int) -> UInt64? {
            guard let rate = link.bytesPerSecond else { return nil }
            let (time, rest) = (count * 1_000_000_000 + remainder)
                .quotientAndRemainder(dividingBy: rate)
            remainder = rest
            return UInt64(time)
        }

        func becomeIdle() { remainder = 0 }

        func record(_ byteCount: Int, _ events: [H2Event], at instant: H2Instant) {
            var data = samples.last?.dataByteCount ?? 0
            for case .dataReceived(let event) in events { data += event.data.count }
            samples.append(
                Sample(
                    instant: instant, byteCount: (samples.last?.byteCount ?? 0) + byteCount,
                    dataByteCount: data))
        }
    }
}
