// SPDX-License-Identifier: MIT

import H2
import H2TestSupport

/// One side of a random conversation, which compares the outcomes of its streams with the events
/// and the calls before them.
final class OutcomeWitness {
    let connection: H2Connection
    let isClient: Bool
    /// The streams that this side opened or promised, and those that events reported.
    private(set) var opened: [H2StreamID] = []
    private(set) var outcomes: [H2StreamID: H2StreamOutcome] = [:]
    /// What contradicts the outcomes.
    private(set) var problems: [String] = []
    /// The received bytes of `.dataReceived` that were not acknowledged.
    private(set) var unacknowledged: [(id: H2StreamID, count: Int)] = []
    /// The lowest last stream of the GOAWAYs that this side sent.
    var sentGoAwayLimit = H2StreamID.max
    /// The streams that this side reset, and the codes.
    private(set) var ownResets: [H2StreamID: [H2ErrorCode]] = [:]
    /// Why an outcome is `.notProcessed`.
    private(set) var reasons: [String: Int] = [:]

    private var known: Set<H2StreamID> = []
    private var requested: Set<H2StreamID> = []
    private var responded: Set<H2StreamID> = []
    private var ended: Set<H2StreamID> = []
    private var ownEnds: Set<H2StreamID> = []
    private var resets: [H2StreamID: (code: H2ErrorCode, isRemote: Bool)] = [:]
    private var goAwayLimit = H2StreamID.max
    private var isLost = false

    /// The number of output bytes that left the connection, and those that are borrowed.
    private var takenCount = 0
    private var borrowedCount = 0
    /// The end of each request in the output.
    private var requestEnds: [H2StreamID: Int] = [:]
    private var discarded: Set<H2StreamID> = []

    init(_ configuration: H2Configuration) throws {
        connection = H2Connection(configuration)
        isClient = configuration.role == .client
        try connection.initiateConnection()
    }

    /// The streams without an outcome so far.
    var live: [H2StreamID] { opened.filter { outcomes[$0] == nil } }

    /// Whether an event reported the request of a stream.
    func hasRequest(_ id: H2StreamID) -> Bool { requested.contains(id) }

    // MARK: Calls

    /// Makes a call, which may fail; returns whether it succeeded.
    @discardableResult
    func attempt(_ call: () throws(H2Error) -> Void) -> Bool {
        let isClosed = connection.connectionState == .closed
        do throws(H2Error) {
            try call()
            return true
        } catch {
            if error.kind == .internalError { problems.append("\(error)") }
            if isClosed, error.kind != .connectionClosed {
                problems.append("after the end: \(error)")
            }
            return false
        }
    }

    func open(_ headers: H2Headers, endStream: Bool) {
        guard let id = try? connection.nextAvailableStreamID() else { return }
        let isOpen = attempt { () throws(H2Error) in
            try connection.sendHeaders(headers, on: id, endStream: endStream)
        }
        guard isOpen else { return }
        note(id)
        if endStream { ownEnds.insert(id) }
        requestEnds[id] = takenCount + borrowedCount + connection.outboundByteCount
    }

    func push(on parent: H2StreamID) {
        guard let id = try? connection.nextAvailableStreamID() else { return }
        let isReserved = attempt { () throws(H2Error) in
            try connection.pushStream(id, on: parent, requestHeaders: .sampleRequest)
        }
        if isReserved { note(id) }
    }

    func send(_ headers: H2Headers, on id: H2StreamID, endStream: Bool) {
        let isSent = attempt { () throws(H2Error) in
            try connection.sendHeaders(headers, on: id, endStream: endStream)
        }
        if isSent, endStream { ownEnds.insert(id) }
    }

    func send(_ count: Int, on id: H2StreamID, endStream: Bool) {
        let data = [UInt8](repeating: 0, count: min(count, connection.sendableByteCount(on: id)))
        let isSent = attempt { () throws(H2Error) in
            try connection.sendData(data, on: id, endStream: endStream)
        }
        if isSent, endStream { ownEnds.insert(id) }
    }

    func reset(_ id: H2StreamID, _ code: H2ErrorCode) {
        let isReset = attempt { () throws(H2Error) in
            try connection.resetStream(id, errorCode: code)
        }
        if isReset { ownResets[id, default: []].append(code) }
    }

    func close(_ last: H2StreamID? = nil) {
        let last = min(last ?? connection.highestInboundStreamID, sentGoAwayLimit)
        let isClosed = attempt { () throws(H2Error) in
            try connection.closeConnection(lastStreamID: last)
        }
        if isClosed { sentGoAwayLimit = min(sentGoAwayLimit, last) }
        // The output is not lost yet.
        takeEvents()
    }

    func acknowledge() {
        for (id, count) in unacknowledged {
            attempt { () throws(H2Error) in
                try connection.acknowledgeReceivedData(count, on: id)
            }
        }
        unacknowledged = []
    }

    // MARK: Output

