// SPDX-License-Identifier: MIT

import H2
import H2TestSupport
import Testing

/// A correct program that uses all features of a connection.
final class CombinedSide {
    let connection: H2Connection
    var problems: [String] = []
    /// All streams that the program knows, and those that have not ended.
    private(set) var opened: Set<H2StreamID> = []
    private(set) var live: [H2StreamID] = []
    private(set) var outcomes: [H2StreamID: H2StreamOutcome] = [:]
    /// The streams that the program refused.
    private(set) var refused: Set<H2StreamID> = []
    private(set) var drained = 0
    private(set) var isShuttingDown = false
    private(set) var held: [(id: H2StreamID, size: Int)] = []
    private let isServer: Bool
    /// Whether the peer may violate the protocol, so that errors of the peer are no problems.
    var hasHostilePeer = false
    /// Whether deadlines may end the connection.
    var hasShortDeadlines = false
    /// The events by name, to check what conversations contain.
    private(set) var tally: [String: Int] = [:]

    init(_ configuration: H2Configuration) {
        connection = H2Connection(configuration)
        isServer = configuration.role == .server
    }

    // MARK: Calls

    func act(_ random: inout SplitMix) {
        if random.chance(40) { acknowledge(random.below(10)) }
        if random.chance(30) { see(connection.takeEvents()) }
        if !isServer, random.chance(30) { return open(&random) }
        let id = live.isEmpty || random.chance(5) ? H2StreamID(1) : random.pick(live)
        let body = [UInt8](repeating: 1, count: random.below(random.pick([2, 2_000, 60_000])))
        let priority = H2ExtensiblePriority(
            urgency: random.below(8), isIncremental: random.chance(50))
        switch random.below(24) {
        case 0..<5: if isServer { attempt { try connection.sendHeaders(.sampleResponse, on: id) } }
        case 5..<9: attempt { try connection.enqueueData(body, on: id) }
        case 9..<12: attempt { try connection.enqueueData(body, on: id, endStream: true) }
        case 12: attempt { try connection.enqueueTrailers(.sampleTrailers, on: id) }
        case 13:
            let code = random.pick([H2ErrorCode.noError, .cancel, .refusedStream])
            if code == .refusedStream { refused.insert(id) }
            attempt { try connection.resetStream(id, errorCode: code) }
        case 14: attempt { try connection.setSendPriority(priority, on: id) }
        case 15:
            guard !isServer else { return push(on: id) }
            let next = (try? connection.nextAvailableStreamID())?.rawValue ?? 1
            let prioritized = random.chance(50) ? id : H2StreamID(next + 2)
            attempt { try connection.sendPriorityUpdate(priority, on: prioritized) }
        case 16:
            let size: UInt32 = random.pick([1_000, 3_000, 65_535, 200_000])
            attempt { try connection.updateSettings([.initialWindowSize: size]) }
        case 17: attempt { try connection.updateSettings([.maxConcurrentStreams: 50]) }
        case 18:
            attempt {
                try connection.incrementFlowControlWindow(
                    by: 1 + random.below(9_000), on: random.chance(50) ? id : .connection)
            }
        case 19: attempt { try connection.ping(H2PingData(7)) }
        case 20:
            guard random.chance(15) else { return }
            isShuttingDown = true
            attempt { try connection.startGracefulShutdown() }
        default: attempt { try connection.endStream(id) }
        }
    }

    private func open(_ random: inout SplitMix) {
        guard connection.availableOutboundStreams ?? 1 > 0,
            let id = try? connection.nextAvailableStreamID()
        else { return }
        var headers: H2Headers = random.chance(50) ? .sampleRequest : .samplePost
        if random.chance(50) { headers.append(.priority, "u=\(random.below(8)), i") }
        attempt {
            try connection.sendHeaders(headers, on: id, endStream: random.chance(50))
            begin(id)
        }
    }

    private func push(on parent: H2StreamID) {
        guard connection.availableOutboundStreams ?? 0 > 0,
            let id = try? connection.nextAvailableStreamID()
        else { return }
        attempt {
            try connection.pushStream(id, on: parent, requestHeaders: .sampleRequest)
            begin(id)
        }
    }

    /// Makes a call, which may be one that the state does not allow.
    private func attempt(_ call: () throws -> Void) {
        do { try call() } catch {
            guard let error = error as? H2Error, error.origin == .local,
                error.kind != .internalError
            else { return problems.append("\(error)") }
        }
        check()
    }

    func acknowledge(_ count: Int) {
        for _ in 0..<min(count, held.count) {
            let (id, size) = held.removeFirst()
            attempt { try connection.acknowledgeReceivedData(size, on: id) }
        }
    }

    func take(_ limit: Int, borrows: Bool) -> [UInt8] {
        defer { check() }
        guard borrows else { return connection.dataToSend(upTo: limit) }
        var bytes: [UInt8] = []
        _ = connection.withDataToSend { span in
            let count = min(limit, span.count)
            for index in 0..<count { bytes.append(span[index]) }
            return count
        }
        return bytes
    }

    func receive(_ bytes: [UInt8], at instant: H2Instant?) {
        do throws(H2Error) {
            see(try connection.receiveData(bytes, at: instant))
        } catch {
            see(error.precedingEvents)
            if !hasHostilePeer || error.origin != .remote { problems.append("\(error)") }
        }
        check()
    }

    func handleDeadlines(at instant: H2Instant) {
        do throws(H2Error) {
            see(try connection.handleDeadlines(at: instant))
        } catch {
            see(error.precedingEvents)
            if !hasShortDeadlines || error.kind != .deadlineExpired {
                problems.append("\(error)")
            }
        }
        if let next = connection.nextDeadline, next <= instant {
            problems.append("deadline \(next) at \(instant)")
        }
        check()
    }

    private func check() {
        do throws(PairError) { try PairError.check(connection) } catch {
            problems.append(error.text)
        }
    }

    // MARK: Events

    func see(_ events: [H2Event]) {
        for event in events {
            switch event {
            case .requestReceived(let request): begin(request.streamID)
            case .pushedStreamReceived(let push): begin(push.pushedStreamID)
            case .dataReceived(let data): held.append((data.streamID, data.flowControlledLength))
            case .streamClosed(let closed):
                if outcomes.updateValue(closed.outcome, forKey: closed.streamID) != nil {
                    problems.append("stream \(closed.streamID) has two outcomes")
                }
                live.removeAll { $0 == closed.streamID }
                note("\(closed.outcome)")
            case .connectionDrained:
                drained += 1
                note("drained")
                if !live.isEmpty { problems.append("drained with streams \(live)") }
            case .deadlineExpired(let expired):
                if expired.streamID == nil { isShuttingDown = true }
                note("\(expired.deadline)")
            case .sendQueueDrained: note("queue drained")
            case .priorityUpdateReceived: note("priority")
            case .sendWindowsOpened: note("windows opened")
            default: break
            }
        }
    }

    private func begin(_ id: H2StreamID) {
        if !opened.insert(id).inserted { problems.append("stream \(id) was opened twice") }
        live.append(id)
    }

    private func note(_ name: String) { tally[name, default: 0] += 1 }
}