    func take(_ limit: Int) -> [UInt8] {
        let bytes = connection.dataToSend(upTo: limit)
        takenCount += bytes.count
        return bytes
    }

    /// Borrows the output, calls `body`, and takes up to `limit` bytes.
    func borrow(_ limit: Int, _ body: () -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        let count = connection.withDataToSend { span in
            borrowedCount = span.count
            body()
            for index in 0..<min(limit, span.count) { bytes.append(span[index]) }
            return bytes.count
        }
        borrowedCount = 0
        takenCount += count
        return bytes
    }

    func discard() {
        discarded.formUnion(requestEnds.filter { $0.value > takenCount }.keys)
        takenCount += connection.outboundByteCount
        connection.clearOutboundDataBuffer()
    }

    // MARK: Events

    /// Receives bytes; returns false after an error.
    func receive(_ bytes: [UInt8]) -> Bool {
        var events: [H2Event] = []
        do throws(H2Error) {
            try connection.receiveData(bytes, into: &events)
            observe(events)
            return true
        } catch {
            if error.kind == .internalError { problems.append("\(error)") }
            observe(events)
            return false
        }
    }

    func takeEvents() { observe(connection.takeEvents()) }

    func lose() {
        isLost = true
        observe(connection.connectionLost())
        if connection.connectionLost() != [] { problems.append("events after connectionLost") }
    }

    private func note(_ id: H2StreamID) {
        if known.insert(id).inserted { opened.append(id) }
    }

    private func observe(_ events: [H2Event]) {
        for event in events { observe(event) }
    }

    private func observe(_ event: H2Event) {
        if case .streamClosed(let closed) = event { return observe(closed) }
        if let id = event.streamID, outcomes[id] != nil {
            problems.append("after the end: \(event)")
        }
        switch event {
        case .requestReceived(let event):
            note(event.streamID)
            requested.insert(event.streamID)
        case .pushedStreamReceived(let event):
            note(event.pushedStreamID)
            if outcomes[event.parentStreamID] != nil { problems.append("after the end: \(event)") }
        case .responseReceived(let event): responded.insert(event.streamID)
        case .informationalResponseReceived(let event): responded.insert(event.streamID)
        case .dataReceived(let event):
            unacknowledged.append((event.streamID, event.flowControlledLength))
        case .streamEnded(let event): ended.insert(event.streamID)
        case .streamReset(let event): resets[event.streamID] = (event.errorCode, event.isRemote)
        case .connectionTerminated(let event): goAwayLimit = min(goAwayLimit, event.lastStreamID)
        case .sendWindowsOpened(let event):
            for id in event.streamIDs where outcomes[id] != nil || ownEnds.contains(id) {
                problems.append("window of \(id) opened after its end")
            }
        default: break
        }
    }

    private func observe(_ closed: H2Event.StreamClosed) {
        let id = closed.streamID
        let text = "\(isClient ? "client" : "server"), \(id): \(closed.outcome)"
        if !known.contains(id) { problems.append("never opened: \(text)") }
        if let other = outcomes[id] { problems.append("\(text), after \(other)") }
        outcomes[id] = closed.outcome
        if !isJustified(closed.outcome, of: id) { problems.append("not justified: \(text)") }
    }

    private func isJustified(_ outcome: H2StreamOutcome, of id: H2StreamID) -> Bool {
        switch outcome {
        case .completed:
            let isReset = resets[id]?.code == .noError || ownResets[id]?.contains(.noError) == true
            let (isResponded, isRequested) =
                isClient
                ? (ended.contains(id), ownEnds.contains(id))
                : (ownEnds.contains(id), ended.contains(id))
            // The request of a promised stream ends with its promise.
            return isResponded && (id.isServerInitiated || isRequested || isReset)
        case .reset(let code, let isRemote):
            if let reset = resets[id] { return reset.code == code && reset.isRemote == isRemote }
            return !isRemote && ownResets[id]?.contains(code) == true
        case .notProcessed:
            guard let reason = reasonForRetry(id) else { return false }
            reasons[reason, default: 0] += 1
            return true
        case .cutOff:
            let isEnded = connection.connectionState == .closed || id > goAwayLimit
            return isEnded && reasonForRetry(id) == nil
        }
    }

    /// Returns why a stream was not processed.
    private func reasonForRetry(_ id: H2StreamID) -> String? {
        guard id.isClientInitiated == isClient else { return nil }
        if id > goAwayLimit, !responded.contains(id) { return "GOAWAY" }
        if isClient, !responded.contains(id),
            resets[id].map({ $0 == (.refusedStream, true) }) == true
        {
            return "RST_STREAM"
        }
        guard let end = requestEnds[id], connection.connectionState == .closed else { return nil }
        if discarded.contains(id) { return "discarded" }
        // A GOAWAY that closes the connection at once discards the output, too.
        return (isLost || isClosedAtOnce) && end > takenCount ? "not taken" : nil
    }

    private var isClosedAtOnce: Bool {
        goAwayLimit != .max && connection.configuration.goAway == .closeAtOnce
    }
}
